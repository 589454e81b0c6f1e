import PostgreSQL
import Reconciliation

/// Rows of `audit`.
extension PostgreSQLTransaction {
  /// The caller holds the lock of the workspace's log, so that the chain has no forks.
  func append(_ drafts: [AuditDraft], to workspace: String, after head: AuditHead, at moment: Timestamp)
    throws(CallError) -> AuditHead
  {
    var head = head
    let entries = drafts.map { draft in
      let entry = AuditEntry(after: head, at: moment, draft)
      head = entry.head
      return entry
    }
    try insert(entries, to: workspace)
    return head
  }

  func insert(_ entries: [AuditEntry], to workspace: String) throws(CallError) {
    guard !entries.isEmpty else { return }
    let change = """
      INSERT INTO \(schema.audit) (workspace, number, at, event, address, actor, run, detail, previous, hash)
      SELECT $1, * FROM unnest(
        $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
      """
    let cells = entries.map(AuditCells.init)
    let columns = [
      ArrayLiteral.of(cells.map { Optional($0.number) }), ArrayLiteral.of(cells.map(\.at)),
      ArrayLiteral.of(cells.map(\.event)), ArrayLiteral.of(cells.map(\.address)),
      ArrayLiteral.of(cells.map(\.actor)), ArrayLiteral.of(cells.map(\.run)), ArrayLiteral.of(cells.map(\.detail)),
      ArrayLiteral.of(cells.map(\.previous)), ArrayLiteral.of(cells.map(\.hash)),
    ]
    try write("audit", change, [workspace] + columns, rows: entries.count)
  }

  func auditLog(of workspace: String) throws(CallError) -> [AuditEntry] {
    let sql = """
      SELECT number, at, event, address, actor, run, detail, previous, hash FROM \(schema.audit) WHERE workspace = $1
      ORDER BY number
      """
    var entries: [AuditEntry] = []
    for row in try query("audit log", sql, [workspace]) {
      entries.append(
        AuditEntry(
          AuditCells(
            number: try integer(row[0], "number"), at: row[1] ?? "", event: row[2] ?? "", address: row[3],
            actor: row[4] ?? "", run: row[5] ?? "", detail: row[6] ?? "", previous: row[7] ?? "", hash: row[8] ?? "")))
    }
    return entries
  }
}
