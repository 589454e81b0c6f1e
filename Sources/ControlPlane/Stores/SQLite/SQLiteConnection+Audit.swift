import Documents
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
    let insert = try statement("INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
    for draft in drafts {
      let entry = AuditEntry(after: head, at: moment, draft)
      try insert.run(entry.cells(in: workspace))
      head = entry.head
    }
    return head
  }

  func auditLog(of workspace: String) throws(SQLiteError) -> [AuditEntry] {
    var entries: [AuditEntry] = []
    let query = """
      SELECT number, at, event, address, actor, run, detail, previous, hash FROM audit WHERE workspace = ?1
      ORDER BY number
      """
    try statement(query).each([.text(workspace)]) { row in entries.append(AuditEntry(row)) }
    return entries
  }
}

extension AuditEntry {
  fileprivate func cells(in workspace: String) -> [SQLiteStatement.Parameter] {
    [
      .text(workspace), .integer(number), .text(at.description), .text(draft.event.rawValue),
      .init(draft.address?.description), .text(draft.actor), .text(draft.run),
      .text(JSON.canonical(.object(draft.detail))), .text(previous), .text(hash),
    ]
  }

  /// Reads a row, also one that somebody has spoilt, since the log is there to be verified. A row that does not say
  /// exactly what an entry of ours says (another spelling of the time, say, that would read as the same moment) loses
  /// its hash, so that the chain breaks at it.
  fileprivate init(_ row: SQLiteStatement) {
    let at = Timestamp(row.text(1))
    let event = AuditDraft.Event(rawValue: row.text(2))
    let address = row.optionalText(3)
    let detail = (try? JSON.read(row.text(6)))?.object
    let isExact =
      at?.description == row.text(1) && event != nil && address == address.flatMap { Address($0) }?.description
      && detail.map { JSON.canonical(.object($0)) } == row.text(6)
    self.init(
      number: row.integer(0), at: at ?? Timestamp(milliseconds: 0),
      draft: AuditDraft(
        event ?? .unknown, address.flatMap { Address($0) }, actor: row.text(4), run: row.text(5),
        detail: detail ?? Fields()),
      previous: row.text(7), hash: isExact ? row.text(8) : "")
  }
}
