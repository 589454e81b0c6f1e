import Documents

/// A schema with its tables found by name, and the families of partitions and heirs.
struct SchemaIndex {
  let schema: DatabaseSchema
  private let tables: [QualifiedName: Table]
  private let named: [String: [QualifiedName]]
  private(set) var parts: [QualifiedName: [QualifiedName]] = [:]

  init(_ schema: DatabaseSchema) {
    self.schema = schema
    tables = Dictionary(schema.tables.map { ($0.name, $0) }) { first, _ in first }
    var named: [String: [QualifiedName]] = [:]
    for table in schema.tables {
      named[table.name.name, default: []].append(table.name)
      named[table.name.description, default: []].append(table.name)
    }
    self.named = named
    for table in schema.tables where table.partitionOf != nil {
      parts[root(of: table.name), default: []].append(table.name)
    }
  }

  subscript(name: QualifiedName) -> Table? { tables[name] }

  /// The partitioned table at the top; the table itself where it is no partition. Of partitions whose parent was not
  /// selected, the highest that was.
  func root(of name: QualifiedName) -> QualifiedName {
    var current = name
    while let parent = tables[current]?.partitionOf, tables[parent] != nil { current = parent }
    return current
  }

  /// Whether rows of the first table are rows of the second: it is that one, or below it among its partitions; or the
  /// question is asked of the whole table, which has its rows.
  func isPart(_ part: QualifiedName, of whole: QualifiedName) -> Bool {
    var current: QualifiedName? = part
    while let name = current {
      if name == whole { return true }
      current = tables[name]?.partitionOf
    }
    return root(of: part) == part && root(of: whole) == part
  }

  /// The table and every table that it inherits from, nearest first.
  func ancestry(of name: QualifiedName) -> [QualifiedName] {
    var (found, index) = ([name], 0)
    while index < found.count {
      for parent in tables[found[index]]?.inherits ?? [] where !found.contains(parent) && tables[parent] != nil {
        found.append(parent)
      }
      index += 1
    }
    return found
  }

  /// Tables of that name, with or without a schema.
  func candidates(_ written: String) -> [QualifiedName] { Array(Set(named[written] ?? [])).sorted() }

  func nearestTable(to written: String) -> String? {
    Suggestion.nearest(written, among: schema.tables.map(\.name.name) + schema.tables.map(\.name.description))
  }
}

/// A column, or a place in the JSON of a column.
struct ColumnPath: Hashable, Comparable, CustomStringConvertible {
  var column: ColumnName
  var path: [String] = []

  var table: QualifiedName { column.table }
  var description: String { ([column.description] + path).joined(separator: ".") }

  static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}

extension Table {
  /// The column and the path behind it that a rule names. A column whose own name has dots in it comes first.
  func resolve(_ written: String) -> (column: Column, path: [String])? {
    if let column = self[written] { return (column, []) }
    let parts = written.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    for count in stride(from: parts.count - 1, to: 0, by: -1) {
      if let column = self[parts[..<count].joined(separator: ".")] { return (column, Array(parts[count...])) }
    }
    return nil
  }

  /// Columns that COPY carries: all but generated ones.
  var copiedColumns: [Column] {
    columns.filter { if case .generated = $0.origin { false } else { true } }
  }

  /// Columns that tell rows apart and are never NULL: the primary key, else the first key whose columns are such.
  var rowKey: [String]? {
    let plain = uniqueKeys.filter { $0.readColumns.isEmpty && !$0.columns.contains(nil) }
    let key =
      plain.first(where: \.isPrimary)
      ?? plain.first { $0.columns.allSatisfy { $0.flatMap { self[$0] }?.isNullable == false } }
    return key.map { $0.columns.compactMap { $0 } }
  }
}

extension QualifiedName {
  /// For SQL.
  public var quoted: String { "\(quote(schema)).\(quote(name))" }
}
