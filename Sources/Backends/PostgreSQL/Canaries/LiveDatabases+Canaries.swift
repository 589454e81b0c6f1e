import PostgreSQL
public import Reconciliation
import Runtime

extension LiveDatabases {
  /// One after the other on one connection: the shadows hold a handful of rows.
  public func runOnCanaries(_ queries: [CanaryQuery], on endpoint: DatabaseEndpoint) -> [CanaryAnswer] {
    guard !queries.isEmpty else { return [] }
    guard gate.enter([endpoint.pool], unless: [interrupt].compactMap(\.self)) else {
      return queries.map { _ in .notPlanted(notAdmitted(endpoint).message) }
    }
    defer { gate.leave(endpoint.pool) }
    var session: Session?
    return queries.map { query in
      do throws(DatabaseFailure) {
        let connected: Session
        if let session, session.isOpen { connected = session } else { connected = try open(endpoint) }
        session = connected
        return try plant(query, in: connected, endpoint)
      } catch {
        return .notPlanted("nothing could be planted: \(error.message)")
      }
    }
  }

  private func plant(
    _ query: CanaryQuery, in session: Session, _ endpoint: DatabaseEndpoint
  ) throws(DatabaseFailure) -> CanaryAnswer {
    let deadline = Deadline.after(statementTimeout(of: endpoint, orElse: Self.checkTimeout))
    do {
      return try CanaryTransaction(session: session, deadline: deadline).answer(to: query)
    } catch {
      throw DatabaseFailure(error, at: endpoint.subject)
    }
  }
}

/// Shadows, planted rows and a check on them, in a transaction that is rolled back.
///
/// Temporary tables belong to the session, so that nobody else ever sees one, and nothing is written to the tables of
/// the database. They can be made in a transaction that may write and filled in one that may not (manual, "SET
/// TRANSACTION": a read-only transaction writes to temporary tables alone): it becomes read-only in between, and what
/// the check calls can then write nowhere else either.
private struct CanaryTransaction {
  let session: Session
  let deadline: Deadline

  func answer(to query: CanaryQuery) throws(DatabaseError) -> CanaryAnswer {
    let path = query.check.searchPath.isEmpty ? ["pg_catalog"] : query.check.searchPath
    return try session.transaction(
      readOnly: false, searchPath: path, deadline: deadline
    ) { (session) throws(DatabaseError) in
      try CheckCursor(session: session, deadline: deadline).settle(query.check)
      let answer = try answer(in: session, to: query)
      _ = try session.query("ROLLBACK", deadline: deadline, as: "rollback")
      return answer
    }
  }

  private func answer(in session: Session, to query: CanaryQuery) throws(DatabaseError) -> CanaryAnswer {
    if let obstacle = try obstacle(session) { return .notPlanted(obstacle) }
    let found: [CanaryShadow]
    switch try CanaryShadow.read(query.tables, in: session, deadline: deadline) {
    case .success(let shadows): found = shadows
    case .failure(let reason): return .notPlanted(reason.sentence)
    }
    guard !found.isEmpty else { return .notPlanted("it reads no table that a canary could be planted in") }
    for shadow in found { _ = try session.query(shadow.creation, deadline: deadline, as: "make a shadow") }
    // The role's own path may name pg_temp last.
    _ = try session.query(
      "SELECT pg_catalog.set_config('search_path', 'pg_temp, ' || pg_catalog.current_setting('search_path'), true)",
      deadline: deadline, as: "settings")
    _ = try session.query("SET TRANSACTION READ ONLY", deadline: deadline, as: "settings")
    var outcomes: [CheckAnswer.Outcome] = []
    for planting in CanaryRows.Planting.all(for: query.prey) {
      outcomes.append(try outcome(of: query, planting, found, session))
    }
    return .planted(outcomes)
  }

  private func obstacle(_ session: Session) throws(DatabaseError) -> String? {
    let row = try session.query(
      """
      SELECT pg_catalog.pg_is_in_recovery(),
        pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY'),
        pg_catalog.quote_ident(pg_catalog.current_database()), pg_catalog.quote_ident(current_user)
      """, deadline: deadline, as: "look at rights")
    if row[0, 0] == "t" { return "the database is a standby, in which no temporary table can be made" }
    guard row[0, 1] != "t" else { return nil }
    return
      "the role may make no temporary table there. GRANT TEMPORARY ON DATABASE \(row[0, 2] ?? "") TO \(row[0, 3] ?? "")"
  }

  /// What a check makes of one planting is its answer, a mistake too; only a lost connection ends the whole.
  private func outcome(
    of query: CanaryQuery, _ planting: CanaryRows.Planting, _ shadows: [CanaryShadow], _ session: Session
  ) throws(DatabaseError) -> CheckAnswer.Outcome {
    _ = try session.query("SAVEPOINT planted", deadline: deadline, as: "plant")
    do {
      for (number, shadow) in shadows.enumerated() {
        let rows = CanaryRows(planting, table: number, constants: query.constants)
        for statement in rows.insertions(into: shadow) {
          _ = try session.query(statement.sql, statement.parameters, deadline: deadline, as: "plant")
        }
      }
      let outcome = try CheckCursor(session: session, deadline: deadline).outcome(of: query.check.sql)
      _ = try session.query("ROLLBACK TO SAVEPOINT planted", deadline: deadline, as: "plant")
      return outcome
    } catch {
      guard session.isOpen, error.kind == .server else { throw error }
      _ = try session.query("ROLLBACK TO SAVEPOINT planted", deadline: deadline, as: "plant")
      return .failed(DatabaseFailure(error, at: session.subject))
    }
  }
}
