/// A few rows of a table instead of all that the rules select.
extension CopyPlan.Table {
  /// Where rows that would be copied stand: for `query`, one column of `ctid` as text. Drawn from the whole table where it is
  /// large, and the same in every run as long as it stays as it is.
  ///
  /// - Parameter share: of its pages that is drawn from, in percent; nothing for all of it.
  public func places(_ count: Int, share: Double?, at instant: CopyInstant) -> String {
    let drawn = share.map { " TABLESAMPLE SYSTEM (\($0)) REPEATABLE (20261121)" } ?? ""
    let condition = predicate(at: instant).map { " WHERE \($0)" } ?? ""
    return
      "SELECT \(alias).ctid::pg_catalog.text FROM ONLY \(table.name.quoted) AS \(alias)\(drawn)\(condition) LIMIT \(count)"
  }

  /// The same table with these rows and no others. They are places at one instant: whoever reads at another may read other
  /// rows.
  ///
  /// - Parameter places: `(0,17)`, as `ctid` is written.
  public func holding(_ places: [String]) -> CopyPlan.Table {
    let list = places.filter { $0.utf8.allSatisfy { "(),0123456789".utf8.contains($0) } }.map { "\"\($0)\"" }
    let condition = "\(alias).ctid OPERATOR(pg_catalog.=) ANY ('{\(list.joined(separator: ","))}'::pg_catalog.tid[])"
    var held = CopyPlan.Table(
      table: table, root: root, columns: columns, key: key, format: format, rows: rows, isRanged: false,
      estimatedBytes: list.count * 100, estimatedRows: list.count, isPartial: true, sampleRate: sampleRate,
      alias: alias,
      conditions: conditions + [condition])
    (held.lifted, held.others, held.searchPath) = (lifted, others, searchPath)
    (held.watched, held.hidden) = (watched, hidden)
    return held
  }
}
