import Reconciliation

/// Rows of `leases`.
extension SQLiteConnection {
  func lease(_ name: String) throws(SQLiteError) -> LeaseState {
    let query = "SELECT token, holder, expires_at FROM leases WHERE name = ?1"
    return try statement(query).first([.text(name)]) { row throws(SQLiteError) in
      guard let holder = row.optionalText(1) else { return LeaseState(token: row.integer(0), tenure: nil) }
      guard let expiry = Timestamp(row.text(2)) else { throw .unreadable("expires_at", of: "the lease \(name)") }
      return LeaseState(token: row.integer(0), tenure: LeaseState.Tenure(holder: holder, expiresAt: expiry))
    } ?? .unheld
  }

  func put(_ state: LeaseState, _ name: String) throws(SQLiteError) {
    let upsert = """
      INSERT INTO leases (name, token, holder, expires_at) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (name) DO UPDATE SET token = ?2, holder = ?3, expires_at = ?4
      """
    let expiry = state.tenure?.expiresAt.description
    try statement(upsert).run([.text(name), .integer(state.token), .init(state.tenure?.holder), .init(expiry)])
  }

  /// The fencing: within the transaction of the write that it guards.
  func check(_ lease: Lease) throws {
    guard try self.lease(lease.name).confirms(lease) else { throw RecordStoreError.fenced(name: lease.name) }
  }
}
