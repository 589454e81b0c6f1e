import Documents
import Masking
import PostgreSQL
public import Reconciliation
import Runtime

extension LiveCopies {
  public func study(_ order: CopyOrder) -> Result<CopyStudy, DatabaseFailure> {
    do throws(RefreshFailure) {
      let session = try world.connect(order.source)
      let deadline = world.short
      let context = try reaching { () throws(DatabaseError) in
        try SQLContext.read(order, in: session, deadline: deadline)
      }
      let (schema, leftOut, look) = try reaching { () throws(DatabaseError) in
        try session.transaction(readOnly: true, isolation: .repeatableRead, deadline: deadline) {
          session throws(DatabaseError) in
          let schema = try SchemaReader.read(order.schemas, in: session, deadline: deadline)
          let leftOut = try LeftOut.read(in: session, extensions: nil, deadline: deadline)
          let look = try world.looks.look(at: order.source, schema) { () throws(DatabaseError) in
            try SourceLook.look(at: schema, in: session)
          }
          return (schema, leftOut, look)
        }
      }
      var plan = CopyPlan(order, schema, context)
      plan.problems += try reaching { () throws(DatabaseError) in
        try context.settle(&plan, schema, in: session, deadline: deadline)
        return try context.refusals(of: plan.proofs, in: session, deadline: deadline)
      }
      plan.problems += try plan.answersInTime(try parameters(of: order), world)
      var study = study(order, schema, plan)
      study.notes += LeftOut.sentences(leftOut).map {
        CopyNote("not_copied", .note, at: "snapshot", isInPolicy: false, $0)
      }
      study.notes += plan.coverage(of: schema, look, since: previous(order, schema), at: order.rulesPath)
      study.personal = PersonalColumn.all(of: schema, order, plan, look)
      study.notes += try overBudget(order, in: session)
      return .success(study)
    } catch {
      return .failure(error.asFailure(at: order.source.title))
    }
  }

  private func parameters(of order: CopyOrder) throws(RefreshFailure) -> ConnectionParameters {
    do { return try world.parameters(order.source, nil) } catch { throw .unreachable(error) }
  }

  /// The schema when the last copy was made, as the destination still shows it; asked for only where the source's has
  /// changed since. Where it cannot be read, nothing is said of new columns.
  private func previous(_ order: CopyOrder, _ schema: DatabaseSchema) -> DatabaseSchema? {
    do {
      guard let copy = try published(order.target, in: order.workspace), copy.schemaFingerprint != schema.fingerprint
      else { return nil }
      let session = try world.connect(order.destination)
      let deadline = world.short
      return try session.transaction(readOnly: true, isolation: .repeatableRead, deadline: deadline) {
        session throws(DatabaseError) in try SchemaReader.read(order.schemas, in: session, deadline: deadline)
      }
    } catch {
      return nil
    }
  }

  private func study(_ order: CopyOrder, _ schema: DatabaseSchema, _ plan: CopyPlan) -> CopyStudy {
    CopyStudy(
      tables: plan.tables.count, bytes: plan.tables.reduce(0) { $0 + $1.estimatedBytes },
      schemaFingerprint: schema.fingerprint, keyID: order.keyID, notes: plan.notes, shape: schema.shape)
  }
}

extension LiveCopies {
  /// The copy and its predecessor, both at most as large as the source is.
  private func overBudget(_ order: CopyOrder, in session: Session) throws(RefreshFailure) -> [CopyNote] {
    guard let text = order.options["disk_budget"]?.string, let budget = ByteCount.bytes(text) else { return [] }
    let size = try reaching { () throws(DatabaseError) in
      try session.query(
        "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())", deadline: world.short,
        as: "measuring the source")
    }
    guard let bytes = size.single.flatMap({ Int($0) }), bytes > budget / 2 else { return [] }
    return [
      CopyNote(
        "disk_budget", .error, at: "refresh.disk_budget", isInPolicy: false,
        "the source has \(bytes / 1_000_000) MB, so that a copy and its predecessor can take \(bytes / 500_000) MB, and the budget is \(text). Raise it, or copy fewer rows"
      )
    ]
  }
}

extension RefreshFailure {
  func asFailure(at subject: String) -> DatabaseFailure {
    switch self {
    case .unreachable(let failure): failure
    case .interrupted: DatabaseFailure(.interrupted, subject, "interrupted")
    case .database(let error): DatabaseFailure(.statement, subject, sqlState: error.sqlstate, error.message)
    default: DatabaseFailure(.statement, subject, cause)
    }
  }
}
