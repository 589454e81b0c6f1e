import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// The instant of a copy with everything that was read at it: the schema, and what the rules make of it.
struct Lead {
  let leader: Leader
  let readers: SourceReaders
  let source: ConnectionParameters
  let schema: DatabaseSchema
  let plan: CopyPlan
  let schemas: CopiedSchemas
  let tables: [CarriedTable]
  let context: SQLContext
  /// Where the SQL runs that could not be lifted; nothing where there is none, or where it runs in the quarantine.
  let scratch: ScratchServer?
  /// Columns that look personal.
  let personal: Set<ColumnName>
  /// Those of them whose originals nobody collects although that SQL changes them.
  let unwatched: [ColumnName]

  /// Where the sequences stand now; at the end of the rows, so that they are never behind them.
  func sequences(_ deadline: Deadline) throws(RefreshFailure) -> [SequenceState] {
    do {
      return try SequenceState.read(of: schemas.copied, in: leader.session, deadline: deadline)
    } catch { throw .quarantine(error) }
  }

  /// Whether the instant is still held: without it nothing more can be read at it.
  func isAlive(_ deadline: Deadline) -> Bool {
    do {
      try leader.prove(deadline: deadline)
      return true
    } catch { return false }
  }

  /// Lets go of the source.
  func end() {
    readers.end()
    leader.end()
  }

  /// What the work is done with.
  func basis(_ order: CopyOrder) -> RefreshCheckpoint.Basis {
    RefreshCheckpoint.Basis(
      policyDigest: order.policyDigest, keyID: order.keyID, schemaFingerprint: schema.fingerprint)
  }
}

extension RefreshRun {
  /// How long TRUNCATE or ALTER TABLE of somebody else is waited for.
  private static let lockTimeout = Duration.seconds(30)

  /// Takes the instant; another one where a table was changed before it could be locked, or somebody waits to change one,
  /// who then goes first.
  func lead() throws(RefreshFailure) -> Lead {
    for _ in 0..<2 {
      do throws(RefreshFailure) { return try takeLead() } catch {
        switch error {
        case .schemaMoved, .overtaken: continue
        default: throw error
        }
      }
    }
    return try takeLead()
  }

  /// Takes the instant, locks what is to be copied, and makes sure that nothing has changed between the two.
  private func takeLead() throws(RefreshFailure) -> Lead {
    let parameters: ConnectionParameters
    do { parameters = try world.parameters(order.source, nil) } catch { throw .unreachable(error) }
    let session = try world.connect(parameters)
    let deadline = world.short
    var context = try reaching { () throws(DatabaseError) in
      try SQLContext.read(order, in: session, deadline: deadline)
    }
    let leader = try reaching { () throws(DatabaseError) in
      try Leader.take(on: session, lockTimeout: Self.lockTimeout, deadline: deadline)
    }
    let schema = try reaching { () throws(DatabaseError) in
      try SchemaReader.read(order.schemas, in: session, deadline: deadline)
    }
    try expectPlanned(schema)
    var placed = try PlacedPlan(
      order, schema, context, beside: session, sourceIsStandIn: instant != nil, world)
    try expectPrepared(&placed.plan, schema, context, parameters)
    if placed.plan.searchPath.count > 1 { context.wordsPath = placed.plan.searchPath }
    let obstacles = placed.obstacles(order)
    var plan = placed.plan
    guard obstacles.isEmpty else { throw .rules(obstacles) }
    let personal = try expectCovered(schema, plan, parameters)
    let unwatched = plan.watch(personal)
    let locked = schema.tables.filter { $0.storage != .foreign }
    try lock(locked, leader, parameters)
    let readers = try SourceReaders(order.workers, of: parameters, at: leader.snapshot, locking: locked, world)
    try expectUnchanged(schema, leader, parameters)
    guard let instant = CopyInstant(leader.instant) else {
      throw .refused("the source gave no time that can be used: \(leader.instant)")
    }
    try expectNoReferrers(plan, leader, at: instant)
    return Lead(
      leader: leader, readers: readers, source: parameters, schema: schema, plan: plan,
      schemas: try reaching { () throws(DatabaseError) in
        try CopiedSchemas.read(order.schemas, in: session, deadline: deadline)
      }, tables: plan.tables.map { CarriedTable($0, at: instant) }, context: context,
      scratch: placed.scratch, personal: personal, unwatched: unwatched)
  }

