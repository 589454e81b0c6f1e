import PostgreSQL
import Reconciliation
import Runtime

extension LiveDatabases {
  /// Looks at a source in one read-only transaction, in three queries.
  ///
  /// - Parameter proof: the lock to take first, and how long to keep it for the other side after all is read.
  func observe(
    _ endpoint: DatabaseEndpoint, _ schemas: SchemaSelection, _ proof: (lock: SameDatabaseProof, patience: Duration)?
  ) throws(DatabaseFailure) -> SourceFacts {
    defer { proof?.lock.sourceEnded() }
    let session = try open(endpoint)
    let timeout = statementTimeout(of: endpoint, orElse: lookTimeout)
    let deadline = Deadline.after(timeout)
    do {
      return try session.transaction(
        readOnly: true, isolation: .repeatableRead, deadline: .after(timeout + (proof?.patience ?? .zero))
      ) { (session) throws(DatabaseError) in
        try proof?.lock.take(in: session, deadline: deadline)
        let facts = try SourceObservation(session: session, deadline: deadline).facts(schemas)
        if let proof { proof.lock.keep(until: .after(proof.patience)) }
        return facts
      }
    } catch {
      throw DatabaseFailure(error, at: endpoint.subject)
    }
  }
}

/// The queries about a source and what their answers say.
private struct SourceObservation {
  let session: Session
  let deadline: Deadline

  func facts(_ selection: SchemaSelection) throws(DatabaseError) -> SourceFacts {
    let identity = try session.query(Self.identity, deadline: deadline, as: "read the role")
    let role = identity[0, 1] ?? ""
    let reading = Readability(
      rows: try session.query(
        Readability.query, [SpokenNames.array(selection.included), SpokenNames.array(selection.excluded)],
        deadline: deadline, as: "read the schemas"), role: role)
    let writes = Privileges.sentences(
      try session.query(Privileges.query, deadline: deadline, as: "read the privileges"), me: identity[0, 2] ?? role)
    return SourceFacts(
      server: ServerFacts(session, database: identity[0, 0] ?? "", role: role), schemas: reading.schemas,
      unreadable: reading.unreadable, writes: writes, hiddenRows: reading.hiddenRows,
      definerFunctions: reading.definerFunctions)
  }

  /// The setting would put every name in quotes, whether it needs them or not.
  private static let identity = """
    SELECT current_database(), current_user, session_user, set_config('quote_all_identifiers', 'off', true)
    """
}
