import Documents
import Testing

@testable import Masking

/// Masks that have the promises of the real ones and tell by their output which order they were made of.
struct ToyMask: Mask {
  let traits: MaskTraits
  let name: String

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    sink.append(Array("\(name)(".utf8))
    sink.append(value)
    sink.append(UInt8(ascii: ")"))
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    String(decoding: value, as: UTF8.self).hasPrefix("\(name)(")
  }

  static func make(_ order: MaskOrder) throws(MaskRefusal) -> ColumnMask {
    func masked(_ uniqueness: MaskTraits.Uniqueness, length: Int? = nil, steady: Bool = true) -> ColumnMask {
      let traits = MaskTraits(
        isDeterministic: steady, makesNull: order.strategy == "null", uniqueness: uniqueness, maximumLength: length)
      return .masked(ToyMask(traits: traits, name: "\(order.strategy):\(order.domain)"))
    }
    let digits = order.options["hex_length"]?.integer ?? (order.uniqueAmong == nil ? 8 : 24)
    switch order.strategy {
    case "email", "name":
      guard order.column.type.family == .text else {
        throw MaskRefusal("mask_type", "the strategy does not serve \(order.column.type.name); these do: null")
      }
      return masked(.probabilistic(bits: digits * 4), length: digits + 16)
    case "hash": return masked(.probabilistic(bits: digits * 4), length: digits)
    case "fpe": return masked(.preserved)
    case "noise": return masked(.lossy, steady: false)
    case "shuffle_within": return .expression("lead(\"\(order.column.name)\") OVER (ORDER BY \"id\")")
    case "null": return masked(.lossy)
    case "template": return masked(.lossy, length: .max)
    default: return masked(.lossy, length: order.options["replacement"]?.string?.count ?? 10)
    }
  }
}

/// A shop, as the tests want it.
enum Shop {
  static let text = ColumnType(name: "text", oid: 25, family: .text)
  static let integer = ColumnType(name: "bigint", oid: 20, family: .integer(bytes: 8))
  static let timestamp = ColumnType(name: "timestamp with time zone", oid: 1184, family: .timestampWithTimeZone)
  static let jsonb = ColumnType(name: "jsonb", oid: 3802, family: .jsonb)

  static func name(_ table: String) -> QualifiedName { QualifiedName("public", table) }

  static func column(_ name: String, _ type: ColumnType = text, null: Bool = true, length: Int? = nil) -> Column {
    Column(name: name, type: type, isNullable: null, maximumLength: length)
  }

  static func table(_ name: String, _ columns: [Column], _ change: (inout Table) -> Void = { _ in }) -> Table {
    var table = Table(
      name: self.name(name), columns: [column("id", integer, null: false)] + columns,
      uniqueKeys: [UniqueKey(name: "\(name)_pkey", columns: ["id"], isPrimary: true)], estimatedRows: 100)
    change(&table)
    return table
  }

  static func key(_ from: String, _ column: String, _ to: String, _ other: String = "id") -> ForeignKey {
    ForeignKey(
      name: "\(from)_\(column)_fkey", from: name(from), columns: [column], to: name(to), referencedColumns: [other])
  }

  static var schema: DatabaseSchema {
    var users = table(
      "users",
      [
        column("email", null: false, length: 40), column("nick"), column("phone"), column("code", length: 10),
        column("created_at", timestamp), column("profile", jsonb),
        column("tags", ColumnType(name: "text[]", family: .array(of: text))),
      ])
    users.uniqueKeys += [
      UniqueKey(name: "users_email_key", columns: ["email"]),
      UniqueKey(name: "users_nick_lower", columns: [nil], readColumns: ["nick"]),
    ]
    users.checks = [
      CheckConstraint(name: "phone_form", definition: "CHECK ((phone ~ '^[0-9]+$'::text))", columns: ["phone"])
    ]
    users.columns.append(
      Column(
        name: "shown", type: text, origin: .generated(expression: "upper(email)"), reads: ["email"]))
    let orders = table(
      "orders", [column("user_id", integer, null: false), column("contact_email"), column("placed_at", timestamp)])
    let items = table("order_items", [column("order_id", integer, null: false)])
    let logs = table("audit_logs", [column("user_id", integer), column("at", timestamp), column("old_at", timestamp)])
    let staff = table("staff", [column("boss_id", integer), column("user_id", integer)])
    let functions: [String: DatabaseSchema.Volatility] = [
      "now": .stable, "clock_timestamp": .volatile, "random": .volatile, "lower": .immutable, "age": .stable,
      "date_trunc": .stable, "count": .immutable, "upper": .immutable,
    ]
    return DatabaseSchema(
      serverVersion: 150_000, tables: [logs, items, orders, staff, users].sorted { $0.name < $1.name },
      foreignKeys: [
        key("audit_logs", "user_id", "users"), key("order_items", "order_id", "orders"),
        key("orders", "user_id", "users"), key("staff", "boss_id", "staff"), key("staff", "user_id", "users"),
      ], functions: functions)
  }

  static func plan(_ spec: Value, _ change: (inout DatabaseSchema) -> Void = { _ in }) -> CopyPlan {
    var schema = schema
    change(&schema)
    return CopyPlan(policy: MaskingPolicy(spec: spec), schema: schema, keys: nil, make: ToyMask.make)
  }

  static let instant = CopyInstant("2026-11-21 15:00:00+00") ?? CopyInstant("2026-11-21 15:00:00.5+00")
}

extension DatabaseSchema {
  mutating func change(_ table: String, _ body: (inout Table) -> Void) {
    for index in tables.indices where tables[index].name.name == table { body(&tables[index]) }
  }
}

extension CopyPlan {
  subscript(table: String) -> Table? { tables.first { $0.table.name.name == table } }

  func problems(_ code: String) -> [CopyProblem] { problems.filter { $0.code == code } }

  /// What the mask of a column makes of a value.
  func masked(_ table: String, _ column: String, _ value: String) throws -> String {
    let found = try #require(self[table]?.columns.first { $0.column.name == column })
    switch found.mask {
    case .kept: return value
    case .expression(let text): return "SQL \(text)"
    case .masked(let mask):
      var sink = ByteSink()
      try Array(value.utf8).withUnsafeBytes { bytes in
        try mask.mask(bytes, in: MaskedRow(key: UnsafeRawBufferPointer(start: nil, count: 0)), into: &sink)
      }
      let recognises = mask.recognises(sink.bytes)
      #expect(recognises)
      return String(decoding: sink.bytes, as: UTF8.self)
    }
  }
}

/// The rule of one column of one table.
func rule(_ table: String, _ column: String, _ rule: Value, _ others: [(String, Value)] = []) -> Value {
  let members: [(String, Value)] = [("columns", .object(Fields([(column, rule)])))] + others
  return ["tables": .object(Fields([(table, .object(Fields(members)))]))]
}
