import Foundation
import TestServers
import Testing

/// More than 10,000 values of people that do not exist are planted in a source. None of them is anywhere on the
/// destination's server or on the wire to it, nor in anything of ours: what was said, files that were there for a while,
/// and what others see of the programs that we run.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct CanaryTests {
  /// The destination's server has nothing else on its disk.
  static let far = Result { try PostgreSQLServer.own() }

  /// A value of a kind that no other row or kind has.
  private static func canary(_ kind: String) -> String { "('cnry' || substr(md5('\(kind)' || n), 1, 12))" }

  static let people = """
    CREATE TABLE users (
      id int PRIMARY KEY, email text UNIQUE, name text NOT NULL, phone text, ssn text, others text[], notes jsonb, remark text);
    INSERT INTO users SELECT n, \(canary("mail")) || '@x.com', 'Ana ' || \(canary("name")), '+49-170-' || (1000000 + n * 17),
      \(canary("ssn")), ARRAY[\(canary("first")) || '@y.com', NULL, \(canary("second")) || '@z.com'],
      jsonb_build_object('contact', jsonb_build_object('email', \(canary("json")) || '@j.com'), 'pad',
        (SELECT string_agg(md5(n::text || g), '') FROM generate_series(1, CASE WHEN n % 20 = 0 THEN 400 ELSE 1 END) g)),
      'write to ' || \(canary("remark")) || '@r.com soon'
      FROM generate_series(1, 2000) n;
    CREATE INDEX users_lower ON users (lower(name)); CREATE STATISTICS users_both (mcv) ON name, phone FROM users;
    CREATE TABLE logins (user_id int REFERENCES users, at date, address text) PARTITION BY RANGE (at);
    CREATE TABLE logins_old PARTITION OF logins FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
    CREATE TABLE logins_new PARTITION OF logins DEFAULT;
    INSERT INTO logins SELECT n, '2025-12-01'::date + n % 60, \(canary("login")) FROM generate_series(1, 2000) n;
    CREATE MATERIALIZED VIEW domains AS SELECT email, name FROM users;
    COMMENT ON TABLE users IS 'cnrycomment of somebody'; COMMENT ON COLUMN users.name IS 'cnrycolumn';
    ANALYZE;
    """

  private static let policy = """
    tables:
      users:
        columns:
          email: {strategy: email, domain: anon.local}
          name: {strategy: name}
          phone: {strategy: phone}
          ssn: {strategy: redact, replacement: "***-**-****"}
          others: {strategy: email, domain: anon.local}
          notes.contact.email: {strategy: email, domain: anon.local}
          remark: {strategy: text_redaction}
      logins: {columns: {address: {strategy: hash}}}
    """

  static let values = """
    COPY (SELECT unnest(ARRAY[split_part(email, '@', 1), substr(name, 5), phone, ssn, split_part(others[1], '@', 1),
        split_part(others[3], '@', 1), split_part(notes #>> '{contact,email}', '@', 1), substr(remark, 10, 16)]) FROM users
      UNION ALL SELECT address FROM logins UNION ALL VALUES ('cnrycomment'), ('cnrycolumn')) TO STDOUT
    """

  @Test func aPolicyLetsNothingThrough() throws {
    let site = try FaithfulSite(Self.people, far: try Self.far.get())
    let watch = try CanaryWatch(site)
    try site.declare(
      Self.policy, sanitize: "{policy: shop_pii, storage_profile: kept}", top: CanaryWatch.top, through: watch.ends)
    let canaries = try plant(Self.values, at: site)
    let ended = try site.decant("apply", "--auto-approve", with: watch.variables)
    try #require(ended.status == 0, "\(ended.all)")
    #expect(
      try site.atCopy("SELECT count(*), count(DISTINCT email), (SELECT count(*) FROM logins) FROM users")
        == "2000|2000|2000")
    // The rows were masked here, so that they are on the wire from the source, as COPY's messages have them.
    try watch.wires.source.joinCopiedRows()
    #expect(try canaries.found(in: watch.wires.source.folder, .everyForm).contains { $0.hasSuffix(".down.rows") })
    try expectNone(of: canaries, at: site, watch, said: ended.all)
  }

  /// The override query of a team, as it stands in its files. What it deletes by age it keeps by age too: those rows
  /// hold nothing here.
  static let overrideQuery = """
    -- GDPR/CCPA compliant sanitization
    UPDATE users SET
      email = CONCAT('user', id, '@example.com'),
      first_name = 'Test',
      last_name = 'User' || id,
      phone = '555-0000',
      ssn = NULL,
      date_of_birth = '1990-01-01',
      address = '123 Test Street',
      city = 'Test City',
      postal_code = '12345';

    -- Remove sensitive session and audit data
    DELETE FROM user_sessions;
    DELETE FROM password_reset_tokens;
    DELETE FROM audit_logs WHERE created_at < NOW() - INTERVAL '30 days';

    -- Sanitize payment information
    UPDATE payment_methods SET
      card_number = '4111111111111111',
      cardholder_name = 'Test Cardholder',
      billing_address = '123 Test Street';

    UPDATE orders SET
      customer_email = CONCAT('customer', customer_id, '@example.com'),
      shipping_address = '123 Test Street',
      billing_address = '123 Test Street',
      order_notes = 'Test order notes';
    UPDATE payments SET
      payment_method_details = '{"type": "test_card"}',
      transaction_id = 'test_' || id;
    """

  private static let shop = """
    CREATE TABLE users (id serial PRIMARY KEY, email varchar(255) UNIQUE, first_name text, last_name text, phone varchar(20),
      ssn char(20), date_of_birth date, address text, city text, postal_code varchar(10));
    INSERT INTO users SELECT n, \(canary("mail")) || '@x.com', \(canary("first")), \(canary("last")), \(canary("phone")),
      \(canary("ssn")), '1970-01-01', \(canary("street")), \(canary("city")), '94102' FROM generate_series(1, 1000) n;
    CREATE TABLE user_sessions (id int PRIMARY KEY, user_id int REFERENCES users, token text);
    INSERT INTO user_sessions SELECT n, n, \(canary("token")) FROM generate_series(1, 1000) n;
    CREATE TABLE password_reset_tokens (token text PRIMARY KEY);
    INSERT INTO password_reset_tokens SELECT \(canary("reset")) FROM generate_series(1, 1000) n;
    CREATE TABLE audit_logs (id int, created_at timestamptz, line text);
    INSERT INTO audit_logs SELECT n, now() - interval '40 days', \(canary("line")) FROM generate_series(1, 1000) n;
    INSERT INTO audit_logs SELECT n, now(), 'nobody' FROM generate_series(1001, 1010) n;
    CREATE TABLE payment_methods (id int PRIMARY KEY, user_id int REFERENCES users, card_number text, cardholder_name text, billing_address text);
    INSERT INTO payment_methods SELECT n, n, \(canary("card")), \(canary("holder")), \(canary("bill")) FROM generate_series(1, 1000) n;
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES users, customer_email text, shipping_address text, billing_address text, order_notes text);
    INSERT INTO orders SELECT n, n, \(canary("mail")) || '@x.com', \(canary("ship")), \(canary("bill")), \(canary("note")) FROM generate_series(1, 1000) n;
    CREATE TABLE payments (id int PRIMARY KEY, order_id int REFERENCES orders, payment_method_details jsonb, transaction_id text);
    INSERT INTO payments SELECT n, n, jsonb_build_object('iban', \(canary("iban"))), \(canary("transaction")) FROM generate_series(1, 1000) n;
    ANALYZE;
    """

  private static let shopValues = """
    COPY (SELECT unnest(ARRAY[split_part(email, '@', 1), first_name, last_name, phone, rtrim(ssn), address, city]) FROM users
      UNION ALL SELECT token FROM user_sessions UNION ALL SELECT token FROM password_reset_tokens
      UNION ALL SELECT line FROM audit_logs WHERE line <> 'nobody'
      UNION ALL SELECT unnest(ARRAY[card_number, cardholder_name, billing_address]) FROM payment_methods
      UNION ALL SELECT unnest(ARRAY[shipping_address, order_notes]) FROM orders
      UNION ALL SELECT unnest(ARRAY[payment_method_details ->> 'iban', transaction_id]) FROM payments) TO STDOUT
    """

  @Test func anOverrideQueryIsLiftedAndLetsNothingThrough() throws {
    let site = try FaithfulSite(Self.shop, far: try Self.far.get())
    let watch = try CanaryWatch(site)
    try site.declare(
      "", sanitize: "{query_file: mask.sql, storage_profile: kept}", top: CanaryWatch.top, through: watch.ends)
    try site.workshop.write(Self.overrideQuery, to: "mask.sql")
    let canaries = try plant(Self.shopValues, at: site)
    let ended = try site.decant("apply", "--auto-approve", with: watch.variables)
    try #require(ended.status == 0, "\(ended.all)")
    let facts = """
      SELECT count(*), min(email), max(last_name), min(ssn), max(date_of_birth), max(postal_code) FROM users;
      SELECT count(*) FROM user_sessions; SELECT count(*) FROM password_reset_tokens; SELECT count(*), min(line) FROM audit_logs;
      SELECT DISTINCT card_number, cardholder_name, billing_address FROM payment_methods;
      SELECT count(DISTINCT customer_email), min(order_notes) FROM orders;
      SELECT min(payment_method_details::text), max(transaction_id) FROM payments;
      """
    #expect(
      try site.atCopy(facts) == """
        1000|user1000@example.com|User999||1990-01-01|12345
        0
        0
        10|nobody
        4111111111111111|Test Cardholder|123 Test Street
        1000|Test order notes
        {"type": "test_card"}|test_999
        """)
    // Nor do rows that were lifted carry any from the source: what is read there in clear is the sample that plans look at.
    try watch.wires.source.joinCopiedRows()
    let carried = try canaries.found(in: watch.wires.source.folder, .everyForm).filter { $0.hasSuffix(".rows") }
    #expect(carried == [])
    // Nothing has ever been changed or deleted there: every page was written once, by COPY.
    #expect(try site.atCopy("SELECT coalesce(sum(n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables") == "0")
    try expectNone(of: canaries, at: site, watch, said: ended.all)
  }
}

