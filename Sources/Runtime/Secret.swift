/// A value that must never be seen: a password, a token, a key.
///
/// It has no way to text but `withValue`, and every road that Swift takes on its own (interpolation, `print`,
/// `dump`, `Mirror`, `debugPrint`) gives the same fixed word. It is not `Encodable` and not `Equatable`: secrets are
/// compared by where they come from, never by what they are.
public struct Secret: Sendable {
  private let value: String

  public init(_ value: String) { self.value = value }

  /// Hands out the value for the moment in which a connection is opened or a key is used. Keep no copy.
  public func withValue<Result, Failure: Error>(_ use: (String) throws(Failure) -> Result) throws(Failure) -> Result {
    try use(value)
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "(secret)" }
  public var debugDescription: String { "(secret)" }
  public var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}
