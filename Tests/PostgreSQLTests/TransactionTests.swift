import PostgreSQL
import Runtime
import TestServers
import Testing

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct TransactionTests {
  let server: PostgreSQLServer

  init() throws { server = try .shared() }

  /// A database whose role defaults change every value and would kill a run, and a role to log in with.
  private func hostileSession() throws -> Session {
    let database = try server.createDatabase(named: "hostile")
    try server.run(
      """
      CREATE ROLE \(database) LOGIN PASSWORD 'p';
      CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC;
      CREATE FUNCTION evil.set_config(text, text, bool) RETURNS text LANGUAGE sql AS $$ SELECT 'hijacked' $$;
      ALTER ROLE \(database) SET search_path = evil, pg_catalog;
      ALTER ROLE \(database) SET DateStyle = 'SQL, DMY';
      ALTER ROLE \(database) SET IntervalStyle = 'iso_8601';
      ALTER ROLE \(database) SET TimeZone = 'Asia/Tokyo';
      ALTER ROLE \(database) SET extra_float_digits = 0;
      ALTER ROLE \(database) SET bytea_output = 'escape';
      ALTER ROLE \(database) SET client_encoding = 'LATIN1';
      ALTER DATABASE \(database) SET statement_timeout = '123456s';
      ALTER ROLE \(database) SET lock_timeout = '1ms';
      ALTER ROLE \(database) SET row_security = on;
      """, database: database)
    return try Session(
      connecting: try parameters(server, database: database, ["user": database], password: "p"), deadline: patience)
  }

  private static let values = """
    SELECT date '2026-02-01', interval '1 day 2 hours', timestamptz '2026-02-01 00:00:00+00', (0.1::float8 + 0.2),
      '\\x01ff'::bytea, 'ü', current_setting('search_path'), current_setting('row_security'),
      current_setting('client_encoding'), current_setting('lc_monetary')
    """

  private static let expected = [
    "2026-02-01", "1 day 02:00:00", "2026-02-01 00:00:00+00", "0.30000000000000004", "\\x01ff", "ü",
    #""pg_catalog""#, "off", "UTF8", "C",
  ]

  @Test func defaultsOfTheRoleHaveNoEffect() throws {
    let session = try hostileSession()
    let outside = try session.query(Self.values, deadline: patience)
    #expect(outside[0, 0] == "01/02/2026", "the role's defaults are in force before the transaction")
    let inside = try session.transaction(readOnly: true, deadline: patience) { session throws(DatabaseError) in
      try session.query(Self.values, deadline: patience)
    }
    #expect((0..<Self.expected.count).map { inside[0, $0] } == Self.expected)
    let after = try session.query(Self.values, deadline: patience)
    #expect(after[0, 0] == "01/02/2026", "nothing stays behind for the pooler's next client")
  }

  @Test func theServersTimeoutsAreTheDeadlineAndASecond() throws {
    let session = try hostileSession()
    let settings = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
    let values = try session.transaction(readOnly: true, deadline: .after(.seconds(30))) {
      session throws(DatabaseError) in
      try session.query(
        "SELECT setting::int FROM pg_settings WHERE name = ANY ($1::text[])",
        ["{\(settings.joined(separator: ","))}"], deadline: patience
      ).compactMap { $0[0].flatMap { Int($0) } }
    }
    #expect(values.count == 3)
    #expect(values.allSatisfy { (1_000...31_000).contains($0) })
  }

  @Test func theCallersSchemasAreQuoted() throws {
    let session = try connected(server)
    let path = try session.transaction(readOnly: true, searchPath: ["a\"b", "X, y"], deadline: patience) {
      session throws(DatabaseError) in try session.query("SHOW search_path", deadline: patience).single
    }
    #expect(path == #""a""b", "X, y""#)
    let nothing = try session.transaction(readOnly: true, searchPath: [], deadline: patience) {
      session throws(DatabaseError) in try session.query("SELECT current_schemas(false)", deadline: patience).single
    }
    #expect(nothing == "{}")
    let error = try databaseError {
      try session.transaction(readOnly: true, searchPath: [""], deadline: patience) { _ throws(DatabaseError) in }
    }
    #expect(error.kind == .misused)
  }

  @Test func aReaderCannotWrite() throws {
    let session = try connected(server)
    let error = try databaseError {
      try session.transaction(readOnly: true, isolation: .repeatableRead, deadline: patience) {
        session throws(DatabaseError) in
        let level = try session.query("SHOW transaction_isolation", deadline: patience).single
        #expect(level == "repeatable read")
        _ = try session.query("CREATE TABLE public.t (n int)", deadline: patience)
      }
    }
    #expect(error.sqlstate == "25006")
    #expect(try session.query("SELECT 1", deadline: patience).single == "1")
  }

  @Test func rowSecurityFailsRatherThanHides() throws {
    let database = try server.createDatabase(named: "rls")
    try server.run(
      """
      CREATE ROLE \(database) LOGIN PASSWORD 'p';
      CREATE TABLE t AS SELECT 1 AS n; ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO PUBLIC;
      """, database: database)
    let session = try Session(
      connecting: try parameters(server, database: database, ["user": database], password: "p"), deadline: patience)
    let error = try databaseError {
      try session.transaction(readOnly: true, deadline: patience) { session throws(DatabaseError) in
        _ = try session.query("SELECT * FROM public.t", deadline: patience)
      }
    }
    #expect(error.sqlstate == "42501")
    let seen = try session.transaction(readOnly: true, rowSecurity: .applied, deadline: patience) {
      session throws(DatabaseError) in try session.query("SELECT * FROM public.t", deadline: patience).count
    }
    #expect(seen == 0)
  }

  @Test func anErrorRollsBackAndSuccessCommits() throws {
    let database = try server.createDatabase(named: "tx")
    try server.run("CREATE TABLE t (n int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)", database: database)
    let session = try connected(server, database: database)
    func insert(_ values: String, failing: Bool = false) throws {
      try session.transaction(readOnly: false, deadline: patience) { session throws(DatabaseError) in
        _ = try session.query("INSERT INTO public.t VALUES \(values)", deadline: patience)
        if failing { _ = try session.query("SELECT 1 FROM absent", deadline: patience) }
      }
    }
    try insert("(1)")
    #expect(try databaseError { try insert("(2)", failing: true) }.sqlstate == "42P01")
    // A deferred constraint speaks at COMMIT: that refusal is certain, and no value is in it.
    let refused = try databaseError { try insert("(3), (3)") }
    #expect(refused.kind == .server && refused.sqlstate == "23505" && refused.operation == "commit")
    #expect(try server.run("SELECT string_agg(n::text, ',') FROM t", database: database) == "1")
  }

  @Test func aSwallowedErrorIsNoSuccess() throws {
    let session = try connected(server)
    let error = try databaseError {
      try session.transaction(readOnly: false, deadline: patience) { session throws(DatabaseError) in
        _ = try? session.query("SELECT 1 FROM absent", deadline: patience)
      }
    }
    #expect(error.kind == .rolledBack)
    #expect(try session.query("SELECT 1", deadline: patience).single == "1")
  }

  @Test func aSecondTransactionInsideIsRefused() throws {
    let session = try connected(server)
    let error = try databaseError {
      try session.transaction(readOnly: true, deadline: patience) { session throws(DatabaseError) in
        try session.transaction(readOnly: true, deadline: patience) { _ throws(DatabaseError) in }
      }
    }
    #expect(error.kind == .misused)
    #expect(session.isOpen)
  }

  /// COMMIT blocks in a deferred trigger until long after the deadline.
  @Test func aLostAnswerToCommitIsUnknown() throws {
    let database = try server.createDatabase(named: "unknown")
    try server.run(
      """
      CREATE TABLE t (n int);
      CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3600); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
      """, database: database)
    let session = try connected(server, database: database)
    let error = try databaseError {
      try session.transaction(readOnly: false, deadline: .after(.milliseconds(800))) { session throws(DatabaseError) in
        _ = try session.query("INSERT INTO public.t VALUES (1)", deadline: patience)
      }
    }
    #expect(error.kind == .outcomeUnknown)
    #expect(error.operation == "commit")
    #expect(!session.isOpen)
  }

  @Test func aFailedRollbackKeepsTheFirstCause() throws {
    let interrupt = try Interrupt()
    let session = try connected(server, interrupt: interrupt)
    let error = try databaseError {
      try session.transaction(readOnly: true, deadline: patience) { session throws(DatabaseError) in
        defer { interrupt.raise() }
        _ = try session.query("SELECT 1 FROM absent", deadline: patience)
      }
    }
    #expect(error.sqlstate == "42P01")
    #expect(error.message.hasSuffix("; the rollback failed too (interrupted) and the session was closed"))
    #expect(!session.isOpen)
  }

  @Test func aDeadlineOfWeeksIsNoOverflow() throws {
    let session = try connected(server)
    let timeout = try session.transaction(readOnly: true, deadline: .after(.seconds(60 * 86_400))) {
      session throws(DatabaseError) in
      try session.query("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'", deadline: patience).single
    }
    #expect(timeout == "2147483647")
  }

  @Test func theInterruptInsideSendsNoCommit() throws {
    let database = try server.createDatabase(named: "stopped")
    try server.run("CREATE TABLE t (n int)", database: database)
    let interrupt = try Interrupt()
    let session = try connected(server, database: database, interrupt: interrupt)
    let error = try databaseError {
      try session.transaction(readOnly: false, deadline: patience) { session throws(DatabaseError) in
        _ = try session.query("INSERT INTO public.t VALUES (1)", deadline: patience)
        interrupt.raise()
      }
    }
    #expect(error.kind == .interrupted)
    #expect(!session.isOpen)
    #expect(try server.run("SELECT count(*) FROM t", database: database) == "0")
  }
}

@Suite(
  .enabled(
    if: PostgreSQLServer.poolerUnavailable == nil,
    Comment(rawValue: PostgreSQLServer.poolerUnavailable ?? "pgbouncer is available")), .timeLimit(.minutes(30)))
struct PoolerTests {
  @Test func aTransactionLeavesNothingForTheNextClient() throws {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "pooled")
    let place = ["host": "127.0.0.1", "port": "\(try PostgreSQLServer.poolerPort())"]
    func settings(_ session: Session) throws -> [String?] {
      let rows = try session.query(
        "SELECT current_setting('search_path'), current_setting('statement_timeout'), pg_backend_pid()",
        deadline: patience)
      return [rows[0, 0], rows[0, 1], rows[0, 2]]
    }
    let first = try connected(server, database: database, place)
    let second = try connected(server, database: database, place)
    let before = try settings(second)
    let path = try first.transaction(readOnly: true, searchPath: ["mine"], deadline: patience) {
      session throws(DatabaseError) in try session.query("SHOW search_path", deadline: patience).single
    }
    #expect(path == #""mine""#)
    #expect(try settings(second) == before, "the same backend, as it was")
  }
}
