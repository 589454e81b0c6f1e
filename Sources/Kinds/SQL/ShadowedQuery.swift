import Documents
import Reconciliation
import SQL

/// A check as it is run on shadows of its tables: what it names with a schema is named in `pg_temp`, and what it names
/// without one is found there first.
struct ShadowedQuery {
  let sql: String
  /// Each once, in the order of the text.
  let tables: [CanaryQuery.Table]
  /// What columns are compared with by `=` and `IN`, by their last name.
  let constants: [String: [String]]

  /// Nothing where the text is no single query, or names a table in a way that cannot be rewritten.
  init?(_ text: String) {
    guard let statements = try? SQL.parse(text), statements.count == 1 else { return nil }
    var reading = Reading()
    reading.walk(statements[0].tree, hidden: [])
    guard let rewritten = reading.rewritten(text) else { return nil }
    sql = rewritten
    constants = reading.constants
    var seen: Set<CanaryQuery.Table> = []
    tables = reading.mentions.map(\.table).filter { seen.insert($0).inserted }
  }
}

/// One way through a parse tree.
private struct Reading {
  struct Mention {
    let table: CanaryQuery.Table
    /// The first byte of the name, and of how many parts it is: `db.public.users` has three.
    let location: Int
    let parts: Int
  }

  private(set) var mentions: [Mention] = []
  private(set) var constants: [String: [String]] = [:]

  /// - Parameter hidden: names of WITH that stand before tables here.
  mutating func walk(_ value: Value, hidden: Set<String>) {
    switch value {
    case .list(let items): for item in items { walk(item, hidden: hidden) }
    case .object(let fields):
      if let range = value.node("RangeVar") { return mention(range, hidden) }
      if let expression = value.node("A_Expr") { compare(expression) }
      let inner = names(of: fields["withClause"], hidden)
      for entry in fields.entries where entry.key != "withClause" { walk(entry.value, hidden: inner) }
    default: break
    }
  }

  /// A query of WITH sees the ones before it, and with RECURSIVE itself and those behind it too.
  private mutating func names(of clause: Value?, _ hidden: Set<String>) -> Set<String> {
    let members = (clause?["ctes"]?.list ?? []).compactMap { $0.node("CommonTableExpr") }
    let all = members.compactMap { $0["ctename"]?.string }
    var visible = clause?["recursive"] == true ? hidden.union(all) : hidden
    for member in members {
      if let query = member["ctequery"] { walk(query, hidden: visible) }
      if let name = member["ctename"]?.string { visible.insert(name) }
    }
    return visible
  }

  private mutating func mention(_ range: Value, _ hidden: Set<String>) {
    guard let name = range["relname"]?.string else { return }
    let schema = range["schemaname"]?.string
    if schema == nil, hidden.contains(name) { return }
    guard !["pg_catalog", "information_schema"].contains(schema ?? "") else { return }
    mentions.append(
      Mention(
        table: CanaryQuery.Table(schema: schema, name: name), location: range["location"]?.integer ?? 0,
        parts: 1 + (schema == nil ? 0 : 1) + (range["catalogname"] == nil ? 0 : 1)))
  }

  private mutating func compare(_ expression: Value) {
    guard ["AEXPR_OP", "AEXPR_IN"].contains(expression["kind"]?.string ?? ""), expression["name"]?.lastName == "=",
      let left = expression["lexpr"], let right = expression["rexpr"]
    else { return }
    for (side, other) in [(left, right), (right, left)] {
      guard let column = side.firstColumn else { continue }
      constants[column, default: []] += other.constantTexts.filter { $0.utf8.count <= 200 }
    }
  }

  /// The text with the names of tables that have a schema turned into those of their shadows, from the last one on, so
  /// that places before it stay what they are.
  func rewritten(_ text: String) -> String? {
    var bytes = Array(text.utf8)
    for mention in mentions.filter({ $0.parts > 1 }).sorted(by: { $0.location > $1.location }) {
      guard let end = QualifiedName.end(in: bytes, from: mention.location, parts: mention.parts) else { return nil }
      let name = mention.table.name.replacing("\"", with: "\"\"")
      bytes.replaceSubrange(mention.location..<end, with: Array("pg_temp.\"\(name)\"".utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Names with dots in them as they are written (manual, section 4.1.1), without comments between their parts.
private enum QualifiedName {
  static func end(in bytes: [UInt8], from start: Int, parts: Int) -> Int? {
    var index = start
    for part in 0..<parts {
      if part > 0 {
        index = pastBlanks(bytes, index)
        guard index < bytes.count, bytes[index] == UInt8(ascii: ".") else { return nil }
        index = pastBlanks(bytes, index + 1)
      }
      guard let next = pastName(bytes, index) else { return nil }
      index = next
    }
    return index
  }

  private static func pastBlanks(_ bytes: [UInt8], _ start: Int) -> Int {
    bytes[start...].firstIndex { !(0x09...0x0D).contains($0) && $0 != 0x20 } ?? bytes.count
  }

  private static func pastName(_ bytes: [UInt8], _ start: Int) -> Int? {
    guard start < bytes.count else { return nil }
    guard bytes[start] == UInt8(ascii: "\"") else {
      let end = bytes[start...].firstIndex { !isLetter($0) } ?? bytes.count
      return end > start ? end : nil
    }
    var index = start + 1
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "\"") else {
        index += 1
        continue
      }
      guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\"") else { return index + 1 }
      index += 2
    }
    return nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "$")
  }
}

extension Value {
  /// The last name of the first column that stands in an expression: `state` of `lower(o.state)`.
  fileprivate var firstColumn: String? {
    var found: String?
    eachNode { kind, body in
      if kind == "ColumnRef", found == nil { found = body["fields"]?.lastName }
    }
    return found
  }

  /// Constants as their texts; of a list all of them.
  fileprivate var constantTexts: [String] {
    var found: [String] = []
    eachNode { kind, body in
      guard kind == "A_Const" else { return }
      // The parser leaves out what is zero, false or empty.
      if let text = body["sval"] { found.append(text["sval"]?.string ?? "") }
      if let number = body["ival"] { found.append("\(number["ival"]?.integer ?? 0)") }
      if let number = body["fval"]?["fval"]?.string { found.append(number) }
      if let truth = body["boolval"] { found.append(truth["boolval"] == true ? "true" : "false") }
    }
    return found
  }
}
