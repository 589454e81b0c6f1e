import Documents
import Foundation
import Testing

@testable import Reconciliation
@testable import decant

/// The log against the OASIS standard: by a schema of the part that we write, and by the published one, which
/// `DECANT_SARIF_SCHEMA` names or `scripts/setup --test` fetched.
struct SARIFTests {
  private func logs(_ count: Int) -> [String] {
    var random = RandomReports(seed: 41)
    return (0..<count).map { _ in JSON.canonical(SARIFLog(random.report()).json) }
  }

  @Test(.enabled(if: Machine.hasJSONSchema, "python3 with jsonschema is missing (pip install jsonschema)"))
  func logsAreAsTheStandardSays() throws {
    let folder = Machine.repository.appendingPathComponent("Tests/Fixtures/sarif")
    let schema = try String(contentsOf: folder.appendingPathComponent("written-part.schema.json"), encoding: .utf8)
    let complaints = try Machine.complaints(about: logs(120), by: schema)
    #expect(complaints.isEmpty, "\(complaints.prefix(2_000))")
    let wrong = logs(40).filter { $0.contains("startLine") }.map {
      $0.replacing(/"startLine":\d+/, with: "\"startLine\":0")
    }
    #expect(try !Machine.complaints(about: Array(wrong.prefix(1)), by: schema).isEmpty)
  }

  static let published: String? = {
    let fetched = Machine.repository.appendingPathComponent(".build/sarif-schema-2.1.0.json").path
    return ProcessInfo.processInfo.environment["DECANT_SARIF_SCHEMA"]
      ?? (FileManager.default.fileExists(atPath: fetched) ? fetched : nil)
  }()

  @Test(
    .enabled(
      if: published != nil && Machine.hasJSONSchema,
      "the published schema (scripts/setup --test) or python3 with jsonschema is missing"))
  func logsAreAsThePublishedSchemaSays() throws {
    // An edition before the standard called the `status` of a suppression (section 3.35.3) `state`.
    let schema = try String(contentsOfFile: Self.published ?? "", encoding: .utf8)
      .replacing(
        /"state"(?=: \{\s*"description": "A string that indicates the state of the suppression)/, with: "\"status\"")
    let real = try realLogs()
    #expect(real.count == 5)
    let complaints = try Machine.complaints(about: logs(120) + real, by: schema)
    #expect(complaints.isEmpty, "\(complaints.prefix(2_000))")
    for wrong in [#"{"version":"2.1.0"}"#, real[0].replacing("\"ruleIndex\"", with: "\"rule\"")] {
      #expect(try !Machine.complaints(about: [wrong], by: schema).isEmpty)
    }
  }

  /// Of the program itself, with findings, conditions that are not known, mistakes in the files and an error.
  private func realLogs() throws -> [String] {
    let shop = try Workspace(["decant.yaml": CommandTests.wrong])
    let runs = [["validate"], ["plan"], ["plan", "--no-observe"], ["verify", "--timeout", "1"]]
    let logs = try runs.map { try Machine.run(Machine.decant, $0 + ["--sarif"], in: shop.folder).output }
    try shop.write("targets:\n  a: {snapshott: 1}\n", to: "decant.yaml")
    return logs + [try shop.decant("validate", "--sarif").output]
  }

  private func report(line: Int, measured: String) -> Report {
    let source = Source(name: "decant.yaml", bytes: [])
    let place = Place(source: source, line: line, column: 3, length: 4)
    var report = Report(command: "validate")
    report.declared = 1
    var waived = Finding("tls_unverified", .warning, Address("target", "a"), at: "src", "x", place: place)
    waived.waiver = "tunnel until March"
    report.findings = [
      Finding("no_checks", .error, Address("target", "a"), at: "sanitize", measured, place: place), waived,
    ]
    report.diagnostics = [Diagnostic(.error, "unknown_key", "`b` is not a key", at: place)]
    return report
  }

  private func results(_ report: Report) -> [Value] {
    SARIFLog(report).json["runs"]?.list?.first?["results"]?.list ?? []
  }

  @Test func identitiesOutliveAMoveAndANewMeasurement() {
    let identities = { (report: Report) in results(report).compactMap { $0["partialFingerprints"] } }
    let before = identities(report(line: 3, measured: "12 rows"))
    #expect(before == identities(report(line: 90, measured: "15 rows")))
    #expect(Set(before).count == 3)
  }

  @Test func waiversAreSuppressionsAndSeveritiesAreLevels() {
    let results = results(report(line: 3, measured: "x"))
    #expect(results.map { $0["level"]?.string } == ["error", "error", "warning"])
    #expect(results.map { $0["suppressions"]?.list?.count } == [0, 0, 1])
    #expect(results[2]["suppressions"]?.list?.first?["justification"] == "tunnel until March")
    #expect(results[0]["locations"]?.list?.first?["physicalLocation", "region", "endColumn"] == 7)
  }

  @Test func aConditionStandsWhereItsPathStands() throws {
    let shop = try Workspace([
      "decant.yaml": CommandTests.declaration.replacing("    decant:", with: "decant:")
    ])
    _ = try shop.decant("plan", "--no-observe", "--sarif", "a.sarif")
    let log = try JSON.read(shop.text(of: "a.sarif"))
    let result = try #require(
      log["runs"]?.list?.first?["results"]?.list?.first { $0["ruleId"] == "destination_reachable" })
    #expect(result["kind"] == "open" && result["level"] == "none")
    let region = result["locations"]?.list?.first?["physicalLocation", "region", "startLine"]?.integer ?? 0
    let lines = CommandTests.declaration.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[region - 1].contains("dst_url"))
  }
}
