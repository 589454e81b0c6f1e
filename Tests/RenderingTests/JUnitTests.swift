import Documents
import Foundation
import Testing

@testable import Reconciliation
@testable import decant

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Test results as Surefire, Jenkins and GitLab read them: no element and no attribute that one of them does not know,
/// and the numbers of a suite are those of its cases.
struct JUnitTests {
  private func reports(_ count: Int) -> [Report] {
    var random = RandomReports(seed: 51)
    return (0..<count).map { _ in random.report() }
  }

  /// What stands in which element, with the attributes that it may have; those with a star it has to have.
  fileprivate static let shape: [String: (parents: Set<String>, attributes: Set<String>)] = [
    "testsuites": ([""], ["name", "time", "tests", "failures", "errors"]),
    "testsuite": (["testsuites"], ["name*", "tests*", "failures*", "errors*", "skipped", "time"]),
    "properties": (["testsuite"], []), "property": (["properties"], ["name*", "value*"]),
    "testcase": (["testsuite"], ["name*", "classname", "time"]),
    "failure": (["testcase"], ["type", "message"]), "error": (["testcase"], ["type", "message"]),
    "skipped": (["testcase"], ["type", "message"]), "system-out": (["testcase"], []),
  ]

  @Test func theyAreInTheShapeThatReadersKnow() throws {
    for report in reports(120) {
      let reading = Reading()
      let parser = XMLParser(data: Data(JUnitReport(report).text.utf8))
      parser.delegate = reading
      #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
      #expect(reading.complaints.isEmpty, "\(reading.complaints.prefix(3))")
    }
  }

  @Test func aCaseForEachCheck() throws {
    for report in reports(120) {
      let text = JUnitReport(report).text
      let checks = (report.verifications ?? []).flatMap(\.shown)
      let cases = text.matches(of: #/<testcase /#).count
      #expect(cases >= checks.count)
      guard report.plan == nil, report.error == nil, report.diagnostics.isEmpty, report.refusal == nil,
        report.result == nil, report.problems.isEmpty, let verifications = report.verifications
      else { continue }
      let unreached = verifications.count { $0.failure != nil }
      #expect(cases == checks.count + unreached + report.unchecked.count)
      #expect(text.matches(of: #/<failure /#).count == checks.count(where: \.isFailed))
      #expect(text.matches(of: #/<error /#).count == unreached)
    }
  }

  private func check(_ proof: CheckProof?, failure: String? = nil) -> CheckResult {
    CheckResult(
      name: "no <real> phone", about: "privacy", expected: 0, found: 0, failure: failure,
      duration: .milliseconds(1_205),
      place: nil, proof: proof)
  }

  private func text(_ check: CheckResult, isStrict: Bool = false) -> String {
    var verification = Verification(address: Address("target", "t"), subject: "dev:5432/x", checks: [check])
    verification.isStrict = isStrict
    var report = Report(command: "verify")
    report.verifications = [verification]
    return JUnitReport(report).text
  }

  @Test func aVacuousCheckFailsWhereThatIsAskedFor() {
    let mild = text(check(.vacuous(.source)))
    #expect(mild.contains("failures=\"0\"") && mild.contains("<system-out>vacuous: it passes on the source too"))
    let strict = text(check(.vacuous(.source)), isStrict: true)
    #expect(strict.contains("failures=\"1\" errors=\"0\" skipped=\"0\" time=\"1.205\""))
    #expect(strict.contains("<failure type=\"vacuous\" message=\"vacuous: it passes on the source too"))
    #expect(strict.contains("name=\"no &lt;real&gt; phone\" classname=\"target.t\""))
  }

  @Test func whatIsNoCharacterIsSpelled() {
    let text = text(check(nil, failure: "gave `\u{FFFE}\u{1}\u{1FFFF}`"))
    #expect(text.contains("gave `\\u{fffe}\\u{1}\\u{1ffff}`"))
  }
}

private final class Reading: NSObject, XMLParserDelegate {
  private(set) var complaints: [String] = []
  private var path = [""]
  private var counts: [(said: [String: String], found: [String: Int])] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    if let shape = JUnitTests.shape[name], shape.parents.contains(path.last ?? "") {
      let known = Set(shape.attributes.map { $0.replacing("*", with: "") })
      let needed = shape.attributes.filter { $0.hasSuffix("*") }.map { String($0.dropLast()) }
      if !Set(attributes.keys).isSubset(of: known) { complaints.append("\(name) \(attributes.keys)") }
      if !needed.allSatisfy({ attributes[$0] != nil }) { complaints.append("\(name) lacks of \(needed)") }
      if let time = attributes["time"], time.wholeMatch(of: /[0-9]+\.[0-9]{3}/) == nil {
        complaints.append("time \(time)")
      }
    } else {
      complaints.append("\(name) in \(path.last ?? "")")
    }
    if name == "testsuite" { counts.append((attributes, [:])) }
    if let last = counts.indices.last, ["testcase", "failure", "error", "skipped"].contains(name) {
      counts[last].found[name, default: 0] += 1
    }
    path.append(name)
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    path.removeLast()
    guard name == "testsuite", let (said, found) = counts.popLast() else { return }
    for (attribute, element) in [
      ("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"),
    ] where said[attribute] != "\(found[element, default: 0])" {
      complaints.append("\(attribute) is \(said[attribute] ?? ""), and there are \(found[element, default: 0])")
    }
  }
}
