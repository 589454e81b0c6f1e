public import Masking
import PostgreSQL

/// A table as it is read once for all checks: the columns that somebody asks about, and what is asked.
public struct CheckedTable: Sendable {
  struct Column: Sendable {
    var name: ColumnName
    /// As the stream has it: its own where its binary form can be read here, else text that the server makes.
    var type: ColumnType
    var isCast: Bool
    /// How originals are looked for in it; nothing where there could be none, or where its mask keeps them.
    var form: CandidateReader.Form?
    var declaration: LeakDeclaration
    /// One of these has made its values: they differ in the length of their hexadecimal digits alone. Empty where no mask
    /// is declared.
    var masks: [any Mask]
    /// All that can be in it, where the originals are at hand.
    var expected: ExpectedValues.Expectation?
  }

  public let name: QualifiedName
  let key: TellableKey
  let columns: [Column]
  public let isRanged: Bool
  public let bytes: Int
  /// Columns that could hold originals and whose declaration says that they do.
  let outside: [ColumnName]
  let fingerprinter: Fingerprinter?

  /// Nothing where there are no rows of its own.
  public init?(
    _ table: Table, masks: (ColumnName) -> [any Mask] = { _ in [] }, declaration: (ColumnName) -> LeakDeclaration,
    expected: ExpectedValues? = nil
  ) {
    guard table.storage != .partitioned, table.storage != .foreign else { return nil }
    name = table.name
    isRanged = table.storage == .heap
    bytes = table.bytes
    let key = TellableKey(table)
    var (columns, outside) = ([Column](), [ColumnName]())
    for column in table.columns {
      let name = ColumnName(table.name, column.name)
      let masks = masks(name)
      let declared = declaration(name)
      var form = CandidateReader.Form(column.type.family)
      if form != nil, declared == .keepsOriginals {
        outside.append(name)
        form = nil
      }
      let known = column.isRounded ? nil : expected?[name, toldBy: key.names]
      let shuffled = form == nil ? known?.shuffled : nil
      guard form != nil || !masks.isEmpty || shuffled != nil else { continue }
      let (type, isCast) = Self.reading(column.type, form, shuffled: shuffled)
      columns.append(
        Column(
          name: name, type: type, isCast: isCast, form: form, declaration: declared, masks: masks,
          expected: masks.isEmpty && shuffled == nil ? nil : known))
    }
    fingerprinter = expected?.fingerprinter
    (self.columns, self.outside) = (columns, outside)
    self.key = key
  }

  /// As what a column is read, and whether the server makes text of it first.
  private static func reading(
    _ type: ColumnType, _ form: CandidateReader.Form?, shuffled: RowFormat?
  ) -> (type: ColumnType, isCast: Bool) {
    let text = ColumnType(name: "text", family: .text)
    // In the form in which the source has shown them, because they are held against that.
    if let shuffled { return shuffled == .binary ? (ColumnType.bytesOfCOPY, false) : (text, true) }
    // What is probed has to lie in the row as it is read, because hits are told when the row is over.
    let binary = type.isBinaryTested ? BinaryForm(of: type.family) : nil
    let isReadable = form == nil ? binary != nil : binary == .same
    return isReadable ? (type, false) : (text, true)
  }

  /// Nobody asks about a value: rows are only counted.
  var isCountedOnly: Bool { columns.isEmpty }
  /// Some column of it can hold originals.
  public var isProbed: Bool { columns.contains { $0.form != nil } }

  /// The key's columns, then the others.
  var rows: RowPlan {
    RowPlan(
      table: name, format: .binary,
      columns: key.columns + columns.map { RowPlan.Column(name: $0.name.column, type: $0.type) })
  }

  /// `COPY (SELECT …) TO STDOUT`, of the whole table or of pages of it.
  func copy(_ pages: (from: Int, upTo: Int?)?) throws(UnquotableIdentifier) -> String {
    var list: [String] = []
    for name in key.names { list.append(try quoteIdentifier(name)) }
    for column in columns {
      list.append(try quoteIdentifier(column.name.column) + (column.isCast ? "::pg_catalog.text" : ""))
    }
    return "COPY (SELECT \(list.joined(separator: ", ")) \(try from(pages))) TO STDOUT (FORMAT binary)"
  }

  func count(_ pages: (from: Int, upTo: Int?)?) throws(UnquotableIdentifier) -> String {
    "SELECT pg_catalog.count(*) \(try from(pages))"
  }

  private func from(_ pages: (from: Int, upTo: Int?)?) throws(UnquotableIdentifier) -> String {
    var conditions: [String] = []
    if let pages {
      if pages.from > 0 { conditions.append("ctid >= '(\(pages.from),0)'::pg_catalog.tid") }
      if let end = pages.upTo { conditions.append("ctid < '(\(end),0)'::pg_catalog.tid") }
    }
    let condition = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
    return "FROM ONLY \(try quoteIdentifier(name.schema)).\(try quoteIdentifier(name.name))\(condition)"
  }
}

extension Column {
  /// Its type rounds to tens or more, as `numeric(3,-3)` does: what is written is then not what is read.
  fileprivate var isRounded: Bool { declaration.contains(",-") }
}

extension Table {
  /// The columns of the primary key where all of them are numbers or UUIDs, which are nobody's name; else none.
  public var tellableKey: [String] {
    let primary = uniqueKeys.first(where: \.isPrimary)?.columns.compactMap { $0 } ?? []
    let isTellable = primary.allSatisfy { name in
      switch self[name]?.type.family {
      case .integer, .uuid: true
      default: false
      }
    }
    return isTellable ? primary : []
  }
}
