import Documents
import SQL

/// Tables of which a DELETE removes what is older than some age, so that the newest rows stay as they are.
enum KeptRows {
  static func spots(_ statements: [Statement]) -> [SQLFacts.Spot] {
    let handled = Set(statements.flatMap(handledTables))
    return statements.compactMap { statement in
      guard statement.kind == "DeleteStmt", let table = statement.tree["relation"]?["relname"]?.string,
        !handled.contains(table), let condition = statement.tree["whereClause"],
        let offset = comparison(in: condition, isNegated: false)
      else { return nil }
      return SQLFacts.Spot(offset: offset, word: table)
    }
  }

  /// Tables that the same text masks or empties.
  private static func handledTables(_ statement: Statement) -> [String] {
    let tree = statement.tree
    switch statement.kind {
    case "UpdateStmt": return [tree["relation"]?["relname"]?.string].compactMap { $0 }
    case "DeleteStmt" where tree["whereClause"] == nil: return [tree["relation"]?["relname"]?.string].compactMap { $0 }
    case "TruncateStmt": return (tree["relations"]?.list ?? []).compactMap { $0.node("RangeVar")?["relname"]?.string }
    default: return []
    }
  }

  /// The place of the first comparison of a column with a time before now that older rows meet.
  private static func comparison(in condition: Value, isNegated: Bool) -> Int? {
    if let logic = condition.node("BoolExpr") {
      let flips = logic["boolop"]?.string == "NOT_EXPR"
      for part in logic["args"]?.list ?? [] {
        if let offset = comparison(in: part, isNegated: isNegated != flips) { return offset }
      }
      return nil
    }
    guard let expression = condition.node("A_Expr"), expression["kind"]?.string == "AEXPR_OP",
      let left = expression["lexpr"], let right = expression["rexpr"],
      let order = order(of: expression["name"]?.lastName)
    else { return nil }
    let (leftSign, rightSign) = (sign(of: left), sign(of: right))
    guard leftSign.hasNow || rightSign.hasNow, let column = leftSign.column ?? rightSign.column.map({ -$0 }),
      leftSign.column == nil || rightSign.column == nil
    else { return nil }
    let older = order * column * (isNegated ? -1 : 1) < 0
    return older ? expression["location"]?.integer ?? 0 : nil
  }

  /// -1 where the left side is to be the smaller one.
  private static func order(of name: String?) -> Int? {
    switch name {
    case "<", "<=": -1
    case ">", ">=": 1
    default: nil
    }
  }

  /// How an expression moves with its column: 1 grows with it, -1 falls, nothing where it names none; and whether it
  /// speaks of the present time.
  struct Sign {
    var column: Int?
    var hasNow = false
  }

  private static func sign(of expression: Value) -> Sign {
    guard let (kind, body) = expression.node else { return Sign() }
    switch kind {
    case "ColumnRef": return Sign(column: 1)
    case "SQLValueFunction": return Sign(hasNow: presentTimes.contains(body["op"]?.string ?? ""))
    case "TypeCast":
      let isNow = body["arg"]?.stringConstant.map { ["now", "today", "yesterday"].contains($0.text.lowercased()) }
      return isNow == true ? Sign(hasNow: true) : body["arg"].map(sign) ?? Sign()
    case "A_Expr": return operatorSign(body)
    case "FuncCall": return callSign(body)
    default: return Sign()
    }
  }

  private static func operatorSign(_ body: Value) -> Sign {
    guard let name = body["name"]?.lastName, ["+", "-"].contains(name) else { return Sign() }
    let (left, right) = (body["lexpr"].map(sign) ?? Sign(), body["rexpr"].map(sign) ?? Sign())
    let turned = right.column.map { name == "-" ? -$0 : $0 }
    return Sign(column: left.column ?? turned, hasNow: left.hasNow || right.hasNow)
  }

  /// `age(x)` is the time from x to now, `age(a, b)` is a - b; what cuts or measures a time moves with it.
  private static func callSign(_ body: Value) -> Sign {
    let name = body["funcname"]?.lastName ?? ""
    let arguments = (body["args"]?.list ?? []).map(sign)
    if presentFunctions.contains(name) { return Sign(hasNow: true) }
    switch (name, arguments.count) {
    case ("age", 1): return Sign(column: arguments[0].column.map { -$0 }, hasNow: true)
    case ("age", 2):
      return Sign(
        column: arguments[0].column ?? arguments[1].column.map { -$0 },
        hasNow: arguments[0].hasNow || arguments[1].hasNow)
    case ("date_trunc", 2...), ("extract", 2), ("date_part", 2), ("timezone", 2): return arguments[1]
    case ("date", 1): return arguments[0]
    default: return Sign()
    }
  }

  private static let presentFunctions: Set = [
    "now", "clock_timestamp", "statement_timestamp", "transaction_timestamp",
  ]
  private static let presentTimes: Set = [
    "SVFOP_CURRENT_DATE", "SVFOP_CURRENT_TIMESTAMP", "SVFOP_CURRENT_TIMESTAMP_N", "SVFOP_LOCALTIMESTAMP",
    "SVFOP_LOCALTIMESTAMP_N",
  ]
}
