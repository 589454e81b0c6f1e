/// What is to be said about a policy that has met its schema.
public struct CopyProblem: Sendable, Hashable {
  public enum Severity: String, Sendable, Hashable, Comparable {
    case note, warning, error

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    private var rank: Int { self == .note ? 0 : self == .warning ? 1 : 2 }
  }

  public var severity: Severity
  /// `unknown_column`, `mask_lossy_unique`: for waivers and documentation.
  public var code: String
  /// Where in the policy: `tables.users.columns.email`.
  public var path: String
  /// A sentence that names the way out.
  public var message: String

  public init(_ severity: Severity, _ code: String, at path: String, _ message: String) {
    self.severity = severity
    self.code = code
    self.path = path
    self.message = message
  }
}
