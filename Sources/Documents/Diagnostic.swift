/// What is to be said about something that a person wrote: what is wrong, where, and what to do.
///
/// Reading never stops at the first one; it gives a value and all diagnostics.
public struct Diagnostic: Sendable, Hashable {
  public enum Severity: String, Sendable, Hashable, Comparable {
    case error, warning, note

    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
    private var rank: Int { self == .error ? 0 : self == .warning ? 1 : 2 }
  }

  public let severity: Severity
  /// A stable word for machines, `unknown_key`; the title of its page in the documentation.
  public let code: String
  /// One sentence without a full stop, the subject in backquotes.
  public let message: String
  public let place: Place?
  /// What stands beside the caret: "did you mean `override_query`?"
  public let label: String?
  /// Further lines below: "keys here: storage_profile, policy, …"
  public let notes: [String]

  public init(
    _ severity: Severity, _ code: String, _ message: String, at place: Place?, label: String? = nil,
    notes: [String] = []
  ) {
    self.severity = severity
    self.code = code
    self.message = message
    self.place = place
    self.label = label
    self.notes = notes
  }
}
