import PostgreSQL
import Reconciliation
import Runtime

extension ServerFacts.Cluster {
  /// Which server and database this is.
  static func read(in session: Session, deadline: Deadline) throws(DatabaseError) -> Self {
    let row = try session.query(
      "SELECT oid, pg_is_in_recovery() FROM pg_database WHERE datname = current_database()", deadline: deadline,
      as: "read the server")
    return Self(
      identifier: try identifier(in: session, deadline), databaseNumber: row[0, 0] ?? "", isStandby: row[0, 1] == "t")
  }

  /// Nothing where the function may not be called, or where a server that only speaks like PostgreSQL has none. The
  /// savepoint keeps such a refusal from ending the transaction; the right cannot be asked for in the same statement,
  /// because it is checked before anything is evaluated, also in a branch that is not taken.
  private static func identifier(in session: Session, _ deadline: Deadline) throws(DatabaseError) -> String? {
    _ = try session.query("SAVEPOINT identifier", deadline: deadline, as: "read the server")
    do {
      return try session.query(
        "SELECT system_identifier FROM pg_control_system()", deadline: deadline, as: "read the server"
      ).single
    } catch {
      guard session.isOpen, error.kind == .server else { throw error }
      _ = try session.query("ROLLBACK TO SAVEPOINT identifier", deadline: deadline, as: "read the server")
      return nil
    }
  }
}
