/// What a page about a code says beside its sentence in a report: why it matters, what to do, and an example.
public struct Explanation: Sendable {
  /// One line, the end of a sentence that begins with "when" for what fires: "a password stands in the file itself".
  public let summary: String
  public let why: String
  public let remedy: String
  /// YAML or SQL, with the fence's word in its first line: `yaml`, `sql`.
  public let example: String?

  public init(_ summary: String, why: String, remedy: String, example: String? = nil) {
    self.summary = summary
    self.why = why
    self.remedy = remedy
    self.example = example
  }
}

/// One code as the registry knows it: a rule about the files, or a condition of the live world.
public struct RegisteredCode: Sendable {
  public enum Nature: String, Sendable, Hashable {
    case finding, condition
  }

  public let code: String
  public let nature: Nature
  public let severity: Severity
  public let isWaivable: Bool
  /// A note that asks nobody for anything: for `--json`, and for `--verbose` in what people read.
  public let isDetail: Bool
  public let explanation: Explanation

  /// A condition, declared beside the code that observes it.
  public static func condition(
    _ code: String, _ severity: Severity, isWaivable: Bool = true, isDetail: Bool = false, _ explanation: Explanation
  ) -> RegisteredCode {
    RegisteredCode(
      code: code, nature: .condition, severity: severity, isWaivable: isWaivable, isDetail: isDetail,
      explanation: explanation)
  }

  init(
    code: String, nature: Nature, severity: Severity, isWaivable: Bool, isDetail: Bool = false,
    explanation: Explanation
  ) {
    self.isDetail = isDetail
    self.code = code
    self.nature = nature
    self.severity = severity
    self.isWaivable = isWaivable
    self.explanation = explanation
  }
}

extension Rule {
  var registered: RegisteredCode {
    RegisteredCode(
      code: code, nature: .finding, severity: severity, isWaivable: isWaivable, explanation: explanation)
  }
}

extension Catalogue {
  /// Every code that a finding or a condition can have, sorted; a code that the files and the live world share comes
  /// twice, the finding first.
  public var codes: [RegisteredCode] {
    var found = CommonRules.registered
    for kind in kinds { found += kind.rules.map(\.registered) + kind.conditions }
    var seen: Set<String> = []
    let distinct = found.filter { seen.insert("\($0.code) \($0.nature.rawValue)").inserted }
    return distinct.sorted { left, right in
      left.code == right.code ? left.nature == .finding && right.nature == .condition : left.code < right.code
    }
  }
}
