/// What went wrong with a program of PostgreSQL. Holds no secret and no value of a row.
public struct ToolFailure: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// No program that may be used; the message says what to install.
    case missing
    /// The program ran and failed.
    case failed(status: Int32)
    /// A signal that was not ours ended it: the system's memory, or somebody.
    case killed(signal: Int32)
    case timedOut
    case interrupted
    /// The operating system refused what a child needs.
    case system
    /// The program cannot be given what was declared.
    case unfit
  }

  public let kind: Kind
  /// "pg_dump".
  public let program: String?
  /// One line.
  public let message: String

  init(_ kind: Kind, program: String?, _ message: String) {
    (self.kind, self.program, self.message) = (kind, program, message)
  }
}

extension ToolFailure: CustomStringConvertible {
  public var description: String { program.map { "\($0): \(message)" } ?? message }
}
