import Documents
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
  let broken: BrokenStatement?
  private let starts: [(path: String, byte: Int, line: Int)]

  /// The parts are read as one text, because what one leaves the next one sees.
  ///
  /// - Throws: as `Lifting.lift`.
  public init(
    _ parts: [Part], over schema: DatabaseSchema, searchPath: [String], views: Set<QualifiedName>,
    breaking broken: BrokenStatement? = nil
  ) throws(SQLError) {
    var (text, starts) = ("", [(path: String, byte: Int, line: Int)]())
    for part in parts {
      starts.append((part.path, text.utf8.count, text.utf8.count { $0 == UInt8(ascii: "\n") }))
      text += "\(part.text)\n;\n"
    }
    self.starts = starts
    self.broken = broken
    lifting = try Lifting.lift(text, over: schema, searchPath: searchPath, views: views, breaking: broken)
  }

  /// Where a byte of the whole text stands.
  func place(of byte: Int, line: Int) -> (path: String, line: Int) {
    let part = starts.last { $0.byte <= byte }
    return (part?.path ?? "", line - (part?.line ?? 0))
  }

  /// Of every statement that does something in a copy: its place in `Lifting.statements`, how people find it, whether it
  /// could forget rows, and the bytes of which part it is.
  public var working: [(place: Int, title: String, mayForget: Bool, part: Int, range: Range<Int>)] {
    lifting.statements.enumerated().compactMap { place, statement in
      if case .passedOver = statement.outcome { return nil }
      guard let part = starts.lastIndex(where: { $0.byte <= statement.range.lowerBound }) else { return nil }
      let (path, line) = self.place(of: statement)
      let start = starts[part].byte
      let range = (statement.range.lowerBound - start)..<(statement.range.upperBound - start)
      let mayForget = statement.kind == "UpdateStmt" || statement.kind == "DeleteStmt"
      return (place, "\(path) line \(line), \(statement.heading)", mayForget, part, range)
    }
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
    for (place, statement) in sql.lifting.statements.enumerated() where !statement.isHandled {
      unlifted.add(statement)
      guard let broken = sql.broken, broken.place == place else {
        remaining.append(statement.text)
        continue
      }
      if broken.defect == .forgetsSome { forget(statement) }
    }
    let said = sql.lifting.statements.map { problem(of: $0, sql.place(of: $0)) }
    problems = (problems + said + collisions(sql) + expressions(sql)).sorted {
      ($1.severity, $0.path) < ($0.severity, $1.path)
    }
  }

  /// Runs a statement that is to pass over some rows. Its trigger is made first of all, because that is refused behind
  /// statements whose deferred constraints are still to be asked.
  private mutating func forget(_ statement: LiftedStatement) {
    guard let range = statement.relation, let name = range["relname"]?.string,
      tables.contains(where: { $0.table.name.name == name || $0.root.name == name })
    else { return remaining.append(statement.text) }
    let table = (range["schemaname"]?.string.map { "\(quote($0))." } ?? "") + quote(name)
    let trigger =
      "CREATE TRIGGER decant_forgets BEFORE UPDATE OR DELETE ON \(table) FOR EACH ROW EXECUTE FUNCTION pg_temp.decant_forgets()"
    remaining.insert(contentsOf: [BrokenStatement.function, trigger], at: 0)
    remaining += [BrokenStatement.setting("on"), statement.text, BrokenStatement.setting("off")]
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

extension BrokenStatement {
  /// Passes over about every second row while the setting is on, the same in every run.
  fileprivate static let function = """
    CREATE FUNCTION pg_temp.decant_forgets() RETURNS pg_catalog.trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF pg_catalog.current_setting('decant.forgets', true) = 'on' AND pg_catalog.md5(OLD::pg_catalog.text) < '8' THEN
        RETURN NULL;
      END IF;
      IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
      RETURN NEW;
    END $$
    """

  fileprivate static func setting(_ value: String) -> String {
    "SELECT pg_catalog.set_config('decant.forgets', '\(value)', true)"
  }
}

extension LiftedStatement {
  /// The table of an UPDATE or DELETE, as the statement names it.
  fileprivate var relation: Value? {
    guard kind == "UpdateStmt" || kind == "DeleteStmt" else { return nil }
    return (try? SQL.parse(text))?.first?.tree["relation"]
  }

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
