import Documents
import Foundation
import Kinds
import Testing

@testable import Reconciliation
@testable import decant

/// The real program: every command, its files and its exit codes.
struct CommandTests {
  static let declaration = """
    decant: {workspace: shop}
    storage_profiles:
      laptop: {provider: local, path: ./snapshots}
      team: {provider: local, path: ./team}
    sso_groups:
      developers: {description: Everybody}
    sanitizations:
      pii:
        tables: {users: {columns: {email: {strategy: email}}}}
        checks: [{name: none, query: SELECT 1, expect: 0}]
    targets:
      users:
        snapshot:
          src_url: "postgresql://ro@127.0.0.1:1/users?sslmode=verify-full"
          dst_url: "postgresql://ro@127.0.0.1:1/users_dev?sslmode=verify-full"
        storage_profile: laptop
        sanitize: {storage_profile: team, policy: pii}
        sso_groups: [developers]

    """
  /// With a finding of severity error.
  static let wrong = declaration.replacing("sso_groups: [developers]", with: "sso_groups: [nobody]")

  private var schema: String {
    get throws {
      try String(contentsOf: Machine.repository.appendingPathComponent("schemas/report.json"), encoding: .utf8)
    }
  }

  /// Reports of every command, with the exit codes that they are to have.
  private func realReports() throws -> [(status: Int32, text: String)] {
    var reports: [(Int32, String)] = []
    func add(_ expected: Int32, _ answer: Machine.Answer) {
      #expect(answer.status == expected, "\(answer.error)\(answer.output.prefix(900))")
      reports.append((answer.status, answer.output))
    }
    let shop = try Workspace(["decant.yaml": Self.declaration])
    add(0, try shop.decant("validate", "--json"))
    add(2, try shop.decant("plan", "--json", "--no-observe", "--detailed-exitcode"))
    add(4, try shop.decant("apply", "--json", "--no-observe", "--digest", "sha256:" + sha256("other")))
    add(1, try shop.decant("apply", "--json"))
    add(0, try shop.decant("apply", "--json", "--no-observe", "--auto-approve"))
    add(0, try shop.decant("drift", "--json", "--no-observe"))
    add(0, try shop.decant("show", "--json"))
    add(0, try shop.decant("targets", "--json"))
    add(0, try shop.decant("target", "users", "--json"))
    add(0, try shop.decant("snapshots", "users", "--json"))
    add(1, try shop.decant("target", "nothing", "--json"))
    add(0, try shop.decant("audit", "log", "--json"))
    add(0, try shop.decant("audit", "verify", "--json"))
    add(1, try shop.decant("audit", "verify", "--json", "--head", "9:" + sha256("other")))
    add(0, try shop.decant("graph", "--json", "--plan"))
    add(8, try shop.decant("verify", "--json", "--timeout", "1"))
    add(1, try shop.decant("show", "--json", "target.nothing"))
    let part = try Workspace(["decant.yaml": Self.declaration])
    add(0, try part.decant("plan", "--json", "--no-observe", "--only", "sso_group.*", "--out", "part.plan"))
    add(0, try part.decant("apply", "part.plan", "--json"))
    add(4, try part.decant("apply", "part.plan", "--json"))
    add(5, try part.decant("destroy", "--json", "--auto-approve"))
    // The control plane refuses targets for a while, so that a second run finds a part done.
    add(0, try part.decant("plan", "--json", "--no-observe", "--out", "whole.plan"))
    try part.run(
      "CREATE TRIGGER no BEFORE INSERT ON records WHEN new.kind = 'target' BEGIN SELECT RAISE(ABORT, 'no'); END")
    add(6, try part.decant("apply", "whole.plan", "--json"))
    try part.run("DROP TRIGGER no")
    let second = try part.decant("apply", "whole.plan", "--json")
    #expect(try JSON.read(second.output)["done_before"]?.list?.isEmpty == false)
    add(0, second)
    try shop.write(Self.wrong, to: "decant.yaml")
    add(9, try shop.decant("plan", "--json"))
    try shop.write("decant: {workspace: shop}\nsso_groups: {}\n", to: "decant.yaml")
    add(5, try shop.decant("plan", "--json", "--no-observe"))
    try shop.write("targets:\n  a: {snapshott: 1}\n", to: "decant.yaml")
    add(1, try shop.decant("validate", "--json"))
    return reports
  }

  @Test(.enabled(if: Machine.hasJSONSchema, "python3 with jsonschema is missing (pip install jsonschema)"))
  func everyReportIsAsItsSchemaSays() throws {
    let reports = try realReports()
    let complaints = try Machine.complaints(about: reports.map(\.text), by: schema)
    #expect(complaints.isEmpty, "\(complaints)")
    for report in reports {
      #expect(try JSON.read(report.text)["exit", "code"]?.integer == Int(report.status))
    }
  }

