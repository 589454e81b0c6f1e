import Foundation
import TestServers
import Testing

/// What other masking tools get wrong, tried on the whole program.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct MaskingDefectTests {
  private static let email = "email: {strategy: email, domain: anon.local}"

  struct Refusal: Sendable, CustomTestStringConvertible {
    let code, policy: String
    var testDescription: String { code }
  }

  static let refusals = [
    Refusal(code: "unknown_column", policy: "tables: {users: {columns: {\(email), emial: {strategy: email}}}}"),
    Refusal(code: "unknown_table", policy: "tables: {usres: {columns: {\(email)}}}"),
    Refusal(
      code: "rule_on_partition",
      policy: "tables: {users: {columns: {\(email)}}, events_old: {columns: {who: {strategy: name}}}}"),
    Refusal(code: "mask_null", policy: "tables: {users: {columns: {email: {strategy: \"null\"}}}}"),
    Refusal(
      code: "mask_lossy_unique", policy: "tables: {users: {columns: {email: {strategy: redact, replacement: x}}}}"),
    Refusal(
      code: "mask_length",
      policy: "tables: {users: {columns: {\(email), code: {strategy: redact, replacement: far too long}}}}"),
    Refusal(code: "mask_too_short", policy: "tables: {users: {columns: {email: {strategy: email, hex_length: 8}}}}"),
    Refusal(
      code: "partition_key_masked",
      policy: "tables: {users: {columns: {\(email)}}, events: {columns: {at: {strategy: date}}}}"),
  ]

  private static let script = """
    CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, code char(4), n int,
      doubled int GENERATED ALWAYS AS (n * 2) STORED);
    INSERT INTO users (email, code, n) SELECT 'u' || n || '@x.com', 'abcd', n FROM generate_series(1, 3000) n; ANALYZE users;
    CREATE TABLE events (at date, who text) PARTITION BY RANGE (at);
    CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
    CREATE TABLE events_new PARTITION OF events DEFAULT;
    INSERT INTO events SELECT '2025-12-01'::date + n, 'Clear Name ' || n FROM generate_series(1, 60) n;

    """

  /// A rule that would be skipped, or whose masks the load would refuse hours later, is refused by the plan, and nothing
  /// is made.
  @Test(arguments: refusals)
  func thePlanRefuses(refusal: Refusal) throws {
    let site = try FaithfulSite(Self.script)
    try site.declare(refusal.policy)
    let plan = try site.decant("plan", "--json")
    #expect(plan.status == 9, "\(plan.all)")
    let conditions = try #require(plan.json?["conditions"] as? [[String: Any]])
    let found = conditions.filter { $0["code"] as? String == refusal.code }
    #expect(
      found.contains { $0["severity"] as? String == "error" && $0["state"] as? String == "fails" }, "\(conditions)")
    for command in [["apply", "--auto-approve"], ["refresh", "users"]] {
      let ended = try site.workshop.run(command, site.variables)
      #expect(ended.status == 9, "\(ended.all)")
    }
    #expect(try site.databases() == [])
  }

  /// A clear row is in no part of a masked table, whatever hangs below it.
  @Test func allPartsOfATableAreMasked() throws {
    let site = try FaithfulSite(
      Self.script + """
        CREATE TABLE base (id int, who text); CREATE TABLE derived (more int) INHERITS (base);
        INSERT INTO base VALUES (1, 'Clear Name'); INSERT INTO derived VALUES (2, 'Clear Name', 3);
        """)
    try site.declare(
      "tables: {users: {columns: {\(Self.email)}}, events: {columns: {who: {strategy: name}}}, base: {columns: {who: {strategy: name}}}}"
    )
    try site.refreshed()
    let facts = """
      SELECT tableoid::regclass::text COLLATE "C", count(*), count(*) FILTER (WHERE who ~ '^User-[0-9A-F]+$') FROM events GROUP BY 1 ORDER BY 1;
      SELECT tableoid::regclass::text COLLATE "C", count(*), count(*) FILTER (WHERE who ~ '^User-[0-9A-F]+$') FROM base GROUP BY 1 ORDER BY 1;
      """
    let parts = try site.atCopy(facts)
    #expect(parts == "events_new|30|30\nevents_old|30|30\nbase|1|1\nderived|1|1")
    #expect(!(try site.shell("pg_dump -d \(site.destination)")).contains("Clear Name"))
    // What is always generated was copied, and goes on where it stood.
    #expect(
      try site.atCopy("SELECT count(*), min(id), max(id), bool_and(doubled = n * 2) FROM users") == "3000|1|3000|t")
    #expect(try site.atCopy("INSERT INTO users (email, n) VALUES ('new', 4) RETURNING id, doubled") == "3001|8")
  }

  /// A filter on one table is followed along the foreign keys, the declared ones too.
  @Test func thereAreNoOrphans() throws {
    let site = try FaithfulSite(
      Self.script + """
        CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users);
        INSERT INTO orders SELECT n, 1 + n % 3000 FROM generate_series(1, 6000) n;
        CREATE TABLE lines (id int PRIMARY KEY, order_id int REFERENCES orders); INSERT INTO lines SELECT n, n FROM generate_series(1, 6000) n;
        CREATE TABLE mails (address text); INSERT INTO mails SELECT email FROM users;
        """)
    try site.declare(
      """
      tables: {users: {columns: {\(Self.email)}, filter: "id % 3 = 0", sample_rate: 0.5}}
      virtual_references: [{from: mails.address, to: users.email}]
      """)
    try site.refreshed()
    let facts = """
      SELECT count(*) BETWEEN 300 AND 700, count(*) FILTER (WHERE id % 3 <> 0) FROM users;
      SELECT count(*) > 300, count(*) FILTER (WHERE u.id IS NULL) FROM orders o LEFT JOIN users u ON u.id = o.user_id;
      SELECT count(*) > 300, count(*) FILTER (WHERE o.id IS NULL) FROM lines l LEFT JOIN orders o ON o.id = l.order_id;
      SELECT count(*) > 300, count(*) FILTER (WHERE u.id IS NULL) FROM mails m LEFT JOIN users u ON u.email = m.address;
      SELECT count(*) FILTER (WHERE NOT convalidated) FROM pg_constraint;
      """
    #expect(try site.atCopy(facts) == "t|0\nt|0\nt|0\nt|0\n0")
  }

  /// Rows that refer to one another in a circle cannot be followed; what refers to them neither.
  @Test func aCircleOfReferencesIsAnErrorOfThePlan() throws {
    let site = try FaithfulSite(
      Self.script + """
        CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, parent int REFERENCES orders);
        CREATE TABLE lines (id int PRIMARY KEY, order_id int REFERENCES orders);
        """)
    try site.declare("tables: {users: {columns: {\(Self.email)}, filter: \"id % 3 = 0\"}}")
    let plan = try site.decant("plan")
    #expect(plan.status == 9, "\(plan.all)")
    #expect(
      plan.output.contains("reference_cycle") && plan.output.contains("public.orders → public.orders"), "\(plan.all)")
  }

  /// With 8 hexadecimal digits 300,000 addresses would have about ten pairs alike. Nobody has counted the rows before.
  @Test func masksOfAUniqueColumnGrowWithItsRows() throws {
    let site = try FaithfulSite(
      "CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE); INSERT INTO users SELECT n, n || '@x.com' FROM generate_series(1, 300000) n;"
    )
    #expect(try site.atSource("SELECT reltuples FROM pg_class WHERE relname = 'users'") == "-1")
    try site.declare("tables: {users: {columns: {\(Self.email)}}}")
    try site.refreshed()
    #expect(
      try site.atCopy("SELECT count(DISTINCT email), min(length(substring(email FROM '_([0-9a-f]+)@'))) > 8 FROM users")
        == "300000|t")
  }

  /// Masks are of the key, the workspace and the value: nobody who knows all social security numbers finds the one.
  @Test func masksAreKeyedAndOfTheirWorkspace() throws {
    let site = try FaithfulSite(
      "CREATE TABLE users (id int PRIMARY KEY, ssn text, again text); INSERT INTO users SELECT n, '078-05-' || (1000 + n), '078-05-' || (1000 + n) FROM generate_series(1, 50) n; CREATE EXTENSION pgcrypto;"
    )
    let policy =
      "tables: {users: {columns: {ssn: {strategy: hash, key_domain: person}, again: {strategy: hash, key_domain: person}}}}"
    let masks = "SELECT string_agg(ssn, ' ' ORDER BY id) FROM users"
    var seen: [String] = []
    for (workspace, key) in [
      ("shop", "one key of thirty-two characters"), ("depot", "one key of thirty-two characters"),
      ("shop", "another key of thirty-two letters"),
    ] {
      try site.declare(policy, workspace: workspace)
      let ended = try site.decant("refresh", "users", with: ["MASKING_KEY": key])
      try #require(ended.status == 0, "\(ended.all)")
      seen.append(try site.atCopy(masks))
      #expect(try site.atCopy("SELECT bool_and(ssn = again) FROM users") == "t", "one domain, one mask")
      // Everything that could be worked out from the number and what stands in the files.
      let guesses = """
        SELECT count(*) FROM users u, LATERAL (SELECT '078-05-' || (1000 + u.id) AS v) t, LATERAL (
          SELECT md5(x) AS h FROM unnest(ARRAY[v, 'shop' || v, v || 'shop', 'person' || v, 'users.ssn' || v, replace(v, '-', '')]) x
          UNION ALL SELECT encode(digest(x, a), 'hex') FROM unnest(ARRAY[v, 'shop' || v, 'person' || v, 'shop' || 'person' || v]) x, unnest('{sha1,sha224,sha256,sha384,sha512}'::text[]) a
          UNION ALL SELECT encode(hmac(v, k, 'sha256'), 'hex') FROM unnest('{shop,depot,person,users,ssn,""}'::text[]) k
        ) g WHERE position(lower(u.ssn) IN g.h) > 0 OR position(substr(g.h, 1, 8) IN lower(u.ssn)) > 0
        """
      #expect(try site.atCopy(guesses) == "0")
    }
    #expect(Set(seen).count == 3, "\(seen)")
    #expect(Set(seen.flatMap { $0.split(separator: " ") }).count == 150, "no mask of one is a mask of another")
  }

  /// A rule that needs a key has none: an error, and never a mask that everybody can work out.
  @Test func withoutAKeyNothingIsMade() throws {
    let site = try FaithfulSite(Self.script)
    try site.declare("tables: {users: {columns: {\(Self.email)}}}")
    // A variable that is not set leaves the freshness of the copy unknown, and is not taken for fine.
    let plan = try site.workshop.run(["plan"], site.variables.filter { $0.key != "MASKING_KEY" })
    #expect(plan.output.contains("mask_key_missing") && plan.output.contains("MASKING_KEY"), "\(plan.all)")
    for key in ["", "short"] {
      let ended = try site.decant("refresh", "users", with: ["MASKING_KEY": key])
      #expect(ended.status != 0, "\(ended.all)")
      #expect(ended.all.contains("key"), "\(ended.all)")
    }
    #expect(try site.databases() == [])
  }

  /// A column that came after the copy may hold anything, so the copy is no longer as declared.
  @Test func aNewColumnIsNoticed() throws {
    let site = try FaithfulSite(Self.script)
    try site.declare("tables: {users: {columns: {\(Self.email)}}}")
    try #require(try site.decant("apply", "--auto-approve").status == 0)
    #expect(try site.decant("plan", "--detailed-exitcode").status == 0)
    try site.atSource("ALTER TABLE users ADD COLUMN colour text")
    let plan = try site.decant("plan", "--json", "--detailed-exitcode")
    #expect(plan.status == 2 || plan.status == 3, "\(plan.all)")
    #expect(plan.output.contains("source_schema_changed"), "\(plan.all)")
    try #require(try site.decant("apply", "--auto-approve").status == 0)
    #expect(try site.atCopy("SELECT count(colour) FROM users") == "0")
    #expect(try site.decant("plan", "--detailed-exitcode").status == 0)
  }

  /// And one that looks as if it were about people stops the copy, until somebody has decided about it.
  @Test func aNewPersonalColumnStopsTheCopy() throws {
    let site = try FaithfulSite(Self.script)
    try site.declare("tables: {users: {columns: {\(Self.email)}}}")
    try #require(try site.decant("apply", "--auto-approve").status == 0)
    let before = try site.atCopy(AllRows.query)
    try site.atSource(
      "ALTER TABLE users ADD COLUMN contact text; UPDATE users SET contact = 'ana' || id || '@gmail.com'")
    let plan = try site.decant("plan", "--json")
    let conditions = try #require(plan.json?["conditions"] as? [[String: Any]])
    let found = conditions.filter { $0["code"] as? String == "uncovered_column" }
    #expect(plan.status == 9 && found.count == 1 && !plan.all.contains("@gmail.com"), "\(plan.all)")
    #expect((found.first?["message"] as? String)?.hasPrefix("users.contact looks like an e-mail") == true, "\(found)")
    #expect(found.first?["severity"] as? String == "error" && found.first?["state"] as? String == "fails")
    for command in [["apply", "--auto-approve"], ["refresh", "users"]] {
      let ended = try site.workshop.run(command, site.variables)
      #expect(
        ended.status == 9 && ended.all.contains("uncovered_column") && !ended.all.contains("@gmail.com"), "\(ended.all)"
      )
    }
    #expect(try site.atCopy(AllRows.query) == before)
    try site.declare("tables: {users: {columns: {\(Self.email), contact: {strategy: email, domain: anon.local}}}}")
    try site.refreshed()
    #expect(try site.atCopy("SELECT count(*) FROM users WHERE contact LIKE 'user\\_%@anon.local'") == "3000")
  }

  /// A check that fails on the finished copy keeps the previous one in its place, row by row.
  @Test func aCopyThatFailsItsChecksIsNotPublished() throws {
    let site = try FaithfulSite(Self.script)
    try site.declare("tables: {users: {columns: {\(Self.email)}}}")
    try site.refreshed()
    let before = try site.atCopy(AllRows.query + "\nSELECT oid FROM pg_database WHERE datname = current_database()")
    try site.atSource("INSERT INTO users (email, n) VALUES ('later@x.com', 1)")
    try site.declare(
      """
      tables: {users: {columns: {\(Self.email)}}}
      checks: [{name: nobody is there, query: "SELECT count(*) FROM users"}]
      """)
    let ended = try site.decant("refresh", "users")
    #expect(ended.status == 8, "\(ended.all)")
    #expect(ended.output.contains("nobody is there"), "\(ended.all)")
    #expect(
      try site.atCopy(AllRows.query + "\nSELECT oid FROM pg_database WHERE datname = current_database()") == before)
    #expect(try site.databases() == [site.destination])
  }
}
