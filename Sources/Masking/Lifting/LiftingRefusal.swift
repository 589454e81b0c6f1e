/// Why SQL is not lifted.
public struct LiftingRefusal: Error, Sendable, Hashable {
  /// A sentence without its full stop, which says the way out where there is one.
  public let reason: String
  /// The byte of the text that it is about, where one is known.
  public let offset: Int?

  public init(_ reason: String, at offset: Int? = nil) { (self.reason, self.offset) = (reason, offset) }
}
