/// Rows of one table that a statement lets go, told over what the statements before it left.
struct GoneRows: Sendable, Hashable {
  enum Which: Sendable, Hashable {
    case all
    case matching(LiftedExpression)
    /// They refer to rows that go.
    case referring(GoneReference)
  }

  /// As the statement finds it.
  let table: LiftedTable
  let which: Which
}

/// A foreign key that leads to rows which go; of a partitioned table, to those of each partition.
struct GoneReference: Sendable, Hashable {
  let key: ForeignKey
  let gone: [GoneRows]
}

/// Which rows of a table are copied at all.
public struct SelectedRows: Sendable, Hashable {
  /// What the filter calls the table, quoted; nothing where it gives columns without it.
  public var alias: String?
  public var filter: String?

  public init(alias: String? = nil, filter: String? = nil) { (self.alias, self.filter) = (alias, filter) }
}

/// Writes what foreign keys ask of the rows of another table.
struct KeyPrinter {
  /// What the referring row is called, quoted.
  let row: String
  let others: [QualifiedName: SelectedRows]
  let instant: CopyInstant?
  var depth = 1

  /// The column's value, or NULL where one of its references leads to a row that goes; nothing for another column.
  func nulled(_ column: String, by references: [GoneReference]) -> String? {
    let own = references.filter { $0.key.columns == [column] }.flatMap(exists)
    guard !own.isEmpty else { return nil }
    return "CASE WHEN \(own.joined(separator: " OR ")) THEN NULL ELSE \(row).\(ExpressionPrinter.quoted(column)) END"
  }

  /// Conditions of which one is true where the row refers to one that goes. Each is an anti-join or a semi-join where it
  /// stands alone, which the server hashes.
  func exists(_ reference: GoneReference) -> [String] {
    let alias = "\"~~\(depth)\""
    return reference.gone.map { rows in
      let other = others[rows.table.name]
      let columns = Array(rows.columns.union(reference.key.referencedColumns)).sorted()
      let select = rows.table.select(columns, named: other?.alias, filter: other?.filter, among: others, at: instant)
      let conditions = going(rows, alias) + pairs(reference.key, alias)
      return "EXISTS (SELECT FROM (\n\(select)\n) AS \(alias) WHERE \(conditions.joined(separator: " AND ")))"
    }
  }

  private func going(_ rows: GoneRows, _ alias: String) -> [String] {
    switch rows.which {
    case .all: return []
    case .matching(let condition): return [condition.sql(at: instant)]
    case .referring(let reference):
      let inner = KeyPrinter(row: alias, others: others, instant: instant, depth: depth + 1)
      return ["(\(inner.exists(reference).joined(separator: " OR ")))"]
    }
  }

  /// By the key's own operators; a NULL refers to nothing.
  private func pairs(_ key: ForeignKey, _ alias: String) -> [String] {
    key.columns.indices.map { place in
      let sign = key.operators.indices.contains(place) ? key.operators[place] : "OPERATOR(pg_catalog.=)"
      let (own, other) = (key.columns[place], key.referencedColumns[place])
      return "\(alias).\(ExpressionPrinter.quoted(other)) \(sign) \(row).\(ExpressionPrinter.quoted(own))"
    }
  }
}

extension GoneRows {
  /// Columns that are asked for in telling which rows they are.
  fileprivate var columns: Set<String> {
    switch which {
    case .all: []
    case .matching(let condition): condition.columns
    case .referring(let reference): Set(reference.key.columns)
    }
  }
}
