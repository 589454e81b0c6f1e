import Documents
import SQL

/// Operators that a node of the parse tree looks up by the search path, as the grammar makes of `BETWEEN`, `IN` and their
/// relatives.
enum OperatorNames {
  static func meant(by body: Value) -> [String] {
    switch body["kind"]?.string ?? "" {
    case let kind where kind.contains("BETWEEN"): ["<", "<=", ">", ">="]
    case "AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT", "AEXPR_NULLIF": ["="]
    default: [body["name"]?.lastName ?? ""]
    }
  }
}

extension DatabaseSchema {
  /// What a function may give, by the words of its name; nothing where there is none of that name.
  func volatility(of names: [String]) -> Volatility? {
    guard let name = names.last else { return nil }
    let hidden = names.count == 2 ? hiddenFunctions[QualifiedName(names[0], name)] : nil
    guard let shown = functions[name] else { return hidden }
    return hidden.map { $0.rawValue > shown.rawValue ? $0 : shown } ?? shown
  }
}
