/// `shuffle_within`: the column's own values in another order, by a window of the source.
///
/// The rows of each group are put in an order that nobody can tell without the seed, and each row gets the value of
/// the row behind it, the last one that of the first: a permutation in which no row of a group of two or more keeps
/// its own value (though it may get an equal one). The seed is 63 bits derived for this column; the key itself is in no
/// query.
///
/// The expression is a window over the whole table. Whoever puts the query together must not cut it into ranges of
/// rows, and filters stand inside, so that values of rows that are not copied do not come back: `SELECT … FROM
/// (SELECT * FROM t WHERE filter)`, with `tableoid` and `ctid` beside the `*` where the table has no primary key.
public struct Shuffle: Sendable {
  /// What `hashtextextended` is seeded with.
  public let seed: Int64
  /// Rows only change places with rows that agree in these columns.
  public let by: [String]
  /// The columns that rows are told apart by; where there are none, it is the place of the row (`ctid`).
  public let rowKey: [String]
  private let column: String

  /// - Throws: `mask_key_missing`, `mask_key_weak`, `mask_option`.
  public init(_ order: MaskOrder) throws(MaskRefusal) {
    by = order.names("by") ?? []
    for name in by where order.table[name] == nil {
      throw MaskRefusal("mask_option", "the table \(order.table.name) has no column `\(name)` to shuffle within")
    }
    column = order.column.name
    rowKey = order.table.uniqueKeys.first { $0.isPrimary }?.columns.compactMap { $0 } ?? []
    // Never negative: PostgreSQL reads the smallest bigint as a numeric with a sign in front.
    seed = try order.key(count: 8).withBytes { $0.loadUnaligned(as: Int64.self) } & .max
  }

  /// What stands in place of the column.
  public func expression(_ quote: (String) -> String) -> String {
    let value = quote(column)
    let key =
      rowKey.isEmpty
      ? "tableoid::pg_catalog.text || ctid::pg_catalog.text" : "ROW(\(names(rowKey, quote)))::pg_catalog.text"
    let groups = by.isEmpty ? "" : "PARTITION BY \(names(by, quote)) "
    let window = "OVER (\(groups)ORDER BY pg_catalog.hashtextextended(\(key), \(seed)), \(key))"
    return
      "CASE WHEN pg_catalog.lead(1) \(window) IS NULL THEN pg_catalog.first_value(\(value)) \(window) ELSE pg_catalog.lead(\(value)) \(window) END"
  }

  private func names(_ columns: [String], _ quote: (String) -> String) -> String {
    columns.map(quote).joined(separator: ", ")
  }
}

extension MaskOrder {
  /// `custom`: the rule's own expression, or its function called with the column.
  func customExpression(_ quote: (String) -> String) throws(MaskRefusal) -> String {
    if let expression = text("expression") { return expression }
    let function = text("function") ?? ""
    guard Self.isFunctionName(function) else {
      throw MaskRefusal(
        "mask_function",
        "the `function` of the rule is not the name of a function; SQL that creates one runs in quarantine, and `expression` takes an SQL expression over the row"
      )
    }
    return "\(function)(\(quote(column.name)))"
  }

  /// `name` or `schema.name` in letters, digits and underscores, which need no quotes.
  private static func isFunctionName(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count <= 2
      && parts.allSatisfy { part in
        guard let first = part.utf8.first, first.isLetter || first == 0x5F else { return false }
        return part.utf8.allSatisfy { $0.isAlphanumeric || $0 == 0x5F }
      }
  }
}
