import PostgreSQL
import Reconciliation

/// Rows of `snapshots` and `checkpoints`.
extension PostgreSQLTransaction {
  func snapshots(of target: String?, in workspace: String) throws(CallError) -> [SnapshotRow] {
    try snapshots(in: workspace, "AND ($2::text IS NULL OR target = $2::text) ORDER BY id DESC", [target])
  }

  /// Ids sort by time, so the greatest is the newest.
  func latestSnapshots(in workspace: String) throws(CallError) -> [SnapshotRow] {
    let newest = """
      AND id IN (
        SELECT max(id) FROM \(schema.snapshots) WHERE workspace = $1 AND state IN ('ready', 'published')
        GROUP BY target, kind, state)
      ORDER BY id DESC
      """
    return try snapshots(in: workspace, newest, [])
  }

  /// Locked until the end: plain SQL waits for us, and we for it.
  func snapshot(_ id: SnapshotID, in workspace: String) throws(CallError) -> SnapshotRow? {
    try snapshots(in: workspace, "AND id = $2 FOR UPDATE", [id.description]).first
  }

  func checkpoints(in workspace: String) throws(CallError) -> [RefreshCheckpoint] {
    try rows(.checkpoints, in: workspace, "ORDER BY target", []) { cells throws(CatalogueCells.Unreadable) in
      try RefreshCheckpoint(cells)
    }
  }

  func forgetCheckpoint(of target: String, in workspace: String) throws(CallError) {
    let change = "DELETE FROM \(schema.checkpoints) WHERE workspace = $1 AND target = $2"
    _ = try query("checkpoint", change, [workspace, target])
  }

  /// Inserts the row, or writes it over the one with its key.
  func put<Row>(_ row: Row, _ table: CatalogueTable<Row>, in workspace: String) throws(CallError) {
    let (names, cells) = (table.columns.map(\.name), table.cells(row).map(Parameter.init))
    let places = cells.enumerated().map { ", $\($0 + 2)::\($1.type)" }.joined()
    let keys = (["workspace"] + names.prefix(table.keys)).joined(separator: ", ")
    let changes = names.dropFirst(table.keys).map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
    let upsert = """
      INSERT INTO \(schema.quoted).\(table.name) (workspace, \(names.joined(separator: ", "))) VALUES ($1\(places))
      ON CONFLICT (\(keys)) DO UPDATE SET \(changes)
      """
    try write(table.name, upsert, [workspace] + cells.map(\.text), rows: 1)
  }

  private func snapshots(in workspace: String, _ rest: String, _ parameters: [String?]) throws(CallError)
    -> [SnapshotRow]
  {
    try rows(.snapshots, in: workspace, rest, parameters) { cells throws(CatalogueCells.Unreadable) in
      try SnapshotRow(cells)
    }
  }

  private func rows<Row>(
    _ table: CatalogueTable<Row>, in workspace: String, _ rest: String, _ parameters: [String?],
    _ make: (CatalogueCells) throws(CatalogueCells.Unreadable) -> Row
  ) throws(CallError) -> [Row] {
    let names = table.columns.map(\.name)
    let columns = names.map { Self.isMoment($0) ? Self.milliseconds($0) : $0 }.joined(separator: ", ")
    let sql = "SELECT \(columns) FROM \(schema.quoted).\(table.name) WHERE workspace = $1 \(rest)"
    var found: [Row] = []
    for row in try query(table.name, sql, [workspace] + parameters) {
      var texts: [String: String] = [:]
      for (index, name) in names.enumerated() { texts[name] = row[index] }
      do throws(CatalogueCells.Unreadable) {
        found.append(try make(CatalogueCells(workspace: workspace, texts: texts)))
      } catch {
        throw unreadable("what it is for", "\(table.name).\(error.column)")
      }
    }
    return found
  }

  private static func isMoment(_ column: String) -> Bool { column == "at" || column.hasSuffix("_at") }

  private struct Parameter {
    let text: String?
    let type: String

    init<Row>(_ cell: CatalogueTable<Row>.Cell) {
      switch cell {
      case .text(let text): (self.text, type) = (text, "text")
      case .integer(let number): (text, type) = (number.map { "\($0)" }, "bigint")
      case .moment(let moment): (text, type) = (moment?.description, "timestamptz")
      }
    }
  }
}
