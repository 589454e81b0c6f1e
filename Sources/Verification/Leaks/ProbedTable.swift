public import Masking
import PostgreSQL

/// What is said beforehand about a column of the copy.
public enum LeakDeclaration: Sendable, Hashable {
  /// No original may be in it.
  case none
  /// Somebody has looked at it and keeps it; originals in it are told, and are no failure.
  case kept(reason: String)
  /// Its mask keeps originals by what it is (shuffled values): not looked at.
  case keepsOriginals
  /// Masked, with so many values that are the masks of themselves, of so many.
  case masked(unchanged: Int, of: Int)
}

/// A table of the copy as the probe reads it.
public struct ProbedTable: Sendable {
  struct Column: Sendable {
    var name: ColumnName
    var form: CandidateReader.Form
    var declaration: LeakDeclaration
  }

  let name: QualifiedName
  let key: TellableKey
  let columns: [Column]
  let isRanged: Bool
  let bytes: Int
  /// Columns that could hold originals and whose declaration says that they do.
  let outside: [ColumnName]

  /// Nothing where there are no rows of its own, or no column in which an original could be found.
  public init?(_ table: Table, _ declaration: (ColumnName) -> LeakDeclaration) {
    guard table.storage != .partitioned, table.storage != .foreign else { return nil }
    name = table.name
    isRanged = table.storage == .heap
    bytes = table.bytes
    let all = table.columns.compactMap { column -> Column? in
      guard let form = CandidateReader.Form(column.type.family) else { return nil }
      let name = ColumnName(table.name, column.name)
      return Column(name: name, form: form, declaration: declaration(name))
    }
    columns = all.filter { $0.declaration != .keepsOriginals }
    outside = all.filter { $0.declaration == .keepsOriginals }.map(\.name)
    key = TellableKey(table)
    if all.isEmpty { return nil }
  }

  /// The key's columns and then the probed ones, these as text, in the binary format, which has no escapes.
  var rows: RowPlan {
    let text = ColumnType(name: "text", family: .text)
    return RowPlan(
      table: name, format: .binary,
      columns: key.columns + columns.map { RowPlan.Column(name: $0.name.column, type: text) })
  }

  func copy(_ pages: (from: Int, upTo: Int?)?) throws(UnquotableIdentifier) -> String {
    var list: [String] = []
    for name in key.names { list.append(try quoteIdentifier(name)) }
    for column in columns { list.append("\(try quoteIdentifier(column.name.column))::pg_catalog.text") }
    let table = "\(try quoteIdentifier(name.schema)).\(try quoteIdentifier(name.name))"
    var conditions: [String] = []
    if let pages {
      conditions.append("ctid >= '(\(pages.from),0)'::pg_catalog.tid")
      if let end = pages.upTo { conditions.append("ctid < '(\(end),0)'::pg_catalog.tid") }
    }
    let condition = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
    return "COPY (SELECT \(list.joined(separator: ", ")) FROM ONLY \(table)\(condition)) TO STDOUT (FORMAT binary)"
  }
}

extension CandidateReader.Form {
  /// Nothing for types whose values are no text that people write: numbers, times, labels of an enumeration (which are
  /// text of the schema), bytes.
  init?(_ family: ColumnType.Family) {
    switch family {
    case .text, .xml, .textSearch, .network, .macAddress, .uuid: self = .text
    case .json, .jsonb: self = .json
    case .array(let element):
      guard Self(element.family) != nil else { return nil }
      self = .array
    case .composite, .range, .other: self = .quoted
    default: return nil
    }
  }
}
