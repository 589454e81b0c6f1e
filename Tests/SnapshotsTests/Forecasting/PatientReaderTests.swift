import Masking
import PostgreSQL
import Reconciliation
import Runtime
import TestServers
import Testing

@testable import Snapshots

/// Questions that a source may be slow to answer.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30))) struct PatientReaderTests {
  /// The server ends what takes too long; the session goes on to the next question.
  @Test func aSlowAnswerCostsItselfAlone() throws {
    let pair = try CopyPair("CREATE TABLE public.t (id int)", rows: "INSERT INTO t VALUES (7)")
    let values = [
      "host": pair.server.socketFolder, "port": "\(pair.server.port)", "dbname": pair.from, "user": pair.server.user,
      "sslmode": "disable",
    ]
    let password = Secret(pair.server.password)
    let world = CopyWorld(
      parameters: { _, _ throws(DatabaseFailure) in
        do { return try ConnectionParameters(values.map { ($0.key, $0.value) }, password: password) } catch {
          throw DatabaseFailure(.unreachable, "here", "\(error)")
        }
      }, interrupt: try Interrupt(), actor: "ana", run: "r1")
    let reader = PatientReader(
      DatabaseEndpoint(parameters: values, password: nil), world,
      .init(statement: .milliseconds(200), total: .seconds(1_000)))
    var backends: Set<String> = []
    func ask(_ sql: String) throws -> String? {
      try reader.ask { session, instant throws(RefreshFailure) in
        #expect(instant.text.hasSuffix("+00"))
        return try reaching { () throws(DatabaseError) in
          backends.insert(
            try session.query("SELECT pg_catalog.pg_backend_pid()", deadline: .after(.seconds(60))).single ?? "")
          return try session.query(sql, deadline: .after(.seconds(60))).single
        }
      }
    }
    #expect(throws: RefreshFailure.self) { try ask("SELECT pg_catalog.pg_sleep(3600)") }
    #expect(try ask("SELECT id FROM public.t") == "7")
    #expect(backends.count == 1)
    // It reads, and nothing else.
    #expect(throws: RefreshFailure.self) { try ask("DELETE FROM public.t RETURNING id") }
    #expect(try ask("SELECT count(*) FROM public.t") == "1")
  }
}
