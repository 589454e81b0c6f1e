import Documents
import Foundation
import PostgreSQL
import Reconciliation
import Runtime
import Snapshots
import Synchronization
import TestServers
import Testing

/// What PostgreSQL does behind the back of whoever copies: each would give a copy that is wrong without an error.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct CopyTrapTests {
  static let rules: Value = ["users": ["columns": ["email": ["strategy": "email", "domain": "anon.local"]]]]

  static let users = """
    CREATE TABLE users (id int PRIMARY KEY, email text, note text);
    INSERT INTO users SELECT n, 'u' || n || '@x.com', repeat(md5(n::text), 10) FROM generate_series(1, 5000) n;

    """

  /// A TRUNCATE that comes while rows are copied waits until the last one is over, also where it is about a table that
  /// nobody has begun to read.
  @Test func aTruncateDuringTheCopyWaits() throws {
    let site = try FaithfulSite(Self.users + "CREATE TABLE last (id int); INSERT INTO last VALUES (1), (2);")
    let session = try HeldSession(site.server, site.source, application: "truncating")
    let hasBegun = Mutex(false)
    let result = try site.refresh(
      site.order(Self.rules),
      progress: { progress in
        guard progress.phase == .rows,
          !hasBegun.withLock({ begun in
            defer { begun = true }; return begun
          })
        else { return }
        do {
          try session.say("TRUNCATE last; TRUNCATE users;")
          #expect(try eventually { try site.waiting("a.application_name = 'truncating'") > 0 })
        } catch { Issue.record(error) }
      })
    try #require(result.summary != nil, "\(result)")
    #expect(try session.end().status == 0)
    #expect(try site.atCopy("SELECT count(*), (SELECT count(*) FROM last) FROM users") == "5000|2")
    #expect(try site.atSource("SELECT count(*), (SELECT count(*) FROM last) FROM users") == "0|0")
  }

  /// One that was begun before and is committed after the instant: at the instant the table had its rows, and whoever
  /// reads at it sees none. There is either an error or a copy of what is there now, never an empty one.
  @Test(arguments: [
    "TRUNCATE users; INSERT INTO users VALUES (1, 'new@x.com');", "ALTER TABLE users ALTER note TYPE varchar(400);",
  ])
  func aTableRewrittenBetweenInstantAndLocksIsNoticed(rewriting: String) throws {
    let site = try FaithfulSite(Self.users)
    try #require(try site.refresh(site.order(Self.rules)).summary != nil)
    let session = try HeldSession(site.server, site.source, application: "rewriting")
    try session.say("BEGIN; \(rewriting)")
    #expect(
      try eventually {
        try site.server.run(
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rewriting' AND state = 'idle in transaction'",
          database: "postgres") == "1"
      })
    let order = site.order(Self.rules)
    let result = Mutex<CopyResult?>(nil)
    let thread = Thread { result.withLock { $0 = try? site.refresh(order) } }
    thread.start()
    #expect(try eventually { try site.waiting("a.usename = '\(site.reader)'") > 0 })
    try session.say("COMMIT;")
    #expect(try session.end().status == 0)
    #expect(eventually { thread.isFinished })
    let ended = try #require(result.withLock { $0 })
    let rows = "SELECT count(*), count(DISTINCT id) FROM users"
    if ended.summary != nil {
      #expect(try site.atCopy(rows) == site.atSource(rows))
    } else {
      #expect(try site.atCopy(rows) == "5000|5000", "the previous copy stays")
      guard case .failed(let why, _) = ended else { Issue.record("\(ended)"); return }
      #expect(why.contains("changed while the copy was planned"), "\(why)")
    }
  }

  /// Rows that a policy hides would be missing without a word. (That the plan refuses it is a story of its own.)
  @Test func rowSecurityEndsTheCopy() throws {
    let site = try FaithfulSite(
      Self.users + "CREATE TABLE tenants (id int, v text); INSERT INTO tenants VALUES (1, 'canary-a'), (2, 'canary-b');"
    )
    try #require(try site.refresh(site.order(Self.rules)).summary != nil)
    try site.atSource(
      "ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON tenants USING (id = 1); INSERT INTO tenants VALUES (3, 'canary-c')"
    )
    let result = try site.refresh(site.order(Self.rules))
    guard case .failed(let why, _) = result else { Issue.record("\(result)"); return }
    #expect(why.contains("row-level security") && why.contains("tenants"), "\(why)")
    #expect(try site.atCopy("SELECT count(*) FROM tenants") == "2")
    #expect(try site.databases() == [site.destination])
  }

  /// Names of schemas in which functions of PostgreSQL's own names stand, and formats in which values lose something.
  @Test func defaultsOfRolesAndDatabasesChangeNothing() throws {
    let site = try FaithfulSite(
      """
      CREATE SCHEMA app; CREATE SCHEMA trap;
      CREATE FUNCTION trap.count(text) RETURNS text LANGUAGE sql AS 'SELECT ''trapped''';
      CREATE TABLE trap.pg_class (oid oid, relname text); CREATE VIEW trap.pg_namespace AS SELECT 1 AS oid, 'x'::name AS nspname;
      CREATE FUNCTION slow(v int) RETURNS bool LANGUAGE sql AS 'SELECT pg_sleep(0.4) IS NOT NULL';
      CREATE TABLE values_of (
        id int PRIMARY KEY CHECK (slow(id)), d date DEFAULT '2026-02-01', t timestamptz, f float8, r real, m money, b bytea,
        i interval, x xml, a text[], w text CHECK (w <> E'\\\\'));
      INSERT INTO values_of SELECT n, '2026-02-01', '2026-02-01 12:00:00+05', 0.1::float8 + 0.2::float8, '1.1', 12.3, '\\x00ff5c',
        '1 mon -1 day', 'a fragment', '{NULL,null}', 'back\\slash' FROM generate_series(1, 4) n;
      CREATE TABLE parts (d date, v text) PARTITION BY RANGE (d);
      CREATE TABLE parts_old PARTITION OF parts FOR VALUES FROM (MINVALUE) TO ('2026-02-01');
      CREATE TABLE parts_new PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO (MAXVALUE);
      INSERT INTO parts VALUES ('2026-01-31', 'old'), ('2026-02-01', 'new');
      CREATE TABLE app.users (id int PRIMARY KEY, email text); INSERT INTO app.users VALUES (1, 'ceo@x.com');
      """, schemas: ["public", "app", "trap"])
    let hostile = [
      "DateStyle = 'SQL,DMY'", "extra_float_digits = 0", "lc_monetary = 'C.UTF-8'", "bytea_output = escape",
      "IntervalStyle = sql_standard", "TimeZone = 'Asia/Kolkata'", "statement_timeout = '1s'", "lock_timeout = '900ms'",
      "idle_in_transaction_session_timeout = '1s'", "search_path = trap, app, pg_catalog", "xmloption = document",
      "array_nulls = off", "standard_conforming_strings = off", "client_encoding = LATIN1",
      "quote_all_identifiers = on",
      "default_transaction_read_only = on", "default_transaction_isolation = serializable", "row_security = on",
      "default_tablespace = ''", "check_function_bodies = on", "enable_tidscan = off", "client_min_messages = debug5",
    ]
    for role in [site.reader, site.writer] {
      try site.server.run(hostile.map { "ALTER ROLE \(role) SET \($0);" }.joined(), database: "postgres")
    }
    try site.server.run(hostile.map { "ALTER DATABASE \(site.source) SET \($0);" }.joined(), database: "postgres")
    try site.declare(
      "tables: {app.users: {columns: {email: {strategy: email, domain: anon.local}}}, trap.pg_class: {columns: {relname: {keep: nobody}}}}"
    )
    let applied = try site.decant("apply", "--auto-approve")
    try #require(applied.status == 0, "\(applied.all)")
    let plain =
      "SET search_path = pg_catalog; SET DateStyle = ISO; SET TimeZone = UTC; SET IntervalStyle = postgres; SET bytea_output = hex; SET statement_timeout = 0; SET client_encoding = UTF8; SET client_min_messages = error; SET quote_all_identifiers = off; SET default_transaction_read_only = off;"
    try site.atSource("\(plain) UPDATE app.users SET email = 'masked'")
    try site.atCopy("UPDATE app.users SET email = 'masked'")
    let rows = difference(try site.atSource(plain + AllRows.query), try site.atCopy(plain + AllRows.query))
    #expect(rows == [])
    #expect(try site.atCopy("SELECT count(*) FROM parts_new") == "1")
    // What is seen with these settings and what was copied without them is the same schema.
    try site.atSource("\(plain) UPDATE app.users SET email = 'ceo@x.com'")
    let plan = try site.decant("plan", "--detailed-exitcode")
    #expect(plan.status == 0, "\(plan.all)")
    #expect(plan.output.contains("No changes."))
  }

  /// A heap of 70 MB is read in ranges of pages; what hangs below it is read for itself, and neither twice.
  @Test func rangesNeitherDoubleNorMissRows() throws {
    let site = try FaithfulSite(
      Self.users + """
        CREATE TABLE events (id int, at date, pad text) PARTITION BY RANGE (at);
        CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-01-01') WITH (fillfactor = 10);
        CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
        INSERT INTO events SELECT n, '2025-01-01', repeat('x', 250) FROM generate_series(1, 27000) n;
        INSERT INTO events SELECT n, '2026-01-01', 'new' FROM generate_series(27001, 28000) n;
        CREATE TABLE base (id int, pad text) WITH (fillfactor = 10); CREATE TABLE derived (more int) INHERITS (base);
        INSERT INTO base SELECT n, repeat('x', 250) FROM generate_series(1, 27000) n;
        INSERT INTO derived SELECT n, 'derived' FROM generate_series(27001, 28000) n;
        DELETE FROM events WHERE id % 5 = 0; DELETE FROM base WHERE id % 7 = 0;
        """)
    #expect(
      try site.atSource("SELECT min(pg_relation_size(t)) > 64 << 20 FROM unnest('{events_old,base}'::regclass[]) t")
        == "t")
    try #require(try site.refresh(site.order(Self.rules, workers: 3)).summary != nil)
    let facts = """
      SELECT tableoid::regclass::text, count(*), count(DISTINCT id), sum(id) FROM events GROUP BY 1 ORDER BY 1;
      SELECT tableoid::regclass::text, count(*), count(DISTINCT id), sum(id) FROM base GROUP BY 1 ORDER BY 1;
      """
    let changed = difference(try site.atSource(facts), try site.atCopy(facts))
    #expect(changed == [])
  }

  /// The wanted schema with what it needs, and nothing of the others.
  @Test func onlyTheIncludedSchemasArrive() throws {
    let site = try FaithfulSite(
      """
      CREATE EXTENSION citext; CREATE EXTENSION pgcrypto; CREATE SCHEMA app; CREATE SCHEMA other;
      CREATE TABLE other.people (id int PRIMARY KEY, name text); INSERT INTO other.people VALUES (1, 'canary-other');
      CREATE FUNCTION other.label() RETURNS text LANGUAGE sql AS 'SELECT ''canary-function''';
      CREATE TABLE public.stuff (id int, v text); INSERT INTO public.stuff VALUES (1, 'canary-public');
      CREATE TABLE app.users (id serial PRIMARY KEY, email citext, person int REFERENCES other.people);
      INSERT INTO app.users (email, person) VALUES ('ceo@x.com', 1), ('dev@x.com', NULL);
      CREATE VIEW app.seen AS SELECT u.id, p.name FROM app.users u JOIN other.people p ON p.id = u.person;
      CREATE VIEW app.fine AS SELECT id FROM app.users;
      """, schemas: ["app", "other", "public"])
    let order = site.order(
      ["app.users": ["columns": ["email": ["strategy": "email", "domain": "anon.local"]]]],
      schemas: SchemaSelection(included: ["app"]))
    let result = try site.refresh(order)
    let summary = try #require(result.summary, "\(result)")
    #expect(
      try site.atCopy("SELECT count(*), count(*) FILTER (WHERE email LIKE 'user\\_%@anon.local') FROM app.users")
        == "2|2")
    let objects = try site.atCopy(
      "SELECT string_agg(c.oid::regclass::text, ' ' ORDER BY c.oid::regclass::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v') AND n.nspname IN ('app', 'other', 'public')"
    )
    #expect(objects == "app.fine app.users")
    #expect(!(try site.shell("pg_dump -d \(site.destination)")).contains("canary-"))
    for left in ["app seen", "app users"] {
      #expect(
        summary.notes.contains { $0.contains(left) && $0.contains("schema that is not copied") }, "\(summary.notes)")
    }
    #expect(try site.atCopy("INSERT INTO app.users (email) VALUES ('new') RETURNING id") == "3")
  }

  /// A table whose rows a crash of the server would empty is so in the copy too, and no other is.
  @Test func unloggedStaysUnlogged() throws {
    let site = try FaithfulSite(
      Self.users
        + "CREATE UNLOGGED TABLE passing (id serial PRIMARY KEY, v text); INSERT INTO passing (v) VALUES ('a'), ('b');")
    try #require(try site.refresh(site.order(Self.rules)).summary != nil)
    #expect(
      try site.atCopy(
        "SELECT string_agg(relname || relpersistence::text, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
      )
        == "passingu usersp")
    #expect(try site.atCopy("INSERT INTO passing (v) VALUES ('c') RETURNING id") == "3")
  }
}
