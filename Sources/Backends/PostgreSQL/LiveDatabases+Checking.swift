import PostgreSQL
public import Reconciliation
import Runtime

extension LiveDatabases {
  /// The time of one check where the endpoint has no `statementTimeout`.
  static let checkTimeout = Duration.seconds(60)

  /// A check that fails, however it fails, leaves the others alone. When a connection breaks, its check has failed and
  /// the next one gets a new connection; when no connection can be had at all, all that are left fail for that reason,
  /// so that a dead server costs one deadline and not one for each check.
  public func run(_ queries: [CheckQuery], on endpoint: DatabaseEndpoint, workers: Int) -> [CheckAnswer] {
    let run = CheckRun(queries)
    let lanes = min(max(1, workers), queries.count, gate.limit, max(1, endpoint.pool?.size ?? .max))
    _ = concurrently(Array(0..<lanes), limit: lanes) { _ in work(through: run, on: endpoint) }
    return run.answers(orElse: notAdmitted(endpoint))
  }

  private func work(through run: CheckRun, on endpoint: DatabaseEndpoint) {
    guard gate.enter([endpoint.pool], unless: [interrupt, run.allTaken].compactMap(\.self)) else { return }
    defer { gate.leave(endpoint.pool) }
    var session: Session?
    while !run.isAllTaken {
      do throws(DatabaseFailure) {
        let connected: Session
        if let session, session.isOpen { connected = session } else { connected = try open(endpoint) }
        session = connected
        guard let (place, query) = run.take() else { return }
        run.answer(place, ask(query, in: connected, endpoint))
      } catch {
        return run.gaveUp(error)
      }
    }
  }

  private func ask(_ query: CheckQuery, in session: Session, _ endpoint: DatabaseEndpoint) -> CheckAnswer {
    let start = ContinuousClock.now
    let deadline = Deadline.after(statementTimeout(of: endpoint, orElse: Self.checkTimeout))
    do throws(DatabaseError) {
      let outcome = try CheckTransaction(session: session, deadline: deadline).outcome(of: query)
      return CheckAnswer(outcome, duration: ContinuousClock.now - start)
    } catch {
      return CheckAnswer(.failed(DatabaseFailure(error, at: endpoint.subject)), duration: ContinuousClock.now - start)
    }
  }
}

/// One check in a transaction that leaves nothing behind.
///
/// The query is run through a cursor. `DECLARE … CURSOR FOR` takes a SELECT, VALUES, TABLE or WITH and nothing else, by
/// PostgreSQL's own parser: a check that is a COMMIT, a SET, a COPY or a DO is a syntax error, and so is a second
/// statement. It also keeps a check that forgot its `count(*)` from bringing a whole table into memory. The price is
/// that the server plans no parallel workers for a cursor.
///
/// The transaction is read-only and is rolled back: what is allowed in a read-only transaction nevertheless (a large
/// object, a NOTIFY, a changed setting) is gone with it.
private struct CheckTransaction {
  let session: Session
  let deadline: Deadline

  func outcome(of query: CheckQuery) throws(DatabaseError) -> CheckAnswer.Outcome {
    let path = query.searchPath.isEmpty ? ["pg_catalog"] : query.searchPath
    return try session.transaction(
      readOnly: true, searchPath: path, deadline: deadline
    ) { (session) throws(DatabaseError) in
      let cursor = CheckCursor(session: session, deadline: deadline)
      try cursor.settle(query)
      let outcome = try cursor.outcome(of: query.sql)
      // Beyond the rollback there is no transaction; the COMMIT that follows is then only a warning.
      _ = try session.query("ROLLBACK", deadline: deadline, as: "rollback")
      return outcome
    }
  }
}

/// A check's query in a transaction that is open already.
struct CheckCursor {
  let session: Session
  let deadline: Deadline

  /// Where names without a schema are looked for.
  func settle(_ query: CheckQuery) throws(DatabaseError) {
    _ = try session.query(
      Self.settings, [query.searchPath.isEmpty ? "t" : "f"], deadline: deadline, as: "settings")
  }

  func outcome(of sql: String) throws(DatabaseError) -> CheckAnswer.Outcome {
    _ = try session.query("DECLARE decant_check NO SCROLL CURSOR FOR \(sql)", deadline: deadline, as: "check")
    let rows = try session.query("FETCH FORWARD 2 FROM decant_check", deadline: deadline, as: "check")
    if rows.count == 1, rows.columns.count == 1 { return .value(rows[0, 0]) }
    guard rows.count == 2 else { return .shape(rows: rows.count, columns: rows.columns.count) }
    let rest = try session.query("MOVE FORWARD ALL IN decant_check", deadline: deadline, as: "check")
    let more = rest.command.split(separator: " ").last.flatMap { Int($0) } ?? 0
    return .shape(rows: 2 + more, columns: rows.columns.count)
  }

  /// All rows are wanted, so the plan need not hurry to the first tenth of them. The role's own search_path is the one
  /// that RESET would bring back; behind a pooler the one in force may be that of somebody else.
  private static let settings = """
    SELECT set_config('cursor_tuple_fraction', '1', true),
      CASE WHEN $1::boolean THEN set_config('search_path', reset_val, true) END
    FROM pg_settings WHERE name = 'search_path'
    """
}
