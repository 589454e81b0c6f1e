import PostgreSQL
import Runtime
import TestServers
import Testing

/// What role and database have set changes no value of a copy and ends none: a test for each trap.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct CopySettingsTests {
  let server: PostgreSQLServer

  init() throws { server = try .shared() }

  /// A session of a role that has these settings, settled or not.
  private func session(_ settings: [String], settled: Bool = true, _ more: CopySettings = .init()) throws -> Session {
    let role = server.uniqueName("copier")
    try server.run(
      "CREATE ROLE \(role) LOGIN PASSWORD 'pw';" + settings.map { "ALTER ROLE \(role) SET \($0);" }.joined(),
      database: "postgres")
    let session = try connected(server, ["user": role], password: "pw")
    if settled { try session.settleForCopying(more, deadline: patience) }
    return session
  }

  private func connected(_ server: PostgreSQLServer, _ others: [String: String], password: String) throws -> Session {
    try Session(connecting: try parameters(server, others, password: password), deadline: patience)
  }

  private func copied(_ session: Session, _ select: String) throws -> String {
    var text = ""
    try session.copyOut("COPY (\(select)) TO STDOUT", stall: noStall) { bytes in
      text += String(decoding: bytes.dropLast(), as: UTF8.self)
    }
    return text
  }

  @Test(arguments: [
    ("DateStyle = 'SQL, DMY'", "SELECT date '2026-02-01'", "2026-02-01"),
    ("IntervalStyle = iso_8601", "SELECT interval '1 day 2 hours'", "1 day 02:00:00"),
    ("TimeZone = 'Asia/Tokyo'", "SELECT timestamptz '2026-02-01 00:00:00+00'", "2026-02-01 00:00:00+00"),
    ("extra_float_digits = 0", "SELECT 0.1::float8 + 0.2::float8", "0.30000000000000004"),
    ("bytea_output = escape", "SELECT '\\x6100'::bytea", "\\\\x6100"),
    ("lc_monetary = 'C.UTF-8'", "SELECT 12.30::money", "12.30"),
    ("search_path = pg_temp, pg_catalog", "SELECT current_schemas(false)", "{pg_catalog}"),
    ("client_encoding = latin1", "SELECT chr(233)", "é"),
  ])
  func aSettingChangesNoValue(setting: String, select: String, expected: String) throws {
    #expect(try copied(try session([setting]), select).hasSuffix(expected))
  }

  /// The settings are those of the trap: without settling, each value is another one.
  @Test func withoutSettlingTheyDo() throws {
    let settings = ["DateStyle = 'SQL, DMY'", "extra_float_digits = 0", "TimeZone = 'Asia/Tokyo'"]
    let session = try session(settings, settled: false)
    #expect(try copied(session, "SELECT date '2026-02-01', 0.1::float8 + 0.2::float8") == "01/02/2026\t0.3")
  }

  @Test func aStatementTimeoutEndsNoCopy() throws {
    let session = try session(["statement_timeout = '100ms'"])
    #expect(try copied(session, "SELECT 'late' FROM pg_sleep(0.4)") == "late")
  }

  @Test func anIdleTimeoutEndsNoSnapshot() throws {
    let session = try session([
      "idle_in_transaction_session_timeout = '100ms'", "idle_session_timeout = '100ms'",
    ])
    let transaction = try CopyTransaction(on: session, for: .reading, deadline: patience)
    let other = try PostgreSQLTests.connected(server)
    _ = try other.query("SELECT pg_sleep(0.4)", deadline: patience)
    _ = try transaction.exportSnapshot(deadline: patience)
    try transaction.commit(deadline: patience)
  }

  @Test func aRoleThatOnlyReadsByDefaultWrites() throws {
    let session = try session(["default_transaction_read_only = on"])
    _ = try session.query("CREATE TEMP TABLE rows (t text)", deadline: patience)
    let writer = try session.beginCopyIn("COPY rows FROM STDIN", stall: noStall)
    try writer.write("row\n")
    #expect(try writer.finish() == 1)
  }

  @Test func aFragmentOfXMLIsWritten() throws {
    let session = try session(["xmloption = document"])
    _ = try session.query("CREATE TEMP TABLE pages (x xml)", deadline: patience)
    let writer = try session.beginCopyIn("COPY pages FROM STDIN", stall: noStall)
    try writer.write("two <b>parts</b>\n")
    #expect(try writer.finish() == 1)
  }

  /// Row-level security would copy a part without a word.
  @Test func hiddenRowsAreAnError() throws {
    let (role, table) = (server.uniqueName("seer"), server.uniqueName("hidden"))
    try server.run(
      """
      CREATE ROLE \(role) LOGIN PASSWORD 'pw';
      CREATE TABLE public.\(table) AS SELECT 1 AS n;
      ALTER TABLE public.\(table) ENABLE ROW LEVEL SECURITY;
      GRANT SELECT ON public.\(table) TO \(role);
      """, database: "postgres")
    let session = try connected(server, ["user": role], password: "pw")
    #expect(try copied(session, "SELECT * FROM public.\(table)") == "")
    try session.settleForCopying(deadline: patience)
    let error = try databaseError { _ = try copied(session, "SELECT * FROM public.\(table)") }
    #expect(error.sqlstate == "42501")
  }

  @Test func aLockIsWaitedForNoLongerThanDeclared() throws {
    let table = server.uniqueName("locked")
    try server.run("CREATE TABLE public.\(table) (n int)", database: "postgres")
    let owner = try PostgreSQLTests.connected(server)
    let holder = try CopyTransaction(on: owner, for: .writing, deadline: patience)
    _ = try owner.query("LOCK TABLE public.\(table)", deadline: patience)
    let session = try PostgreSQLTests.connected(server)
    try session.settleForCopying(CopySettings(lockTimeout: .milliseconds(100)), deadline: patience)
    let error = try databaseError { _ = try copied(session, "SELECT * FROM public.\(table)") }
    #expect(error.sqlstate == "55P03")
    holder.rollback()
    #expect(try copied(session, "SELECT * FROM public.\(table)") == "")
  }
}

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct CopyTransactionTests {
  let server: PostgreSQLServer

  init() throws { server = try .shared() }

  private func settled() throws -> Session {
    let session = try connected(server)
    try session.settleForCopying(deadline: patience)
    return session
  }

  @Test func workersReadAtTheLeadersInstant() throws {
    let table = "public.\(server.uniqueName("instant"))"
    try server.run("CREATE TABLE \(table) AS SELECT 1 AS n", database: "postgres")
    let leader = try CopyTransaction(on: try settled(), for: .reading, deadline: patience)
    let snapshot = try leader.exportSnapshot(deadline: patience)
    try server.run("INSERT INTO \(table) VALUES (2)", database: "postgres")
    let worker = try CopyTransaction(on: try settled(), for: .readingAt(snapshot), deadline: patience)
    var rows: [String] = []
    try worker.session.copyOut("COPY (SELECT n FROM \(table)) TO STDOUT", stall: noStall) { bytes in
      rows.append(String(decoding: bytes, as: UTF8.self))
    }
    #expect(rows == ["1\n"])
    try worker.commit(deadline: patience)
    #expect(try worker.session.query("SELECT count(*) FROM \(table)", deadline: patience).single == "2")
    try leader.commit(deadline: patience)
  }

  @Test func theInstantIsThatOfTheBeginning() throws {
    let table = "public.\(server.uniqueName("beginning"))"
    try server.run("CREATE TABLE \(table) AS SELECT 1 AS n", database: "postgres")
    let leader = try CopyTransaction(on: try settled(), for: .reading, deadline: patience)
    try server.run("INSERT INTO \(table) VALUES (2)", database: "postgres")
    #expect(try leader.session.query("SELECT count(*) FROM \(table)", deadline: patience).single == "1")
  }

  @Test func aSnapshotWhoseOwnerIsGoneIsRefused() throws {
    let leader = try CopyTransaction(on: try settled(), for: .reading, deadline: patience)
    let snapshot = try leader.exportSnapshot(deadline: patience)
    leader.rollback()
    let session = try settled()
    let error = try databaseError {
      _ = try CopyTransaction(on: session, for: .readingAt(snapshot), deadline: patience)
    }
    #expect(error.operation == "adopting the snapshot")
    #expect(try session.query("SELECT 1", deadline: patience).single == "1")
  }

  @Test func aReaderCannotWrite() throws {
    let reading = try CopyTransaction(on: try settled(), for: .reading, deadline: patience)
    let error = try databaseError {
      _ = try reading.session.query("CREATE TABLE public.never (n int)", deadline: patience)
    }
    #expect(error.sqlstate == "25006")
  }

  @Test func whatIsLetGoIsRolledBack() throws {
    let table = "public.\(server.uniqueName("forgotten"))"
    let session = try settled()
    do {
      let writing = try CopyTransaction(on: session, for: .writing, deadline: patience)
      _ = try writing.session.query("CREATE TABLE \(table) (n int)", deadline: patience)
    }
    #expect(!session.isOpen)
    #expect(try settled().query("SELECT to_regclass($1)", [table], deadline: patience).single == nil)
  }

  @Test func aFailedTransactionIsNotCommitted() throws {
    let writing = try CopyTransaction(on: try settled(), for: .writing, deadline: patience)
    _ = try? writing.session.query("SELECT 1 / 0", deadline: patience)
    #expect(try databaseError { try writing.commit(deadline: patience) }.kind == .rolledBack)
  }

  @Test func twoAtOnceAreMisuse() throws {
    let session = try settled()
    let first = try CopyTransaction(on: session, for: .reading, deadline: patience)
    #expect(
      try databaseError { _ = try CopyTransaction(on: session, for: .reading, deadline: patience) }.kind == .misused)
    try first.commit(deadline: patience)
  }

  @Test(arguments: ["", "x'; DROP TABLE t; --", "00000003-0000001b-1", "a b"])
  func whatIsNoNameOfAnInstantIsNone(id: String) { #expect(ExportedSnapshot(id: id) == nil) }
}
