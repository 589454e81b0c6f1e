/// Why a command ended as it did: one number per cause.
public enum ExitStatus: Int32, Sendable, Hashable, CaseIterable {
  case ok = 0
  case error = 1
  case changes = 2
  case drift = 3
  case stale = 4
  case brake = 5
  case partlyApplied = 6
  case leaseHeld = 7
  case verificationFailed = 8
  case blocked = 9

  /// Where several hold, the first of these counts.
  public static let precedence: [ExitStatus] = [
    .error, .brake, .stale, .leaseHeld, .partlyApplied, .verificationFailed, .blocked, .drift, .changes,
  ]

  public static func first(of causes: Set<ExitStatus>) -> ExitStatus {
    precedence.first(where: causes.contains) ?? .ok
  }

  public var name: String {
    switch self {
    case .ok: "ok"
    case .error: "error"
    case .changes: "changes"
    case .drift: "drift"
    case .stale: "stale"
    case .brake: "brake"
    case .partlyApplied: "partly_applied"
    case .leaseHeld: "lease_held"
    case .verificationFailed: "verification_failed"
    case .blocked: "blocked"
    }
  }

  /// For the page of exit codes.
  public var meaning: String {
    switch self {
    case .ok: "Everything is as it should be, or was made so."
    case .error: "Something could not be read, reached or done; nothing else of this table says it better."
    case .changes: "`plan --detailed-exitcode`: there is something to apply."
    case .drift: "`drift`, or `plan --detailed-exitcode`: somebody else changed something since the last apply."
    case .stale:
      "What was reviewed is not what would be applied now: another digest, a record that moved, or a source with another schema. Nothing of it was overwritten."
    case .brake: "The plan removes more than the brake allows, or a protected object. Nothing was changed."
    case .partlyApplied: "Some actions were done, others failed; the summary counts them. Run apply again."
    case .leaseHeld: "Another run is changing the workspace. Nothing was changed."
    case .verificationFailed: "A copy, a proof or a declared check did not pass, or could not be verified."
    case .blocked:
      "A condition or finding of severity error holds something back, or a copy waits for a condition that could not be looked at."
    }
  }
}
