import PostgreSQL
import Reconciliation
import Runtime

extension LiveDatabases {
  /// Looks at a source in one read-only transaction, and whether a pooler stands before it.
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
      let observation = try session.transaction(
        readOnly: true, isolation: .repeatableRead, deadline: .after(timeout + (proof?.patience ?? .zero))
      ) { (session) throws(DatabaseError) in
        try proof?.lock.take(in: session, deadline: deadline)
        let observation = try SourceObservation(session, schemas, deadline)
        if let proof { proof.lock.keep(until: .after(proof.patience)) }
        return observation
      }
      return observation.facts(pooling: pooling(session, observation.process, endpoint))
    } catch {
      throw DatabaseFailure(error, at: endpoint.subject)
    }
  }

  private func pooling(_ session: Session, _ process: Int, _ endpoint: DatabaseEndpoint) -> SourceFacts.Pooling {
    if process == session.announcedProcess { return .none }
    return Pooling(session: session, process: process) { () throws(DatabaseFailure) in try open(endpoint) }.probe()
  }
}

/// The queries about a source and what their answers say.
private struct SourceObservation {
  let server: ServerFacts
  /// Of the server's process that answered.
  let process: Int
  let reading: Readability
  let writes: [String]

  init(_ session: Session, _ selection: SchemaSelection, _ deadline: Deadline) throws(DatabaseError) {
    let identity = try session.query(Self.identity, deadline: deadline, as: "read the role")
    let role = identity[0, 1] ?? ""
    process = identity[0, 4].flatMap { Int($0) } ?? 0
    server = ServerFacts(
      session, database: identity[0, 0] ?? "", role: role, cluster: try .read(in: session, deadline: deadline))
    reading = Readability(
      rows: try session.query(
        Readability.query, [SpokenNames.array(selection.included), SpokenNames.array(selection.excluded)],
        deadline: deadline, as: "read the schemas"), role: role)
    writes = Privileges.sentences(
      try session.query(Privileges.query, deadline: deadline, as: "read the privileges"), me: identity[0, 2] ?? role)
  }

  func facts(pooling: SourceFacts.Pooling) -> SourceFacts {
    SourceFacts(
      server: server, schemas: reading.schemas, unreadable: reading.unreadable, columnsOnly: reading.columnsOnly,
      writes: writes, hiddenRows: reading.hiddenRows, definerFunctions: reading.definerFunctions, pooling: pooling)
  }

  /// The setting would put every name in quotes, whether it needs them or not.
  private static let identity = """
    SELECT current_database(), current_user, session_user, set_config('quote_all_identifiers', 'off', true),
      pg_backend_pid()
    """
}
