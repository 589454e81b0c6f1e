import Documents
import Masking
import PostgreSQL
public import Reconciliation
import Runtime

extension LiveCopies {
  public func study(_ order: CopyOrder) -> Result<CopyStudy, DatabaseFailure> {
    do throws(RefreshFailure) {
      let source = try read(order)
      return .success(try judged(order, source, try budgeted(order, source)))
    } catch {
      return .failure(error.asFailure(at: order.source.title))
    }
  }

  private func parameters(of order: CopyOrder) throws(RefreshFailure) -> ConnectionParameters {
    do { return try world.parameters(order.source, nil) } catch { throw .unreachable(error) }
  }

  func read(_ order: CopyOrder) throws(RefreshFailure) -> StudiedSource {
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
          try SourceLook.look(at: schema, in: session, with: order.classifier)
        }
        return (schema, leftOut, look)
      }
    }
    let placed = try PlacedPlan(order, schema, context, beside: session, world)
    var plan = placed.plan
    plan.problems += try reaching { () throws(DatabaseError) in
      try context.settle(&plan, schema, in: session, deadline: deadline)
      return try context.refusals(of: plan.proofs, in: session, deadline: deadline)
    }
    plan.problems += try plan.answersInTime(try parameters(of: order), world)
    return StudiedSource(
      session: session, schema: schema, plan: plan, placing: placed.notes, isPlacedOnScratch: placed.scratch != nil,
      look: look, leftOut: leftOut)
  }

  /// What is said of a source, its size included where that was measured.
  func judged(
    _ order: CopyOrder, _ source: StudiedSource, _ space: CopySpace?
  ) throws(RefreshFailure) -> CopyStudy {
    let (schema, plan) = (source.schema, source.plan)
    var study = study(order, schema, plan)
    study.notes += source.placing
    study.notes += LeftOut.sentences(source.leftOut).map {
      CopyNote("not_copied", .note, at: "snapshot", isInPolicy: false, $0)
    }
    study.notes += plan.textFormats.map { CopyNote("text_format", .note, at: "snapshot", isInPolicy: false, $0) }
    study.notes += plan.coverage(of: schema, source.look, since: previous(order, schema), at: order.rulesPath)
    study.personal = PersonalColumn.all(of: schema, order, plan, source.look)
    study.notes += [space?.overBudget].compactMap { $0 }
    return study
  }

  /// Measured only where a budget is declared: it costs questions that not every plan has to ask.
  private func budgeted(_ order: CopyOrder, _ source: StudiedSource) throws(RefreshFailure) -> CopySpace? {
    guard order.options["disk_budget"]?.string.flatMap(ByteCount.bytes) != nil else { return nil }
    let measure = CopyMeasure(order: order, plan: source.plan, world: world, catalogue: catalogue)
    return try measure.space(try measure.tables(in: source.session), in: source.session)
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

/// A source as one look has found it, and what the rules make of it.
struct StudiedSource {
  let session: Session
  let schema: DatabaseSchema
  let plan: CopyPlan
  /// What is said of where SQL runs that needs rows.
  let placing: [CopyNote]
  /// It runs on the scratch server.
  let isPlacedOnScratch: Bool
  let look: SourceLook
  let leftOut: [LeftOut]
}

extension CopyPlan {
  /// Tables whose rows cannot go in the binary format, a sentence for each; for partitions that of their table.
  var textFormats: [String] {
    var told: Set<String> = []
    return tables.compactMap { table in
      guard case .text(let reason) = table.format else { return nil }
      let sentence = "the rows of \(table.root) go as text, which costs more than binary. \(reason)"
      return told.insert(sentence).inserted ? sentence : nil
    }
  }
}

extension CopySpace {
  /// What is said where the budget does not suffice; nothing where it does.
  var overBudget: CopyNote? {
    guard isOverBudget, let budget else { return nil }
    let size = ByteCount.spoken
    var parts = ["a copy takes about \(size(copy)) (\(size(tables)) of rows, \(size(indexes)) of indexes)"]
    if template > 0 { parts.append("its template \(size(template))") }
    if let present, present > 0 {
      parts.append("what is there now, and stays until the copy takes its place, \(size(present))")
    }
    let sum = parts.count > 1 ? "; together \(size(needed))" : ""
    return CopyNote(
      "disk_budget", .error, at: "refresh.disk_budget", isInPolicy: false,
      "\(parts.joined(separator: ", "))\(sum), and the budget is \(size(budget)). Raise it, or copy fewer rows (`filter`, `sample_rate`, `exclude_tables`)"
    )
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
