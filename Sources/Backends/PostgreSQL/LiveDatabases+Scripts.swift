import PostgreSQL
public import Reconciliation
import Runtime

extension LiveDatabases {
  /// Each query has the time of a check. When the connection breaks, what is left fails for that reason.
  public func runScript(_ queries: [String], searchPath: [String], on endpoint: DatabaseEndpoint) -> [ScriptAnswer] {
    guard !queries.isEmpty else { return [] }
    guard gate.enter([endpoint.pool], unless: [interrupt].compactMap(\.self)) else {
      return queries.map { _ in .failed(notAdmitted(endpoint), .zero) }
    }
    defer { gate.leave(endpoint.pool) }
    let limit = statementTimeout(of: endpoint, orElse: Self.checkTimeout)
    var answers: [ScriptAnswer] = []
    do throws(DatabaseFailure) {
      let session = try open(endpoint)
      do {
        let script = ScriptTransaction(session: session, limit: limit, path: searchPath)
        try script.run(queries) { answers.append($0) }
      } catch {
        throw DatabaseFailure(error, at: endpoint.subject)
      }
    } catch {
      let left = queries.count - answers.count
      answers += (0..<left).map { _ in .failed(error, .zero) }
    }
    return answers
  }
}

/// The queries of a script at one instant. They run through a cursor like checks do, so that nothing but a query can run.
private struct ScriptTransaction {
  let session: Session
  let limit: Duration
  let path: [String]

  func run(_ queries: [String], _ hear: (ScriptAnswer) -> Void) throws(DatabaseError) {
    let whole = Deadline.after(limit * queries.count)
    try session.transaction(
      readOnly: true, isolation: .repeatableRead, searchPath: path.isEmpty ? ["pg_catalog"] : path, deadline: whole
    ) { (session) throws(DatabaseError) in
      let settling = CheckCursor(session: session, deadline: whole)
      try settling.settle(CheckQuery(name: "", sql: "", searchPath: path))
      for sql in queries { hear(try answer(sql, in: session)) }
      _ = try session.query("ROLLBACK", deadline: whole, as: "rollback")
    }
  }

  private func answer(_ sql: String, in session: Session) throws(DatabaseError) -> ScriptAnswer {
    let (start, deadline) = (ContinuousClock.now, Deadline.after(limit))
    _ = try session.query("SAVEPOINT query", deadline: deadline, as: "query")
    do {
      _ = try session.query("DECLARE decant_script NO SCROLL CURSOR FOR \(sql)", deadline: deadline, as: "query")
      let rows = try session.query(
        "FETCH FORWARD \(ScriptAnswer.rowLimit + 1) FROM decant_script", deadline: deadline, as: "query")
      _ = try session.query("ROLLBACK TO SAVEPOINT query", deadline: deadline, as: "query")
      let texts = (0..<min(rows.count, ScriptAnswer.rowLimit)).map { row in
        rows.columns.indices.map { rows[row, $0] }
      }
      return .rows(
        columns: rows.columns.map(\.name), texts, isCut: rows.count > ScriptAnswer.rowLimit, ContinuousClock.now - start
      )
    } catch {
      guard session.isOpen, error.kind == .server else { throw error }
      _ = try session.query("ROLLBACK TO SAVEPOINT query", deadline: deadline, as: "query")
      return .failed(DatabaseFailure(error, at: session.subject), ContinuousClock.now - start)
    }
  }
}
