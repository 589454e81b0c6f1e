import Documents
import SQL

/// The forms of the present time that are the transaction's: each becomes a constant of the copy's time.
enum PresentTime {
  static let functions: Set = ["now", "transaction_timestamp"]

  static func isOne(_ kind: String, _ body: Value) -> Bool { replacement(kind, body, "") != nil }

  static func replaced(in tree: Value, by instant: CopyInstant) -> Value {
    if let (kind, body) = tree.node, let constant = replacement(kind, body, instant.text) { return constant }
    switch tree {
    case .list(let items): return .list(items.map { replaced(in: $0, by: instant) })
    case .object(let fields):
      return .object(Fields(fields.entries.map { ($0.key, replaced(in: $0.value, by: instant)) }))
    default: return tree
    }
  }

  private static func replacement(_ kind: String, _ body: Value, _ text: String) -> Value? {
    let now = Value.cast(.stringConstant(text), to: "timestamptz")
    // The parser leaves out what is 0.
    let modifier = body["typmod"]?.integer ?? 0
    switch (kind, body["op"]?.string) {
    case ("FuncCall", _):
      return body["args"] == nil && functions.contains(body["funcname"]?.lastName ?? "") ? now : nil
    case ("SQLValueFunction", "SVFOP_CURRENT_TIMESTAMP"?): return now
    case ("SQLValueFunction", "SVFOP_CURRENT_TIMESTAMP_N"?): return .cast(now, to: "timestamptz", modifier)
    case ("SQLValueFunction", "SVFOP_CURRENT_DATE"?): return .cast(now, to: "date")
    case ("SQLValueFunction", "SVFOP_CURRENT_TIME"?): return .cast(now, to: "timetz")
    case ("SQLValueFunction", "SVFOP_CURRENT_TIME_N"?): return .cast(now, to: "timetz", modifier)
    case ("SQLValueFunction", "SVFOP_LOCALTIME"?): return .cast(now, to: "time")
    case ("SQLValueFunction", "SVFOP_LOCALTIME_N"?): return .cast(now, to: "time", modifier)
    case ("SQLValueFunction", "SVFOP_LOCALTIMESTAMP"?): return .cast(now, to: "timestamp")
    case ("SQLValueFunction", "SVFOP_LOCALTIMESTAMP_N"?): return .cast(now, to: "timestamp", modifier)
    default: return nil
    }
  }
}
