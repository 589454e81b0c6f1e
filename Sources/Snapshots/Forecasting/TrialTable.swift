import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// A table as a trial reads it: the refresh's own query, with the originals of what an expression replaces behind it.
struct TrialTable {
  private let table: CopyPlan.Table
  let rows: RowPlan
  let watched: [Int]
  let columns: [TriedColumn]
  /// Columns by which the row that a statement has changed is found again; empty where nothing tells it apart.
  private let key: [Int]

  init(_ planned: CopyPlan.Table) {
    var table = planned
    let lifted = planned.liftedColumns
    var columns: [TriedColumn] = []
    for (place, column) in planned.columns.enumerated() {
      if case .expression = column.mask {
        // Behind lifted SQL an expression's column cannot be read a second time.
        let original = lifted.isEmpty ? table.columns.count : nil
        columns.append(TriedColumn(column, at: place, original: original))
        guard original != nil else { continue }
        var kept = column
        kept.mask = .kept
        table.columns.append(kept)
        table.rows.columns.append(RowPlan.Column(name: column.column.name, type: column.column.type))
      } else if case .masked = column.mask {
        columns.append(TriedColumn(column, at: place, original: place))
      } else if lifted.contains(column.column.name) {
        columns.append(TriedColumn(column, at: place, original: nil, isLifted: true))
      }
    }
    let hasLifted = columns.contains(where: \.isLifted)
    let names = planned.key.map { planned.columns[$0].column.name }
    key =
      hasLifted && lifted.isDisjoint(with: names)
        && planned.key.allSatisfy { planned.columns[$0].column.type.keyCast != nil } ? planned.key : []
    let watched = Set(columns.map(\.place) + columns.compactMap(\.original) + key).sorted()
    if !table.rows.reasonsForText(watched: watched).isEmpty { table.rows.format = .text }
    (self.table, self.columns, self.watched, rows) = (table, columns, watched, table.rows)
  }

  /// What names without a schema in `sql` are looked up by.
  var searchPath: [String] { table.searchPath }

  func sql(_ count: Int, at instant: CopyInstant) -> String {
    let format = CopyFormat(rawValue: rows.format.rawValue) ?? .text
    return "COPY (\(table.select(at: instant))\nLIMIT \(count)) TO STDOUT WITH (\(format.option))"
  }

  /// What statements have changed, as it is in the source; nothing where the row cannot be found again.
  func originals(
    of row: TriedRow, in session: Session, deadline: Deadline
  ) throws(RefreshFailure) -> [Int: String?] {
    let wanted = columns.filter(\.isLifted)
    let values = key.map { row[$0]?.original }
    guard !wanted.isEmpty, !key.isEmpty, !values.contains(nil) else { return [:] }
    let list = wanted.map { "t.\(doubleQuoted($0.name))::pg_catalog.text" }
    let conditions = key.enumerated().map { number, place in
      let column = table.columns[place].column
      return "t.\(doubleQuoted(column.name)) = $\(number + 1)::\(column.type.keyCast ?? "pg_catalog.text")"
    }
    let sql =
      "SELECT \(list.joined(separator: ", ")) FROM ONLY \(table.table.name.quoted) AS t WHERE \(conditions.joined(separator: " AND "))"
    let found = try reaching { () throws(DatabaseError) in
      try session.query(sql, values.compactMap { $0 }, deadline: deadline, as: "reading a row again")
    }
    guard let first = found.first else { return [:] }
    var originals: [Int: String?] = [:]
    for (number, column) in wanted.enumerated() { originals[column.place] = .some(first[number]) }
    return originals
  }
}

/// A column whose values a copy changes.
struct TriedColumn {
  let name: String
  let place: Int
  /// Where its original is; nothing where the source has changed it.
  let original: Int?
  /// A statement gives it its value.
  let isLifted: Bool
  private let mask: (any Mask)?
  /// Values of other rows stand in its place.
  private let isShuffled: Bool

  init(_ column: CopyPlan.Column, at place: Int, original: Int?, isLifted: Bool = false) {
    (name, self.place, self.original, self.isLifted) = (column.column.name, place, original, isLifted)
    if case .masked(let mask) = column.mask { self.mask = mask } else { mask = nil }
    if case .expression = column.mask { isShuffled = column.keepsOriginals } else { isShuffled = false }
  }

  /// - Parameter earlier: what was read again of columns that statements have changed.
  func shown(_ row: TriedRow, _ earlier: [Int: String?], withOriginals: Bool) -> MaskSample.Cell {
    let before: String?
    let isSeen: Bool
    if isLifted {
      (before, isSeen) = (earlier[place] ?? nil, earlier[place] != nil)
    } else {
      (before, isSeen) = (original.flatMap { row[$0]?.original }, original != nil)
    }
    let after = row[place]?.copied
    let isUnchanged = isSeen && before != nil && before == after
    return MaskSample.Cell(
      column: name, before: before.map(redacted), isSeen: isSeen,
      after: after.map { isUnchanged || isShuffled ? redacted($0) : told($0) }, isUnchanged: isUnchanged,
      original: withOriginals ? before.map(Self.cut) : nil)
  }

  private func redacted(_ value: String) -> String {
    guard let leaves = leaves(of: value) else { return Redaction.of(value) }
    return Self.cut(leaves.map(Redaction.of).joined(separator: ", "))
  }

  /// Of a document the masked places alone: the rest of it is somebody's.
  private func told(_ value: String) -> String {
    guard mask?.readsDocument == true, let leaves = leaves(of: value) else { return Self.cut(value) }
    return Self.cut(leaves.joined(separator: ", "))
  }

  /// The masked parts of a JSON document or an array; nothing where the value is one.
  private func leaves(of value: String) -> [String]? {
    guard let mask, mask.hasParts else { return nil }
    var text = value
    return text.withUTF8 { bytes in mask.parts(of: UnsafeRawBufferPointer(bytes)) }
  }

  /// A report is no place for a novel.
  private static func cut(_ text: String) -> String { text.count > 400 ? "\(text.prefix(399))…" : text }
}

extension ColumnType {
  /// The type by which a key's value is handed back; nothing for a type that is not sure to come back as it was.
  fileprivate var keyCast: String? {
    switch family {
    case .integer: "pg_catalog.int8"
    case .uuid: "pg_catalog.uuid"
    default: nil
    }
  }
}
