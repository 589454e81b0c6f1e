import Documents
import SQL

/// What one statement does to the rows of the tables that it reaches.
struct Change: Sendable {
  enum Effect: Sendable {
    case assigns([Assignment])
    /// Rows for which it is true go; all rows without one.
    case deletes(LiftedExpression?)
    case empties(restartsIdentity: Bool)
    /// A defect that was put in on purpose.
    case nothing
  }

  /// The tables that the statement names.
  let named: [Table]
  /// The tables whose own rows it reaches: partitions and children, and the named ones where they have rows.
  let reached: [Table]
  let effect: Effect

  var written: [String] { if case .assigns(let assignments) = effect { assignments.map(\.column) } else { [] } }

  var readsExtensions: Bool {
    switch effect {
    case .assigns(let assignments):
      assignments.contains { $0.value.readsExtensions || $0.condition?.readsExtensions == true }
    case .deletes(let condition): condition?.readsExtensions ?? false
    case .empties, .nothing: false
    }
  }

  /// Columns that any part of it reads.
  var reads: Set<String> {
    switch effect {
    case .assigns(let assignments):
      assignments.reduce(into: Set()) { $0.formUnion($1.value.columns.union($1.condition?.columns ?? [])) }
    case .deletes(let condition): condition?.columns ?? []
    case .empties, .nothing: []
    }
  }
}

/// Defects that are put in on purpose.
extension Change {
  /// Rows and columns stay what they are.
  var doingNothing: Change { Change(named: named, reached: reached, effect: .nothing) }

  /// It passes over about every second row, the same in every run: by the digest of the primary key's first column, else of
  /// the table's.
  func forgettingSome(_ scope: LiftingScope) throws(LiftingRefusal) -> Change {
    guard let table = named.first,
      let column = table.uniqueKeys.first(where: \.isPrimary)?.columns.compactMap({ $0 }).first
        ?? table.copiedColumns.first?.name
    else { return doingNothing }
    let some = try Lifting.condition(
      "md5(\(ExpressionPrinter.quoted(column))::text) < '8'", on: table.name, over: scope.schema,
      searchPath: scope.searchPath)
    switch effect {
    case .assigns(let assignments):
      let fewer = assignments.map { assignment in
        Assignment(
          column: assignment.column, value: assignment.value, cast: assignment.cast,
          condition: some.and(assignment.condition), isChecked: assignment.isChecked)
      }
      return Change(named: named, reached: reached, effect: .assigns(fewer))
    case .deletes(let condition): return Change(named: named, reached: reached, effect: .deletes(some.and(condition)))
    case .empties, .nothing: return doingNothing
    }
  }
}

extension LiftedExpression {
  fileprivate func and(_ other: LiftedExpression?) -> LiftedExpression {
    guard let other else { return self }
    var parts = Fields()
    parts["boolop"] = .string("AND_EXPR")
    parts["args"] = .list([tree, other.tree])
    var both = Fields()
    both["BoolExpr"] = .object(parts)
    return LiftedExpression(
      columns: columns.union(other.columns), readsTime: readsTime || other.readsTime,
      readsExtensions: readsExtensions || other.readsExtensions, tree: .object(both))
  }
}

extension Change {
  init?(_ statement: Statement, _ scope: LiftingScope, in bytes: [UInt8]) throws(LiftingRefusal) {
    switch statement.kind {
    case "UpdateStmt": self = try Self.update(statement.tree, scope, bytes)
    case "DeleteStmt": self = try Self.delete(statement.tree, scope, bytes)
    case "TruncateStmt": self = try Self.truncate(statement.tree, scope)
    default: return nil
    }
  }

  private static func update(_ tree: Value, _ scope: LiftingScope, _ bytes: [UInt8]) throws(LiftingRefusal) -> Change {
    try refuse(tree, ["withClause": "it has a WITH", "fromClause": "it has a FROM, and reads other tables"])
    let target = try Target(tree, scope)
    let condition = try tree["whereClause"].map { (value) throws(LiftingRefusal) in
      try target.expression(value, scope, bytes)
    }
    var assignments: [Assignment] = []
    for item in tree["targetList"]?.list ?? [] {
      guard let field = item.node("ResTarget") else { continue }
      let assignment = try target.assignment(field, condition, scope, bytes)
      guard !assignments.contains(where: { $0.column == assignment.column }) else {
        throw LiftingRefusal("\(assignment.column) is set twice")
      }
      assignments.append(assignment)
    }
    return Change(named: [target.table], reached: target.reached, effect: .assigns(assignments))
  }

  private static func delete(_ tree: Value, _ scope: LiftingScope, _ bytes: [UInt8]) throws(LiftingRefusal) -> Change {
    try refuse(tree, ["withClause": "it has a WITH", "usingClause": "it has a USING, and reads other tables"])
    let target = try Target(tree, scope)
    let condition = try tree["whereClause"].map { (value) throws(LiftingRefusal) in
      try target.expression(value, scope, bytes)
    }
    return Change(named: [target.table], reached: target.reached, effect: .deletes(condition))
  }

