import Masking
import PostgreSQL
import Runtime

/// A session that has, or waits for, the one lock that nobody may read under (ACCESS EXCLUSIVE): TRUNCATE, most forms of
/// ALTER TABLE, DROP.
///
/// While it waits for us, whoever wants any lock on that table waits behind it (manual, "Explicit Locking"), and so would
/// pg_dump, whose end we wait for: a deadlock that no server sees.
struct LockWaiter {
  let process: String
  let application: String
  let role: String
  /// As people write it.
  let table: String
  let hasIt: Bool

  var sentence: String {
    let program = application.isEmpty ? "a session" : "a session of \(application)"
    return
      "\(program) (process \(process), role \(role)) \(hasIt ? "holds" : "waits for") the lock to change \(table)"
  }

  /// Process, program and role of another's session may be seen by every role (manual, "pg_stat_activity").
  static func read(
    of tables: [UInt32], in session: Session, deadline: Deadline
  ) throws(DatabaseError) -> [LockWaiter] {
    let oids = "{\(tables.map { "\($0)" }.joined(separator: ","))}"
    let rows = try session.query(query, [oids], deadline: deadline, as: "looking for who waits for a lock")
    return rows.map { row in
      LockWaiter(
        process: row[0] ?? "", application: row[1] ?? "", role: row[2] ?? "", table: row[3] ?? "",
        hasIt: row[4] == "t")
    }
  }

  private static let query = """
    SELECT l.pid, a.application_name, pg_catalog.pg_get_userbyid(a.usesysid), n.nspname || '.' || c.relname, l.granted
    FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
      JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
      AND l.relation = ANY ($1::pg_catalog.oid[])
    ORDER BY l.granted DESC, l.pid, 4 LIMIT 5
    """
}

extension RefreshFailure {
  /// Somebody wants to change what is being copied, and waits for us.
  init?(overtakenBy waiters: [LockWaiter]) {
    guard let first = waiters.first else { return nil }
    let names = Set(waiters.map(\.sentence)).sorted().joined(separator: "; ")
    self = .overtaken(
      "\(names), and the copy would wait behind it. Run it again when that is done, or end it on the source with: SELECT pg_terminate_backend(\(first.process))"
    )
  }
}

extension Lead {
  /// Before anything is run that wants locks of its own. What waits gets its turn when this instant is given up.
  func expectNobodyWaits(_ world: CopyWorld) throws(RefreshFailure) {
    let waiters = try reaching { () throws(DatabaseError) in
      try LockWaiter.read(of: schema.tables.map(\.oid), in: leader.session, deadline: world.short)
    }
    if let failure = RefreshFailure(overtakenBy: waiters) { throw failure }
  }
}
