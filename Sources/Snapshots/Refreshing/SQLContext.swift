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
      searchPath: declared.isEmpty ? path.compactMap { $0[0] } : declared,
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
      do {
        try session.transaction(readOnly: true, searchPath: searchPath, deadline: deadline) {
          session throws(DatabaseError) in
          _ = try session.query("PREPARE decant_proof AS \(proof.sql)", deadline: deadline, as: "preparing a statement")
          _ = try session.query("DEALLOCATE decant_proof", deadline: deadline, as: "preparing a statement")
        }
      } catch {
        guard error.kind == .server else { throw error }
        refused.append(
          CopyProblem(
            .error, "sql_syntax", at: proof.path, "line \(proof.line): the source refuses it: \(error.message)"))
      }
    }
    return refused
  }
}

extension CopyPlan {
  /// What an order means for a schema: its policy, and the SQL that it has beside.
  init(
    _ order: CopyOrder, _ schema: DatabaseSchema, _ context: SQLContext,
    runningSQLIn place: UnliftedSQL.Place = .quarantine
  ) {
    self.init(
      policy: MaskingPolicy(spec: order.policy ?? .object(Fields())), schema: schema, keys: order.keys,
      runningSQLIn: place,
      make: { maskOrder throws(MaskRefusal) in try maskOrder.mask() })
    problems = RiskRule.all(of: order.policy, in: schema).problems + problems
    guard !order.statements.isEmpty else { return }
    do {
      let sql = try DeclaredSQL(
        order.statements.map { DeclaredSQL.Part(path: $0.path, text: $0.sql) }, over: schema,
        searchPath: context.searchPath, views: context.views)
      take(sql)
    } catch {
      problems.append(CopyProblem(.error, "sql_syntax", at: order.statements[0].path, error.message))
    }
  }

  /// What is to be said of it, in the words of the port.
  var notes: [CopyNote] {
    problems.map(CopyNote.init)
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
