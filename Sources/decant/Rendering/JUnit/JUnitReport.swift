import Documents
import Reconciliation

/// A report as test results: what Maven's Surefire writes and Jenkins, GitLab and their kin read. A suite for each target
/// that was verified, a case for each check; of other commands, a suite for each object with a case for each finding
/// and condition.
///
/// There is no standard of it. What is written is what all of these readers take: no attribute and no element beyond the
/// schema of Jenkins' xUnit plugin (junit-10.xsd).
struct JUnitReport {
  let report: Report

  init(_ report: Report) { self.report = report }

  var text: String {
    let suites = JUnitSuite.merged(suites)
    let cases = suites.flatMap(\.cases)
    let root = Markup.tag(
      "testsuites",
      [
        ("name", JUnitText.shown("decant \(report.command)")), ("time", JUnitText.seconds(report.elapsed)),
        ("tests", "\(cases.count)"), ("failures", "\(cases.count(where: \.isFailure))"),
        ("errors", "\(cases.count(where: \.isError))"),
      ], JUnitText.lines(suites.map(\.markup)))
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(root.html)\n"
  }

  private var suites: [JUnitSuite] {
    [command].compactMap { $0 } + (report.verifications ?? []).map(suite) + unchecked + problems
  }

  /// What keeps the command from its work belongs to no object.
  private var command: JUnitSuite? {
    var cases = report.diagnostics.map { diagnostic in
      let place = diagnostic.place.map { " (\($0.short))" } ?? ""
      return JUnitCase(
        diagnostic.code, of: "decant.files",
        diagnostic.severity == .error
          ? .failure(diagnostic.code, diagnostic.message + place) : .passed(diagnostic.message + place))
    }
    if let error = report.error ?? report.workFailure?.sentence {
      cases.append(JUnitCase(report.command, of: "decant", .error("error", error)))
    }
    if let refusal = report.refusalSentence {
      cases.append(JUnitCase(report.command, of: "decant", .failure("refused", refusal)))
    }
    return cases.isEmpty ? nil : JUnitSuite("decant \(report.command)", cases)
  }

  private func suite(_ verification: Verification) -> JUnitSuite {
    let name = verification.address.description
    var cases = verification.shown.map { JUnitCase($0, of: name) }
    if let failure = verification.failure {
      cases.append(JUnitCase("the checks can be run", of: name, .error("not_checked", failure)))
    }
    return JUnitSuite(name, cases, properties: [("database", verification.subject)])
  }

  private var unchecked: [JUnitSuite] {
    report.unchecked.map { address in
      let name = address.description
      return JUnitSuite(
        name, [JUnitCase("checks are declared", of: name, .skipped("nothing is checked on its destination"))])
    }
  }

  private var problems: [JUnitSuite] {
    let found = report.problems.map { (address: $0.address, single: JUnitCase($0)) }
    let holding = (report.plan?.conditions ?? []).filter { $0.state == .holds }.map {
      (address: $0.address, single: JUnitCase($0.code, of: $0.address.description, .passed(nil)))
    }
    let members = Dictionary(grouping: found + holding, by: \.address)
    return members.keys.sorted().map { address in
      JUnitSuite("\(address)", (members[address] ?? []).map(\.single))
    }
  }
}

/// `<testsuite>`
private struct JUnitSuite {
  let name: String
  let cases: [JUnitCase]
  let properties: [(name: String, value: String)]

  init(_ name: String, _ cases: [JUnitCase], properties: [(name: String, value: String)] = []) {
    (self.name, self.cases, self.properties) = (name, cases, properties)
  }

  var markup: Markup {
    let time = cases.compactMap(\.duration).reduce(.zero, +)
    let told = properties.filter { !$0.value.isEmpty }.map { property in
      Markup.tag("property", [("name", property.name), ("value", JUnitText.shown(property.value))], [])
    }
    return .tag(
      "testsuite",
      [
        ("name", JUnitText.shown(name)), ("tests", "\(cases.count)"),
        ("failures", "\(cases.count(where: \.isFailure))"),
        ("errors", "\(cases.count(where: \.isError))"), ("skipped", "\(cases.count(where: \.isSkipped))"),
        ("time", JUnitText.seconds(time)),
      ], JUnitText.lines((told.isEmpty ? [] : [.tag("properties", all: told)]) + cases.map(\.markup)))
  }

