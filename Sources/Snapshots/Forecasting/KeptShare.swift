import Masking
import PostgreSQL
import Runtime

/// Which share of a table's rows a copy takes: counted on a few ranges of its pages with the very query that the copy
/// reads it by, so that filters, samples, references and lifted statements all count. The planner's own estimate would
/// know nothing of them.
struct KeptShare {
  let reader: PatientReader

  /// Up to so many pages a table is counted whole.
  static let wholePages = 256
  static let ranges = 8
  static let rangePages = 32
  /// A table's pages, as PostgreSQL is built nearly everywhere (`block_size`).
  private static let pageSize = 8_192

  /// Nothing is asked of a table that is copied whole. What could not be counted is the rate of its sample, which is 1
  /// where there is none: rather too much than too little.
  func of(_ table: CopyPlan.Table) -> (share: Double, isMeasured: Bool) {
    if table.keepsNoRows { return (0, true) }
    guard table.isPartial, table.estimatedBytes > 0 else { return (1, true) }
    let unknown = (share: table.sampleRate, isMeasured: false)
    guard let ranges = Self.ranges(of: table) else { return unknown }
    var (kept, all) = (0, 0)
    for range in ranges {
      guard let counts = try? count(table, range) else { return unknown }
      kept += counts.kept
      all += counts.all
    }
    return all > 0 ? (min(1, Double(kept) / Double(all)), true) : unknown
  }

  /// Spread over the table, because old rows and new ones seldom lie side by side. Nothing where a table that is large
  /// has no pages to read it by.
  static func ranges(of table: CopyPlan.Table) -> [BlockRange?]? {
    let pages = table.estimatedBytes / pageSize
    if pages <= wholePages { return [nil] }
    guard table.table.storage == .heap else { return nil }
    return (0..<ranges).map { number in
      let first = (pages - rangePages) * number / (ranges - 1)
      return BlockRange(first: first, end: first + rangePages)
    }
  }

  private func count(_ table: CopyPlan.Table, _ range: BlockRange?) throws(RefreshFailure) -> (kept: Int, all: Int) {
    try reader.ask { session, instant throws(RefreshFailure) in
      let sql =
        "SELECT (SELECT pg_catalog.count(*) \(kept(table, range, instant))), (SELECT pg_catalog.count(*) \(all(table, range)))"
      let rows = try reaching { () throws(DatabaseError) in
        try session.lookUpNames(in: table.searchPath, deadline: .after(reader.stall))
        return try session.query(sql, deadline: .after(reader.stall), as: "counting rows")
      }
      guard let row = rows.first, let kept = row[0].flatMap({ Int($0) }), let all = row[1].flatMap({ Int($0) }) else {
        throw .refused("the source counted nothing")
      }
      return (kept, all)
    }
  }

  private func all(_ table: CopyPlan.Table, _ range: BlockRange?) -> String {
    "FROM ONLY \(table.table.name.quoted)\(range.map { " WHERE \($0.condition)" } ?? "")"
  }

  /// A table whose rows are not read by ranges, because an expression looks at all of them, is still filtered row by row.
  private func kept(_ table: CopyPlan.Table, _ range: BlockRange?, _ instant: CopyInstant) -> String {
    guard let range, !table.isRanged else { return "FROM (\n\(table.select(range: range, at: instant))\n) AS kept" }
    let alias = doubleQuoted(table.table.name.name)
    let filter = table.predicate(at: instant).map { " AND (\($0)\n)" } ?? ""
    return "FROM ONLY \(table.table.name.quoted) AS \(alias) WHERE \(alias).\(range.condition)\(filter)"
  }
}

extension BlockRange {
  /// Beginning with `ctid`.
  fileprivate var condition: String { PageRange(from: first, upTo: end).condition }
}
