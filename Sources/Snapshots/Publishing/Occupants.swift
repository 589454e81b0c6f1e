import PostgreSQL
import Runtime
private import Synchronization

extension Occupant {
  /// Who keeps a database from being renamed: other sessions, and prepared transactions. What the server runs itself
  /// (autovacuum) makes room by itself.
  static func read(of database: UInt32, in session: Session, _ deadline: Deadline) throws(DatabaseError) -> [Occupant] {
    try session.query(query, ["\(database)"], deadline: deadline, as: "read who is connected").map { row in
      Occupant(role: row[0] ?? "", application: row[1] ?? "", address: row[2], isPreparedTransaction: row[3] == "t")
    }
  }

  /// Of other roles' sessions the server tells who they are and with what, but neither kind nor address (manual, "The
  /// Cumulative Statistics System"). What it runs itself has no role.
  private static let query = """
    SELECT usename, application_name,
      CASE WHEN backend_type IS NOT NULL THEN coalesce(pg_catalog.host(client_addr), 'a local socket') END, false
    FROM pg_catalog.pg_stat_activity
    WHERE datid = $1::pg_catalog.oid AND pid <> pg_catalog.pg_backend_pid() AND usesysid IS NOT NULL
    UNION ALL
    SELECT owner, '', NULL, true FROM pg_catalog.pg_prepared_xacts
    WHERE database = (SELECT datname FROM pg_catalog.pg_database WHERE oid = $1::pg_catalog.oid)
    ORDER BY 1, 2, 3
    """
}

/// Ends the sessions of a database for as long as it is wanted, on a connection of its own.
///
/// A rename holds a lock that keeps new sessions out while it waits for the others to go. So they are ended while it
/// waits: nobody can come back in between, and the destination never has to be closed by a setting that a crash would
/// leave behind.
final class SessionEnder: Sendable {
  private let wanted: Interrupt
  private let refusal = Mutex<DatabaseError?>(nil)

  init() throws(QuarantineFailure) {
    do { wanted = try Interrupt() } catch { throw .refused(error.description) }
  }

  /// Why sessions could not be ended.
  var failure: DatabaseError? { refusal.withLock { $0 } }

  /// Runs `body` while sessions are ended.
  func ending<Result>(
    _ database: UInt32, on server: MaintenanceConnection, during body: () throws(QuarantineFailure) -> Result
  ) throws(QuarantineFailure) -> Result {
    let thread = Thread.start { [self] in run(database, server) }
    defer {
      wanted.raise()
      thread?.join()
    }
    return try body()
  }

  private func run(_ database: UInt32, _ server: MaintenanceConnection) {
    do throws(DatabaseError) {
      let session = try server.open()
      repeat {
        _ = try session.query(Self.end, ["\(database)"], deadline: server.short, as: "end a session")
      } while !wanted.wait(until: .after(.milliseconds(100)))
    } catch {
      refusal.withLock { $0 = error }
    }
  }

  /// Who may not be ended is passed over: one such session must not save the others.
  private static let end = """
    SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
    JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
    WHERE a.datid = $1::pg_catalog.oid AND a.pid <> pg_catalog.pg_backend_pid()
      AND ((SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
        OR NOT r.rolsuper AND (pg_catalog.pg_has_role(r.oid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))
    """
}
