import Foundation
import PostgreSQL
import Runtime
import TestServers
import Testing

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct QueryingTests {
  let server: PostgreSQLServer

  init() throws { server = try .shared() }

  @Test func rowsCarryNamesTypesAndNulls() throws {
    let session = try connected(server)
    let rows = try session.query(
      "SELECT n, NULL AS nothing, $1::text AS said FROM generate_series(1, 2) n ORDER BY n", ["it's \"ü\""],
      deadline: patience)
    #expect(rows.columns.map(\.name) == ["n", "nothing", "said"])
    #expect(rows.columns.map(\.type) == [23, 25, 25])
    #expect(rows.count == 2)
    #expect(rows[1, 0] == "2")
    #expect(rows[0, "nothing"] == nil)
    #expect(rows.first?["said"] == "it's \"ü\"")
    #expect(rows[2, 0] == nil && rows[0, 3] == nil && rows[-1, -1] == nil && rows[0, "absent"] == nil)
    #expect(rows.command == "SELECT 2")
    #expect(rows.single == nil)
  }

  @Test func aParameterMayBeNull() throws {
    let session = try connected(server)
    #expect(try session.query("SELECT $1::int IS NULL", [nil], deadline: patience).single == "t")
  }

  @Test func thereIsExactlyOneStatement() throws {
    let session = try connected(server)
    let error = try databaseError { _ = try session.query("SELECT 1; SELECT 2", deadline: patience) }
    #expect(error.sqlstate == "42601")
    #expect(session.isOpen)
    #expect(try session.query("", deadline: patience).isEmpty)
    #expect(try session.query("SELECT 1", deadline: patience).single == "1")
  }

  @Test func aNulIsRefusedBeforeItIsSent() throws {
    let session = try connected(server)
    #expect(try databaseError { _ = try session.query("SELECT 1\0", deadline: patience) }.kind == .misused)
    #expect(try databaseError { _ = try session.query("SELECT $1", ["a\0b"], deadline: patience) }.kind == .misused)
    #expect(session.isOpen)
  }

  @Test func copyIsNotAQuery() throws {
    let session = try connected(server)
    let error = try databaseError { _ = try session.query("COPY (SELECT 1) TO STDOUT", deadline: patience) }
    #expect(error.kind == .misused)
    #expect(!session.isOpen)
  }

  @Test func aLargeQuestionAndALargeAnswerPass() throws {
    let session = try connected(server, ["host": "localhost", "sslmode": "require"])
    let text = String(repeating: "0123456789abcdef", count: 200_000)
    let rows = try session.query("SELECT $1::text FROM generate_series(1, 3)", [text], deadline: patience)
    #expect(rows.allSatisfy { $0[0] == text })
  }

  @Test func noticesAreSwallowed() throws {
    let session = try connected(server)
    let notice = "DO $$ BEGIN RAISE WARNING 'a row: %', 'canary'; END $$"
    #expect(try session.query(notice, deadline: patience).command == "DO")
  }

  @Test func whatOutlivesItsDeadlineIsCancelled() throws {
    let session = try connected(server, ["application_name": "outlives"])
    let error = try databaseError {
      _ = try session.query("SELECT pg_sleep(3600)", deadline: .after(.milliseconds(200)), as: "sleep")
    }
    #expect(error.kind == .timedOut(granted: .milliseconds(200)))
    #expect(error.description == "\(session.subject): sleep failed: no answer within 200 ms")
    #expect(!session.isOpen)
    #expect(try databaseError { _ = try session.query("SELECT 1", deadline: patience) }.kind == .closed)
    try expectGone("outlives")
  }

  @Test func theInterruptCancels() throws {
    let interrupt = try Interrupt()
    let session = try connected(server, ["application_name": "interrupted"], interrupt: interrupt)
    let observer = try connected(server)
    let raiser = Runtime.Thread.start { [server] in
      // Raised only once the statement runs, so that it is the wait that ends.
      guard let watcher = try? connected(server) else { return }
      repeat {
      } while (try? watcher.query(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'interrupted' AND wait_event = 'PgSleep'",
        deadline: patience
      ).single) == "0"
      interrupt.raise()
    }
    let began = ContinuousClock.now
    let error = try databaseError { _ = try session.query("SELECT pg_sleep(3600)", deadline: .after(.seconds(3600))) }
    raiser?.join()
    #expect(error.kind == .interrupted)
    #expect(ContinuousClock.now - began < .seconds(50))
    #expect(observer.isOpen)
    try expectGone("interrupted")
  }

  /// The server ends a backend on its own time; asking again is bounded by the patience of the question.
  private func expectGone(_ application: String) throws {
    let observer = try connected(server)
    let deadline = patience
    while try observer.query(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", [application], deadline: deadline
    ).single != "0" {}
  }

  @Test func aPassedDeadlineSendsNothing() throws {
    let database = try server.createDatabase(named: "unsent")
    let session = try connected(server, database: database)
    let error = try databaseError {
      _ = try session.query("CREATE TABLE made (n int)", deadline: .after(.zero))
    }
    #expect(error.kind.isTimeout)
    #expect(try server.run("SELECT to_regclass('made') IS NULL", database: database) == "t")
  }

  @Test func anEndedBackendIsSaidInTheServersWords() throws {
    let session = try connected(server)
    let error = try databaseError {
      _ = try session.query("SELECT pg_terminate_backend(pg_backend_pid())", deadline: patience)
    }
    #expect(error.kind == .server)
    #expect(error.sqlstate == "57P01")
    #expect(!session.isOpen)
  }

  @Test(arguments: [#"a"b; DROP TABLE x --"#, "ünï'codé \\ %s $1", "SELECT", "new\nline"])
  func hostileNamesAreTakenLetterForLetter(name: String) throws {
    let database = server.uniqueName(name)
    let admin = try connected(server)
    let quoted = try quoteIdentifier(database)
    _ = try admin.query("CREATE DATABASE \(quoted) TEMPLATE template0", deadline: patience)
    _ = try admin.query("CREATE ROLE \(quoted) LOGIN PASSWORD 'p'", deadline: patience)
    let session = try Session(
      connecting: try parameters(server, database: database, ["user": database], password: "p"), deadline: patience)
    let rows = try session.query("SELECT current_database(), current_user", deadline: patience)
    #expect(rows[0, 0] == database && rows[0, 1] == database)
    let error = try databaseError {
      _ = try Session(
        connecting: try parameters(server, database: database, ["user": database], password: "wrong"),
        deadline: patience)
    }
    #expect(error.kind == .refusedLogin)
    #expect(!error.description.contains("\n"))
  }
}
