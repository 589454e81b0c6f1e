extension CopyPlan {
  /// Whether rows still refer to those that a statement lets go, which their foreign key forbids.
  public struct Question: Sendable {
    public let path: String
    public let key: ForeignKey
    /// What is to be said where they do, and where it could not be found out in time.
    public let refusal: String
    public let doubt: String
    let check: ReferrerCheck
    let others: [QualifiedName: SelectedTable]

    /// Gives one row with `t` where it is so.
    public func query(at instant: CopyInstant) -> String {
      check.query(among: others.mapValues { $0.rows(at: instant) }, at: instant)
    }
  }

  /// Which rows of a table are copied, with the mark of the instant in the conditions.
  struct SelectedTable: Sendable, Hashable {
    var alias: String?
    var conditions: [String]

    func rows(at instant: CopyInstant) -> SelectedRows {
      guard !conditions.isEmpty else { return SelectedRows(alias: alias) }
      return SelectedRows(
        alias: alias, filter: RowExpression.text(of: conditions.joined(separator: " AND "), at: instant))
    }
  }

  /// Of tables that are not copied there are no rows in the copy that anything could be done to.
  var selected: [QualifiedName: SelectedTable] {
    var found = Dictionary(
      tables.map { ($0.table.name, SelectedTable(alias: $0.alias, conditions: $0.conditions)) }
    ) { first, _ in first }
    for table in left { found[table.table] = SelectedTable(conditions: ["false"]) }
    return found
  }

  mutating func ask(_ sql: DeclaredSQL) {
    let selected = selected
    questions += sql.lifting.checks.map { check in
      let statement = sql.lifting.statements[check.statement]
      let (path, line) = sql.place(of: statement)
      let words =
        "line \(line), \(statement.heading): rows of \(check.key.from) refer to rows that it deletes (\(check.key.name)"
      return Question(
        path: path, key: check.key,
        refusal: "\(words)), and PostgreSQL would refuse it; delete those before, or leave out what they refer to",
        doubt:
          "\(words), which forbids it): whether there are any was not found out in time. The copy asks before it reads a row",
        check: check, others: selected)
    }
  }
}
