import Documents
import SQL

/// Domains of the addresses that UPDATE statements write.
enum MailDomains {
  static func spots(in statement: Statement) -> [SQLFacts.Spot] {
    guard statement.kind == "UpdateStmt" else { return [] }
    return (statement.tree["targetList"]?.list ?? []).flatMap { item -> [SQLFacts.Spot] in
      guard let value = item.node("ResTarget")?["val"] else { return [] }
      return endings(of: value).compactMap { text, offset in
        domain(endOf: text).map { SQLFacts.Spot(offset: offset, word: $0) }
      }
    }
  }

  /// String constants that a value of the expression ends with.
  private static func endings(of value: Value) -> [(String, Int)] {
    guard let (kind, body) = value.node else { return [] }
    switch kind {
    case "A_Const": return value.stringConstant.map { [($0.text, $0.location)] } ?? []
    case "TypeCast": return body["arg"].map(endings) ?? []
    case "A_Expr" where body["name"]?.lastName == "||": return body["rexpr"].map(endings) ?? []
    case "CoalesceExpr": return (body["args"]?.list ?? []).flatMap(endings)
    case "CaseExpr":
      let results = (body["args"]?.list ?? []).compactMap { $0.node("CaseWhen")?["result"] }
      return (results + [body["defresult"]].compactMap { $0 }).flatMap(endings)
    case "FuncCall": return callEndings(body)
    default: return []
    }
  }

  private static func callEndings(_ body: Value) -> [(String, Int)] {
    let arguments = body["args"]?.list ?? []
    switch body["funcname"]?.lastName {
    case "concat", "concat_ws": return arguments.last.map(endings) ?? []
    case "format", "lower", "upper", "trim", "btrim": return arguments.first.map(endings) ?? []
    case "replace", "regexp_replace": return arguments.count > 2 ? endings(of: arguments[2]) : []
    default: return []
    }
  }

  /// `gmail.com` of `…@gmail.com`; nothing where the text does not end like an address.
  static func domain(endOf text: String) -> String? {
    guard let at = text.lastIndex(of: "@") else { return nil }
    let domain = text[text.index(after: at)...].lowercased()
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    let isPlain = domain.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E || byte >= 0x80
    }
    return labels.count > 1 && isPlain && labels.allSatisfy { !$0.isEmpty } ? domain : nil
  }

  /// Whether mail to it could arrive: it is none of the names that are reserved for examples and tests (RFC 2606,
  /// RFC 6761) or for the local link (RFC 6762).
  static func isDeliverable(_ domain: String) -> Bool {
    let labels = domain.lowercased().split(separator: ".").map(String.init)
    guard let top = labels.last, labels.count > 1 else { return false }
    if ["test", "example", "invalid", "localhost", "local"].contains(top) { return false }
    return !(labels.count >= 2 && labels[labels.count - 2] == "example" && ["com", "net", "org"].contains(top))
  }
}
