public import Masking
public import PostgreSQL
public import Reconciliation
public import Runtime

/// Reads what a source is made of.
///
/// Fourteen questions, however many tables there are. Expressions and types are written as the session's `search_path`
/// has it: `Session.transaction` leaves `pg_catalog` alone in it, and only then are all names in them qualified and two
/// readings comparable.
public enum SchemaReader {
  /// The selected schemas, inside a transaction of the session (`REPEATABLE READ`, so that the answers agree).
  ///
  /// - Throws: as `Session.query`. An error never gives a part for the whole.
  public static func read(
    _ selection: SchemaSelection, in session: Session, deadline: Deadline
  ) throws(DatabaseError) -> DatabaseSchema {
    let schemas = [array(selection.included), array(selection.excluded)]
    func ask(_ sql: String) throws(DatabaseError) -> Rows {
      try session.query(sql, schemas, deadline: deadline, as: "read the schema")
    }
    func askAll(_ sql: String, _ parameters: [String?] = []) throws(DatabaseError) -> Rows {
      try session.query(sql, parameters, deadline: deadline, as: "read the schema")
    }
    // With the first setting on, names inside expressions would be quoted that need no quotes,
    // and with the other one off, backslashes inside of texts would be doubled.
    _ = try askAll(
      "SELECT set_config('quote_all_identifiers', 'off', true), set_config('standard_conforming_strings', 'on', true)")
    let columns = try ask(SchemaQueries.columns)
    let used = Set(columns.compactMap { $0["type"] }).sorted()
    let types = TypeCatalogue(try askAll(SchemaQueries.types, ["{\(used.joined(separator: ","))}"]))
    var tables = TableAssembly(try ask(SchemaQueries.tables))
    tables.take(belongings: try ask(SchemaQueries.belongings))
    tables.take(columns: columns, types)
    tables.take(uniqueKeys: try ask(SchemaQueries.uniqueKeys))
    tables.take(checks: try ask(SchemaQueries.checks))
    tables.take(readColumns: try ask(SchemaQueries.readColumns))
    var schema = DatabaseSchema(serverVersion: session.serverVersion, tables: tables.tables)
    schema.foreignKeys = foreignKeys(try ask(SchemaQueries.foreignKeys))
    schema.sequences = sequences(try ask(SchemaQueries.sequences))
    schema.extensions = extensions(try askAll(SchemaQueries.extensions))
    schema.take(routines: try askAll(SchemaQueries.routines))
    schema.ofExtensions = ExtensionFacts(try askAll(SchemaQueries.ofExtensions))
    for row in try askAll(SchemaQueries.shadows) {
      if let name = row["name"], schema.shadows[name] == nil { schema.shadows[name] = row["title"] }
    }
    return schema
  }

  /// PostgreSQL's way to write an array of texts (manual, section 8.15.2).
  private static func array(_ texts: [String]) -> String {
    let quoted = texts.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
    return "{" + quoted.joined(separator: ",") + "}"
  }
}

extension SchemaReader {
  private static func foreignKeys(_ rows: Rows) -> [ForeignKey] {
    var (keys, last) = ([ForeignKey](), UInt32(0))
    for row in rows {
      if row.oid("oid") != last || keys.isEmpty { keys.append(ForeignKey(row)) }
      last = row.oid("oid")
      let index = keys.count - 1
      keys[index].columns.append(row["column_name"] ?? "")
      keys[index].referencedColumns.append(row["to_column"] ?? "")
      keys[index].operators.append(row["operator"] ?? "")
    }
    return keys
  }

  private static func sequences(_ rows: Rows) -> [DatabaseSchema.Sequence] {
    rows.map { row in
      DatabaseSchema.Sequence(
        name: row.name("schema", "name") ?? QualifiedName("", ""),
        owner: row.name("table_schema", "table_name").flatMap { table in
          row["column_name"].map { ColumnName(table, $0) }
        })
    }
  }

  private static func extensions(_ rows: Rows) -> [DatabaseSchema.Extension] {
    var found: [DatabaseSchema.Extension] = []
    for row in rows {
      let name = row["name"] ?? ""
      if found.last?.name != name {
        found.append(
          DatabaseSchema.Extension(
            name: name, schema: row["schema"] ?? "", version: row["version"] ?? "", isTrusted: row.isTrue("trusted")))
      }
      if let table = row.name("table_schema", "table_name") {
        found[found.count - 1].configurationTables.append(table)
      }
    }
    return found
  }
}

extension DatabaseSchema {
  fileprivate mutating func take(routines: Rows) {
    for row in routines {
      guard let name = row["name"] else { continue }
      guard let letter = row["volatility"] else {
        ownOperators.insert(name)
        continue
      }
      let volatility: Volatility = letter == "i" ? .immutable : letter == "s" ? .stable : .volatile
      if let schema = row["schema"] {
        hiddenFunctions[QualifiedName(schema, name)] = volatility
      } else {
        functions[name] = volatility
        ownFunctions[name] = row["schemas"].map { Set($0.split(separator: "\n").map(String.init)) }
      }
    }
  }
}

extension ExtensionFacts {
  fileprivate init(_ rows: Rows) {
    self.init()
    for row in rows {
      guard let name = row["name"], let fact = row["fact"] else { continue }
      switch fact {
      case "type": types[name] = row.name("schema", "local")
      case "operator": operators.insert(name)
      case "overload":
        operators.insert(name)
        overloads[name] = Set((row["schema"] ?? "").split(separator: "\n").map(String.init))
      case "function": functions[name] = row["schema"]
      default: namesakes.insert(name)
      }
    }
  }
}

extension ForeignKey {
  fileprivate init(_ row: Rows.Row) {
    self.init(
      name: row["name"] ?? "", from: row.name("schema", "table_name") ?? QualifiedName("", ""), columns: [],
      to: row.name("to_schema", "to_table") ?? QualifiedName("", ""), referencedColumns: [],
      onDelete: Action(letter: row["on_delete"]), onUpdate: Action(letter: row["on_update"]),
      isValidated: row.isTrue("validated"))
    isDeferrable = row.isTrue("deferrable")
  }
}

extension ForeignKey.Action {
  /// `pg_constraint.confdeltype`.
  fileprivate init(letter: String?) {
    switch letter {
    case "r": self = .restrict
    case "c": self = .cascade
    case "n": self = .setNull
    case "d": self = .setDefault
    default: self = .noAction
    }
  }
}

extension Rows.Row {
  func name(_ schema: String, _ name: String) -> QualifiedName? {
    guard let schema = self[schema], let name = self[name] else { return nil }
    return QualifiedName(schema, name)
  }
}
