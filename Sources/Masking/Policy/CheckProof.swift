import Documents
import SQL

/// Whether every mask passes a CHECK, where that can be read from the constraint: parts joined by AND, each of which
/// does not read the column, or says that it is not NULL, or that it is at most so long.
struct CheckProof {
  private let condition: Value?
  private let column: String

  /// - Parameter column: of a domain's constraint, which reads VALUE, any name.
  init(_ check: CheckConstraint, _ column: String) {
    self.column = check.columns.isEmpty ? "value" : column
    let expression = check.definition.hasPrefix("CHECK ") ? check.definition.dropFirst(6) : check.definition[...]
    let text = expression.hasSuffix(" NOT VALID") ? expression.dropLast(10) : expression
    condition = (try? SQL.parse("SELECT 1 WHERE \(text)"))?.first?.tree["whereClause"]
  }

  func holds(for traits: MaskTraits) -> Bool { condition.map { holds($0, traits) } ?? false }

  private func holds(_ part: Value, _ traits: MaskTraits) -> Bool {
    if let logic = part.node("BoolExpr"), logic["boolop"]?.string == "AND_EXPR" {
      return (logic["args"]?.list ?? []).allSatisfy { holds($0, traits) }
    }
    guard reads(part) else { return true }
    if let test = part.node("NullTest") { return test["nulltesttype"]?.string == "IS_NOT_NULL" && !traits.makesNull }
    return isLength(part, traits)
  }

  private func reads(_ part: Value) -> Bool {
    var found = false
    part.eachNode { kind, body in
      if kind == "ColumnRef", body["fields"]?.lastName == column { found = true }
      // VALUE is a word of its own in some positions of the grammar.
      if kind == "SetToDefault" || kind == "CoerceToDomainValue" { found = true }
    }
    return found
  }

  /// `char_length(column) <= 40`.
  private func isLength(_ part: Value, _ traits: MaskTraits) -> Bool {
    guard let comparison = part.node("A_Expr"), let length = traits.maximumLength,
      ["<", "<="].contains(comparison["name"]?.lastName), let call = comparison["lexpr"]?.node("FuncCall"),
      ["length", "char_length", "character_length"].contains(call["funcname"]?.lastName),
      let limit = comparison["rexpr"]?.node("A_Const")?["ival", "ival"]?.integer
    else { return false }
    return comparison["name"]?.lastName == "<" ? length < limit : length <= limit
  }
}
