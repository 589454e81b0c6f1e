/// A question that has to be answered with no row: in place the statement fails where any is left that refers to a row
/// which it lets go (`NO ACTION`, `RESTRICT`).
public struct ReferrerCheck: Sendable, Hashable {
  public let key: ForeignKey
  /// The place of the statement in `Lifting.statements`.
  public let statement: Int
  /// The referring tables as the statement leaves them.
  let referrers: [LiftedTable]
  let gone: [GoneRows]

  /// Gives one row where something still refers to what goes. Names have their schema: it is for a session whose
  /// search_path is `pg_catalog`, or what the filters need.
  ///
  /// - Parameter others: which rows of the tables are copied at all.
  public func query(among others: [QualifiedName: SelectedRows] = [:], at instant: CopyInstant?) -> String {
    let keys = KeyPrinter(row: "\"~~0\"", others: others, instant: instant)
    let found = keys.exists(GoneReference(key: key, gone: gone)).joined(separator: " OR ")
    let parts = referrers.map { table in
      let own = others[table.name]
      let rows = table.select(key.columns, named: own?.alias, filter: own?.filter, among: others, at: instant)
      return "SELECT 1 FROM (\n\(rows)\n) AS \"~~0\" WHERE \(found)"
    }
    return "SELECT EXISTS (\(parts.joined(separator: "\nUNION ALL\n")))"
  }
}
