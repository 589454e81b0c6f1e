import Documents

extension CopyPlan {
  /// A filter or an expression as people wrote it, in a query that the source has to be able to prepare.
  public struct Words: Sendable, Hashable {
    /// Where it stands in the policy.
    public let path: String
    /// A query with it and nothing else that is looked up by the search path. It is to be prepared and never run.
    public let query: String
    /// It means values of types that are not PostgreSQL's own by names that have no schema: under `pg_catalog` alone a
    /// bare `=` of citext would be that of text, without an error.
    public let needsSearchPath: Bool
    let bareNames: Set<String>

    init(
      _ expression: RowExpression, over table: Masking.Table, becoming column: Masking.Column? = nil, at path: String
    ) {
      self.path = path
      bareNames = expression.bareNames
      needsSearchPath = expression.meetsOwnTypes && !expression.bareNames.isEmpty
      let text = expression.marked.replacing(
        RowExpression.mark, with: "'2000-01-01 00:00:00+00'::pg_catalog.timestamptz")
      let from = "FROM \(table.relation) AS \(quote(table.name.name))"
      query = column.map { "SELECT (\(text)\n)::\($0.cast) \(from)" } ?? "SELECT 1 \(from) WHERE (\(text)\n)"
    }
  }

  /// People's words need the source's own search path: the tables whose queries hold any are read under it, with
  /// `pg_catalog` before all others.
  ///
  /// What stands beside PostgreSQL's own and fits better than it is an error then: whoever may make a function in a
  /// schema of the path could otherwise change what a filter means.
  public mutating func read(under schemas: [String], of schema: DatabaseSchema) {
    searchPath = ["pg_catalog"] + schemas.filter { $0 != "pg_catalog" }
    for index in tables.indices where tables[index].holdsWords { tables[index].searchPath = searchPath }
    for words in words {
      for name in words.bareNames.sorted() {
        guard let shadow = schema.shadows[name] else { continue }
        problems.append(.shadowed(name, by: shadow, at: words.path))
      }
    }
    let place = words.first(where: \.needsSearchPath)?.path ?? proofs.first?.path ?? words.first?.path ?? ""
    let operators = schema.shadows.filter { $0.key.utf8.first.map { !Self.beginsName($0) } ?? false }
    if let shadow = operators.min(by: { $0.key < $1.key }), tables.contains(where: { $0.lifted != nil }) {
      problems.append(.shadowed(shadow.key, by: shadow.value, at: place))
    }
    for table in tables where table.holdsWords {
      for column in table.columns where column.column.type.isWrittenByPath {
        problems.append(.writtenByPath(column.column, table.table, at: place))
      }
    }
    problems.sort { ($1.severity, $0.path) < ($0.severity, $1.path) }
  }

  private static func beginsName(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || byte == 0x5F || byte >= 0x80
  }
}

extension CopyPlan.Table {
  /// Its query holds people's words: its own, those of a table that its references lead to, or lifted ones.
  var holdsWords: Bool { lifted != nil || !conditions.isEmpty || columns.contains(where: \.isExpression) }
}

extension ColumnType {
  /// What its values look like as text depends on the search path: the names of objects (manual, "Object Identifier
  /// Types"), and what may have them inside.
  fileprivate var isWrittenByPath: Bool {
    switch family {
    case .array(let element): element.isWrittenByPath
    case .composite: !isBinaryTested
    case .other: ["regc", "regp", "rego", "regt", "regr", "regn"].contains { name.hasPrefix($0) }
    default: false
    }
  }
}

extension CopyProblem {
  fileprivate static func shadowed(_ name: String, by shadow: String, at path: String) -> Self {
    let isOperator = shadow.contains(".\(name)(") && name.allSatisfy { !$0.isLetter }
    let own = isOperator ? "OPERATOR(pg_catalog.\(name))" : "pg_catalog.\(name)"
    return .init(
      .error, "row_shadow", at: path,
      "the source has \(shadow) beside PostgreSQL's own `\(name)`, and which of the two is meant depends on the types; write \(own), or the schema of the other one, or take it out of the search path"
    )
  }

  fileprivate static func writtenByPath(_ column: Column, _ table: Table, at path: String) -> Self {
    .init(
      .error, "row_search_path", at: path,
      "it is read with the source's own search path, and what is written for \(table.name).\(column.name) (\(column.type.name)) depends on that; write the schemas of functions, operators and types in it, so that it needs none"
    )
  }
}