extension CanaryTests {
  /// Writes down what to look for, and makes sure that the search finds it where it is.
  func plant(_ values: String, at site: FaithfulSite) throws -> Canaries {
    let canaries = try Canaries(Set(try site.atSource(values).split(separator: "\n").map(String.init)))
    #expect(canaries.count >= 10_000, "\(canaries.count)")
    try site.server.run("CHECKPOINT", database: "postgres")
    let oid = try site.atSource("SELECT oid FROM pg_database WHERE datname = current_database()")
    #expect(try !canaries.found(in: "\(site.server.folder)/data/base/\(oid)").isEmpty)
    return canaries
  }

  /// What was written to the destination's server is found in its pages and in its WAL: so the search would find a canary
  /// there. On that server, because on the other one the checkpoints of other tests give the WAL away.
  private func expectFound(_ control: String, at site: FaithfulSite) throws {
    let canaries = try Canaries([control])
    let table = "\"\(UUID().uuidString)\""
    try site.far.run("CREATE TABLE \(table) (value text)", database: "postgres")
    try site.far.run("INSERT INTO \(table) VALUES ('\(control)')", database: "postgres")
    // What stands in memory goes to the disk, and to the WAL before it.
    try site.far.run("CHECKPOINT", database: "postgres")
    for place in ["base", "pg_wal"] {
      #expect(try !canaries.found(in: "\(site.far.folder)/data/\(place)").isEmpty, "\(place)")
    }
    try site.far.run("DROP TABLE \(table)", database: "postgres")
  }