  /// What was reviewed is what is copied.
  private func expectPlanned(_ schema: DatabaseSchema) throws(RefreshFailure) {
    guard let planned = order.planned else { return }
    let moved = schema.shape.moved(since: planned)
    guard moved.isEmpty else { throw .stale(moved) }
  }

  /// Waits for whoever has a lock already, and says who that is where it takes too long.
  private func lock(
    _ tables: [Table], _ leader: Leader, _ parameters: ConnectionParameters
  ) throws(RefreshFailure) {
    do throws(DatabaseError) {
      try leader.lock(tables.map(\.name.quoted), deadline: .after(Self.lockTimeout + .seconds(5)))
    } catch {
      guard error.sqlstate == "55P03" else { throw RefreshFailure(error) }
      let session = try world.connect(parameters)
      let waiters = try reaching { () throws(DatabaseError) in
        try LockWaiter.read(of: tables.map(\.oid), in: session, deadline: world.short)
      }
      let seconds = Self.lockTimeout.components.seconds
      throw RefreshFailure(overtakenBy: waiters).map { .refused("after \(seconds) seconds \($0.cause)") }
        ?? RefreshFailure(error)
    }
  }

  /// A column that looks personal and is not decided about stops the copy, also where nobody has planned it. Looked at in
  /// a session of its own, so that a slow table costs no instant.
  ///
  /// - Returns: the columns that look personal.
  private func expectCovered(
    _ schema: DatabaseSchema, _ plan: CopyPlan, _ parameters: ConnectionParameters
  ) throws(RefreshFailure) -> Set<ColumnName> {
    // A raw snapshot is sealed as it is, and asked again when something is made of it.
    guard order.policy != nil || !order.statements.isEmpty else { return [] }
    let look = try reaching { () throws(DatabaseError) in
      try world.looks.look(at: order.source, schema) { () throws(DatabaseError) in
        let session = try Session(
          connecting: parameters, deadline: .after(world.connectTimeout), interrupt: world.interrupt)
        return try session.transaction(readOnly: true, isolation: .repeatableRead, deadline: world.short) {
          session throws(DatabaseError) in
          try SourceLook.look(at: schema, in: session, with: order.classifier)
        }
      }
    }
    let uncovered = plan.coverage(of: schema, look, since: nil, at: order.rulesPath).filter { $0.severity == .error }
    guard uncovered.isEmpty else { throw .rules(uncovered) }
    return Set(look.detections.keys)
  }

  /// What was changed after the snapshot and before the locks is seen by a transaction that begins now: in the schema,
  /// or in the files of the tables. TRUNCATE and some forms of ALTER TABLE give a table a new file, in which an older
  /// snapshot sees nothing (manual, "MVCC caveats").
  private func expectUnchanged(
    _ schema: DatabaseSchema, _ leader: Leader, _ parameters: ConnectionParameters
  ) throws(RefreshFailure) {
    let session = try world.connect(parameters)
    let deadline = world.short
    let (present, files) = try reaching { () throws(DatabaseError) in
      try session.transaction(readOnly: true, isolation: .repeatableRead, deadline: deadline) {
        session throws(DatabaseError) in
        (
          try SchemaReader.read(order.schemas, in: session, deadline: deadline),
          try schema.files(in: session, deadline: deadline)
        )
      }
    }
    let seen = try reaching { () throws(DatabaseError) in try schema.files(in: leader.session, deadline: deadline) }
    guard present.fingerprint == schema.fingerprint, files == seen else { throw .schemaMoved }
  }
}

