import Foundation
import TestServers
import Testing

@Suite("Hostile names", .timeLimit(.minutes(30)))
struct HostileNamesTests {
  private let names = HostileNames.all

  private func stage(_ files: [String: String], onServer: Bool = false) throws -> StoryStage {
    let sentence = onServer ? "Needs: PostgreSQL\n" : "Names.\n"
    return try StoryStage(Story(sentence: sentence, files: files.map { ($0.key, $0.value) }))
  }

  /// Plays a command; what it prints is harmless, and it ran nothing.
  @discardableResult
  private func play(_ command: String, _ stage: StoryStage) throws -> String {
    let output = try stage.play(command)
    #expect(HostileNames.acting(in: output) == [], "\(command)")
    let made = try FileManager.default.contentsOfDirectory(atPath: stage.folder.path)
    #expect(!made.contains("PWNED"), "\(command) ran what a name says")
    return output
  }

  /// With the terminal's line breaks taken out.
  private func unwrapped(_ text: String) -> String {
    text.replacingOccurrences(of: #"\n +"#, with: " ", options: .regularExpression)
  }

  @Test func thereAreTwoHundred() {
    #expect(Set(names).count == 200)
    #expect(names.allSatisfy { $0.utf8.count <= 63 })
    #expect(names.contains { $0.utf8.count == 63 })
  }

  /// Names that would break a line or begin or end with nothing to be seen are refused; all others go the whole way and come back letter by letter.
  @Test func asNamesOfObjects() throws {
    func groups(_ names: [String]) -> String {
      "sso_groups:\n" + names.map { "  \(HostileNames.yaml($0)): {description: \(HostileNames.yaml($0))}\n" }.joined()
    }
    let stage = try stage(["decant.yaml": groups(names)])
    let refused = try play("decant validate", stage)
    #expect(refused.hasSuffix("exit 1\n"))
    try play("decant validate --json", stage)
    let bearable = names.filter { name in
      let hasControl = name.unicodeScalars.contains { $0.properties.generalCategory == .control }
      return !hasControl && !name.hasPrefix(" ") && !name.hasSuffix(" ")
    }
    let errors = refused.components(separatedBy: "error[").count - 1
    #expect(errors == names.count - bearable.count)

    try groups(bearable).write(
      to: stage.folder.appendingPathComponent("decant.yaml"), atomically: true, encoding: .utf8)
    for command in ["plan", "plan --json", "apply --auto-approve", "show", "audit log", "drift"] {
      let output = try play("decant \(command)", stage)
      let isFine = !output.contains("\nexit")
      #expect(isFine, "\(command): \(output.suffix(300))")
    }
    let shown = try JSONSerialization.jsonObject(with: Data(play("decant show --json", stage).utf8))
    let records = try #require((shown as? [String: Any])?["records"] as? [[String: Any]])
    let addresses = records.compactMap { $0["object"] as? String }
    #expect(Set(addresses) == Set(bearable.map { "sso_group.\($0)" }))
    let digest = try play("decant plan --detailed-exitcode | tail -1", stage)
    #expect(digest.hasPrefix("No changes."))
  }

  @Test(.enabled(if: PostgreSQLServer.isAvailable, "\(PostgreSQLServer.unavailable ?? "")"))
  func asNamesOfDatabasesInChecks() throws {
    let targets = names.enumerated().map { index, name in
      """
        t\(index):
          snapshot:
            src_url: "postgresql://a@127.0.0.1:1/x"
            dst_url: "postgresql://${PG_USER}:${PG_PASSWORD}@@PG_HOST@:@PG_PORT@/\(HostileNames.url(name))?sslmode=disable"
          sanitize: {checks: [{name: \(HostileNames.yaml("c" + name.filter { !$0.isNewline })), query: "SELECT 1"}]}

      """
    }.joined()
    let stage = try stage(["decant.yaml": "targets:\n\(targets)"], onServer: true)
    let verdict = try play("decant verify", stage)
    let summary = verdict.suffix(100)
    #expect(summary.contains("200 of 200 checks"))
    let missing = verdict.components(separatedBy: "does not exist").count - 1
    #expect(missing == 200)
    try play("decant verify --json", stage)
    try play("decant plan --no-observe", stage)
  }

  /// Four schemas, tables and roles for each of fifty targets, and a database for each of the first twelve.
  @Test(.enabled(if: PostgreSQLServer.isAvailable, "\(PostgreSQLServer.unavailable ?? "")"))
  func asNamesOnAServer() throws {
    let server = try PostgreSQLServer.shared()
    var (sql, databases, targets) = ("CREATE TABLE canary (x int); INSERT INTO canary VALUES (1);\n", "", "")
    let tag = server.uniqueName("h")
    for group in 0..<50 {
      let reader = "\(tag)_reader_\(group)"
      let mine = Array(names[(group * 4)..<(group * 4 + 4)])
      sql += "CREATE ROLE \(reader) LOGIN PASSWORD 'ro';\n"
      for name in mine {
        let quoted = HostileNames.sql(name)
        sql += """
          CREATE SCHEMA \(quoted); CREATE TABLE \(quoted).\(quoted) (x int); CREATE ROLE \(quoted);
          GRANT USAGE ON SCHEMA \(quoted) TO \(reader); GRANT \(quoted) TO \(reader);
          GRANT INSERT ON \(quoted).\(quoted) TO \(quoted);

          """
      }
      // Not the very names, which the other tests find missing on the same server.
      let database = mine[0].utf8.count < 63 ? "d" + mine[0] : String(mine[0].dropFirst())
      if group < 12 { databases += "CREATE DATABASE \(HostileNames.sql(database)) TEMPLATE template0;\n" }
      targets += """
          t\(group):
            snapshot:
              src_url: "postgresql://\(reader):ro@@PG_HOST@:@PG_PORT@/@PROD@?sslmode=disable"
              dst_url: "postgresql://\(reader):ro@@PG_HOST@:@PG_PORT@/\(HostileNames.url(database))?sslmode=disable"
              schema_config: {include_schemas: [\(mine.map(HostileNames.yaml).joined(separator: ", "))]}

        """
    }
    let stage = try stage(
      ["decant.yaml": "targets:\n\(targets)", "names.sql": sql, "more.sql": databases], onServer: true)
    let psql = "psql -q -v ON_ERROR_STOP=1 -h $PG_HOST -p $PG_PORT -U $PG_USER"
    #expect(try stage.play("\(psql) -d $PROD -f names.sql && \(psql) -d postgres -f more.sql") == "")
    let plan = try play("decant plan", stage)
    let (blocked, end) = (plan.components(separatedBy: "✗ target.t").count - 1, plan.suffix(400))
    #expect(end.hasSuffix("exit 9\n"))
    #expect(blocked >= 100, "each may write, and may not read its tables")
    let names = unwrapped(plan).contains(#"INSERT on "26😀"."26😀" (through 26😀)"#)
    #expect(names, "\(end)")
    try play("decant plan --json", stage)
    try play("decant apply --auto-approve", stage)
    #expect(try stage.play("\(psql) -At -d $PROD -c 'SELECT count(*) FROM canary'") == "1\n")
    #expect(
      try stage.play("\(psql) -At -d $PROD -c \"SELECT count(*) FROM pg_tables WHERE tablename = schemaname\"")
        == "200\n")
  }

  @Test func whatNoServerCanHaveIsTold() throws {
    let long = String(repeating: "é", count: 32)
    let stage = try stage([
      "decant.yaml": """
      targets:
        t:
          snapshot:
            src_url: "postgresql://a@127.0.0.1:1/x"
            schema_config: {include_schemas: ["\(long)", "\(long.dropLast())"], exclude_schemas: ["nul\\0"]}

      """
    ])
    let told = try play("decant validate", stage)
    #expect(
      told.contains("no schema of PostgreSQL can be called `\(long)`: it has 64 bytes, and names are cut after 63"))
    #expect(told.contains("NUL"))
    #expect(told.contains("2 errors"))
    try """
    targets:
      t:
        snapshot:
          src_url: "postgresql://a@127.0.0.1:1/\(String(repeating: "d", count: 64))"

    """.write(to: stage.folder.appendingPathComponent("decant.yaml"), atomically: true, encoding: .utf8)
    let unknown = unwrapped(try play("decant plan", stage))
    #expect(unknown.contains("it has 64 bytes, and names are cut after 63"))
  }
}
