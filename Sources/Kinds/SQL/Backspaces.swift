import Documents
import SQL

/// Patterns in which `\b` stands. In PostgreSQL's regular expressions it is a backspace, as in C; the word boundary of
/// other engines is written `\y` (manual, "Regular Expression Details", tables 9.20 and 9.22).
enum Backspaces {
  static func spots(in statement: Statement) -> [SQLFacts.Spot] {
    var found: [SQLFacts.Spot] = []
    Value.object([statement.kind: statement.tree]).eachNode { kind, body in
      for pattern in patterns(kind, body) { pattern.eachConstant { found += spot($0, $1) } }
    }
    return found
  }

  private static func spot(_ text: String, _ offset: Int) -> [SQLFacts.Spot] {
    isEscaped(in: text) ? [SQLFacts.Spot(offset: offset, word: text)] : []
  }

  /// Expressions that are read as patterns.
  private static func patterns(_ kind: String, _ body: Value) -> [Value] {
    switch (kind, body["kind"]?.string) {
    case ("A_Expr", "AEXPR_OP"?), ("A_Expr", "AEXPR_OP_ANY"?), ("A_Expr", "AEXPR_OP_ALL"?):
      return operators.contains(body["name"]?.lastName ?? "") ? [body["rexpr"]].compactMap { $0 } : []
    case ("A_Expr", "AEXPR_SIMILAR"?):
      let arguments = body["rexpr"]?.node("FuncCall")?["args"]?.list ?? []
      let escape = arguments.dropFirst().first
      // With another escape character the backslash is a letter like any other.
      return escape == nil || escape?.stringConstant?.text == "\\" ? Array(arguments.prefix(1)) : []
    case ("FuncCall", _):
      let name = body["funcname"]?.lastName ?? ""
      guard functions.contains(name), let arguments = body["args"]?.list, arguments.count > 1 else { return [] }
      return name == "substring" && arguments.count > 2 ? [] : [arguments[1]]
    default: return []
    }
  }

  private static let operators: Set = ["~", "~*", "!~", "!~*"]
  private static let functions: Set = [
    "regexp_match", "regexp_matches", "regexp_replace", "regexp_split_to_array", "regexp_split_to_table",
    "regexp_like", "regexp_count", "regexp_instr", "regexp_substr", "substring",
  ]

  /// `\\b` is a backslash and a letter; only a `b` behind an odd number of backslashes is the escape.
  private static func isEscaped(in pattern: String) -> Bool {
    var isEscape = false
    for byte in pattern.utf8 {
      if isEscape, byte == UInt8(ascii: "b") { return true }
      isEscape = byte == UInt8(ascii: "\\") && !isEscape
    }
    // `E'\b'` is the backspace itself.
    return pattern.utf8.contains(8)
  }
}

extension Value {
  /// String constants in it, those of concatenations and arrays too, with their positions.
  fileprivate func eachConstant(_ visit: (String, Int) -> Void) {
    eachNode { kind, body in
      guard kind == "A_Const", let text = body["sval"]?["sval"]?.string else { return }
      visit(text, body["location"]?.integer ?? 0)
    }
  }
}
