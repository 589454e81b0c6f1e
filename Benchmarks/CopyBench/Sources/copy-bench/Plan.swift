import Documents
import Masking
import Runtime

extension Bench {
  /// The columns of `Benchmarks/copy.sql`; a strategy beside each that is personal.
  func plan() throws -> RowPlan {
    let columns: [(name: String, family: ColumnType.Family, strategy: String?)] =
      table == "users"
      ? [
        ("id", .integer(bytes: 8), nil), ("email", .text, "email"), ("first_name", .text, "name"),
        ("last_name", .text, "name"), ("phone", .text, "phone"), ("ssn", .text, "hash"), ("street", .text, "address"),
        ("city", .text, "hash"), ("ip", .text, "ip"), ("created_at", .timestampWithTimeZone, nil),
        ("status", .text, nil),
        ("bio", .text, nil),
      ]
      : [
        ("id", .integer(bytes: 8), nil), ("user_id", .integer(bytes: 8), nil), ("email", .text, "email"),
        ("total", .numeric, nil), ("status", .text, nil), ("placed_at", .timestampWithTimeZone, nil),
        ("note", .text, nil),
      ]
    let name = QualifiedName("public", table)
    let described = Table(
      name: name, columns: columns.map { Column(name: $0.name, type: ColumnType(name: "text", family: $0.family)) })
    let keys = MaskingKeys(master: Secret("5f0c9b1e7a3d42868b1fd0c7e9a4356b"), workspace: "bench")
    return RowPlan(
      table: name, format: format,
      columns: try columns.enumerated().map { index, column in
        RowPlan.Column(
          name: column.name, type: described.columns[index].type,
          mask: try masked ? column.strategy.flatMap { try mask($0, described.columns[index], described, keys) } : nil)
      }, key: [0])
  }

  private func mask(_ strategy: String, _ column: Column, _ table: Table, _ keys: MaskingKeys) throws -> (any Mask)? {
    let order = MaskOrder(
      strategy: strategy, options: .object([:]), column: column, table: table, keys: keys,
      domain: "users.\(column.name)")
    guard case .masked(let mask) = try order.mask() else { return nil }
    return mask
  }
}