extension RefreshRun {
  /// What lifted SQL lets go is not referred to any more, where a foreign key wants that.
  private func expectNoReferrers(
    _ plan: CopyPlan, _ leader: Leader, at instant: CopyInstant
  ) throws(RefreshFailure) {
    let found = try reaching { () throws(DatabaseError) in
      try plan.answers(at: instant, in: leader.session, deadline: .after(.seconds(3_600)))
    }
    guard found.isEmpty else { throw .rules(found.map(CopyNote.init)) }
  }

  /// The source accepts every filter, expression and lifted statement as it was written.
  private func expectPrepared(
    _ plan: inout CopyPlan, _ schema: DatabaseSchema, _ context: SQLContext, _ parameters: ConnectionParameters
  ) throws(RefreshFailure) {
    guard !plan.proofs.isEmpty || !plan.words.isEmpty else { return }
    let session = try world.connect(parameters)
    plan.problems += try reaching { () throws(DatabaseError) in
      try context.settle(&plan, schema, in: session, deadline: world.short)
      return try context.refusals(of: plan.proofs, in: session, deadline: world.short)
    }
  }
}

extension DatabaseSchema {
  /// Which file each table has, as the session's transaction sees it.
  fileprivate func files(in session: Session, deadline: Deadline) throws(DatabaseError) -> [String] {
    let oids = "{\(tables.map { "\($0.oid)" }.joined(separator: ","))}"
    let rows = try session.query(
      "SELECT oid, relfilenode FROM pg_catalog.pg_class WHERE oid = ANY ($1::pg_catalog.oid[]) ORDER BY oid", [oids],
      deadline: deadline, as: "reading the tables' files")
    return rows.map { "\($0[0] ?? "") \($0[1] ?? "")" }
  }
}

extension CarriedTable {
  init(_ table: CopyPlan.Table, at instant: CopyInstant) {
    let format = CopyFormat(rawValue: table.rows.format.rawValue) ?? .text
    func originals(_ part: (select: String, rows: RowPlan)) -> OriginalsStream.Table {
      OriginalsStream.Table(
        reading: "COPY (\(part.select)) TO STDOUT WITH (FORMAT \(part.rows.format.rawValue))", plan: part.rows,
        searchPath: table.searchPath)
    }
    self.init(
      name: table.table.name.description, bytes: table.estimatedBytes, isRanged: table.isRanged,
      readsOthers: table.readsOthers, root: table.root, plan: table.rows, watched: table.observed,
      shown: table.shownOriginals(at: instant).map(originals),
      hidden: table.hiddenOriginals(at: instant).map(originals), shuffled: table.shuffledColumns,
      toldBy: table.tellingColumns,
      reading: { pages in
        let range = pages.map { BlockRange(first: $0.from, end: $0.upTo) }
        return "COPY (\(table.select(range: range, at: instant))) TO STDOUT WITH (\(format.option))"
      }, searchPath: table.searchPath, writing: "COPY \(table.target) FROM STDIN WITH (\(format.option))")
  }
}

extension CopyPlan.Column {
  /// Its values change places with those of other rows.
  var isShuffled: Bool { strategy == "shuffle_within" }
}

extension CopyPlan.Table {
  /// Without those that tell the rows apart themselves.
  fileprivate var shuffledColumns: [Int] { columns.indices.filter { columns[$0].isShuffled && !key.contains($0) } }

  /// Those of the primary key, where no mask changes any of them.
  fileprivate var tellingColumns: [Int] {
    let names = table.tellableKey
    let places = names.compactMap { name in columns.firstIndex { $0.column.name == name } }
    let areKept = places.count == names.count && places.allSatisfy { rows.columns[$0].mask == nil }
    return areKept ? places : []
  }
}
