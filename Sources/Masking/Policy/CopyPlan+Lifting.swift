public import SQL

/// SQL that a team has, of one place or of several that follow one another, and what becomes of it.
public struct DeclaredSQL: Sendable {
  /// One place with its text: `sanitize.override_query`, `post_sync.custom_sql`.
  public struct Part: Sendable, Hashable {
    public var path: String
    public var text: String

    public init(path: String, text: String) { (self.path, self.text) = (path, text) }
  }

  public let lifting: Lifting
  private let starts: [(path: String, byte: Int, line: Int)]

  /// The parts are read as one text, because what one leaves the next one sees.
  ///
  /// - Throws: as `Lifting.lift`.
  public init(
    _ parts: [Part], over schema: DatabaseSchema, searchPath: [String], views: Set<QualifiedName>
  ) throws(SQLError) {
    var (text, starts) = ("", [(path: String, byte: Int, line: Int)]())
    for part in parts {
      starts.append((part.path, text.utf8.count, text.utf8.count { $0 == UInt8(ascii: "\n") }))
      text += "\(part.text)\n;\n"
    }
    self.starts = starts
    lifting = try Lifting.lift(text, over: schema, searchPath: searchPath, views: views)
  }

  /// Where a byte of the whole text stands.
  func place(of byte: Int, line: Int) -> (path: String, line: Int) {
    let part = starts.last { $0.byte <= byte }
    return (part?.path ?? "", line - (part?.line ?? 0))
  }

  func place(of statement: LiftedStatement) -> (path: String, line: Int) {
    place(of: statement.range.lowerBound, line: statement.line)
  }
}

extension CopyPlan {
  /// Takes lifted statements into the tables' SELECTs, and says of each statement what becomes of it.
  ///
  /// A statement that is not lifted is an error that a waiver may accept: it then runs in the quarantine. Where a scratch
  /// server keeps clear rows away from the destination's, it is a note.
  public mutating func take(_ sql: DeclaredSQL) {
    for index in tables.indices {
      guard let lifted = sql.lifting[tables[index].table.name] else { continue }
      tables[index].take(lifted)
    }
    proofs += sql.lifting.statements.compactMap { statement in
      statement.proof.map { Proof(path: sql.place(of: statement).path, line: sql.place(of: statement).line, sql: $0) }
    }
    for statement in sql.lifting.statements where !statement.isHandled {
      remaining.append(statement.text)
      unlifted.add(statement)
    }
    let said = sql.lifting.statements.map { problem(of: $0, sql.place(of: $0)) }
    problems = (problems + said + collisions(sql) + expressions(sql)).sorted {
      ($1.severity, $0.path) < ($0.severity, $1.path)
    }
  }

  private func problem(
    of statement: LiftedStatement, _ place: (path: String, line: Int)
  ) -> CopyProblem {
    let (path, words) = (place.path, "line \(place.line), \(statement.heading)")
    switch statement.outcome {
    case .lifted(let tables):
      let names = tables.map(\.description).joined(separator: ", ")
      return CopyProblem(
        .note, "sql_lifted", at: path, "\(words): done where \(names) is read, before a row leaves the source")
    case .passedOver(let why): return CopyProblem(.note, "sql_passed_over", at: path, "\(words): \(why)")
    case .notLifted(let why):
      return .unlifted(words, because: why, insteadWrite: "it as masking rules", at: path, in: sqlPlace)
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
      let (path, line) = sql.place(of: sql.lifting.statements[collision.statement])
      let place = "line \(line) and a rule speak of \(collision.column)"
      switch collision.kind {
      case .written:
        return CopyProblem(.error, "sql_and_rule", at: path, "\(place): both change it. Take one of them away")
      case .read:
        return CopyProblem(
          .error, "sql_and_rule", at: path,
          "\(place): the statement would carry its clear value into another column. Give that column a rule too, and take the statement away"
        )
      case .tested:
        return CopyProblem(
          .warning, "sql_and_rule", at: path,
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
          "the rule is an SQL expression over \(table.table.name), whose rows a statement changes too; write both in one of the two places"
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
    lifted = more
    isPartial = isPartial || more.losesRows
  }
}