  @Test(.enabled(if: Machine.hasJSONSchema, "python3 with jsonschema is missing (pip install jsonschema)"))
  func randomReportsAreAsTheSchemaSaysAndOthersAreNot() throws {
    var random = RandomReports(seed: 31)
    let reports = (0..<80).map { _ in JSON.canonical(random.report().json) }
    #expect(try Machine.complaints(about: reports, by: schema).isEmpty)
    for wrong in [
      #"{"format":"decant report 1"}"#, reports[0].replacing(#"{"#, with: #"{"more":1,"#, maxReplacements: 1),
    ] {
      #expect(try !Machine.complaints(about: [wrong], by: schema).isEmpty)
    }
  }

  @Test func generatedFilesAreUpToDate() throws {
    let files = GeneratedFiles.all(for: .decant) + [CommandReference.page, ExitCodeReference.page] + ManualPages.all
    #expect(files.count > 20)
    for file in files {
      let stored = try? String(contentsOf: Machine.repository.appendingPathComponent(file.path), encoding: .utf8)
      #expect(stored == file.text, "\(file.path) is not up to date: make record")
    }
    let folder = Machine.repository.appendingPathComponent("docs/man")
    let names = Set(try FileManager.default.contentsOfDirectory(atPath: folder.path).map { "docs/man/\($0)" })
    #expect(names == Set(ManualPages.all.map(\.path)))
  }

  @Test(.enabled(if: Machine.mandoc != nil, "mandoc is missing (apt-get install mandoc)"))
  func manualPagesAreRenderedWithoutWarnings() throws {
    let folder = try Workspace([:])
    for page in ManualPages.all {
      let name = page.path.split(separator: "/").last.map(String.init) ?? ""
      try folder.write(page.text, to: name)
      let lint = try Machine.run(Machine.mandoc ?? "", ["-T", "lint", "-W", "warning", name], in: folder.folder)
      #expect(lint.status == 0 && lint.output.isEmpty, "\(lint.output)")
    }
    let shown = try Machine.run(Machine.mandoc ?? "", ["-T", "ascii", "decant-plan.1"], in: folder.folder)
    #expect(shown.output.replacing(/.\u{8}/, with: "").contains("--detailed-exitcode"))
  }

  @Test func oneRunWritesAllRenderings() throws {
    let shop = try Workspace(["decant.yaml": Self.wrong])
    let answer = try shop.decant("validate", "--markdown", "--html", "out/plan.html", "--sarif", "findings.sarif")
    #expect(answer.status == 9)
    #expect(answer.output.hasPrefix("## Not valid"))
    #expect(try shop.text(of: "out/plan.html").hasPrefix("<!DOCTYPE html>"))
    let log = try JSON.read(shop.text(of: "findings.sarif"))
    #expect(log["runs"]?.list?.first?["results"]?.list?.contains { $0["ruleId"] == "group_unknown" } == true)
  }

  @Test func filesAreNamedWhereTheCommandIsGiven() throws {
    let shop = try Workspace(["decant.yaml": Self.declaration])
    let parent = shop.folder.deletingLastPathComponent()
    let answer = try Machine.run(
      Machine.decant, ["validate", "--chdir", "shop", "--html", "page.html"], in: parent)
    #expect(answer.status == 0)
    #expect(FileManager.default.fileExists(atPath: parent.appendingPathComponent("page.html").path))
  }

  @Test func whatCannotBeWrittenIsKnownBeforeAnythingIsChanged() throws {
    let shop = try Workspace(["decant.yaml": Self.declaration, "file": ""])
    let answer = try shop.decant("apply", "--auto-approve", "--no-observe", "--html", "file/plan.html")
    #expect(answer.status == 1)
    #expect(answer.error.contains("cannot make the folder") || answer.error.contains("cannot write"), "\(answer.error)")
    #expect(!FileManager.default.fileExists(atPath: shop.folder.appendingPathComponent(".decant").path))
    let full = try shop.decant("validate", "--html", "/dev/full")
    #expect(full.status == 1)
    #expect(full.error.contains("No space left on device"))
  }

  @Test(arguments: [["--json", "--markdown"], ["--html", "--sarif", "-"], ["--html", "a", "--sarif", "a"]])
  func standardOutputTakesOne(options: [String]) throws {
    let shop = try Workspace(["decant.yaml": Self.declaration])
    let answer = try Machine.run(Machine.decant, ["validate"] + options, in: shop.folder)
    #expect(answer.status == 1)
    #expect(answer.error.contains("Standard output takes one") || answer.error.contains("one file"), "\(answer.error)")
  }

  @Test func noSecretIsInAnyRendering() throws {
    let secret = "hunter2-very-secret"
    let text = Self.wrong.replacing("//ro@", with: "//ro:\(secret)@")
    let shop = try Workspace(["decant.yaml": text, "wrong.yaml": text.replacing("provider:", with: "provider")])
    for (file, command) in [("decant.yaml", "plan"), ("decant.yaml", "validate"), ("wrong.yaml", "validate")] {
      _ = try shop.decant(command, "-f", file, "--markdown", "a.markdown", "--html", "a.html", "--sarif", "a.sarif")
      for name in ["a.markdown", "a.html", "a.sarif"] {
        let text = try shop.text(of: name)
        #expect(text.count > 100 && !text.contains(secret), "\(name)")
      }
    }
  }
}
