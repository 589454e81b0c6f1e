import Documents
import Foundation
import TestServers
import Testing

/// What a refresh finds by itself before it publishes.
@Suite(.timeLimit(.minutes(30)), .enabled(if: PostgreSQLServer.isAvailable, noServer)) struct LeakTests {
  /// One source after another is given a leak: each keeps the previous copy, names its place, and says no value.
  @Test func anUndeclaredCopyKeepsThePreviousOne() throws {
    let site = try DisturbedSite(rows: 2_000)
    let trial = try site.workshop("leak")
    let variables = trial.variables()
    let clean = try trial.decant("refresh", [], variables)
    #expect(clean.status == 0, "\(clean.output)\(clean.error)")
    let before = try trial.dump()

    for (change, undo, place) in [
      (
        "ALTER TABLE orders ADD extra text; UPDATE orders SET extra = email FROM users WHERE users.id = user_id AND orders.id = 1999",
        "ALTER TABLE orders DROP extra", "orders.extra: "
      ),
      (
        "ALTER TABLE orders ADD extra jsonb; UPDATE orders SET extra = jsonb_build_object('a', jsonb_build_array(email)) FROM users WHERE users.id = user_id AND orders.id = 1998",
        "ALTER TABLE orders DROP extra", "orders.extra: "
      ),
      (
        "ALTER TABLE days ADD note text; UPDATE days SET note = 'ask USER' || n || '@corp.example first' WHERE n = 700",
        "ALTER TABLE days DROP note", "days_2.note: 1 value is an original of masked columns"
      ),
      (
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (total::text <> 'user1234@corp.example')",
        "ALTER TABLE orders DROP CONSTRAINT c", "the schema's table orders: its text has an original of masked columns"
      ),
      (
        "CREATE VIEW boss AS SELECT id FROM users WHERE email = 'user1999@corp.example'", "DROP VIEW boss",
        "the schema's view boss: its text has an original of masked columns"
      ),
      (
        "CREATE TYPE mood AS ENUM ('glad', 'like user1998@corp.example')", "DROP TYPE mood",
        "the schema's type mood: its text has an original of masked columns"
      ),
    ] {
      try site.server.run(change, database: site.source)
      try site.server.run(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(site.reader)", database: site.source)
      let said = try trial.decant("refresh", ["--json"], variables)
      #expect(said.status == 8, "\(said.output)\(said.error)")
      #expect(said.output.contains(place), "\(said.output)")
      #expect(!said.output.contains("@corp.example"), "\(said.output)")
      #expect(try trial.dump() == before)
      #expect(try trial.leftOver() == [])
      try site.server.run(undo, database: site.source)
    }
    #expect(try trial.decant("refresh", [], variables).status == 0)
  }

  /// Everything that a schema's text can hold beside checks, views and labels; what is said in comments does not come
  /// along at all.
  @Test func everyPartOfASchemaIsRead() throws {
    let site = try DisturbedSite(rows: 2_000)
    let trial = try site.workshop("text")
    try site.server.run(
      """
      CREATE INDEX by_boss ON users (id) WHERE email = 'user1999@corp.example';
      ALTER TABLE orders ADD extra text; ALTER TABLE orders ALTER extra SET DEFAULT 'user1998@corp.example';
      CREATE FUNCTION boss() RETURNS text LANGUAGE sql AS 'SELECT ''user1997@corp.example''';
      CREATE TABLE kinds (k text) PARTITION BY LIST (k);
      CREATE TABLE kinds_1 PARTITION OF kinds FOR VALUES IN ('user1996@corp.example');
      CREATE TRIGGER asks BEFORE INSERT ON users FOR EACH ROW WHEN (NEW.email <> 'user1995@corp.example') EXECUTE FUNCTION touch();
      CREATE POLICY sees ON orders USING (total::text <> 'user1994@corp.example');
      CREATE DOMAIN word AS text CHECK (VALUE <> 'user1993@corp.example');
      CREATE TABLE made (a text, b bool GENERATED ALWAYS AS (a = 'user1992@corp.example') STORED);
      CREATE RULE tells AS ON UPDATE TO made WHERE NEW.a = 'user1991@corp.example' DO INSTEAD NOTHING;
      CREATE STATISTICS counts ON (a = 'user1990@corp.example'), b FROM made;
      COMMENT ON TABLE users IS 'ask user1989@corp.example';
      """, database: site.source)
    try site.server.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(site.reader)", database: site.source)
    let before = try trial.dump()
    let said = try trial.decant("refresh", ["--json"], trial.variables())
    #expect(said.status == 8, "\(said.all)")
    for place in [
      "domain word", "function boss", "index by_boss", "policy orders sees", "rule made tells", "statistics counts",
      "table attach kinds_1", "table made", "table orders", "trigger users asks",
    ] {
      #expect(said.output.contains("the schema's \(place): its text has an original"), "\(place) in \(said.output)")
    }
    #expect(!said.all.contains("@corp.example"))
    #expect(try trial.dump() == before && trial.leftOver() == [])
  }

  @Test func aSignedProofIsLeftAndChecked() throws {
    let site = try DisturbedSite(rows: 300)
    let trial = try site.workshop("proof")
    let folder = trial.workshop.folder
    let keys = try trial.workshop.shell(
      "cd '\(folder)' && openssl genpkey -algorithm ed25519 -out sign.pem && openssl pkey -in sign.pem -pubout -out pub.pem && chmod 600 sign.pem && sed -i 's|masking:|signing: {key: {file: \"\(folder)/sign.pem\"}}\\n  masking:|' decant.yaml",
      [:])
    #expect(keys.status == 0, "\(keys.error)")
    let said = try trial.decant("refresh", [], trial.variables())
    #expect(said.status == 0 && said.output.contains("proof: .decant/proofs/"), "\(said.output)\(said.error)")
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/.decant/proofs")
    let proof = "\(folder)/.decant/proofs/\(try #require(names.first))"
    let checked = try trial.workshop.run(["proof", "check", proof, "--trusted-key", "\(folder)/pub.pem"], [:])
    #expect(checked.status == 0 && checked.output.contains("The copy passed."), "\(checked.output)\(checked.error)")
    try expectChain(of: proof, in: trial)
    var bytes = try Data(contentsOf: URL(filePath: proof))
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("\"changed\":300") && text.contains("\"hits\"") == false && !text.contains("@"))
    try expectCounts(in: proof)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: proof))
    #expect(try trial.workshop.run(["proof", "check", proof], [:]).status == 8)
    #expect(try trial.workshop.run(["proof", "check", "\(folder)/none"], [:]).status == 1)
  }

  /// Each row has an address of its own; so few are counted next to exactly.
  private func expectCounts(in proof: String) throws {
    let document = try JSON.read(Array(Data(contentsOf: URL(filePath: proof))))
    let columns = document["proof"]?["tables"]?.list?.flatMap { $0["columns"]?.list ?? [] } ?? []
    let email = try #require(columns.first { $0["name"]?.string == "email" }?["counts"])
    for side in ["distinct_in", "distinct_out"] {
      #expect((295...305).contains(email[side]?.integer ?? 0), "\(email)")
    }
    let found = columns.compactMap { $0["findings"]?.integer }
    #expect(!found.isEmpty && found.allSatisfy { $0 == 0 })
    #expect(columns.first { $0["name"]?.string == "id" }?["findings"] == nil, "numbers are not looked into")
  }

  /// The audit log that the copy stands in is followed with the openssl program alone; no byte of it can be another one.
  private func expectChain(of proof: String, in trial: RefreshWorkshop) throws {
    let folder = trial.workshop.folder
    let log = "\(folder)/audit.jsonl"
    let said = try trial.workshop.run(["audit", "log", "--out", log], trial.variables())
    #expect(said.status == 0, "\(said.all)")
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../scripts/check-proof")
      .standardizedFileURL.path
    func check(_ more: String = "") throws -> Ended {
      try trial.workshop.shell("'\(script)' '\(proof)' '\(folder)/pub.pem' --audit '\(log)' \(more)", [:])
    }
    let verified = try trial.workshop.run(["audit", "verify"], trial.variables())
    let head = try #require(verified.output.split(separator: " ").last.map { $0.trimmingCharacters(in: .newlines) })
    let whole = try check("--head \(head)")
    #expect(whole.status == 0 && whole.output.contains("head \(head)"), "\(whole.all)")
    let key = try String(contentsOfFile: "\(folder)/pub.pem", encoding: .utf8)
    let refused = try trial.workshop.run(["audit", "log", "--out", "\(folder)/pub.pem"], trial.variables())
    #expect(refused.status == 1 && refused.all.contains("is no audit log"), "\(refused.all)")
    #expect(try String(contentsOfFile: "\(folder)/pub.pem", encoding: .utf8) == key)
    let lines = try String(contentsOfFile: log, encoding: .utf8)
    #expect(lines.split(separator: "\n").count >= 5)

    let bytes = Array(lines.utf8)
    for place in stride(from: 0, to: bytes.count, by: bytes.count / 40) {
      var damaged = bytes
      damaged[place] ^= 1
      try Data(damaged).write(to: URL(filePath: log))
      #expect(try check().status == 8, "byte \(place)")
    }
    let all = lines.split(separator: "\n", omittingEmptySubsequences: true)
    for (some, reason) in [
      (Array(all.dropLast()), "the log does not reach the head"),
      (Array(all.dropFirst()), "entry 1 of the log is missing"),
      (all.filter { !$0.contains("\"state\":\"ready\"") }, "is missing"), ([all[0]], "says that the snapshot"),
    ] {
      try (some.joined(separator: "\n") + "\n").write(toFile: log, atomically: true, encoding: .utf8)
      let refused = try check(some.count == 1 ? "" : "--head \(head)")
      #expect(refused.status == 8 && refused.all.contains(reason), "\(refused.all)")
    }
  }
}
