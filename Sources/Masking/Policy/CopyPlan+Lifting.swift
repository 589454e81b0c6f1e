/// SQL that a team has, where it stands, and what becomes of it.
public struct DeclaredSQL: Sendable {
  /// `sanitize.override_query`, `post_sync.custom_sql`.
  public var path: String
  public var lifting: Lifting

  public init(path: String, lifting: Lifting) { (self.path, self.lifting) = (path, lifting) }
}

extension CopyPlan {
  /// Takes lifted statements into the tables' SELECTs, and says of each statement what becomes of it.
  ///
  /// - Parameter mayRunInQuarantine: somebody has accepted that clear rows lie on the destination's server for a while;
  ///   else a statement that is not lifted is an error.
  public mutating func take(_ sql: DeclaredSQL, mayRunInQuarantine: Bool) {
    for index in tables.indices {
      guard let lifted = sql.lifting[tables[index].table.name] else { continue }
      tables[index].take(lifted)
    }
    let said = sql.lifting.statements.map { problem(of: $0, sql.path, mayRunInQuarantine) }
    problems = (problems + said + collisions(sql) + expressions(sql)).sorted {
      ($1.severity, $0.path) < ($0.severity, $1.path)
    }
  }

  private func problem(of statement: LiftedStatement, _ path: String, _ mayRun: Bool) -> CopyProblem {
    let words = "line \(statement.line), \(statement.heading)"
    switch statement.outcome {
    case .lifted(let tables):
      let names = tables.map(\.description).joined(separator: ", ")
      return CopyProblem(.note, "sql_lifted", at: path, "\(words): done where \(names) is read, before a row leaves the source")
    case .passedOver(let why): return CopyProblem(.note, "sql_passed_over", at: path, "\(words): \(why)")
    case .notLifted(let why):
      let way =
        mayRun
        ? "It runs in the quarantine, where clear rows lie until it is done"
        : "Write it as masking rules, or accept clear rows on the destination's server with a waiver of clear_rows_on_destination"
      return CopyProblem(
        mayRun ? .warning : .error, "sql_not_lifted", at: path,
        "\(words): it cannot be done where rows are read, because \(why). \(way)")
    }
  }

  /// Of every column with a rule, by the names of the tables that hold the rows and of those that the rules stand at.
  private var ruled: Set<ColumnName> {
    var found: Set<ColumnName> = []
    for table in tables {
      for column in table.columns {
        if case .kept = column.mask { continue }
        found.formUnion([ColumnName(table.table.name, column.column.name), ColumnName(table.root, column.column.name)])
      }
    }
    return found
  }

  private func collisions(_ sql: DeclaredSQL) -> [CopyProblem] {
    sql.lifting.collisions(with: ruled).map { collision in
      let place = "line \(collision.line) and a rule speak of \(collision.column)"
      switch collision.kind {
      case .written:
        return CopyProblem(.error, "sql_and_rule", at: sql.path, "\(place): both change it. Take one of them away")
      case .read:
        return CopyProblem(
          .error, "sql_and_rule", at: sql.path,
          "\(place): the statement would carry its clear value into another column. Give that column a rule too, and take the statement away"
        )
      case .tested:
        return CopyProblem(
          .warning, "sql_and_rule", at: sql.path,
          "\(place): the statement's condition asks for the clear value, and not for the masked one")
      }
    }
  }

  /// An expression of a rule and one of a statement would each have to see the other's value.
  private func expressions(_ sql: DeclaredSQL) -> [CopyProblem] {
    tables.filter { sql.lifting[$0.table.name]?.changedColumns.isEmpty == false }.flatMap { table in
      table.columns.compactMap { column -> CopyProblem? in
        guard case .expression = column.mask, let path = column.path else { return nil }
        return CopyProblem(
          .error, "sql_and_rule", at: path,
          "the rule is an SQL expression over \(table.table.name), whose rows a statement of \(sql.path) changes too; write both in one of the two places"
        )
      }
    }
  }
}

extension LiftedStatement {
  /// "UPDATE users SET email = …", short enough for a line.
  fileprivate var heading: String {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.count > 60 ? "`\(words.prefix(59))…`" : "`\(words)`"
  }
}

extension CopyPlan.Table {
  fileprivate mutating func take(_ more: LiftedTable) {
    lifted.append(more)
    isPartial = isPartial || more.losesRows
  }
}
