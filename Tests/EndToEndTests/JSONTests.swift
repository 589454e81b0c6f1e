import Foundation
import TestServers
import Testing

/// `--json` on every command and every exit code: one whole document, whose exit code is that of the process.
@Suite struct JSONTests {
  /// Every top-level field that there is, and what it holds.
  static let fields: [String: @Sendable (Any) -> Bool] = [
    "format": { $0 as? String == "decant report 1" }, "command": { $0 is String }, "workspace": { $0 is String },
    "exit": { ($0 as? [String: Any]).map { $0["code"] is Int && $0["name"] is String && $0.count == 2 } ?? false },
    "diagnostics": isObjects, "findings": isObjects, "conditions": isObjects, "actions": isObjects, "drift": isObjects,
    "brake": isObjects, "outcomes": isObjects, "verifications": isObjects, "records": isObjects, "audit": isObjects,
    "control_plane": { $0 is String }, "seen_at": { $0 is String }, "files": { $0 is [String] },
    "error": { $0 is String }, "expected_digest": { $0 is String }, "declared": { $0 is Int },
    "unmanaged": { $0 is [String] }, "unchecked": { $0 is [String] },
    "digest": { ($0 as? String)?.hasPrefix("sha256:") == true },
    "summary": { $0 is [String: Int] }, "applied": { ($0 as? [String: Int])?.count == 5 },
    "audit_head": { ($0 as? [String: Any])?["hash"] is String }, "stopped": { $0 is String },
    "audit_verdict": { ($0 as? [String: Any])?["whole"] is Bool },
  ]
  @Sendable private static func isObjects(_ value: Any) -> Bool { value is [[String: Any]] }

  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let status: Int32
    let arguments: [String]
    /// What is done in the folder before, with `decant` as the program.
    var before = ""
    var files = groups(12)
    var environment: [String: String] = [:]
    var testDescription: String { name }
  }

  static let applied = "decant apply --auto-approve --no-observe >applied.txt"
  static let edited = applied + "; sqlite3 .decant/control.db \"UPDATE records SET spec = '{}' WHERE name = 'g1'\""
  static let held =
    applied
    + "; sqlite3 .decant/control.db \"UPDATE leases SET token = 9, holder = 'bob', expires_at = '2099-01-01T00:00:00.000Z'\""
    + "; echo '  more: {}' >> decant.yaml"
  static let fewer = applied + "; sed -i '/g[2-9]:/d' decant.yaml"
  static let broken = "decant: {workspace: shop}\nsso_groups: {a: {unknown: 1}}\n"
  static let unreachable = """
    decant: {workspace: shop}
    storage_profiles: {p: {provider: local, path: ./s}}
    targets:
      t:
        snapshot: {src_url: "postgresql://u@127.0.0.1:1/d", dst_url: "postgresql://u@127.0.0.1:1/e"}
        storage_profile: p
        sanitize: {storage_profile: p, checks: [{name: one, query: SELECT 1, expect: 1}]}

    """

  /// A target that is shared with a group which nobody declares.
  static let shared =
    unreachable.replacingOccurrences(
      of: "    storage_profile: p\n", with: "    storage_profile: p\n    sso_groups: [x]\n") + "sso_groups: {a: {}}\n"

  static let rows: [Row] = [
    Row(name: "validate, an undeclared group", status: 9, arguments: ["validate"], files: shared),
    Row(name: "apply, blocked", status: 9, arguments: ["apply", "--auto-approve"], files: shared),
    Row(name: "validate", status: 0, arguments: ["validate"]),
    Row(name: "validate, wrong", status: 1, arguments: ["validate"], files: broken),
    Row(name: "validate, not YAML", status: 1, arguments: ["validate"], files: "a: [\u{1}\n"),
    Row(name: "validate, nothing there", status: 1, arguments: ["validate", "--file", "nowhere.yaml"]),
    Row(name: "plan", status: 0, arguments: ["plan"]),
    Row(name: "plan, wrong", status: 1, arguments: ["plan"], files: broken),
    Row(name: "plan, no folder", status: 1, arguments: ["plan", "--chdir", "nowhere"]),
    Row(name: "plan, changes", status: 2, arguments: ["plan", "--detailed-exitcode"]),
    Row(name: "plan, drift", status: 3, arguments: ["plan", "--detailed-exitcode"], before: edited),
    Row(name: "plan, brake", status: 5, arguments: ["plan"], before: fewer),
    Row(
      name: "plan, store is no store", status: 1, arguments: ["plan"],
      before: "mkdir .decant; seq 900 > .decant/control.db"),
    Row(
      name: "plan, other store", status: 1, arguments: ["plan"],
      files: "decant: {control_plane: {url: \"https://x.example\"}}\nsso_groups: {a: {}}\n"),
    Row(name: "plan, in CI", status: 1, arguments: ["plan"], environment: ["CI": "true"]),
    Row(name: "drift", status: 0, arguments: ["drift"], before: applied),
    Row(name: "drift, some", status: 3, arguments: ["drift"], before: edited),
    Row(name: "drift, wrong", status: 1, arguments: ["drift"], files: broken),
    Row(name: "apply", status: 0, arguments: ["apply", "--auto-approve"]),
    Row(name: "apply, nobody to ask", status: 1, arguments: ["apply"]),
    Row(name: "apply, wrong", status: 1, arguments: ["apply", "--auto-approve"], files: broken),
    Row(
      name: "apply, other digest", status: 4,
      arguments: ["apply", "--digest", "sha256:" + String(repeating: "0", count: 64)]),
    Row(name: "apply, brake", status: 5, arguments: ["apply", "--auto-approve"], before: fewer),
    Row(name: "apply, held", status: 7, arguments: ["apply", "--auto-approve"], before: held),
    Row(
      name: "apply, store is no store", status: 1, arguments: ["apply", "--auto-approve"],
      before: "mkdir .decant; seq 900 > .decant/control.db"),
    Row(
      name: "apply, no place for a store", status: 1, arguments: ["apply", "--auto-approve"], before: "echo > .decant"),
    Row(name: "show", status: 0, arguments: ["show"], before: applied),
    Row(name: "show one", status: 0, arguments: ["show", "sso_group.g1"], before: applied),
    Row(name: "show, none such", status: 1, arguments: ["show", "sso_group.x"], before: applied),
    Row(name: "show, wrong", status: 1, arguments: ["show"], files: broken),
    Row(name: "verify, nothing declared", status: 0, arguments: ["verify"]),
    Row(name: "verify, none such", status: 1, arguments: ["verify", "x"]),
    Row(name: "verify, unreachable", status: 8, arguments: ["verify"], files: unreachable),
    Row(name: "verify, wrong", status: 1, arguments: ["verify"], files: broken),
    Row(
      name: "verify, no target", status: 1, arguments: ["verify", "sanitization.s"],
      files: unreachable + "sanitizations: {s: {checks: [{name: one, query: SELECT 1, expect: 1}]}}\n"),
    Row(name: "export, wrong", status: 1, arguments: ["export"], files: broken),
    Row(name: "adopt, managed", status: 1, arguments: ["adopt", "sso_group.g1"], before: applied),
    Row(name: "audit log", status: 0, arguments: ["audit", "log"], before: applied),
    Row(name: "audit log, wrong", status: 1, arguments: ["audit", "log"], files: broken),
    Row(name: "audit verify", status: 0, arguments: ["audit", "verify"], before: applied),
    Row(
      name: "audit verify, cut off", status: 1,
      arguments: ["audit", "verify", "--head", "99:" + String(repeating: "a", count: 64)], before: applied),
  ]

  @Test(arguments: rows) func oneWholeDocument(_ row: Row) throws {
    let workshop = try Workshop(row.files)
    if !row.before.isEmpty { #expect(try workshop.shell(row.before).status == 0) }
    let observes = ["plan", "apply", "drift"].contains(row.arguments.first)
    let ended = try workshop.run(row.arguments + ["--json"] + (observes ? ["--no-observe"] : []), row.environment)
    #expect(ended.status == row.status && ended.error.isEmpty, "\(ended.all.prefix(3_000))")
    let json = try #require(ended.json, "\(ended.output.prefix(500))")
    #expect((json["exit"] as? [String: Any])?["code"] as? Int == Int(row.status))
    for name in ["format", "command", "exit", "diagnostics"] { #expect(json[name] != nil, "\(name) is always there") }
    for (name, value) in json {
      let isRight = Self.fields[name]
      #expect(isRight?(value) == true, "\(name): \(value)")
    }
    if row.status == 1 {
      let hasCause =
        json["error"] != nil || (json["diagnostics"] as? [Any])?.isEmpty == false || json["audit_verdict"] != nil
      #expect(hasCause, "an error has its cause in the document")
    }
  }

  @Test func anExportIsADeclarationInJSONAsWell() throws {
    let workshop = try Workshop(groups(2))
    #expect(try workshop.shell(Self.applied).status == 0)
    let ended = try workshop.run(["export", "--json"])
    #expect((ended.json?["sso_groups"] as? [String: Any])?.keys.sorted() == ["g0", "g1"])
    try workshop.write(ended.output)
    #expect(try workshop.run(["plan", "--workspace", "shop", "--detailed-exitcode", "--no-observe"]).status == 0)
  }

  /// A trigger stands for a disk that fails at one record: all of its transaction has failed. In the first transaction
  /// that is an error, in the second one the first is done.
  @Test(arguments: [("storage_profile", 1, 0, 1), ("target", 6, 1, 0)] as [(String, Int32, Int, Int)])
  func aTransactionThatFails(_ kind: String, _ status: Int32, _ done: Int, _ notAttempted: Int) throws {
    let workshop = try Workshop("decant: {workspace: other}\nsso_groups: {a: {}}\n")
    let trigger =
      "CREATE TRIGGER no BEFORE INSERT ON records WHEN NEW.kind = '\(kind)' BEGIN SELECT RAISE(ABORT, 'no'); END"
    #expect(try workshop.shell("\(Self.applied); sqlite3 .decant/control.db \"\(trigger)\"").status == 0)
    try workshop.write(Self.unreachable)
    let ended = try workshop.run(["apply", "--auto-approve", "--no-observe", "--json"])
    #expect(ended.status == status)
    let json = try #require(ended.json)
    #expect(
      json["applied"] as? [String: Int]
        == ["done": done, "failed": 1, "blocked": 0, "not_attempted": notAttempted, "unknown": 0])
    #expect(json["stopped"] is String && (json["exit"] as? [String: Any])?["code"] as? Int == Int(status))
  }

  @Test func everyOtherExitCodeIsAmongThem() {
    #expect(Set(Self.rows.map(\.status)).isSuperset(of: [0, 1, 2, 3, 4, 5, 7, 8, 9]))
  }
}