  /// Suites of one name as one, in the order of the first.
  static func merged(_ suites: [JUnitSuite]) -> [JUnitSuite] {
    var result: [JUnitSuite] = []
    for suite in suites {
      guard let index = result.firstIndex(where: { $0.name == suite.name }) else {
        result.append(suite)
        continue
      }
      let first = result[index]
      result[index] = JUnitSuite(first.name, first.cases + suite.cases, properties: first.properties + suite.properties)
    }
    return result
  }
}

/// `<testcase>`
private struct JUnitCase {
  enum Result {
    /// With what is worth knowing.
    case passed(String?)
    case skipped(String)
    /// The kind of failure, and why.
    case failure(String, String)
    case error(String, String)
  }

  let name: String
  let suite: String
  let result: Result
  var duration: Duration?
  /// What belongs to a failure, a line each.
  var lines: [String] = []

  init(_ name: String, of suite: String, _ result: Result) {
    (self.name, self.suite, self.result) = (name, suite, result)
  }

  init(_ check: ShownCheck, of suite: String) {
    let place = check.place.map { " (\($0.short))" } ?? ""
    let why = (check.sentence ?? "") + place
    switch check.standing {
    case .failed: self.init(check.name, of: suite, .failure(check.kind, why))
    case .unchecked: self.init(check.name, of: suite, .skipped(why))
    case .vacuous, .open: self.init(check.name, of: suite, .passed(why))
    case .passed: self.init(check.name, of: suite, .passed(check.sentence.map { _ in why }))
    }
    duration = check.duration
    lines = check.lines.map { line in
      "\(line.place): \(line.counted.map { "\($0), " } ?? "")\(line.sentence)"
    }
  }

  init(_ problem: Problem) {
    let path = problem.path.map { "\($0): " } ?? ""
    let why = path + problem.message + (problem.place.map { " (\($0.short))" } ?? "")
    let result: Result =
      switch problem.standing {
      case .error: .failure(problem.code, why)
      case .warning, .note: .passed(why)
      case .unknown: .skipped(why)
      case .waived: .skipped("waived: \(problem.waiver ?? "")")
      }
    self.init(problem.code, of: problem.address.description, result)
  }

  var isFailure: Bool { if case .failure = result { true } else { false } }
  var isError: Bool { if case .error = result { true } else { false } }
  var isSkipped: Bool { if case .skipped = result { true } else { false } }

  var markup: Markup {
    var attributes = [("name", JUnitText.shown(name)), ("classname", JUnitText.shown(suite))]
    attributes.append(("time", JUnitText.seconds(duration ?? .zero)))
    return .tag("testcase", attributes, [said].compactMap { $0 })
  }

  private var said: Markup? {
    switch result {
    case .passed(nil): nil
    case .passed(let note?): .tag("system-out", body(note))
    case .skipped(let why): .tag("skipped", [("message", JUnitText.shown(why))], [])
    case .failure(let kind, let why):
      .tag("failure", [("type", JUnitText.shown(kind)), ("message", JUnitText.shown(why))], [body(why)])
    case .error(let kind, let why):
      .tag("error", [("type", JUnitText.shown(kind)), ("message", JUnitText.shown(why))], [body(why)])
    }
  }

  private func body(_ first: String) -> Markup {
    .all(
      ([first] + lines).enumerated().flatMap { index, line -> [Markup] in
        let text = Markup.text(JUnitText.shown(line))
        return index == 0 ? [text] : [.lineBreak, text]
      })
  }
}

/// Text that XML 1.0 can hold (section 2.2): what acts on a reader is spelled by its number already, and what is no
/// character goes the same way.
private enum JUnitText {
  static func shown(_ text: String) -> String {
    let text = Text.shown(text)
    guard text.unicodeScalars.contains(where: isNone) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      result += isNone(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
  }

  /// Elements on lines of their own.
  static func lines(_ parts: [Markup]) -> [Markup] {
    parts.flatMap { [.lineBreak, $0] } + (parts.isEmpty ? [] : [.lineBreak])
  }

  private static func isNone(_ scalar: Unicode.Scalar) -> Bool { scalar.value & 0xFFFE == 0xFFFE }

  /// `0.012`
  static func seconds(_ duration: Duration) -> String {
    let milliseconds =
      Int(duration.components.seconds) * 1_000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    let rest = String(milliseconds % 1_000)
    return "\(milliseconds / 1_000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
}
