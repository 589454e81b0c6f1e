import SQL

/// A new value for a column, in the rows where the condition is true.
struct Assignment: Sendable, Hashable {
  let column: String
  let value: LiftedExpression
  let cast: AssignmentCast
  let condition: LiftedExpression?
  /// The domain's conditions are asked of the value.
  let isChecked: Bool

  var reads: Set<String> {
    var columns = value.columns
    if let condition { columns.formUnion(condition.columns.union([column])) }
    return columns
  }

  /// Whether no row can make it fail.
  var cannotFail: Bool { condition == nil && isConstant && !isChecked }
  /// Whether it may be NULL in a column that must not be.
  var mayBeNull: Bool { !isConstant || value.isNull }

  private var isConstant: Bool { value.columns.isEmpty && value.tree.node("A_Const") != nil }

  func sql(at instant: CopyInstant?) -> String {
    // An array's elements take the type of a cast around them each by itself, which an assignment does not do.
    let isArray = value.tree.node("A_ArrayExpr") != nil
    let text = isArray ? "COALESCE(\(value.sql(at: instant)))" : value.sql(at: instant)
    let assigned = cast.sql(text)
    guard let condition else { return assigned }
    return "CASE WHEN \(condition.sql(at: instant)) THEN \(assigned) ELSE \(ExpressionPrinter.quoted(column)) END"
  }
}
