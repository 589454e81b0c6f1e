import Documents
import Testing

@testable import Reconciliation

/// Ours, and not the type of the same name in Testing.
typealias ExitStatus = Reconciliation.ExitStatus

/// Every cause alone, and every pair of causes: the number that counts is the first of 1, 5, 4, 7, 6, 8, 9, 3, 2.
@Suite struct ExitStatusTests {
  static let precedence: [ExitStatus] = [
    .error, .brake, .stale, .leaseHeld, .partlyApplied, .verificationFailed, .blocked, .drift, .changes,
  ]

  /// One cause of each kind, put into a report.
  static func bringAbout(_ cause: ExitStatus, in report: inout Report) {
    switch cause {
    case .ok: break
    case .error: report.error = "the disk is broken"
    case .brake: report.plan = plan(like: report.plan, brake: [.protected(.bucket)])
    case .stale: report.expectedDigest = "sha256:other"
    case .leaseHeld:
      let lease = Lease(name: "workspace/shop", holder: "bob", token: 1, expiresAt: Timestamp(milliseconds: 0))
      report.result = result(report.result?.outcomes.map(\.state) ?? [.notAttempted("held")], .leaseHeld(lease))
    case .partlyApplied: report.result = result([.done(revision: 1), .failed("no")], report.result?.stop)
    case .verificationFailed:
      report.verifications = [Verification(address: .copy, subject: "db", checks: [], failure: "not reached")]
    case .blocked: report.findings = [Finding("bad", .error, .bucket, "it is bad")]
    case .drift: report.plan = plan(like: report.plan, drift: [drift])
    case .changes: report.plan = plan(like: report.plan, actions: [action()])
    }
  }

  @Test func everyCauseAloneHasItsNumber() {
    for cause in ExitStatus.allCases {
      var report = Report(command: "plan")
      report.isExitDetailed = true
      Self.bringAbout(cause, in: &report)
      #expect(report.exit == cause, "\(cause)")
    }
    #expect(ExitStatus.allCases.map(\.rawValue) == Array(0...9))
    #expect(Set(ExitStatus.allCases.map(\.name)).count == 10)
  }

  @Test func ofTwoTheFirstCounts() {
    for (rank, first) in Self.precedence.enumerated() {
      for second in Self.precedence[(rank + 1)...] {
        var report = Report(command: "apply")
        report.isExitDetailed = true
        Self.bringAbout(first, in: &report)
        Self.bringAbout(second, in: &report)
        #expect(report.exit == first, "\(first) and \(second)")
      }
    }
    for subset in 0..<(1 << Self.precedence.count) {
      let causes = Set(Self.precedence.enumerated().filter { subset & (1 << $0.offset) != 0 }.map(\.element))
      #expect(ExitStatus.first(of: causes) == (Self.precedence.first(where: causes.contains) ?? .ok))
    }
  }

  // MARK: What an apply comes to

  struct Row: CustomTestStringConvertible {
    let states: [Outcome.State]
    var stop: ApplyResult.Stop?
    var isStale = false
    let exit: ExitStatus
    var testDescription: String { "\(states) \(String(describing: stop)) stale \(isStale)" }
  }

  static let rows = [
    Row(states: [], exit: .ok),
    Row(states: [.done(revision: 1)], exit: .ok),
    Row(states: [.done(revision: 1), .failed("no")], exit: .partlyApplied),
    Row(states: [.done(revision: 1), .notAttempted("no")], exit: .partlyApplied),
    Row(states: [.done(revision: 1), .unknown("?")], exit: .partlyApplied),
    // It may have been done: "run apply again", and not "nothing happened".
    Row(states: [.unknown("?")], stop: .failed("lost"), exit: .partlyApplied),
    Row(states: [.failed("no")], exit: .error),
    Row(states: [.failed("no"), .notAttempted("no")], stop: .failed("disk"), exit: .error),
    Row(states: [.failed("moved")], isStale: true, exit: .stale),
    Row(states: [.failed("moved"), .notAttempted("no")], isStale: true, exit: .stale),
    Row(states: [.done(revision: 1), .failed("moved")], isStale: true, exit: .stale),
    Row(states: [.failed("moved"), .failed("disk")], stop: .failed("disk"), isStale: true, exit: .error),
    Row(states: [.notAttempted("interrupted")], stop: .interrupted, exit: .error),
    Row(states: [.done(revision: 1), .notAttempted("interrupted")], stop: .interrupted, exit: .partlyApplied),
    // Everything was done, but the log has no end: not clean.
    Row(states: [.done(revision: 1)], stop: .failed("disk"), exit: .partlyApplied),
    Row(states: [.blocked(["bad"])], exit: .blocked),
    Row(states: [.done(revision: 1), .blocked(["source_reachable"])], exit: .blocked),
    Row(states: [.failed("no"), .blocked(["bad"])], exit: .error),
  ]

