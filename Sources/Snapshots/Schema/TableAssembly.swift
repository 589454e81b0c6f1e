import Masking
import PostgreSQL

/// Tables put together from the answers, by oid.
struct TableAssembly {
  private(set) var tables: [Table]
  private let places: [UInt32: Int]

  init(_ rows: Rows) {
    tables = rows.map(Table.init)
    places = Dictionary(tables.enumerated().map { ($1.oid, $0) }) { first, _ in first }
  }

  private mutating func change(_ row: Rows.Row, _ body: (inout Table) -> Void) {
    // A row of no table that was read: it came into being between two answers, which one snapshot makes impossible.
    if let place = places[row.oid("oid")] { body(&tables[place]) }
  }

  mutating func take(belongings rows: Rows) {
    for row in rows {
      change(row) { table in
        let name = row["name"] ?? ""
        switch row["fact"] {
        case "partition": table.partitionOf = row.name("schema", "name")
        case "parent": table.inherits += [row.name("schema", "name")].compactMap { $0 }
        case "rule": table.rules.append(name)
        default:
          table.triggers.append(
            Trigger(name: name, firesOnUpdate: row.isTrue("updates"), firesOnDelete: row.isTrue("deletes")))
        }
      }
    }
  }

  mutating func take(columns rows: Rows, _ types: TypeCatalogue) {
    for row in rows {
      let found = types.column(row.oid("type"), modifier: row.integer("modifier") ?? -1)
      let column = Column(
        name: row["name"] ?? "", type: found.type, isNullable: !row.isTrue("not_null") && !found.forbidsNull,
        origin: Column.Origin(row), maximumLength: found.length, declaration: row["declaration"])
      change(row) { $0.columns.append(column) }
    }
  }

  mutating func take(uniqueKeys rows: Rows) {
    for row in rows {
      change(row) { table in
        let name = row["name"] ?? ""
        if table.uniqueKeys.last?.name != name {
          table.uniqueKeys.append(UniqueKey(name: name, columns: [], isPrimary: row.isTrue("primary")))
        }
        table.uniqueKeys[table.uniqueKeys.count - 1].columns.append(row["column_name"])
      }
    }
  }

  mutating func take(checks rows: Rows) {
    for row in rows {
      change(row) { table in
        if row["kind"] == "x" { table.exclusions.take(row) } else { table.checks.take(row) }
      }
    }
  }

  mutating func take(readColumns rows: Rows) {
    for row in rows {
      guard let name = row["name"] else { continue }
      change(row) { table in
        switch row["fact"] {
        case "partition": table.partitionKey.append(name)
        case "generated":
          guard let place = table.columns.firstIndex(where: { $0.name == row["subject"] }) else { return }
          table.columns[place].reads.append(name)
        default:
          guard let place = table.uniqueKeys.firstIndex(where: { $0.name == row["subject"] }) else { return }
          table.uniqueKeys[place].readColumns.append(name)
        }
      }
    }
  }
}

extension [CheckConstraint] {
  /// A row per column, those of one constraint behind one another.
  fileprivate mutating func take(_ row: Rows.Row) {
    let name = row["name"] ?? ""
    if last?.name != name {
      append(CheckConstraint(name: name, definition: row["definition"] ?? "", columns: []))
    }
    if let column = row["column_name"] { self[count - 1].columns.append(column) }
  }
}

extension Table {
  fileprivate init(_ row: Rows.Row) {
    self.init(
      name: row.name("schema", "name") ?? QualifiedName("", ""), oid: row.oid("oid"), storage: Storage(row),
      isUnlogged: row["persistence"] == "u", columns: [], estimatedRows: row.integer("rows"),
      bytes: row.integer("bytes") ?? 0, hasRowSecurity: row.isTrue("row_security"), partitionBound: row["bound"],
      rowCondition: Self.condition(row["condition"]))
  }

  /// `extcondition` is what an extension's script gave: nothing, or a WHERE clause with its word.
  private static func condition(_ text: String?) -> String? {
    guard let text, let start = text.firstIndex(where: { !$0.isWhitespace }) else { return nil }
    let clause = text[start...]
    return clause.prefix(5).lowercased() == "where" ? String(clause.dropFirst(5)) : String(clause)
  }
}

extension Table.Storage {
  fileprivate init(_ row: Rows.Row) {
    switch (row["kind"], row["method"]) {
    case ("p", _): self = .partitioned
    case ("f", _): self = .foreign
    case (_, "heap"?), (_, nil): self = .heap
    case (_, let method?): self = .otherAccessMethod(method)
    }
  }
}

extension Column.Origin {
  fileprivate init(_ row: Rows.Row) {
    if let expression = row["expression"] {
      self = .generated(expression: expression)
    } else if let identity = row["identity"], !identity.isEmpty {
      self = .identity(always: identity == "a")
    } else {
      self = .stored
    }
  }
}
