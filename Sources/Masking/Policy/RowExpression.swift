import Documents
import SQL

/// An SQL expression over one row that people wrote: a `filter`, or the `expression` of a rule.
///
/// It stays in their words but for the present time, in whose place stands a mark that no SQL can hold; `text(at:)` puts
/// the copy's instant there, and columns stand alone, without the table before them. It is meant for a FROM clause in
/// which the table is the only relation, by whatever name.
struct RowExpression: Hashable {
  /// Stands for the instant. The parser refuses NUL, so no text that people write has one, and neither has a statement
  /// that can be sent: what was forgotten fails.
  static let mark = "\0"

  let marked: String
  /// Columns that it reads.
  let columns: [String]
  /// Functions and operators without a schema, those that stand behind `IN`, `LIKE` and their like among them.
  let bareNames: Set<String>
  /// Values of types that are not PostgreSQL's own come up in it, as far as can be told.
  let meetsOwnTypes: Bool

  static func text(of marked: String, at instant: CopyInstant) -> String {
    marked.replacing(mark, with: "'\(instant.text)'::pg_catalog.timestamptz")
  }

  /// - Throws: `sql_syntax`, or why it is not an expression over the row.
  init(_ text: String, of table: Table, named name: String, in schema: DatabaseSchema) throws(MaskRefusal) {
    let tree = try Self.tree(of: text)
    var reading = Reading(table: table, name: name, schema: schema, text: Array(text.utf8))
    reading.visit(tree)
    if let refusal = reading.refusal { throw refusal }
    columns = reading.columns.sorted()
    (bareNames, meetsOwnTypes) = (reading.bareNames, reading.meetsOwnTypes)
    marked = reading.edited
  }

  private static let opening = "SELECT 1 FROM t WHERE "

  /// Read once without brackets and once in them, so that it can leave neither.
  private static func tree(of text: String) throws(MaskRefusal) -> Value {
    do {
      for (before, after) in [("", ""), ("(", "\n)")] {
        guard try SQL.parse(opening + before + text + after).count == 1 else {
          throw MaskRefusal("sql_syntax", "one expression stands here, without `;`")
        }
      }
      let tree = try SQL.parse(opening + text)[0].tree
      let others = ["sortClause", "limitCount", "groupClause", "havingClause", "windowClause", "lockingClause"]
      guard let condition = tree["whereClause"], others.allSatisfy({ tree[$0] == nil }) else {
        throw MaskRefusal("sql_syntax", "one expression over the row stands here, without other clauses")
      }
      return condition
    } catch let error as SQLError {
      throw MaskRefusal("sql_syntax", "this is no SQL expression: \(error.message)")
    } catch let refusal as MaskRefusal {
      throw refusal
    } catch {
      throw MaskRefusal("sql_syntax", "this is no SQL expression")
    }
  }
}

extension RowExpression {
  /// A walk over the tree that collects columns and the places where the present time stands.
  fileprivate struct Reading {
    let table: Table
    let name: String
    let schema: DatabaseSchema
    let text: [UInt8]
    var columns: Set<String> = []
    var edits: [(range: Range<Int>, words: String)] = []
    var bareNames: Set<String> = []
    var meetsOwnTypes = false
    var refusal: MaskRefusal?

    mutating func refuse(_ code: String, _ message: String) {
      if refusal == nil { refusal = MaskRefusal(code, message) }
    }

    mutating func visit(_ tree: Value) {
      var nodes: [(String, Value)] = []
      tree.eachNode { nodes.append(($0, $1)) }
      for (kind, body) in nodes {
        switch kind {
        case "SubLink":
          refuse(
            "row_subquery",
            "an expression over the row has no subquery: rows of other tables are followed by foreign keys and `virtual_references`"
          )
        case "ParamRef": refuse("sql_syntax", "there are no parameters here")
        case "ColumnRef": column(body)
        case "FuncCall": call(body)
        case "SQLValueFunction": time(body)
        case "A_Expr":
          comparison(body)
          note(body["name"], OperatorNames.meant(by: body))
        case "CaseExpr": if body["arg"] != nil { bareNames.insert("=") }
        case "TypeCast":
          cast(body)
          note(body["typeName", "names"], [])
        default: break
        }
      }
    }

    /// The text with its times replaced.
    var edited: String {
      var (bytes, end) = ([UInt8](), 0)
      for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
        bytes += text[end..<edit.range.lowerBound] + Array(edit.words.utf8)
        end = edit.range.upperBound
      }
      return String(decoding: bytes + text[end...], as: UTF8.self)
    }