  @Test(arguments: rows) func anApplysOutcome(_ row: Row) {
    var report = Report(command: "apply")
    report.result = Self.result(row.states, row.stop, isStale: row.isStale)
    #expect(report.exit == row.exit)
  }

  // MARK: Who asks

  @Test func changesAndDriftCountOnlyWhereTheyAreAskedFor() {
    var report = Report(command: "plan")
    report.plan = Self.plan(like: nil, actions: [Self.action()], drift: [Self.drift])
    #expect(report.exit == .ok)
    report.isExitDetailed = true
    #expect(report.exit == .drift)
    var drift = Report(command: "drift")
    drift.plan = report.plan
    #expect(drift.exit == .drift)
    drift.plan = Self.plan(like: nil, actions: [Self.action()], brake: [.protected(.bucket)])
    #expect(drift.exit == .ok, "a plan that nobody is about to apply is not braked")
  }

  @Test func whatIsWaivedOrOnlyWarnsBlocksNothing() {
    var report = Report(command: "validate")
    report.findings = [Finding("bad", .warning, .bucket, "hm"), Finding("bad", .note, .bucket, "hm")]
    #expect(report.exit == .ok)
    var waived = Finding("bad", .error, .bucket, "hm")
    waived.waiver = "reviewed"
    report.findings.append(waived)
    #expect(report.exit == .ok)
    report.diagnostics = [Diagnostic(.warning, "odd", "odd", at: nil)]
    #expect(report.exit == .ok)
    report.diagnostics = [Diagnostic(.error, "wrong", "wrong", at: nil)]
    #expect(report.exit == .error)
    report.diagnostics = []
    report.auditVerdict = .broken(number: 2, reason: "changed")
    #expect(report.exit == .error)
    report.auditVerdict = .whole(.empty)
    #expect(report.exit == .ok)
  }

  @Test func anUnknownConditionIsNeitherFineNorBlocking() {
    var report = Report(command: "plan")
    report.isExitDetailed = true
    let unknown = Condition("source_reachable", .error, .copy, .unknown("not looked"))
    report.plan = Self.plan(like: nil, conditions: [unknown])
    #expect(report.exit == .ok)
    report.plan = Self.plan(like: nil, conditions: [Condition("source_reachable", .error, .copy, .fails("gone"))])
    #expect(report.exit == .blocked)
  }
}

extension ExitStatusTests {
  static func action() -> Action {
    Action(
      verb: .create, address: .bucket, reason: .newInFiles, changes: [], seen: Fingerprint(revision: 0, spec: ""),
      spec: "{}", isProtected: false, place: nil, after: [], blockedBy: [])
  }

  static let drift = Drift(
    address: .copy, changes: [], isDeleted: true, by: "mallory", at: Timestamp(milliseconds: 0), revision: 2)

  /// A plan with something more than `other` has.
  static func plan(
    like other: Plan?, actions: [Action] = [], drift: [Drift] = [], conditions: [Condition] = [],
    brake: [Brake.Reason] = []
  ) -> Plan {
    Plan(
      workspace: "shop", seenAt: Timestamp(milliseconds: 0), actions: actions + (other?.actions ?? []),
      drift: drift + (other?.drift ?? []), findings: [], conditions: conditions, unmanaged: [], unchanged: 0,
      brake: brake + (other?.brake ?? []), digest: "sha256:0")
  }

  static func result(_ states: [Outcome.State], _ stop: ApplyResult.Stop?, isStale: Bool = false) -> ApplyResult {
    var result = ApplyResult(outcomes: states.map { Outcome(action(), $0) })
    result.stop = stop
    result.isStale = isStale
    return result
  }
}
