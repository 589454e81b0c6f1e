import Backends
import Reconciliation
import Runtime
import TestServers
import Testing

/// The server's superuser asks, so that nothing but the transaction itself keeps a check from writing.
@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct CheckTests {
  let databases = LiveDatabases(limit: 4)
  let world: World

  init() throws {
    world = try World(
      "checks",
      """
      INSERT INTO app.people SELECT i, 'u' || i || '@example.com' FROM generate_series(1, 5) i;
      CREATE FUNCTION public.sneak() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
        PERFORM set_config('transaction_read_only', 'off', false);
        INSERT INTO app.people VALUES (99, 'x'); RETURN 1; END $$;
      CREATE FUNCTION public.careful() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'row of ceo@example.com'; END $$;
      """)
  }

  private func run(
    _ queries: [String], path: [String] = ["app", "public"], workers: Int = 2, _ end: DatabaseEndpoint? = nil
  ) -> [CheckAnswer] {
    databases.run(
      queries.map { CheckQuery(name: "c", sql: $0, searchPath: path) },
      on: end ?? endpoint(world.server, world.database), workers: workers)
  }

  @Test func oneValueIsTheAnswer() {
    let answers = run([
      "SELECT count(*) FROM people", "SELECT NULL", "SELECT 1, 2", "SELECT id FROM people", "SELECT 1 WHERE false",
      "TABLE people;", "VALUES ('a')", "WITH p AS (SELECT 7 AS x) SELECT x FROM p -- the end", "SELECT",
      "/* a */ (SELECT 0.1::float8)", "SELECT true", "SELECT '2026-01-02'::date",
    ])
    #expect(
      answers.map(\.spoken) == [
        "value 5", "value NULL", "shape 1x2", "shape 5x1", "shape 0x1", "shape 5x2", "value a", "value 7", "shape 1x0",
        "value 0.1", "value t", "value 2026-01-02",
      ])
    #expect(answers.allSatisfy { $0.duration > .zero })
  }

  static let attempts = [
    "DELETE FROM app.people", "SELECT 1; DROP TABLE app.people", "COMMIT; DROP TABLE app.people", "COMMIT", "ROLLBACK",
    "COMMIT AND CHAIN", "SET TRANSACTION READ WRITE", "SET default_transaction_read_only = off", "SET ROLE pg_monitor",
    "SELECT public.sneak()", "WITH d AS (DELETE FROM app.people RETURNING 1) SELECT count(*) FROM d",
    "SELECT nextval('public.orders_id_seq')", "SELECT setval('public.orders_id_seq', 42)",
    "CREATE TABLE app.t (x int)", "CREATE TEMP TABLE t (x int)", "SELECT 1 AS x INTO app.t",
    "DO $$ BEGIN COMMIT; DELETE FROM app.people; END $$", "COPY app.people TO '/tmp/decant-check-copy'",
    "COPY app.people TO STDOUT", "COPY (SELECT 1) TO PROGRAM 'touch /tmp/decant-check-program'",
    "PREPARE TRANSACTION 'x'", "LOCK TABLE app.people", "NOTIFY leak", "EXPLAIN ANALYZE DELETE FROM app.people",
    "SELECT 1 FROM app.people FOR UPDATE", "DECLARE c CURSOR FOR SELECT 1", "CLOSE decant_check", "", ";", "--", "/*",
    "SELECT 1 \u{0}", "$1", "SELECT $1", "VACUUM", "ALTER SYSTEM SET work_mem = '1MB'", "TRUNCATE app.people",
  ]

  @Test func nothingThatWritesOrEndsTheTransactionHasAnEffect() throws {
    let answers = run(Self.attempts, workers: 3)
    for (sql, answer) in zip(Self.attempts, answers) {
      #expect(answer.failure?.kind == .statement, "\(sql): \(answer.spoken)")
    }
    try #expect(state() == "5|1|0|0")
  }

  /// What a read-only transaction allows nevertheless is undone by the rollback.
  @Test func whatMayBeDoneInAReadOnlyTransactionIsUndone() throws {
    let answers = run(
      [
        "SELECT lo_create(4711) IS NOT NULL", "SELECT set_config('search_path', 'nowhere', false)",
        "SELECT set_config('row_security', 'on', false)", "SELECT pg_notify('leak', 'x') IS NULL",
        "SELECT current_setting('search_path')",
      ], path: ["app"], workers: 1)
    #expect(answers.last?.spoken == #"value "app""#)
    try #expect(state() == "5|1|0|0")
  }

  private func state() throws -> String {
    try world.server.run(
      """
      SELECT (SELECT count(*) FROM app.people), (SELECT last_value FROM public.orders_id_seq),
        (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_class WHERE relname = 't')
      """, database: world.database)
  }

  @Test func aFailureSaysNoValueAndLeavesTheOthersAlone() {
    let answers = run([
      "SELECT count(*) FROM people", "SELECT count(*) FROM pepole", "SELECT (email)::int FROM people",
      "SELECT public.careful()", "SELECT 1/0", "SELECT count(*) FROM people",
    ])
    #expect(
      answers.map(\.spoken) == [
        "value 5", "failed statement 42P01", "failed statement 22P02", "failed statement P0001",
        "failed statement 22012", "value 5",
      ])
    #expect(answers[1].failure?.message.contains("pepole") == true)
    for answer in answers { #expect(answer.failure?.message.contains("example.com") != true) }
  }

  @Test func thePathIsTheTargetsOrTheRolesOwn() throws {
    let odd = #"a "b", public"#
    try world.run("CREATE SCHEMA \(PostgreSQLServer.quoted(odd)); ALTER ROLE @ro SET search_path = app, 'x y'")
    let role = endpoint(world.server, world.database, world.role)
    let path = "SELECT current_setting('search_path')"
    #expect(run([path], path: [], workers: 1, role).first?.spoken == #"value app, "x y""#)
    #expect(run(["SELECT count(*) FROM people"], path: [], workers: 1, role).first?.spoken == "value 5")
    #expect(run([path, "SELECT current_schema()"], path: [odd], workers: 1).last?.spoken == "value \(odd)")
    #expect(run([path], path: [""], workers: 1).first?.failure?.kind == .statement)
  }

  @Test func aCheckSeesAllRowsOrFails() throws {
    try world.run("ALTER TABLE app.people ENABLE ROW LEVEL SECURITY")
    let role = endpoint(world.server, world.database, world.role)
    #expect(run(["SELECT count(*) FROM people"], workers: 1, role).first?.spoken == "failed statement 42501")
  }

  @Test func aCheckThatTakesTooLongCostsItsOwnDeadline() {
    let quick = endpoint(world.server, world.database, statementTimeout: .milliseconds(400))
    let start = ContinuousClock.now
    let answers = run(["SELECT 1", "SELECT pg_sleep(30)", "SELECT 2"], workers: 1, quick)
    #expect(answers.map(\.spoken) == ["value 1", "failed timedOut -", "value 2"])
    #expect(ContinuousClock.now - start < .seconds(15))
  }

  @Test func aLostConnectionFailsItsCheckOnly() {
    let answers = run(
      [
        "SELECT 1", "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 2",
        "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 3",
      ], workers: 1)
    #expect(answers.map(\.spoken).filter { $0.hasPrefix("value") } == ["value 1", "value 2", "value 3"])
    #expect(answers[1].failure != nil)
    #expect(answers[3].failure != nil)
  }

  @Test func aServerThatDoesNotAnswerCostsOneDeadline() throws {
    let hole = try FaultProxy(toPort: world.server.port, .hole(0))
    let silent = endpoint(
      world.server, world.database, nil, ["host": "127.0.0.1", "port": "\(hole.port)"],
      connectTimeout: .milliseconds(300))
    let start = ContinuousClock.now
    let answers = run(Array(repeating: "SELECT 1", count: 100), workers: 2, silent)
    #expect(answers.count == 100)
    #expect(answers.allSatisfy { $0.failure?.kind == .timedOut })
    #expect(ContinuousClock.now - start < .seconds(6))
    let missing = run(["SELECT 1"], workers: 1, endpoint(world.server, "no_such_database"))
    #expect(missing.first?.failure?.kind == .databaseMissing)
  }

  /// Each check counts the connections while the others sleep.
  @Test(arguments: [(8, nil, 4, 4), (2, nil, 4, 2), (8, 3, 4, 3), (8, nil, 2, 2), (1, nil, 4, 1)])
  func connectionsAreBounded(workers: Int, pool: Int?, limit: Int, most: Int) {
    let end = endpoint(
      world.server, world.database, pool: pool.map { DatabaseEndpoint.Pool(name: "p", size: $0) })
    let sql = """
      SELECT count(*) FROM pg_stat_activity, (SELECT pg_sleep(0.15)) s
      WHERE datname = current_database() AND application_name = 'decant' AND xact_start IS NOT NULL
      """
    let databases = LiveDatabases(limit: limit)
    let answers = databases.run(
      (0..<8).map { CheckQuery(name: "c\($0)", sql: sql) }, on: end, workers: workers)
    let counts = answers.map(\.spoken).compactMap { Int($0.dropFirst("value ".count)) }
    #expect(counts.count == 8)
    #expect(counts.allSatisfy { $0 <= most }, "\(counts)")
    #expect(counts.max() == most, "several at once: \(counts)")
  }

  @Test func severalRunsShareTheLimit() {
    let (world, databases) = (world, LiveDatabases(limit: 2))
    let sql = """
      SELECT count(*) FROM pg_stat_activity, (SELECT pg_sleep(0.05)) s
      WHERE datname = current_database() AND application_name = 'decant' AND xact_start IS NOT NULL
      """
    let runs = concurrently(Array(0..<6), limit: 6) { _ in
      databases.run(
        (0..<3).map { CheckQuery(name: "c\($0)", sql: sql) }, on: endpoint(world.server, world.database), workers: 3)
    }
    let counts = runs.flatMap { $0 }.map(\.spoken).compactMap { Int($0.dropFirst("value ".count)) }
    #expect(counts.count == 18)
    #expect(counts.max() == 2, "\(counts)")
  }

  @Test func noChecksAreNoWork() {
    #expect(run([]).isEmpty)
  }

  @Test func anInterruptFailsWhatIsLeft() throws {
    let interrupt = try Interrupt()
    interrupt.raise()
    let stopped = LiveDatabases(limit: 2, interrupt: interrupt)
    let answers = stopped.run(
      [CheckQuery(name: "a", sql: "SELECT 1")], on: endpoint(world.server, world.database), workers: 2)
    #expect(answers.first?.failure?.kind == .interrupted)
  }
}
