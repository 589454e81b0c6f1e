/// What the world did to us: which operation, on what, why it failed, and what to do about it.
///
/// The cause never holds a secret or a value of a row; whoever makes a failure answers for that.
public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
  public let operation: String
  public let subject: String
  public let cause: String
  public let hint: String?

  /// `operation` completes "cannot …": "read", "open the control plane".
  public init(_ operation: String, _ subject: String, cause: String, hint: String? = nil) {
    self.operation = operation
    self.subject = subject
    self.cause = cause
    self.hint = hint
  }

  public var description: String {
    let sentence = "cannot \(operation) \(subject): \(cause)"
    return hint.map { "\(sentence); \($0)" } ?? sentence
  }
}
