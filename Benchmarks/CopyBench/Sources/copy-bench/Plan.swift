import Documents
import Masking
import Runtime
import Verification

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
    return RowPlan(
      table: name, format: format,
      columns: try columns.enumerated().map { index, column in
        RowPlan.Column(
          name: column.name, type: described.columns[index].type,
          mask: try masks == .none
            ? nil : column.strategy.flatMap { try mask($0, described.columns[index], described, Self.keys) })
      }, key: [0])
  }

  private func mask(_ strategy: String, _ column: Column, _ table: Table, _ keys: MaskingKeys) throws -> (any Mask)? {
    let order = MaskOrder(
      strategy: strategy, options: .object([:]), column: column, table: table, keys: keys,
      domain: "users.\(column.name)")
    guard case .masked(let mask) = try order.mask() else { return nil }
    return masks == .blind ? Blind(base: mask) : mask
  }

  private static let keys = MaskingKeys(master: Secret("5f0c9b1e7a3d42868b1fd0c7e9a4356b"), workspace: "bench")

  static func collector() throws -> OriginalsCollector { OriginalsCollector(try keys.leakKeys(), expecting: 4_000_000) }
}

/// A mask whose values nobody looks at afterwards.
private struct Blind: Mask {
  let base: any Mask

  var traits: MaskTraits { base.traits }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    try base.mask(value, in: row, into: &sink)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
}
