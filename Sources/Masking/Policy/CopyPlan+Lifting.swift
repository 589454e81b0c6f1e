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
    let selected = selected
    for index in tables.indices {
      guard let lifted = sql.lifting[tables[index].table.name] else { continue }
      tables[index].take(lifted, among: selected)
    }
    ask(sql)
    liftedNeedsSearchPath = liftedNeedsSearchPath || sql.lifting.needsSearchPath
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

  /// Expressions of rules are computed over what the statements leave, which is not to be had of everything.
  private func expressions(_ sql: DeclaredSQL) -> [CopyProblem] {
    tables.flatMap { table in
      guard let lifted = sql.lifting[table.table.name] else { return [CopyProblem]() }
      return table.columns.compactMap { column in
        guard column.isExpression, let path = column.path, let why = table.obstacle(to: column.mask, behind: lifted)
        else { return nil }
        return CopyProblem(
          .error, "sql_and_rule", at: path,
          "a statement changes \(table.table.name) before this rule does, and \(why); write both in one of the two places"
        )
      }
    }
  }
}

extension CopyPlan.Table {
  /// Why an expression cannot be computed over the rows that lifted statements leave: these have no place in the heap,
  /// their generated columns are those of the source, and changed columns have lost their own collation.
  fileprivate func obstacle(to mask: ColumnMask, behind lifted: LiftedTable) -> String? {
    let changed = lifted.changedColumns
    for name in mask.columnsRead.sorted() {
      guard let column = table[name] else {
        return "the rule tells rows apart by their place, because \(table.name) has no primary key"
      }
      if case .generated = column.origin, !changed.isEmpty,
        column.reads.isEmpty || !changed.isDisjoint(with: column.reads)
      {
        return "the rule reads \(name), which is generated of what the statement changes"
      }
      if changed.contains(name), column.declaration.hasCollation {
        return "the rule reads \(name), which the statement changes and which has a collation of its own"
      }
    }
    return nil
  }
}

extension LiftedStatement {
  /// "UPDATE users SET email = …", short enough for a line.
  var heading: String {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.count > 60 ? "`\(words.prefix(59))…`" : "`\(words)`"
  }
}

extension CopyPlan.Table {
  fileprivate mutating func take(_ more: LiftedTable, among selected: [QualifiedName: CopyPlan.SelectedTable]) {
    lifted = more
    if !more.isFlat { others = selected }
    isPartial = isPartial || more.losesRows
  }
}
