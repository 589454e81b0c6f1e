import Reconciliation

/// Rows of `audit`.
extension SQLiteConnection {
  func auditHead(of workspace: String) throws(SQLiteError) -> AuditHead {
    let query = "SELECT number, hash FROM audit WHERE workspace = ?1 ORDER BY number DESC LIMIT 1"
    return try statement(query).first([.text(workspace)]) { AuditHead(number: $0.integer(0), hash: $0.text(1)) }
      ?? .empty
  }

  func append(_ drafts: [AuditDraft], to workspace: String, at moment: Timestamp) throws(SQLiteError) -> AuditHead {
    var head = try auditHead(of: workspace)
    for draft in drafts {
      let entry = AuditEntry(after: head, at: moment, draft)
      try insert(entry, to: workspace)
      head = entry.head
    }
    return head
  }

  func insert(_ entry: AuditEntry, to workspace: String) throws(SQLiteError) {
    let insert = try statement("INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
    try insert.run(AuditCells(entry).parameters(in: workspace))
  }

  func auditLog(of workspace: String) throws(SQLiteError) -> [AuditEntry] {
    var entries: [AuditEntry] = []
    let query = """
      SELECT number, at, event, address, actor, run, detail, previous, hash FROM audit WHERE workspace = ?1
      ORDER BY number
      """
    try statement(query).each([.text(workspace)]) { row in entries.append(AuditEntry(AuditCells(row))) }
    return entries
  }
}

extension AuditCells {
  fileprivate func parameters(in workspace: String) -> [SQLiteStatement.Parameter] {
    [
      .text(workspace), .integer(number), .text(at), .text(event), .init(address), .text(actor), .text(run),
      .text(detail), .text(previous), .text(hash),
    ]
  }

  fileprivate init(_ row: SQLiteStatement) {
    self.init(
      number: row.integer(0), at: row.text(1), event: row.text(2), address: row.optionalText(3), actor: row.text(4),
      run: row.text(5), detail: row.text(6), previous: row.text(7), hash: row.text(8))
  }
}
