import Masking
import PostgreSQL
import Runtime
import Verification

/// How many different originals a filter is made for. Too few costs a second layer and a look at both; too many costs
/// memory that nothing is ever written to.
enum ExpectedOriginals {
  /// By the planner's statistics of the source: how many different values a column has, the share of its rows that are
  /// NULL, and how many rows there are. A column without statistics counts a value for each row.
  static func count(of plan: CopyPlan, in session: Session, deadline: Deadline) throws(DatabaseError) -> Int {
    let columns = plan.tables.flatMap { table -> [(CopyPlan.Table, RowPlan.Column)] in
      table.columnsOfOriginals.map { (table, $0) }
    }
    func list(_ name: ((CopyPlan.Table, RowPlan.Column)) -> String) -> String { ArrayLiteral.of(columns.map(name)) }
    let rows = try session.query(
      query, [list { $0.0.table.name.schema }, list { $0.0.table.name.name }, list { $0.1.name }], deadline: deadline,
      as: "reading how many different values there are")
    var known: [ColumnName: Double] = [:]
    for row in rows {
      let name = ColumnName(QualifiedName(row[0] ?? "", row[1] ?? ""), row[2] ?? "")
      known[name] = row[3].flatMap(Double.init)
    }
    return columns.reduce(0) { total, column in
      let values = different(known[ColumnName(column.0.table.name, column.1.name)], of: column.0.rowsToExpect)
      return total + values * parts(of: column.1.mask)
    }
  }

  /// `n_distinct` is a number of values, or, below zero, a share of the rows (the manual's page of `pg_stats`).
  static func different(_ statistic: Double?, of rows: Int) -> Int {
    guard let statistic, statistic != 0 else { return rows }
    return statistic > 0 ? min(rows, Int(statistic)) : Int(-statistic * Double(rows))
  }

  /// Of a name or an address its words are originals too.
  private static func parts(of mask: (any Mask)?) -> Int { mask?.traits.leak == .words ? 2 : 1 }

  private static let query = """
    SELECT schemaname, tablename, attname, n_distinct FROM pg_catalog.pg_stats
    WHERE NOT inherited
      AND (schemaname, tablename, attname) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))
    """
}

extension CopyPlan.Table {
  /// By its size where it has no statistics.
  fileprivate var rowsToExpect: Int { estimatedRows.flatMap { $0 > 0 ? $0 : nil } ?? estimatedBytes / 100 }
}
