import Reconciliation

/// Rows of `snapshots` and `checkpoints`.
extension SQLiteConnection {
  func snapshots(of target: String?, in workspace: String) throws(SQLiteError) -> [SnapshotRow] {
    try rows(
      .snapshots, in: workspace, "AND (?2 IS NULL OR target = ?2) ORDER BY id DESC", [.init(target)]
    ) { cells throws(CatalogueCells.Unreadable) in try SnapshotRow(cells) }
  }

  /// Ids sort by time, so the greatest is the newest.
  func latestSnapshots(in workspace: String) throws(SQLiteError) -> [SnapshotRow] {
    let newest = """
      AND id IN (
        SELECT max(id) FROM snapshots WHERE workspace = ?1 AND state IN ('ready', 'published')
        GROUP BY target, kind, state)
      ORDER BY id DESC
      """
    return try rows(.snapshots, in: workspace, newest, []) { cells throws(CatalogueCells.Unreadable) in
      try SnapshotRow(cells)
    }
  }

  func snapshot(_ id: SnapshotID, in workspace: String) throws(SQLiteError) -> SnapshotRow? {
    try rows(.snapshots, in: workspace, "AND id = ?2", [.text(id.description)]) {
      cells throws(CatalogueCells.Unreadable) in try SnapshotRow(cells)
    }.first
  }

  func checkpoints(in workspace: String) throws(SQLiteError) -> [RefreshCheckpoint] {
    try rows(.checkpoints, in: workspace, "ORDER BY target", []) { cells throws(CatalogueCells.Unreadable) in
      try RefreshCheckpoint(cells)
    }
  }

  func forgetCheckpoint(of target: String, in workspace: String) throws(SQLiteError) {
    try statement("DELETE FROM checkpoints WHERE workspace = ?1 AND target = ?2").run([.text(workspace), .text(target)])
  }

  /// Inserts the row, or writes it over the one with its key.
  func put<Row>(_ row: Row, _ table: CatalogueTable<Row>, in workspace: String) throws(SQLiteError) {
    let names = table.columns.map(\.name)
    let places = (1...names.count + 1).map { "?\($0)" }.joined(separator: ", ")
    let keys = (["workspace"] + names.prefix(table.keys)).joined(separator: ", ")
    let changes = names.dropFirst(table.keys).map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
    let upsert = """
      INSERT INTO \(table.name) (workspace, \(names.joined(separator: ", "))) VALUES (\(places))
      ON CONFLICT (\(keys)) DO UPDATE SET \(changes)
      """
    try statement(upsert).run([.text(workspace)] + table.cells(row).map(SQLiteStatement.Parameter.init))
  }

  private func rows<Row>(
    _ table: CatalogueTable<Row>, in workspace: String, _ rest: String, _ parameters: [SQLiteStatement.Parameter],
    _ make: (CatalogueCells) throws(CatalogueCells.Unreadable) -> Row
  ) throws(SQLiteError) -> [Row] {
    let names = table.columns.map(\.name)
    let query = "SELECT \(names.joined(separator: ", ")) FROM \(table.name) WHERE workspace = ?1 \(rest)"
    var found: [Row] = []
    try statement(query).each([.text(workspace)] + parameters) { row throws(SQLiteError) in
      var texts: [String: String] = [:]
      for (index, name) in names.enumerated() { texts[name] = row.optionalText(Int32(index)) }
      do throws(CatalogueCells.Unreadable) {
        found.append(try make(CatalogueCells(workspace: workspace, texts: texts)))
      } catch {
        throw .unreadable(error.column, of: "\(table.name) \(texts[names[0]] ?? "")")
      }
    }
    return found
  }
}

extension SQLiteStatement.Parameter {
  fileprivate init<Row>(_ cell: CatalogueTable<Row>.Cell) {
    switch cell {
    case .text(let text): self.init(text)
    case .integer(let number): self.init(number)
    case .moment(let moment): self.init(moment?.description)
    }
  }
}
