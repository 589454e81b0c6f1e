import Foundation
import TestServers
import Testing

/// SQL that cannot be lifted runs on the scratch server, and what it leaves there is the copy.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct ScratchTests {
  static let scratch = Result { try PostgreSQLServer.own() }

  /// Keys, triggers, partitions, sequences: whatever a statement may set off.
  static let stock = """
    CREATE TABLE parts (id serial PRIMARY KEY, code text UNIQUE, note text, weight numeric(10,2) NOT NULL DEFAULT 1,
      doubled numeric GENERATED ALWAYS AS (weight * 2) STORED);
    INSERT INTO parts (code, note, weight) SELECT md5('part' || n), repeat(md5('note' || n), 1 + n % 90), n FROM generate_series(1, 400) n;
    CREATE TABLE moves (id bigint GENERATED ALWAYS AS IDENTITY, part_id int NOT NULL REFERENCES parts ON DELETE CASCADE,
      at date NOT NULL, tags text[], PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE moves_old PARTITION OF moves FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
    CREATE TABLE moves_new PARTITION OF moves DEFAULT;
    INSERT INTO moves (part_id, at, tags) SELECT 1 + n % 400, '2025-12-01'::date + n % 60, ARRAY['t' || n, NULL] FROM generate_series(1, 900) n;
    CREATE TABLE logbook (id bigserial PRIMARY KEY, line text, part_id int REFERENCES parts ON DELETE SET NULL);
    INSERT INTO logbook (line, part_id) SELECT 'line ' || n, n FROM generate_series(1, 50) n;
    CREATE UNLOGGED TABLE fleeting (n int); INSERT INTO fleeting SELECT generate_series(1, 7);
    CREATE TABLE empty_one (a int, b text);
    CREATE SEQUENCE tickets START 500 INCREMENT 5;
    CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO logbook (line, part_id) VALUES (TG_OP || ' ' || OLD.id, NULL); RETURN NULL; END $$;
    CREATE TRIGGER parts_changed AFTER UPDATE ON parts FOR EACH ROW WHEN (OLD.weight <> NEW.weight) EXECUTE FUNCTION log_change();
    CREATE VIEW heavy AS SELECT id, weight FROM parts WHERE weight > 300;
    CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n, sum(weight) AS w FROM parts;
    CREATE INDEX parts_lower ON parts (lower(code));
    """

  /// None of it can be done where rows are read.
  static let statements = """
    UPDATE parts SET note = 'of ' || p.code FROM (SELECT id, code FROM parts) p WHERE p.id = parts.id AND parts.id % 2 = 0;
    UPDATE parts SET weight = weight + 1000 WHERE id IN (SELECT part_id FROM moves WHERE at > '2026-01-15');
    DELETE FROM parts WHERE id = ANY (SELECT g FROM generate_series(3, 60, 3) g);
    INSERT INTO parts (code, note) SELECT 'new ' || g, nextval('tickets')::text FROM generate_series(1, 5) g;
    INSERT INTO parts (code, weight) VALUES ('new 1', 77) ON CONFLICT (code) DO UPDATE SET weight = excluded.weight;
    WITH gone AS (DELETE FROM moves WHERE id % 7 = 0 RETURNING part_id) INSERT INTO logbook (line) SELECT 'gone ' || count(*) FROM gone;
    DO $$ BEGIN UPDATE logbook SET line = upper(line) WHERE id < 10; END $$;
    SELECT setval('tickets', 9000);
    TRUNCATE fleeting RESTART IDENTITY;
    CREATE TABLE kept_aside AS SELECT id, weight FROM parts WHERE weight > 1000;
    ALTER TABLE logbook ADD COLUMN extra int DEFAULT 4;
    ALTER TABLE parts DISABLE TRIGGER parts_changed;
    UPDATE parts SET weight = weight + 0.5 WHERE id = (SELECT min(id) FROM parts);
    CREATE FUNCTION helper(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
    """

  private static let sequences = """
    SELECT schemaname, sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 2;
    SELECT relname, relpersistence FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1;
    """

  @Test func itLeavesWhatItLeavesInPlace() throws {
    let scratch = try ScratchSite(Self.stock, on: try Self.scratch.get())
    let site = scratch.site
    try scratch.declare(Self.statements)
    let plan = try site.decant("plan")
    #expect(plan.status == 0 && plan.output.contains("sql_on_scratch"), "\(plan.all)")
    #expect(!plan.output.contains("clear_rows_on_destination"), "\(plan.all)")
    try site.refreshed()

    let reference = try site.server.createDatabase(named: "scratch_reference")
    try site.shell(
      "pg_dump -d \(site.source) --no-owner | psql -qX -v ON_ERROR_STOP=1 -d \(reference)", on: site.server)
    // A materialised view is filled when the copy is finished, so that it shows what the SQL has left.
    // With statistics, as the scratch database has them: which row a statement takes first is the planner's choice.
    try site.server.run("ANALYZE;" + Self.statements + "REFRESH MATERIALIZED VIEW totals;", database: reference)
    let here = try site.server.run(AllRows.query, database: reference)
    let rows = difference(here, try site.atCopy(AllRows.query))
    #expect(rows == [], "\(rows.prefix(8))")
    // The trigger has fired, and what the SQL made is there.
    #expect(here.contains("UPDATE 4") && here.contains("kept_aside") && here.contains("gone "))
    #expect(try site.atCopy(Self.sequences) == site.server.run(Self.sequences, database: reference))
    let schema = "pg_dump --schema-only --no-owner --no-acl -d "
    #expect(
      difference(try site.shell(schema + reference, on: site.server), try site.shell(schema + site.destination)).filter
      {
        !$0.contains("restrict")
      } == [])
    #expect(try scratch.leftOver() == [])
    // The copy was written by COPY alone.
    #expect(try site.atCopy("SELECT coalesce(sum(n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables") == "0")
  }

  /// Rules mask on the way to the scratch server, so that not even it holds what they hide; the SQL sees masks.
  @Test func rulesMaskBeforeTheSQL() throws {
    let scratch = try ScratchSite(
      """
      CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, remark text);
      INSERT INTO users SELECT n, 'user' || n || '@kunden-post.de', 'r' || n FROM generate_series(1, 300) n;
      """, on: try Self.scratch.get())
    try scratch.declare(
      "UPDATE users SET remark = (SELECT u.email FROM users u WHERE u.id = users.id)",
      policy: "tables: {users: {columns: {email: {strategy: email, domain: anon.local}}}}")
    let ended = try scratch.site.refreshed()
    #expect(
      try scratch.site.atCopy(
        "SELECT count(*), count(*) FILTER (WHERE remark = email), count(*) FILTER (WHERE email LIKE '%@anon.local') FROM users"
      ) == "300|300|300", "\(ended.all)")
    #expect(try scratch.leftOver() == [])
  }

  @Test func whatFailsLeavesThePreviousCopyAndNothingElse() throws {
    let scratch = try ScratchSite(Self.stock, on: try Self.scratch.get())
    let site = scratch.site
    try scratch.declare("UPDATE parts SET note = (SELECT max(code) FROM parts)")
    try site.refreshed()
    let before = try site.atCopy(AllRows.query)
    try scratch.declare("UPDATE parts SET weight = (SELECT NULL::numeric FROM parts LIMIT 1)")
    let failed = try site.decant("refresh", "users")
    #expect(failed.status == 1, "\(failed.all)")
    #expect(failed.all.contains("statement 1 that is not lifted"), "\(failed.all)")
    #expect(try site.atCopy(AllRows.query) == before)
    #expect(try scratch.leftOver() == [])
    #expect(try site.databases() == [site.destination])
  }

  /// A refresh whose SQL is asleep on the scratch server.
  private static func startedAndAsleep(_ scratch: ScratchSite) throws -> Running {
    try scratch.declare(
      "UPDATE parts SET note = (SELECT 'x' FROM pg_sleep(300) LIMIT 1) WHERE id = (SELECT min(id) FROM parts)")
    let running = try scratch.site.workshop.start(["refresh", "users"], scratch.site.variables)
    #expect(
      try eventually {
        try scratch.server.run(
          "SELECT count(*) FROM pg_stat_activity WHERE usename = '\(scratch.role)' AND wait_event = 'PgSleep'",
          database: "postgres") != "0" || !running.process.isRunning
      })
    return running
  }

  /// Killed while the SQL runs: the next run takes away what is left on both servers.
  @Test func aKilledRunIsSweptByTheNext() throws {
    let scratch = try ScratchSite(Self.stock, on: try Self.scratch.get())
    let site = scratch.site
    let running = try Self.startedAndAsleep(scratch)
    running.signal(SIGKILL)
    let ended = try running.end()
    #expect(ended.isSignal, "\(ended.all)")
    #expect(try scratch.leftOver().count == 1)
    try scratch.declare("UPDATE parts SET note = (SELECT max(code) FROM parts)")
    let again = try site.refreshed()
    #expect(again.flat.contains("on the scratch server, which an earlier run had left"), "\(again.all)")
    #expect(try scratch.leftOver() == [])
    #expect(try site.databases() == [site.destination])
    #expect(try site.atCopy("SELECT count(DISTINCT note) FROM parts") == "1")
  }

  /// Ctrl-C while the SQL runs: the run itself tidies up.
  @Test func anInterruptedRunLeavesNothing() throws {
    let scratch = try ScratchSite(Self.stock, on: try Self.scratch.get())
    let site = scratch.site
    let running = try Self.startedAndAsleep(scratch)
    running.signal(SIGINT)
    let ended = try running.end()
    #expect(ended.status != 0, "\(ended.all)")
    #expect(try scratch.leftOver() == [])
    #expect(try site.databases() == [])
  }
}
