import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import SQL

/// What names in users' SQL mean in the source.
struct SQLContext {
  /// Schemas in their order, without `pg_catalog`.
  let searchPath: [String]
  /// Views and other relations that are no tables.
  let views: Set<QualifiedName>
  /// What filters and expressions are looked up by behind `pg_catalog`, where the source was found to want that: plans
  /// that are made beside the first one read them alike.
  var wordsPath: [String]?

  /// Of a session that has the role's own search_path: one that was not settled for copying.
  static func read(
    _ order: CopyOrder, in session: Session, deadline: Deadline
  ) throws(DatabaseError) -> SQLContext {
    let path = try session.query(
      "SELECT s FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS x(s, n) ORDER BY n",
      deadline: deadline, as: "reading the search path")
    let views = try session.query(
      """
      SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      """, deadline: deadline, as: "reading the views")
    let declared = order.schemas.included
    return SQLContext(
      searchPath: (declared.isEmpty ? path.compactMap { $0[0] } : declared).filter { $0 != "pg_catalog" },
      views: Set(views.map { QualifiedName($0[0] ?? "", $0[1] ?? "") }))
  }
}

extension SQLContext {
  /// Types are not in a parse tree: only the server can say whether a value may be assigned to its column. Preparing
  /// changes nothing and needs no right to write.
  ///
  /// - Returns: an error for each statement that the source refuses.
  func refusals(
    of proofs: [CopyPlan.Proof], in session: Session, deadline: Deadline
  ) throws(DatabaseError) -> [CopyProblem] {
    var refused: [CopyProblem] = []
    for proof in proofs {
      guard let why = try refusal(of: proof.sql, under: searchPath, in: session, deadline: deadline) else { continue }
      refused.append(
        CopyProblem(.error, "sql_syntax", at: proof.path, "line \(proof.line): the source refuses it: \(why)"))
    }
    return refused
  }

  private func refusal(
    of sql: String, under searchPath: [String], in session: Session, deadline: Deadline
  ) throws(DatabaseError) -> String? {
    do {
      try session.transaction(readOnly: true, searchPath: searchPath, deadline: deadline) {
        session throws(DatabaseError) in
        _ = try session.query("PREPARE decant_proof AS \(sql)", deadline: deadline, as: "preparing a statement")
        _ = try session.query("DEALLOCATE decant_proof", deadline: deadline, as: "preparing a statement")
      }
      return nil
    } catch {
      guard error.kind == .server else { throw error }
      return error.message
    }
  }

  /// Finds out whether filters and expressions need the search path, which only the server can say: what it takes under
  /// `pg_catalog` alone means PostgreSQL's own, whatever else there is of that name.
  func settle(
    _ plan: inout CopyPlan, _ schema: DatabaseSchema, in session: Session, deadline: Deadline
  ) throws(DatabaseError) {
    let path = searchPath + schema.extensions.map(\.schema).filter { !searchPath.contains($0) }
    var needsPath = plan.liftedNeedsSearchPath
    for words in plan.words {
      let own = try refusal(of: words.query, under: ["pg_catalog"], in: session, deadline: deadline)
      if own == nil, !words.needsSearchPath { continue }
      if let why = try refusal(of: words.query, under: ["pg_catalog"] + path, in: session, deadline: deadline) {
        plan.problems.append(CopyProblem(.error, "sql_syntax", at: words.path, "the source refuses it: \(why)"))
      } else {
        needsPath = true
      }
    }
    if needsPath { plan.read(under: path, of: schema) }
  }
}

extension CopyPlan {
  /// Asks the source what lifted statements would fail on in place.
  ///
  /// - Parameter session: in a transaction of the instant.
  func answers(at instant: CopyInstant, in session: Session, deadline: Deadline) throws(DatabaseError) -> [CopyProblem]
  {
    guard !questions.isEmpty else { return [] }
    try session.lookUpNames(in: searchPath, deadline: deadline)
    var found: [CopyProblem] = []
    for question in questions {
      let rows = try session.query(
        question.query(at: instant), deadline: deadline, as: "looking for rows that \(question.key.name) holds")
      if rows.single == "t" { found.append(CopyProblem(.error, "sql_referred", at: question.path, question.refusal)) }
    }
    try session.lookUpNames(in: ["pg_catalog"], deadline: deadline)
    return found
  }

  /// The same while planning, in a session of its own and for a short time: the answer is worth a plan's patience and no
  /// more, because the copy asks again.
  func answersInTime(_ parameters: ConnectionParameters, _ world: CopyWorld) throws(RefreshFailure) -> [CopyProblem] {
    guard !questions.isEmpty, canRun else { return [] }
    let session = try world.connect(parameters)
    do throws(DatabaseError) {
      return try session.transaction(readOnly: true, isolation: .repeatableRead, deadline: .after(Self.patience)) {
        session throws(DatabaseError) in
        let deadline = Deadline.after(Self.patience)
        let now = try session.query(
          "SELECT pg_catalog.transaction_timestamp()::text", deadline: deadline, as: "reading the instant")
        guard let instant = now.single.flatMap(CopyInstant.init) else { return [] }
        return try answers(at: instant, in: session, deadline: deadline)
      }
    } catch {
      var isLate = error.sqlstate == "57014"
      if case .timedOut = error.kind { isLate = true }
      guard isLate else { throw RefreshFailure(error) }
      return questions.map { CopyProblem(.warning, "sql_referred", at: $0.path, $0.doubt) }
    }
  }

  private static let patience = Duration.seconds(20)
}

extension CopyPlan {
  /// What an order means for a schema: its policy, and the SQL that it has beside.
  init(
    _ order: CopyOrder, _ schema: DatabaseSchema, _ context: SQLContext,
    runningSQLIn place: UnliftedSQL.Place = .quarantine, breaking broken: BrokenStatement? = nil
  ) {
    self.init(
      policy: MaskingPolicy(spec: order.policy ?? .object(Fields())), schema: schema, keys: order.keys,
      runningSQLIn: place,
      make: { maskOrder throws(MaskRefusal) in try maskOrder.mask() })
    problems = RiskRule.all(of: order.policy, in: schema).problems + problems
    defer { if let path = context.wordsPath { read(under: path, of: schema) } }
    guard !order.statements.isEmpty else { return }
    do {
      take(try DeclaredSQL(order, schema, context, breaking: broken))
    } catch {
      problems.append(CopyProblem(.error, "sql_syntax", at: order.statements[0].path, error.message))
    }
  }

  /// What is to be said of it, in the words of the port.
  var notes: [CopyNote] {
    problems.map(CopyNote.init)
  }
}

extension DeclaredSQL {
  /// - Throws: where a text is no SQL.
  init(
    _ order: CopyOrder, _ schema: DatabaseSchema, _ context: SQLContext, breaking broken: BrokenStatement? = nil
  ) throws(SQLError) {
    try self.init(
      order.statements.map { DeclaredSQL.Part(path: $0.path, text: $0.sql) }, over: schema,
      searchPath: context.searchPath, views: context.views, breaking: broken)
  }
}

extension CopyNote {
  init(_ problem: CopyProblem) {
    self.init(
      problem.code, Severity(problem.severity), at: problem.path, isInPolicy: !problem.path.hasPrefix("sanitize."),
      problem.message)
  }
}

extension Severity {
  fileprivate init(_ severity: CopyProblem.Severity) {
    switch severity {
    case .error: self = .error
    case .warning: self = .warning
    case .note: self = .note
    }
  }
}