    func place(_ body: Value) -> Int { max(0, (body["location"]?.integer ?? 0) - opening.utf8.count) }
  }
}

extension RowExpression.Reading {
  private mutating func column(_ body: Value) {
    let parts = (body["fields"]?.list ?? []).map { $0.node("String")?["sval"]?.string }
    let names = parts.compactMap { $0 }
    guard names.count == parts.count, let column = names.last, names.count <= 2,
      names.count == 1 || names[0] == name
    else { return refuse("unknown_column", "columns stand alone or behind `\(name).` here") }
    if let found = table[column] {
      columns.insert(column)
      meetsOwnTypes = meetsOwnTypes || !KnownTypes.isOwn(found.type)
      if names.count == 2 { dropTable(at: place(body)) }
      return
    }
    let near = Suggestion.nearest(column, among: table.columns.map(\.name)).map { "; did you mean `\($0)`?" } ?? ""
    refuse("unknown_column", "\(table.name) has no column `\(column)`\(near)")
  }

  /// Takes `users.` of `users.email` away: a partition has another name.
  private mutating func dropTable(at start: Int) {
    var end = start
    if text[end] == UInt8(ascii: "\"") {
      repeat {
        end = (text[(end + 1)...].firstIndex(of: UInt8(ascii: "\"")) ?? text.count - 1) + 1
      } while end < text.count && text[end] == UInt8(ascii: "\"")
    } else {
      while end < text.count, text[end] != UInt8(ascii: "."), text[end] > 0x20 { end += 1 }
    }
    func skipBlanks() { while end < text.count, text[end] <= 0x20 { end += 1 } }
    skipBlanks()
    guard end < text.count, text[end] == UInt8(ascii: ".") else {
      return refuse("unknown_column", "columns stand alone or behind `\(name).` here, without comments between")
    }
    end += 1
    skipBlanks()
    edits.append((start..<end, ""))
  }

  private mutating func call(_ body: Value) {
    let name = body["funcname"]?.lastName ?? ""
    let count = body["args"]?.list?.count ?? 0
    if body["over"] != nil { return refuse("row_window", "a window function reads other rows than the one at hand") }
    let isAggregate = ["agg_star", "agg_order", "agg_distinct", "agg_filter"].contains { body[$0] != nil }
    if isAggregate || Self.aggregates.contains(name) {
      return refuse("row_aggregate", "the aggregate `\(name)` reads other rows than the one at hand")
    }
    let names = body["funcname"]?.names ?? []
    let isPlain = names.count == 1 || names.first == "pg_catalog"
    if isPlain, Self.clocks.contains(name), count == 0 { return replaceCall(at: place(body)) }
    note(body["funcname"], [name])
    if isPlain, name == "age", count == 1 {
      return refuse("row_clock", "`age` of one argument reads the clock; write `age(CURRENT_DATE, …)`")
    }
    switch schema.volatility(of: names) {
    case .immutable?, .stable?: break
    case .volatile?:
      refuse(
        "row_volatile", "`\(name)` gives another answer each time it is called, and two copies of one row would differ")
    case nil:
      let near = Suggestion.nearest(name, among: schema.functions.keys.sorted()).map { "; did you mean `\($0)`?" } ?? ""
      // A schema that was not read from a server knows no functions at all.
      if !schema.functions.isEmpty { refuse("unknown_function", "there is no function `\(name)`\(near)") }
    }
  }

