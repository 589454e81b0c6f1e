import Foundation
import TestServers
import Testing

/// Copies whose data are changed by SQL: by the source where rows are read, and on rows that are there.
@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct VerifyStatementsTests {
  private static let script = """
    CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, full_name text, badge text);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE, note text);
    INSERT INTO users SELECT n, 'user' || n || '@kunden-post.de', 'Christopher Longfellow' || n, 'badge number ' || n
      FROM generate_series(1, 60) n;
    INSERT INTO orders SELECT n, 1 + n % 60, 'order ' || n FROM generate_series(1, 150) n;
    ANALYZE;
    """

  /// Two are lifted, two are not. What the last deletes takes orders with it.
  private static let statements = """
    UPDATE users SET email = 'u' || id || '@anon.example';
    DELETE FROM users WHERE id % 10 = 0;
    UPDATE users SET full_name = 'N ' || (SELECT u.id FROM users u WHERE u.id = users.id);
    DELETE FROM users WHERE id IN (SELECT g FROM generate_series(1, 30, 2) g);
    """

  private static let policy = """
    global: {read_hidden_originals: true}
    tables:
      users: {columns: {badge: {strategy: custom, expression: "'B' || id"}}}
    checks:
      - {name: no clear badge, query: "SELECT count(*) FROM users WHERE badge LIKE 'badge%'"}
      - {name: no tenth, query: "SELECT count(*) FROM users WHERE id % 10 = 0", prove: never}
    """

  private struct Said {
    var status: Int32
    var all: String
    var checks: [String: [String: Any]] = [:]

    func summary(_ check: String) -> String { checks[check]?["summary"] as? String ?? "" }
    func places(_ check: String) -> [String] {
      (checks[check]?["findings"] as? [[String: Any]] ?? []).compactMap { $0["place"] as? String }
    }
    func notes(_ check: String) -> [String] { checks[check]?["notes"] as? [String] ?? [] }
  }

  private func verify(_ site: FaithfulSite, _ words: String...) throws -> Said {
    let ended = try site.workshop.run(["verify", "users", "--json"] + words, site.variables)
    var said = Said(status: ended.status, all: ended.all)
    let report = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
    let found = (report?["verifications"] as? [[String: Any]])?.first?["found"] as? [String: Any]
    for check in found?["checks"] as? [[String: Any]] ?? [] { said.checks[check["check"] as? String ?? ""] = check }
    return said
  }

  private static let lastStatement =
    "sanitize.override_query line 4, `DELETE FROM users WHERE id IN (SELECT g FROM generate_serie…`"

  /// Every rule and every statement is broken in turn; nothing would notice the last one.
  @Test func everyStatementIsAttackedOnAScratchServer() throws {
    // That its masks are ours, and of the declared key, is told although SQL runs on the rows beside them.
    let phones = "ALTER TABLE users ADD phone text; UPDATE users SET phone = '+49 30 90182' || 100 + id;"
    let scratch = try ScratchSite(Self.script + phones, on: try ScratchTests.scratch.get())
    try scratch.declare(
      Self.statements, policy: Self.policy.replacing("{badge:", with: "{phone: {strategy: hash}, badge:"))
    let sample = try verify(scratch.site, "--source-sample", "60")
    #expect(sample.status == 0, "\(sample.all)")
    // 60 users less 6 and 15, and the orders of those that stay, of 60.
    #expect(sample.summary("integrity").hasPrefix("78 rows, 1 key"), "\(sample.all)")
    let found = try verify(scratch.site, "--mutate", "--source-sample", "60")
    #expect(found.status == 8, "\(found.all)")
    #expect(
      found.places("mutants") == [
        "without \(Self.lastStatement)", "\(Self.lastStatement) does nothing",
        "\(Self.lastStatement) forgets some rows",
      ], "\(found.all)")
    // Three of the rule of its own, four of the other, and three of each statement.
    #expect(found.summary("mutants") == "3 of 19 broken rules not noticed", "\(found.all)")
    #expect(try scratch.leftOver() == [])
    #expect(try scratch.site.databases() == [])
  }

  /// Where there is no scratch server it runs before keys are there, as in a refresh; and what declares a check is noticed.
  @Test func theSameWithAWaiver() throws {
    let site = try FaithfulSite(Self.script)
    try site.workshop.write(
      Self.statements.replacing("FROM users WHERE id IN", with: "FROM orders WHERE id IN"), to: "mask.sql")
    try site.declare(
      Self.policy
        + "\n  - {name: no odd order, query: \"SELECT count(*) FROM orders WHERE id < 30 AND id % 2 = 1\", prove: never}",
      sanitize: "{policy: shop_pii, query_file: mask.sql}",
      target: "waive: [{code: clear_rows_on_destination, reason: a test}]")
    let found = try verify(site, "--mutate", "--source-sample", "60")
    #expect(found.status == 0 && found.summary("mutants") == "15 broken rules, each noticed", "\(found.all)")
    #expect(try site.databases() == [])
  }

  /// What the source hides on the way is looked for like what masks hide: in a refresh, later, and in copies of others.
  @Test(arguments: [
    ("email", "user7@kunden-post.de"), ("badge", "badge number 7"), ("full_name", "Christopher Longfellow7"),
  ])
  func originalsOfStatementsAndExpressionsAreLookedFor(_ column: String, _ value: String) throws {
    let site = try FaithfulSite(Self.script)
    let statements = "UPDATE users SET email = 'u' || id || '@anon.example', full_name = 'N ' || id"
    let policy = Self.policy.split(separator: "\n").filter { !$0.contains("no tenth") }.joined(separator: "\n")
    try site.declare(policy, sanitize: "{policy: shop_pii, override_query: \"\(statements)\"}")
    let clean = try site.refreshed()
    #expect(!clean.all.contains("does not know the originals"), "\(clean.all)")
    #expect(try verify(site).status == 0)
    try site.atCopy("UPDATE orders SET note = 'ask \(value) first' WHERE id = 3")
    let later = try verify(site)
    #expect(later.status == 8 && later.places("leak") == ["orders.note"], "\(later.all)")
    try site.atSource("UPDATE orders SET note = 'ask \(value) first' WHERE id = 3")
    let refused = try site.decant("refresh", "users")
    #expect(refused.status == 8 && refused.all.contains("orders.note: 1 value is an original"), "\(refused.all)")
    #expect(!refused.all.contains(value))
    let sample = try verify(site, "--source-sample", "150")
    #expect(sample.status == 8 && sample.places("leak") == ["orders.note"], "\(sample.all)")
  }

  /// A rule that keeps some of its column's values leaks them, unless it says that it means to.
  @Test func anExpressionThatKeepsValuesSaysSo() throws {
    let site = try FaithfulSite(Self.script)
    func declare(_ leak: String) throws {
      try site.declare(
        """
        tables:
          users:
            columns:
              email: {strategy: email}
              full_name: {strategy: custom, expression: "CASE WHEN id < 4 THEN full_name ELSE 'N ' || id END"\(leak)}
        """)
    }
    try declare(", leak: value")
    let refused = try site.decant("refresh", "users")
    #expect(refused.status == 8 && refused.all.contains("users.full_name: 3 values are originals"), "\(refused.all)")
    try declare(", leak: off")
    try site.refreshed()
  }

  /// The source's refusal is told as it is, and not taken for a source that went away, which is tried again: unless it is
  /// one of the moment, as a standby's that has to go on with recovery.
  @Test(arguments: [("P0001", false), ("40001", true)])
  func originalsThatTheSourceWillNotGiveAreNoLostSource(_ code: String, _ isTriedAgain: Bool) throws {
    let site = try FaithfulSite(
      Self.script + """
        CREATE TYPE rank AS ENUM ('low', 'high');
        ALTER TABLE users ADD place rank DEFAULT 'high';
        CREATE FUNCTION rank_text(rank) RETURNS text LANGUAGE plpgsql AS
          $$BEGIN RAISE 'no rank is told' USING ERRCODE = '\(code)'; END$$;
        CREATE CAST (rank AS text) WITH FUNCTION rank_text(rank);
        """)
    try site.declare(
      """
      tables:
        users:
          columns:
            email: {strategy: email}
            full_name: {strategy: name}
            place: {strategy: custom, expression: "'low'", leak: value}
      """)
    let refused = try site.decant("refresh", "users")
    #expect(refused.status == 1 && refused.all.contains("reading originals of public.users"), "\(refused.all)")
    #expect(refused.all.contains("instant was lost") == isTriedAgain, "\(refused.all)")
  }

  /// Masks without a key hide originals like all others, also where no key is declared at all.
  @Test func masksWithoutAKeyHaveOriginalsToo() throws {
    let site = try FaithfulSite(Self.script)
    try site.declare(
      """
      tables:
        users: {columns: {email: {strategy: "null"}, full_name: {strategy: redact}, badge: {strategy: redact, replacement: none}}}
      """)
    let file = "\(site.workshop.folder)/decant.yaml"
    let keyless = try String(contentsOfFile: file, encoding: .utf8).replacing(
      ", masking: {key: \"${MASKING_KEY}\"}", with: "")
    #expect(!keyless.contains("MASKING_KEY"))
    try keyless.write(toFile: file, atomically: true, encoding: .utf8)
    try site.refreshed()
    for value in ["user7@kunden-post.de", "badge number 7", "Christopher Longfellow7"] {
      try site.atCopy("UPDATE orders SET note = '\(value)' WHERE id = 3")
      let found = try verify(site)
      #expect(found.status == 8 && found.places("leak") == ["orders.note"], "\(found.all)")
    }
  }
}
