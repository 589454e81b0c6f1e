/// Why a statement is not lifted.
struct Refusal: Error, Sendable, Hashable {
  /// A sentence without its full stop, which says the way out where there is one.
  let reason: String
  /// The byte of the text that it is about.
  let offset: Int?

  init(_ reason: String, at offset: Int? = nil) { (self.reason, self.offset) = (reason, offset) }
}
