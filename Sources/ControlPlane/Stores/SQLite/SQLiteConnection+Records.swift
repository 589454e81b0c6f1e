import Reconciliation

/// Rows of `records`.
extension SQLiteConnection {
  func records(in workspace: String) throws(SQLiteError) -> [Record] {
    var (reader, records) = (RecordReader(), [Record]())
    let query = "SELECT \(RecordReader.columns) FROM records WHERE workspace = ?1 ORDER BY kind, name"
    try statement(query).each([.text(workspace)]) { row throws(SQLiteError) in records.append(try reader.record(row)) }
    return records
  }

  func record(_ address: Address, in workspace: String) throws(SQLiteError) -> Record? {
    var reader = RecordReader()
    let query = "SELECT \(RecordReader.columns) FROM records WHERE workspace = ?1 AND kind = ?2 AND name = ?3"
    return try statement(query).first([.text(workspace), .text(address.kind), .text(address.name)]) {
      row throws(SQLiteError) in try reader.record(row)
    }
  }

  /// Makes the write where it still fits. Two statements and no upsert, which the triggers for plain SQL refuse.
  func make(_ write: RecordWrite, as context: WriteContext, at moment: Timestamp) throws(SQLiteError) -> WriteResult {
    let current = try record(write.address, in: context.workspace)
    guard let record = write.outcome(on: current, as: context, at: moment) else { return .conflict(current) }
    try statement(current == nil ? Self.insert : Self.update).run(record.cells(in: context.workspace))
    return .written(revision: record.revision)
  }

  func insert(_ records: [Record], in workspace: String) throws(SQLiteError) {
    let insert = try statement(Self.insert)
    for record in records { try insert.run(record.cells(in: workspace)) }
  }

  private static let insert = """
    INSERT INTO records (workspace, \(RecordReader.columns))
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
    """

  private static let update = """
    UPDATE records SET spec = ?4, revision = ?5, updated_by = ?6, updated_at = ?7, applied_spec = ?8,
      applied_revision = ?9, applied_plan = ?10, applied_by = ?11, applied_at = ?12, owner = ?13, protected = ?14,
      deleted_at = ?15
    WHERE workspace = ?1 AND kind = ?2 AND name = ?3
    """
}

extension Record {
  /// In the order of `RecordReader.columns`, behind the workspace.
  fileprivate func cells(in workspace: String) -> [SQLiteStatement.Parameter] {
    [
      .text(workspace), .text(address.kind), .text(address.name), .text(spec), .integer(revision), .text(updatedBy),
      .text(updatedAt.description), .init(applied?.spec), .init(applied?.revision), .init(applied?.plan),
      .init(applied?.by), .init(applied?.at.description), .init(owner), .integer(isProtected ? 1 : 0),
      .init(deletedAt?.description),
    ]
  }
}