  private func expectNone(of canaries: Canaries, at site: FaithfulSite, _ watch: CanaryWatch, said: String) throws {
    let loaded = try site.decant("load", "users", with: watch.variables)
    #expect(loaded.status == 0, "\(loaded.all)")
    try expectNone(of: canaries, at: site, said: said + loaded.all)
    try expectNone(of: canaries, at: site, watch)
  }

  /// On the destination's server, in what a dump of the copy holds, and in all that was said.
  func expectNone(of canaries: Canaries, at site: FaithfulSite, said: String) throws {
    let said =
      said + (try site.decant("plan", "--json").all) + (try site.decant("snapshots", "users", "--json").all)
      + (try site.decant("audit", "log", "--json").all)
    try expectFound("control-\(UUID().uuidString)", at: site)
    // Heaps, indexes, TOAST, catalogues, statistics, temporary files, WAL, and the server's own log beside them.
    for place in ["data", "log"] {
      let files = try canaries.found(in: "\(site.far.folder)/\(place)")
      #expect(files == [])
    }
    let folder = "\(site.workshop.folder)/found"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try said.write(toFile: "\(folder)/said", atomically: true, encoding: .utf8)
    try site.shell("pg_dump -d \(site.destination) > \(folder)/dump")
    try site.atCopy("SELECT * FROM pg_stats; SELECT * FROM pg_stats_ext; SELECT * FROM pg_description")
      .write(toFile: "\(folder)/statistics", atomically: true, encoding: .utf8)
    #expect(try FileManager.default.attributesOfItem(atPath: "\(folder)/dump")[.size] as? Int ?? 0 > 50_000)
    #expect(try canaries.found(in: site.workshop.folder) == [])
  }

