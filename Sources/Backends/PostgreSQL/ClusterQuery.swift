import PostgreSQL
import Reconciliation
import Runtime

extension ServerFacts.Cluster {
  /// Which server and database this is. That the function may be called is asked first: PostgreSQL checks the right
  /// before it evaluates anything, also in a branch that is not taken.
  static func read(in session: Session, deadline: Deadline) throws(DatabaseError) -> Self {
    let row = try session.query(
      """
      SELECT has_function_privilege('pg_control_system()', 'EXECUTE'), oid, pg_is_in_recovery()
      FROM pg_database WHERE datname = current_database()
      """, deadline: deadline, as: "read the server")
    var identifier: String?
    if row[0, 0] == "t" {
      identifier = try session.query(
        "SELECT system_identifier FROM pg_control_system()", deadline: deadline, as: "read the server"
      ).single
    }
    return Self(identifier: identifier, databaseNumber: row[0, 1] ?? "", isStandby: row[0, 2] == "t")
  }
}