  private static func truncate(_ tree: Value, _ scope: LiftingScope) throws(LiftingRefusal) -> Change {
    var (named, reached): ([Table], [Table]) = ([], [])
    for item in tree["relations"]?.list ?? [] {
      guard let range = item.node("RangeVar") else { continue }
      let table = try scope.table(range)
      named.append(table)
      reached += scope.schema.reached(from: table, withChildren: range["inh"]?.bool == true)
    }
    return Change(
      named: named, reached: reached, effect: .empties(restartsIdentity: tree["restart_seqs"]?.bool == true))
  }

  /// RETURNING gives back columns and changes nothing; with anything else in it, it may do anything.
  private static func refuse(_ tree: Value, _ clauses: KeyValuePairs<String, String>) throws(LiftingRefusal) {
    for (clause, reason) in clauses where tree[clause] != nil { throw LiftingRefusal(reason) }
    if tree["whereClause"]?.node("CurrentOfExpr") != nil { throw LiftingRefusal("it follows a cursor") }
    let returned = (tree["returningList"]?.list ?? []).map { $0["ResTarget", "val"]?.node("ColumnRef") }
    if returned.contains(where: { $0 == nil }) { throw LiftingRefusal("its RETURNING computes something") }
  }
}

/// The table of an UPDATE or DELETE, and how its columns may be called.
private struct Target {
  let table: Table
  let reached: [Table]
  let qualifiers: Set<[String]>

  init(_ tree: Value, _ scope: LiftingScope) throws(LiftingRefusal) {
    let range = tree["relation"] ?? .null
    table = try scope.table(range)
    reached = scope.schema.reached(from: table, withChildren: range["inh"]?.bool == true)
    let alias = range["alias", "aliasname"]?.string
    qualifiers = alias.map { [[$0]] } ?? [[table.name.name], [table.name.schema, table.name.name]]
  }

  func expression(_ tree: Value, _ scope: LiftingScope, _ bytes: [UInt8]) throws(LiftingRefusal) -> LiftedExpression {
    let expression = try ExpressionReader.expression(tree, scope, table, qualifiers: qualifiers, in: bytes)
    let readsTime = expression.columns.contains { table[$0]?.type.family.holdsTime == true }
    if readsTime { try expression.refusePresentTimes() }
    return expression
  }

  func assignment(
    _ field: Value, _ condition: LiftedExpression?, _ scope: LiftingScope, _ bytes: [UInt8]
  ) throws(LiftingRefusal) -> Assignment {
    let name = field["name"]?.string ?? ""
    guard field["indirection"] == nil else { throw LiftingRefusal("it sets a part of \(name) only") }
    guard let column = table[name] else { throw LiftingRefusal("\(table.name) has no column \(name)") }
    let value = try expression(try value(of: field), scope, bytes)
    switch column.origin {
    case .generated: throw LiftingRefusal("\(name) is generated")
    case .identity(always: true): throw LiftingRefusal("\(name) is GENERATED ALWAYS AS IDENTITY")
    default: break
    }
    if value.isNull, !column.isNullable { throw LiftingRefusal("\(name) must not be NULL") }
    if column.type.family.holdsTime { try value.refusePresentTimes() }
    return Assignment(
      column: name, value: value, cast: try AssignmentCast(of: value, to: column, scope.types), condition: condition,
      isChecked: !column.type.domains.isEmpty)
  }

  /// Of `(a, b) = (1, 2)` each column has a part of its own, as PostgreSQL itself takes it apart.
  private func value(of field: Value) throws(LiftingRefusal) -> Value {
    guard let value = field["val"] else { throw LiftingRefusal("it sets nothing") }
    guard let part = value.node("MultiAssignRef") else { return value }
    let parts = part["source"]?.node("RowExpr")?["args"]?.list ?? []
    let index = (part["colno"]?.integer ?? 0) - 1
    guard parts.count == part["ncolumns"]?.integer, parts.indices.contains(index) else {
      throw LiftingRefusal("several columns are set at once by something else than a row of values")
    }
    return parts[index]
  }
}

extension LiftedExpression {
  fileprivate func refusePresentTimes() throws(LiftingRefusal) {
    var texts: [String] = []
    tree.eachNode { kind, body in
      if kind == "A_Const", let text = body["sval"]?["sval"]?.string { texts.append(text) }
    }
    for text in texts { try ExpressionReader.refusePresentTime(in: text) }
  }
}

extension ColumnType.Family {
  fileprivate var holdsTime: Bool {
    switch self {
    case .date, .time, .timestamp, .timestampWithTimeZone, .timeWithTimeZone: true
    case .array(let element): element.family.holdsTime
    default: false
    }
  }
}
