import PostgreSQL
import Reconciliation
import Runtime

extension DestinationFacts.Publication {
  /// Reads what two renames in the session's database would need.
  init(_ session: Session, _ maintenanceDatabase: String, _ deadline: Deadline) throws(DatabaseError) {
    let rights = try session.query(Self.rights, [maintenanceDatabase], deadline: deadline, as: "read the rights")
    let others = try session.query(Self.others, deadline: deadline, as: "read who is connected")
    self.init(
      owner: rights[0, 0] ?? "", ownsDatabase: rights[0, 1] == "t", maintenanceDatabase: maintenanceDatabase,
      canUseMaintenanceDatabase: rights[0, 2].map { $0 == "t" },
      rolesOutOfReach: others.filter { $0[1] == "f" }.compactMap { $0[0] },
      superusersOutOfReach: others.filter { $0[1] == "t" }.compactMap { $0[0] })
  }

  /// Renaming wants the owner's privileges, inherited ones included, but not by SET ROLE.
  private static let rights = """
    SELECT pg_get_userbyid(d.datdba), pg_has_role(d.datdba, 'USAGE'), (
      SELECT m.datallowconn AND m.datname <> d.datname AND has_database_privilege(m.oid, 'CONNECT')
      FROM pg_database m WHERE m.datname = $1)
    FROM pg_database d WHERE d.datname = current_database()
    """

  /// Sessions of clients: what the server runs itself has no role. `pg_terminate_backend` wants the privileges of the
  /// session's role or of `pg_signal_backend`, and for a superuser's session a superuser (manual, section 9.28.2).
  private static let others = """
    SELECT r.rolname, bool_or(r.rolsuper) FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
      AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
      AND (r.rolsuper OR NOT (pg_has_role(r.oid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')))
    GROUP BY r.rolname ORDER BY r.rolname COLLATE "C" LIMIT 50
    """
}
