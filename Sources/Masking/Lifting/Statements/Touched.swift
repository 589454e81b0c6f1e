import Documents
import SQL

/// What a statement that is not lifted reads or writes, or might.
enum Touched: Sendable, Hashable {
  case tables(Set<QualifiedName>)
  case everything

  init(_ statement: Statement, _ scope: LiftingScope) {
    guard Self.readable.contains(statement.kind) else {
      self = Self.harmless.contains(statement.kind) ? .tables([]) : .everything
      return
    }
    let ranges = statement.tree.ranges
    var names: Set<QualifiedName> = []
    for range in ranges {
      guard let table = try? scope.table(range) else {
        self = .everything
        return
      }
      names.formUnion(scope.schema.relatives(of: table))
    }
    let tables = names.compactMap { scope.schema[$0] }
    let mayDoMore = tables.contains { !$0.triggers.isEmpty || !$0.rules.isEmpty } && statement.kind != "SelectStmt"
    self = mayDoMore || Self.callsUnknown(statement.tree, scope) ? .everything : .tables(names)
  }

  private static let readable: Set = [
    "UpdateStmt", "DeleteStmt", "InsertStmt", "TruncateStmt", "SelectStmt", "IndexStmt",
  ]
  private static let harmless: Set = ["CommentStmt", "CreateFunctionStmt", "GrantStmt"]

  private static func callsUnknown(_ tree: Value, _ scope: LiftingScope) -> Bool {
    var found = false
    tree.eachNode { kind, body in
      guard kind == "FuncCall", !found else { return }
      let names = body["funcname"]?.names ?? []
      if tame.contains(names.last ?? "") || PresentTime.functions.contains(names.last ?? "") { return }
      found = (try? scope.schema(ofFunction: names, arguments: body["args"]?.list ?? [])) == nil
    }
    return found
  }

  /// Volatile functions and aggregates of PostgreSQL's own that touch no table.
  private static let tame: Set = [
    "random", "gen_random_uuid", "clock_timestamp", "nextval", "setval", "currval", "count", "sum", "min", "max", "avg",
    "array_agg", "string_agg", "row_number", "rank", "dense_rank", "generate_series", "bool_and", "bool_or", "unnest",
    "jsonb_array_elements", "json_agg", "jsonb_agg",
  ]
}

extension DatabaseSchema {
  /// A table with everything whose rows are its rows, and the tables that its foreign keys reach by their actions.
  fileprivate func relatives(of table: Table) -> Set<QualifiedName> {
    var found: Set<QualifiedName> = []
    var open = [table.name]
    while let name = open.popLast() {
      guard found.insert(name).inserted, let table = self[name] else { continue }
      open += descendants(of: name).map(\.name) + ancestors(of: table).map(\.name) + table.inherits
      open += foreignKeys.filter { $0.to == name && ($0.onDelete != .noAction || $0.onUpdate != .noAction) }.map(\.from)
    }
    return found
  }
}

extension Value {
  /// Every RangeVar, be it a node of its own or a field of one.
  fileprivate var ranges: [Value] {
    switch self {
    case .list(let items): return items.flatMap(\.ranges)
    case .object(let fields):
      return (fields["relname"] == nil ? [] : [self]) + fields.entries.flatMap { $0.value.ranges }
    default: return []
    }
  }
}
