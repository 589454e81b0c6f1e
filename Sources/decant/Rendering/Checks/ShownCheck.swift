import Documents
import Reconciliation

/// One check of a target as every rendering shows it.
struct ShownCheck {
  enum Standing: Int, CaseIterable {
    case failed
    /// It passed, and would have passed whatever the data are.
    case vacuous
    /// It passed, and whether it could have failed is not known.
    case open
    /// Nobody looked. It is no pass.
    case unchecked
    case passed
  }

  /// One thing that it found: a column, a key, an object of the schema.
  struct Line {
    let place: String
    /// Values or rows that are wrong, and which of the two.
    let count: Int?
    let unit: String
    /// One of them, with most of its characters replaced.
    let sample: String?
    let sentence: String

    /// `1 value`, `103,407 rows`
    var counted: String? { count.map { Text.counted($0, String(unit.dropLast())) } }
  }

  let name: String
  let about: String
  let standing: Standing
  /// It found nothing, and failed because it was not shown able to.
  let isUnproved: Bool
  /// Why it does not stand as passed, and what a check that needs no declaration has looked at.
  let sentence: String?
  let lines: [Line]
  let place: Place?
  let duration: Duration?
}

extension ShownCheck {
  /// A declared check.
  init(_ check: CheckResult, of verification: Verification) {
    let standing: Standing =
      !verification.counts(check)
      ? .failed : check.isVacuous ? .vacuous : check.notProved != nil ? .open : .passed
    self.init(
      name: check.name, about: check.about, standing: standing, isUnproved: standing == .failed && check.hasPassed,
      sentence: check.failure ?? (standing == .passed ? nil : check.doubt), lines: [], place: check.place,
      duration: check.duration)
  }

  /// A check that needs no declaration.
  init(_ check: CopyVerification.Check) {
    let standing: Standing =
      switch check.result {
      case .failed: .failed
      case .notChecked: .unchecked
      case .passed: .passed
      }
    let words = [check.summary, check.way].compactMap(\.self) + check.notes
    self.init(
      name: check.name.rawValue, about: check.proves, standing: standing, isUnproved: false,
      sentence: words.filter { !$0.isEmpty }.joined(separator: "; "),
      lines: check.findings.map { finding in
        Line(
          place: finding.place, count: finding.count, unit: finding.unit.rawValue, sample: finding.sample,
          sentence: finding.sentence)
      }, place: nil, duration: nil)
  }

  var isFailed: Bool { standing == .failed }
  /// It stands for something: a pass, or a pass with a doubt.
  var isPassed: Bool { !isFailed && standing != .unchecked }

  /// What kind of failure it is, for machines: one that found something, or one that could not have.
  var kind: String { isUnproved ? "vacuous" : about }
}

extension ShownCheck {
  /// By which machines know what became of it.
  var code: String {
    switch standing {
    case .failed: isUnproved ? "check_vacuous" : "check_failed"
    case .vacuous: "check_vacuous"
    case .open: "check_not_proved"
    case .unchecked: "check_not_done"
    case .passed: "check_passed"
    }
  }

  static let explanations: [String: String] = [
    "check_failed":
      "A check of a copy did not give what is expected, or could not be run. Mask what it found, or correct the check.",
    "check_vacuous":
      "A check passes on data in which it has to find something, so that its passing proves nothing. Write one that finds what is there, and look at it on the source.",
    "check_not_proved":
      "Nobody knows whether a check could fail. `prove` says where it can be shown: on the source, or on planted rows.",
    "check_not_done":
      "Nobody looked: a right, a key or a file is missing, as the message says. It is no pass.",
  ]
}

extension CheckResult {
  /// Why its passing says less than it seems to.
  fileprivate var doubt: String? { isVacuous ? "vacuous: \(proof?.sentence ?? "")" : proof?.sentence }
}

extension ShownCheck.Standing {
  /// One word for it.
  var word: String {
    switch self {
    case .failed: "failed"
    case .vacuous: "vacuous"
    case .open: "not proved"
    case .unchecked: "not checked"
    case .passed: "passed"
    }
  }
}

extension Verification {
  /// All checks, the worst first; of equals, those that need no declaration before the others.
  var shown: [ShownCheck] { ((found?.worstFirst ?? []).map { ShownCheck($0) } + declaredChecks).worstFirst }

  /// Those that people wrote, the worst first.
  var declaredChecks: [ShownCheck] { checks.map { ShownCheck($0, of: self) }.worstFirst }
}

extension [ShownCheck] {
  fileprivate var worstFirst: [ShownCheck] {
    ShownCheck.Standing.allCases.flatMap { standing in filter { $0.standing == standing } }
  }

  /// `3 of 4 checks passed, 1 vacuous, 1 not proved`
  var counted: String {
    func part(_ standing: ShownCheck.Standing) -> String {
      let number = count { $0.standing == standing }
      return number == 0 ? "" : ", \(number) \(standing.word)"
    }
    let rest = part(.vacuous) + part(.open) + part(.unchecked)
    return "\(count(where: \.isPassed)) of \(Text.counted(count, "check")) passed\(rest)"
  }
}
