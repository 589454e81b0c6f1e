import Documents
import SQL

/// Writes a plain tree as SQL, every part that is more than a name or a call in brackets of its own.
///
/// It knows the nodes that `ExpressionReader` lets through; what it wrote is parsed again and compared.
enum ExpressionPrinter {
  static func text(of tree: Value) -> String {
    guard let (kind, body) = tree.node else { return "" }
    switch kind {
    case "A_Const": return constant(body)
    case "ColumnRef": return (body["fields"]?.names ?? []).map(quoted).joined(separator: ".")
    case "A_Expr": return "(\(OperatorPrinter.text(of: body)))"
    case "BoolExpr": return logic(body)
    case "FuncCall": return call(body)
    case "NamedArgExpr": return "\(quoted(body["name"]?.string ?? "")) => \(part(body, "arg"))"
    case "TypeCast": return "(\(part(body, "arg")))::\(type(body["typeName"]))"
    case "CaseExpr": return choice(body)
    case "CoalesceExpr": return "COALESCE(\(list(body["args"])))"
    case "MinMaxExpr": return "\(body["op"]?.string == "IS_LEAST" ? "LEAST" : "GREATEST")(\(list(body["args"])))"
    case "NullTest":
      return "(\(part(body, "arg")) IS \(body["nulltesttype"]?.string == "IS_NULL" ? "" : "NOT ")NULL)"
    case "BooleanTest":
      let words = (body["booltesttype"]?.string ?? "").split(separator: "_").joined(separator: " ")
      return "(\(part(body, "arg")) \(words))"
    case "SQLValueFunction": return presentTime(body)
    case "A_ArrayExpr": return "ARRAY[\(list(body["elements"]))]"
    case "A_Indirection": return "(\(part(body, "arg")))\((body["indirection"]?.list ?? []).map(subscripted).joined())"
    case "CollateClause":
      return "(\(part(body, "arg")) COLLATE \((body["collname"]?.names ?? []).map(quoted).joined(separator: ".")))"
    default: return ""
    }
  }

  static func quoted(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }

  static func quoted(_ name: QualifiedName) -> String { "\(quoted(name.schema)).\(quoted(name.name))" }

  /// A string constant. One with a backslash is written so that `standard_conforming_strings` does not matter.
  static func literal(_ text: String) -> String {
    let marks = text.unicodeScalars.contains("\\")
    var literal = marks ? " E'" : "'"
    for scalar in text.unicodeScalars {
      if scalar == "'" || scalar == "\\" { literal.unicodeScalars.append(scalar) }
      literal.unicodeScalars.append(scalar)
    }
    return literal + "'"
  }

  /// The name of a type as SQL may write it; letters that need no quotes have none.
  static func type(_ type: Value?) -> String {
    let words = type?["names"]?.names ?? []
    let names =
      type?["typmods"] == nil && words.first == "pg_catalog"
      ? standardNames[words.last ?? ""] ?? words.map(plainOrQuoted).joined(separator: ".")
      : words.map(plainOrQuoted).joined(separator: ".")
    let modifiers = type?["typmods"].map { "(\(list($0)))" } ?? ""
    return names + modifiers + String(repeating: "[]", count: type?["arrayBounds"]?.list?.count ?? 0)
  }

  /// What the grammar reads as these types of `pg_catalog`, where no length stands behind them.
  private static let standardNames = [
    "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
    "bool": "boolean", "numeric": "numeric", "varchar": "character varying", "interval": "interval", "time": "time",
    "timetz": "time with time zone", "timestamp": "timestamp", "timestamptz": "timestamp with time zone",
  ]

  /// `bit`, `char` and others in quotes are types without a length; without quotes they are of length 1.
  static func plainOrQuoted(_ name: String) -> String {
    let isPlain = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x5F || (0x30...0x39).contains($0) }
    let startsWithDigit = name.utf8.first.map { (0x30...0x39).contains($0) } ?? true
    return isPlain && !startsWithDigit && !keywords.contains(name) ? name : quoted(name)
  }

  private static let keywords: Set = [
    "bit", "char", "character", "interval", "time", "timestamp", "numeric", "decimal", "dec", "varchar", "nchar",
    "national", "real", "float", "int", "integer", "smallint", "bigint", "boolean", "double", "precision", "setof",
    "json_array", "user", "table", "order", "group", "all", "select",
  ]

  private static func part(_ body: Value, _ key: String) -> String { body[key].map(text) ?? "" }

  static func list(_ items: Value?) -> String { (items?.list ?? []).map(text).joined(separator: ", ") }

  private static func constant(_ body: Value) -> String {
    if body["isnull"]?.bool == true { return "NULL" }
    if let number = body["ival"] { return signed(String(number["ival"]?.integer ?? 0)) }
    if let number = body["fval"] { return signed(number["fval"]?.string ?? "0") }
    if let truth = body["boolval"] { return truth["boolval"]?.bool == true ? "true" : "false" }
    if let bits = body["bsval"]?["bsval"]?.string {
      return "\(bits.hasPrefix("x") ? "X" : "B")'\(bits.dropFirst())'"
    }
    return literal(body["sval"]?["sval"]?.string ?? "")
  }

  private static func signed(_ number: String) -> String { number.hasPrefix("-") ? "(\(number))" : number }

  private static func logic(_ body: Value) -> String {
    let parts = (body["args"]?.list ?? []).map(text)
    switch body["boolop"]?.string {
    case "NOT_EXPR"?: return "(NOT \(parts.first ?? ""))"
    case "OR_EXPR"?: return "(\(parts.joined(separator: " OR ")))"
    default: return "(\(parts.joined(separator: " AND ")))"
    }
  }

  private static func call(_ body: Value) -> String {
    var arguments = (body["args"]?.list ?? []).map(text)
    if body["func_variadic"]?.bool == true, let last = arguments.popLast() { arguments.append("VARIADIC \(last)") }
    let names = body["funcname"]?.names ?? []
    return "\(names.map(quotedCall).joined(separator: "."))(\(arguments.joined(separator: ", ")))"
  }

  /// Names that the grammar reads as a syntax of their own stand in quotes, which makes them plain calls.
  private static func quotedCall(_ name: String) -> String {
    ownSyntax.contains(name) ? quoted(name) : plainOrQuoted(name)
  }

  private static let ownSyntax: Set = [
    "overlay", "position", "substring", "extract", "trim", "normalize", "left", "right", "timezone",
  ]

  private static func choice(_ body: Value) -> String {
    var words = "CASE"
    if let value = body["arg"] { words += " \(text(of: value))" }
    for branch in (body["args"]?.list ?? []).compactMap({ $0.node("CaseWhen") }) {
      words += " WHEN \(part(branch, "expr")) THEN \(part(branch, "result"))"
    }
    if let value = body["defresult"] { words += " ELSE \(text(of: value))" }
    return words + " END"
  }

  private static func presentTime(_ body: Value) -> String {
    let name = (body["op"]?.string ?? "").dropFirst("SVFOP_".count)
    guard name.hasSuffix("_N") else { return String(name) }
    return "\(name.dropLast(2))(\(body["typmod"]?.integer ?? 0))"
  }

  private static func subscripted(_ item: Value) -> String {
    guard let indices = item.node("A_Indices") else { return "" }
    let upper = part(indices, "uidx")
    return indices["is_slice"]?.bool == true ? "[\(part(indices, "lidx")):\(upper)]" : "[\(upper)]"
  }
}
