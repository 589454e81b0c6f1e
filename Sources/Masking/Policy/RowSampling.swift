import Documents

/// Which rows of a table its own filter and sample leave, as SQL that gives the same answer every time.
///
/// A random sample takes the rows whose hash of key and seed is below the threshold. It says nothing secret: whoever
/// knows a key can compute whether the row is in the sample. Without a key the whole row is hashed, so that equal rows
/// stay or go together; `ctid` would be another one after each vacuum.
///
/// A stratified sample also takes, of every value of its column, the row with the smallest hash. A time-based one takes
/// the newest share of rows, those of the same time as its last row included, and none without a time.
struct RowSampling {
  let table: Table
  let rows: PolicyMeeting.Rows
  private let seed: Int

  init(_ table: Table, _ rows: PolicyMeeting.Rows, seed: Int?) {
    self.table = table
    self.rows = rows
    alias = quote(table.name.name)
    // A seed for each table: or of two tables with the same keys the same rows would be taken.
    let text = "\(seed ?? 0) \(table.name.schema.utf8.count) \(table.name)"
    self.seed = Int(sha256(text).prefix(15), radix: 16) ?? 0
  }

  /// What the table is called in the conditions.
  var alias: String

  var isSampled: Bool { rows.rate < 1 }

  /// Conditions over the row alone, in which the table has this alias; what they read of the whole table is read once.
  func conditions() -> [String] {
    var found: [String] = []
    if let condition = table.rowCondition { found.append("(\(condition)\n)") }
    if let filter = rows.filter { found.append("(\(filter.marked)\n)") }
    guard isSampled else { return found }
    if rows.rate <= 0 { return ["false"] }
    switch rows.sampling {
    case .random: found.append("\(hash) OPERATOR(pg_catalog.<) \(threshold)")
    case .stratified: break
    case .timeBased: found += [newest(found)].compactMap { $0 }
    }
    return found
  }

  var isStratified: Bool { isSampled && rows.rate > 0 && rows.sampling == .stratified && rows.column != nil }

  /// Reads the whole table for each statement, so that it is not cut into ranges.
  var readsWhole: Bool { isSampled && rows.sampling != .random }

  /// True of the rows that a stratified sample leaves out; `least` gives the smallest hash of each stratum.
  func isLeftOut(by least: String) -> String {
    "\(least).stratum OPERATOR(pg_catalog.=) \(stratum) AND \(least).hash OPERATOR(pg_catalog.<>) \(hash) AND \(hash) OPERATOR(pg_catalog.>=) \(threshold)"
  }

  /// A relation of one row per stratum. It is grouped by the server, which spills to disk what is too much for memory.
  func least(from relation: String, where conditions: [String]) -> String {
    let condition = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
    return
      "(SELECT \(stratum) AS stratum, pg_catalog.min(\(hash)) AS hash FROM \(relation) AS \(alias)\(condition) GROUP BY 1)"
  }

  private var threshold: Int { Int(rows.rate * 0x1p63) }

  /// From 0 to 2^63-1.
  private var hash: String {
    let columns = (table.rowKey ?? table.copiedColumns.map(\.name)).map { "\(alias).\(quote($0))" }
    let row = columns.count == 1 ? columns[0] : "ROW(\(columns.joined(separator: ", ")))"
    return
      "(pg_catalog.hashtextextended(\(row)::pg_catalog.text COLLATE pg_catalog.\"C\", \(seed)) OPERATOR(pg_catalog.&) 9223372036854775807)"
  }

  /// Text, because every type has it; NULL is a stratum too.
  private var stratum: String {
    let column = "\(alias).\(quote(rows.column ?? ""))"
    return "(coalesce('v' OPERATOR(pg_catalog.||) \(column)::pg_catalog.text, '') COLLATE pg_catalog.\"C\")"
  }

  private func newest(_ candidates: [String]) -> String? {
    guard let column = rows.column.map(quote) else { return nil }
    let condition = candidates.isEmpty ? "" : " WHERE " + candidates.joined(separator: " AND ")
    return
      "\(alias).\(column) OPERATOR(pg_catalog.>=) (SELECT pg_catalog.percentile_disc(\(rows.rate)) WITHIN GROUP (ORDER BY \(alias).\(column) DESC) FROM \(table.relation) AS \(alias)\(condition))"
  }
}

extension Table {
  /// All its rows and no others: those of partitions, but not those of heirs, which are rows of their own.
  var relation: String { storage == .partitioned ? name.quoted : "ONLY \(name.quoted)" }
}