  /// On the wire and in everything that was there for a while; archives are opened before.
  private func expectNone(of canaries: Canaries, at site: FaithfulSite, _ watch: CanaryWatch) throws {
    let wire = watch.wires.destination
    try wire.joinCopiedRows()
    #expect(wire.size > 500_000)
    #expect(try FileManager.default.contentsOfDirectory(atPath: watch.tools.scratch) == [])
    #expect(watch.tools.runs("pg_dump") >= 2 && watch.tools.runs("pg_restore") >= 3)
    for folder in [site.workshop.folder, watch.tools.records] {
      let opened = try site.shell(
        "find '\(folder)' -name '*.gz' -print0 | xargs -0 gunzip --force; find '\(folder)' -name '[0-9]*.dat'")
      #expect(opened.split(separator: "\n").count >= 3, "\(opened)")
    }
    for folder in [wire.folder, site.workshop.folder, watch.tools.records] {
      let files = try canaries.found(in: folder, .everyForm)
      #expect(files == [])
    }
  }

  /// The search finds a value on the wire in each form that it could have there.
  @Test func theSearchFindsEveryForm() throws {
    let server = try PostgreSQLServer.shared()
    let values = (0..<100).map { "cnry\(String(repeating: "0", count: 10))\($0 + 100)" }
    let canaries = try Canaries(Set(values))
    let value = try #require(values.last)
    let questions = [
      "SELECT '\(value)'", "SELECT '\(value)'::bytea", "SELECT encode('\(value)', 'base64')",
      "SELECT encode('1\(value)2', 'base64')", "SELECT encode('12\(value)3', 'base64')",
      "COPY (VALUES (1, 'x'), (2, '\(value)')) TO STDOUT", "COPY (VALUES (1, '\(value)')) TO STDOUT (FORMAT binary)",
    ]
    for question in questions {
      let wire = try RecordingProxy(toPort: server.port)
      _ = try Program.play(
        "\(server.binaries)/psql", ["-X", "-h", "127.0.0.1", "-p", "\(wire.port)", "-U", server.user, "-c", question],
        environment: ["PGPASSWORD": server.password, "PGDATABASE": "postgres", "PGSSLMODE": "disable"])
      try wire.joinCopiedRows()
      let found = try canaries.found(in: wire.folder, .everyForm).compactMap { $0.split(separator: "/").last }
      #expect(found.contains("1.up") && found.contains("1.down"), "\(question)")
      #expect(found.contains("1.down.rows") == question.contains("COPY"), "\(question)")
    }
    let quiet = try RecordingProxy(toPort: server.port)
    try Data("cnry0000000000 cnry99".utf8).write(to: URL(filePath: "\(quiet.folder)/1.up"))
    #expect(try canaries.found(in: quiet.folder, .everyForm) == [])
  }
}
