import Documents
import SQL

/// Operators, and what the grammar makes of BETWEEN, IN, LIKE and their relatives.
enum OperatorPrinter {
  static func text(of body: Value) -> String {
    let left = body["lexpr"].map(ExpressionPrinter.text)
    let right = body["rexpr"]
    let value = right.map(ExpressionPrinter.text) ?? ""
    let name = body["name"]?.lastName ?? ""
    let isNegated = name.hasPrefix("!") || name == "<>"
    switch body["kind"]?.string {
    case "AEXPR_OP"?: return ([left, symbol(body), value] as [String?]).compactMap { $0 }.joined(separator: " ")
    case "AEXPR_OP_ANY"?: return "\(left ?? "") \(symbol(body)) ANY (\(value))"
    case "AEXPR_OP_ALL"?: return "\(left ?? "") \(symbol(body)) ALL (\(value))"
    case "AEXPR_DISTINCT"?: return "\(left ?? "") IS DISTINCT FROM \(value)"
    case "AEXPR_NOT_DISTINCT"?: return "\(left ?? "") IS NOT DISTINCT FROM \(value)"
    case "AEXPR_NULLIF"?: return "NULLIF(\(left ?? ""), \(value))"
    case "AEXPR_IN"?: return "\(left ?? "") \(isNegated ? "NOT " : "")IN (\(items(right).joined(separator: ", ")))"
    case "AEXPR_LIKE"?: return "\(left ?? "") \(isNegated ? "NOT " : "")LIKE \(value)"
    case "AEXPR_ILIKE"?: return "\(left ?? "") \(isNegated ? "NOT " : "")ILIKE \(value)"
    case "AEXPR_SIMILAR"?:
      let pattern = (right?.node("FuncCall")?["args"]?.list ?? []).map(ExpressionPrinter.text)
      return "\(left ?? "") \(isNegated ? "NOT " : "")SIMILAR TO \(pattern.joined(separator: " ESCAPE "))"
    case let kind?: return "\(left ?? "") \(between(kind)) \(items(right).joined(separator: " AND "))"
    case nil: return ""
    }
  }

  private static func symbol(_ body: Value) -> String {
    let names = body["name"]?.names ?? []
    return names.count > 1 ? "OPERATOR(\(names.joined(separator: ".")))" : names.last ?? ""
  }

  private static func items(_ list: Value?) -> [String] {
    (list?.node("List")?["items"]?.list ?? []).map(ExpressionPrinter.text)
  }

  private static func between(_ kind: String) -> String {
    let words = ["AEXPR_NOT_BETWEEN": "NOT BETWEEN", "AEXPR_BETWEEN_SYM": "BETWEEN SYMMETRIC"]
    return words[kind] ?? (kind == "AEXPR_BETWEEN" ? "BETWEEN" : "NOT BETWEEN SYMMETRIC")
  }
}
