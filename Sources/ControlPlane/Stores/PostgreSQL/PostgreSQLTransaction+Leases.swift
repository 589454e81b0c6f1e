import PostgreSQL
import Reconciliation

/// Rows of `leases`.
extension PostgreSQLTransaction {
  func put(_ state: LeaseState, _ name: String) throws(CallError) {
    let change = """
      INSERT INTO \(schema.leases) AS old (name, token, holder, expires_at) VALUES ($1, $2::bigint, $3, $4::timestamptz)
      ON CONFLICT (name) DO UPDATE SET
        token = excluded.token, holder = excluded.holder, expires_at = excluded.expires_at
      """
    let cells = [name, "\(state.token)", state.tenure?.holder, state.tenure?.expiresAt.description]
    try write("lease", change, cells, rows: 1)
  }
}

extension PostgreSQLTransaction.Standing {
  /// The fencing: within the transaction of the write that it guards, on a row that is locked until its end.
  func check(_ lease: Lease) throws(CallError) {
    guard self.lease.confirms(lease) else { throw .refused(.fenced(name: lease.name)) }
  }
}
