import Documents
import SQL

/// What replaces the value of one column: the SQL expression of the strategy `custom`.
public struct LiftedValue: Sendable, Hashable {
  public let column: ColumnName
  let assignment: Assignment
  /// See `LiftedStatement.proof`.
  public let proof: String

  /// Columns that it reads. Where a masking rule changes one of them, the clear value would flow past the rule.
  public var reads: Set<String> { assignment.value.columns }

  public var readsTime: Bool { assignment.value.readsTime }

  /// The expression for `ColumnMask.expression`, converted to the column's type as an assignment would.
  public func sql(at instant: CopyInstant?) -> String { assignment.sql(at: instant) }
}

extension Lifting {
  /// An expression over the columns of a table, in place of one of them.
  public static func value(
    _ text: String, for column: ColumnName, over schema: DatabaseSchema, searchPath: [String]
  ) throws(LiftingRefusal) -> LiftedValue {
    let scope = LiftingScope(schema, searchPath: searchPath, views: [])
    let tree = try ExpressionText.tree(of: text)
    return try value(tree, for: column, scope)
  }

  /// A condition over the columns of a table: what `filter` says. The present time is that of the copy.
  public static func condition(
    _ text: String, on table: QualifiedName, over schema: DatabaseSchema, searchPath: [String]
  ) throws(LiftingRefusal) -> LiftedExpression {
    let scope = LiftingScope(schema, searchPath: searchPath, views: [])
    return try expression(try ExpressionText.tree(of: text), on: try found(table, schema), scope)
  }

  static func value(_ tree: Value, for name: ColumnName, _ scope: LiftingScope) throws(LiftingRefusal) -> LiftedValue {
    let table = try found(name.table, scope.schema)
    guard let column = table[name.column] else { throw LiftingRefusal("there is no column \(name)") }
    if case .stored = column.origin {} else { throw LiftingRefusal("\(name) makes its values itself") }
    let value = try expression(tree, on: table, scope)
    let assignment = Assignment(
      column: column.name, value: value, cast: try AssignmentCast(of: value, to: column, scope.types), condition: nil,
      isChecked: !column.type.domains.isEmpty)
    let target = ExpressionPrinter.quoted(name.table)
    let proof = "UPDATE \(target) SET \(ExpressionPrinter.quoted(column.name)) = \(value.sql(at: nil))"
    return LiftedValue(column: name, assignment: assignment, proof: proof)
  }

  private static func expression(
    _ tree: Value, on table: Table, _ scope: LiftingScope
  ) throws(LiftingRefusal) -> LiftedExpression {
    let names = [[table.name.name], [table.name.schema, table.name.name]]
    return try ExpressionReader.expression(tree, scope, table, qualifiers: Set(names), in: [])
  }

  private static func found(_ name: QualifiedName, _ schema: DatabaseSchema) throws(LiftingRefusal) -> Table {
    guard let table = schema[name] else { throw LiftingRefusal("there is no table \(name)") }
    return table
  }
}

/// A text that is one expression and nothing else.
enum ExpressionText {
  static func tree(of text: String) throws(LiftingRefusal) -> Value {
    let opening = "SELECT ("
    let whole = "\(opening)\(text)\n)"
    let statements: [Statement]
    do { statements = try SQL.parse(whole) } catch {
      let offset = min(max(0, error.offset - opening.utf8.count), text.utf8.count)
      throw LiftingRefusal("it is no SQL expression: \(error.message)", at: offset)
    }
    let tree = statements.first?.tree
    let targets = tree?["targetList"]?.list ?? []
    let clauses = Set(tree?.object?.keys ?? [])
    guard statements.count == 1, targets.count == 1, clauses.isSubset(of: ["targetList", "limitOption", "op"]),
      let target = targets.first?.node("ResTarget"), target["name"] == nil, let value = target["val"]
    else { throw LiftingRefusal("it has to be one expression") }
    return try PlainTree.of(value, in: Array(whole.utf8))
  }
}
