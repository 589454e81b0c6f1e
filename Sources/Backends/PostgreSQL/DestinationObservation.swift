import PostgreSQL
import Reconciliation
import Runtime

extension LiveDatabases {
  /// Looks at a destination, or at its server where the database does not exist.
  ///
  /// - Parameter proof: the source's lock, and how long to wait for it.
  func observe(
    _ endpoint: DatabaseEndpoint, _ proof: (lock: SameDatabaseProof, patience: Duration)?
  ) throws(DatabaseFailure) -> DestinationFacts {
    defer { proof?.lock.destinationEnded() }
    let session: Session
    do throws(DatabaseFailure) {
      session = try open(endpoint)
    } catch {
      guard error.kind == .databaseMissing else { throw error }
      proof?.lock.destinationEnded()
      return try lookBeside(endpoint, missing: error)
    }
    return try read(session, endpoint, database: nil, proof)
  }

  /// The server's answer from the maintenance database. If that cannot be had either, what is known is that the
  /// database does not exist.
  private func lookBeside(
    _ endpoint: DatabaseEndpoint, missing: DatabaseFailure
  ) throws(DatabaseFailure) -> DestinationFacts {
    do throws(DatabaseFailure) {
      let session = try open(endpoint, database: endpoint.maintenanceDatabase)
      return try read(session, endpoint, database: endpoint.databaseName, nil)
    } catch {
      guard error.kind != .interrupted else { throw error }
      throw DatabaseFailure(
        .databaseMissing, missing.subject, sqlState: missing.sqlState,
        "\(missing.message); the database \(endpoint.maintenanceDatabase) beside it: \(error.message)")
    }
  }

  private func read(
    _ session: Session, _ endpoint: DatabaseEndpoint, database missing: String?,
    _ proof: (lock: SameDatabaseProof, patience: Duration)?
  ) throws(DatabaseFailure) -> DestinationFacts {
    let timeout = statementTimeout(of: endpoint, orElse: lookTimeout)
    let deadline = Deadline.after(timeout)
    let whole = Deadline.after(timeout + (proof?.patience ?? .zero))
    do {
      return try session.transaction(
        readOnly: true, isolation: .repeatableRead, deadline: whole
      ) { (session) throws(DatabaseError) in
        let row = try session.query(destinationQuery, deadline: deadline, as: "read the database")
        let cluster = try ServerFacts.Cluster.read(in: session, deadline: deadline)
        let publication =
          missing == nil ? try DestinationFacts.Publication(session, endpoint.maintenanceDatabase, deadline) : nil
        if let proof { try proof.lock.attempt(in: session, until: .after(proof.patience)) }
        return DestinationFacts(
          server: ServerFacts(
            session, database: missing ?? row[0, 0] ?? "", role: row[0, 1] ?? "", cluster: cluster),
          exists: missing == nil, canCreate: row[0, 2] == "t", comment: missing == nil ? row[0, 3] : nil,
          publication: publication)
      }
    } catch {
      throw DatabaseFailure(error, at: endpoint.subject)
    }
  }
}

/// A role that was set by default for this one counts as the one that creates.
private let destinationQuery = """
  SELECT current_database(), current_user, r.rolcreatedb OR r.rolsuper,
    (SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database())
  FROM pg_roles r WHERE r.rolname = current_user
  """
