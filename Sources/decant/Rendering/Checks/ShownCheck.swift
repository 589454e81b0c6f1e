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
    case passed
  }

  /// One thing that it found: a column, a key, an object of the schema.
  struct Line {
    let place: String
    /// Values or rows that are wrong.
    let count: Int?
    let sentence: String
  }

  let name: String
  let about: String
  let standing: Standing
  /// It found nothing, and failed because it was not shown able to.
  let isUnproved: Bool
  /// Why it does not stand as passed; nothing where it does.
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

  var isFailed: Bool { standing == .failed }

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
    case .passed: "passed"
    }
  }
}

extension Verification {
  /// Worst first.
  var shown: [ShownCheck] {
    let all = checks.map { ShownCheck($0, of: self) }
    return ShownCheck.Standing.allCases.flatMap { standing in all.filter { $0.standing == standing } }
  }

  /// `3 of 4 checks passed, 1 vacuous, 1 not proved`
  var counted: String {
    let all = shown
    func part(_ standing: ShownCheck.Standing) -> String {
      let number = all.count { $0.standing == standing }
      return number == 0 ? "" : ", \(number) \(standing.word)"
    }
    let passed = all.count { !$0.isFailed }
    return "\(passed) of \(Text.counted(all.count, "check")) passed\(part(.vacuous))\(part(.open))"
  }
}
