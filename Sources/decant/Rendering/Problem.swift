import Documents
import Kinds
import Reconciliation

/// What is wrong or not known about an object: a finding, or a condition that does not hold. Markdown, HTML and SARIF
/// show both in one list.
struct Problem {
  enum Standing: String, CaseIterable {
    case error, warning, note
    /// It could not be read.
    case unknown
    /// Accepted in the files, with a reason.
    case waived
  }

  let standing: Standing
  let severity: Severity
  let code: String
  let address: Address
  let path: String?
  let message: String
  let place: Place?
  let waiver: String?
  let isCondition: Bool
}

extension Problem {
  init(_ finding: Finding) {
    self.init(
      standing: finding.waiver == nil ? Standing(finding.severity) : .waived, severity: finding.severity,
      code: finding.code, address: finding.address, path: finding.path, message: finding.message,
      place: finding.place, waiver: finding.waiver, isCondition: false)
  }

  /// Nothing for a condition that holds.
  init?(_ condition: Condition, in declaration: Declaration?) {
    guard let message = condition.message else { return nil }
    let standing: Standing =
      condition.isUnknown ? .unknown : condition.waiver == nil ? Standing(condition.severity) : .waived
    self.init(
      standing: standing, severity: condition.severity, code: condition.code, address: condition.address,
      path: condition.path, message: message, place: declaration?[condition.address]?.place(of: condition.path),
      waiver: condition.waiver, isCondition: true)
  }
}

extension Problem.Standing {
  /// The name of their number.
  var counted: String {
    switch self {
    case .error: "errors"
    case .warning: "warnings"
    case .note: "notes"
    case .unknown: "conditions_unknown"
    case .waived: "waived"
    }
  }

  init(_ severity: Severity) {
    switch severity {
    case .error: self = .error
    case .warning: self = .warning
    case .note: self = .note
    }
  }
}

extension Report {
  /// Worst first: errors, warnings, notes, what is unknown, what is waived. Without details.
  var problems: [Problem] {
    let rehearsed = preflights ?? []
    let found =
      ((plan?.findings ?? findings) + rehearsed.flatMap(\.findings)).map { Problem($0) }
      + ((plan?.conditions ?? []) + rehearsed.flatMap(\.conditions)).filter { !$0.isDetail }
      .compactMap { Problem($0, in: declaration) }
    return Problem.Standing.allCases.flatMap { standing in found.filter { $0.standing == standing } }
  }
}

extension Condition {
  /// It asks nobody for anything, and is not counted. `--verbose` shows it, and the JSON report has it.
  var isDetail: Bool { isFailing && severity == .note && waiver == nil && Self.details.contains(code) }

  private static let details = Set(Catalogue.decant.codes.filter(\.isDetail).map(\.code))
}

/// The numbers of a report by name, in the order in which they are shown.
struct Tally {
  struct Entry {
    /// As in the JSON report: `create`, `not_attempted`.
    let name: String
    let number: Int
  }

  private(set) var entries: [Entry] = []

  init(_ report: Report) {
    if let plan = report.plan { add(plan) }
    if let preflights = report.preflights {
      add("pre_flights", preflights.count)
      add("could_not_run", preflights.count { !$0.canRun })
    }
    let seen = report.plan?.conditions ?? report.preflights?.flatMap(\.conditions)
    if seen != nil || report.declared != nil || report.verifications != nil || report.compliance != nil {
      add(report.problems, seen)
    }
    if let result = report.result { for word in Outcome.words { add(word, result.count(word)) } }
    if let verifications = report.verifications { add(verifications) }
  }

  private mutating func add(_ name: String, _ number: Int) { entries.append(Entry(name: name, number: number)) }

  private mutating func add(_ plan: Plan) {
    for verb in Action.Verb.allCases { add(verb.rawValue, plan.count(verb)) }
    add("held_back", plan.blocked.count)
    add("unchanged", plan.unchanged)
    add("drifted", plan.drift.count)
    add("unmanaged", plan.unmanaged.count)
  }

  /// - Parameter conditions: nothing where nobody has looked at any.
  private mutating func add(_ problems: [Problem], _ conditions: [Condition]?) {
    for standing in Problem.Standing.allCases where standing != .unknown || conditions != nil {
      add(standing.counted, problems.count { $0.standing == standing })
    }
    if let conditions { add("conditions_hold", conditions.count { $0.state == .holds }) }
  }

  private mutating func add(_ verifications: [Verification]) {
    let checks = verifications.flatMap(\.shown)
    add("checks_passed", checks.count(where: \.isPassed))
    add("checks_failed", checks.count(where: \.isFailed))
    add("checks_vacuous", checks.count { $0.standing == .vacuous })
    add("checks_not_proved", checks.count { $0.standing == .open })
    add("checks_not_done", checks.count { $0.standing == .unchecked })
    add("targets_not_checked", verifications.count { $0.failure != nil })
  }
}

extension Tally.Entry {
  /// `not_attempted` as people read it.
  var label: String { name.replacing("_", with: " ") }
}