  /// - Parameter meant: what is looked up by the search path where no schema stands before it.
  private mutating func note(_ name: Value?, _ meant: [String]) {
    let names = name?.names ?? []
    if names.count == 1 { bareNames.formUnion(meant) }
    meetsOwnTypes = meetsOwnTypes || (names.count > 1 && names.first != "pg_catalog")
  }

  private static let aggregates: Set = [
    "count", "sum", "avg", "min", "max", "array_agg", "string_agg", "bool_and", "bool_or", "every", "json_agg",
    "jsonb_agg",
  ]
  private static let clocks: Set = ["now", "transaction_timestamp", "statement_timestamp", "clock_timestamp"]

  /// From the name to the bracket that closes: there is nothing between the two but blanks.
  private mutating func replaceCall(at start: Int) {
    guard let end = text[start...].firstIndex(of: UInt8(ascii: ")")) else { return }
    edits.append((start..<end + 1, "(\(RowExpression.mark))"))
  }

  private mutating func time(_ body: Value) {
    guard let (word, type) = Self.times[body["op"]?.string ?? ""] else { return }
    let start = place(body)
    var end = start + word
    var precision = ""
    if body["op"]?.string?.hasSuffix("_N") == true, let close = text[end...].firstIndex(of: UInt8(ascii: ")")) {
      precision = "(\(body["typmod"]?.integer ?? 6))"
      end = close + 1
    }
    edits.append((start..<end, "((\(RowExpression.mark))::\(type.replacing("#", with: precision)))"))
  }

  /// The length of the word and the type of its value, with the place of its precision.
  private static let times: [String: (Int, String)] = [
    "SVFOP_CURRENT_DATE": (12, "date"), "SVFOP_CURRENT_TIME": (12, "time with time zone"),
    "SVFOP_CURRENT_TIME_N": (12, "time# with time zone"),
    "SVFOP_CURRENT_TIMESTAMP": (17, "timestamp with time zone"),
    "SVFOP_CURRENT_TIMESTAMP_N": (17, "timestamp# with time zone"), "SVFOP_LOCALTIME": (9, "time"),
    "SVFOP_LOCALTIME_N": (9, "time#"), "SVFOP_LOCALTIMESTAMP": (14, "timestamp"),
    "SVFOP_LOCALTIMESTAMP_N": (14, "timestamp#"),
  ]

  /// `created_at > 'yesterday'`: the constant would be read by each worker's own clock.
  private mutating func comparison(_ body: Value) {
    for (side, other) in [(body["lexpr"], body["rexpr"]), (body["rexpr"], body["lexpr"])] {
      guard side?.node("A_Const") != nil, let text = side?.stringConstant?.text, Self.isClock(text) else { continue }
      var isTime = false
      other?.eachNode { kind, body in
        guard kind == "ColumnRef", let column = body["fields"]?.lastName else { return }
        isTime = isTime || table[column]?.type.family.isDateOrTime == true
      }
      if isTime { refuseWord(text) }
    }
  }

  private mutating func cast(_ body: Value) {
    guard let text = body["arg"]?.node("A_Const").flatMap({ _ in body["arg"]?.stringConstant?.text }),
      Self.isClock(text), let type = body["typeName", "names"]?.lastName,
      ["date", "timestamp", "timestamptz", "time", "timetz"].contains(type)
    else { return }
    refuseWord(text)
  }

  private static func isClock(_ text: String) -> Bool {
    ["now", "today", "yesterday", "tomorrow"].contains(text.lowercased())
  }

  private mutating func refuseWord(_ text: String) {
    refuse("row_clock", "'\(text)' is read by another clock in each worker; write `now()` or `CURRENT_DATE - 1`")
  }
}

extension ColumnType.Family {
  var isDateOrTime: Bool {
    switch self {
    case .date, .time, .timestamp, .timestampWithTimeZone, .timeWithTimeZone: true
    default: false
    }
  }
}
