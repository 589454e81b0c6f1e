import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// A scratch database, from its rows to the quarantine.
struct ScratchStage {
  let database: Quarantine
  let lead: Lead
  let order: CopyOrder
  let world: CopyWorld

  /// What the quarantine still lacks when its rows are there.
  struct Made {
    let structure: Structure
    let sequences: [SequenceState]
  }

  func template() throws(RefreshFailure) -> String? { try order.template(presentOn: database.server) }

  /// In one transaction, as the team's own psql would have it.
  ///
  /// - Returns: the rows of each of the plan's tables afterwards.
  func runSQL() throws(RefreshFailure) -> [Int] {
    try QuarantineSQL(lead.plan, lead.context, world).execute(in: database, lead.plan.tables.map(\.table.name))
  }

  /// Copies the database as it is now, with whatever the SQL has made or altered in it.
  func carryOn(
    _ counts: [Int], into quarantine: Quarantine, _ destination: MaintenanceConnection,
    _ progress: @escaping @Sendable (CopyProgress) -> Void
  ) throws(RefreshFailure) -> Made {
    let copy = try ScratchLead(of: database, order, world)
    defer { copy.end() }
    let structure = try Structure(
      of: database.database, at: copy.leader.snapshot, serverVersion: copy.schema.serverVersion, copy.schemas, order,
      world, destination, template: order.options["template"]?.string)
    let sequences = try copy.sequences(world.short)
    try structure.makeTables(in: quarantine)
    let present = Set(copy.schema.tables.filter(\.isUnlogged).map(\.name))
    try set("LOGGED", unlogged.filter(present.contains), in: quarantine)
    let workers = RowWorkers(
      tables: copy.tables, workers: order.workers, readers: copy.readers, destination: quarantine.database, world: world
    ) { told in
      // A table is told as finished when its rows have left the source.
      var told = told
      told.finished = nil
      progress(told)
    }
    let before = try ExtensionRows.count(of: copy.schema, in: quarantine, world)
    try expect(counts, copy, try workers.run(), beside: before)
    return Made(structure: structure, sequences: sequences)
  }

  /// Of tables that the SQL has dropped nothing is carried, and their count said so before.
  private func expect(
    _ counts: [Int], _ copy: ScratchLead, _ carried: [CarriedRows], beside before: [QualifiedName: Int]
  ) throws(RefreshFailure) {
    var rows = before
    for (table, carried) in zip(copy.plan.tables, carried) { rows[table.table.name, default: 0] += carried.rows }
    let wrong = zip(lead.plan.tables, counts).filter { rows[$0.table.name] != $1 }
    guard let first = wrong.first else { return }
    throw .unproved(
      "\(first.0.table.name) had \(first.1) rows after the SQL on the scratch server, and \(rows[first.0.table.name] ?? 0) were copied from there",
      nil)
  }
}

extension ScratchStage {
  /// Tables that need no write-ahead log while the SQL runs, so that clear rows are not in it. Not those that a table
  /// with a log refers to, partitioned ones among those, because the server allows no such key.
  var unlogged: [QualifiedName] {
    let schema = lead.schema
    // Tables of an extension may belong to another role.
    let mayBe = Set(
      schema.tables.filter { $0.storage == .heap && !$0.isUnlogged && $0.rowCondition == nil }.map(\.name))
    var logged = Set(schema.tables.map(\.name)).subtracting(mayBe).subtracting(
      schema.tables.filter(\.isUnlogged).map(\.name))
    while true {
      let more = Set(schema.foreignKeys.filter { logged.contains($0.from) }.map(\.to)).subtracting(logged)
      if more.isEmpty { break }
      logged.formUnion(more)
    }
    return mayBe.subtracting(logged).sorted()
  }

  /// While a table is empty this costs nothing.
  func set(_ kind: String, _ tables: [QualifiedName], in database: Quarantine) throws(RefreshFailure) {
    guard !tables.isEmpty else { return }
    let session = try world.connect(database.database)
    let deadline = Deadline.after(world.stall)
    try reaching { () throws(DatabaseError) in
      for table in tables {
        _ = try session.query(
          "ALTER TABLE \(table.quoted) SET \(kind)", deadline: deadline, as: "setting tables \(kind)")
      }
    }
  }
}

/// The instant of a scratch database at which it is copied on. Nobody else is in it.
struct ScratchLead {
  let leader: Leader
  let readers: SourceReaders
  let schema: DatabaseSchema
  let schemas: CopiedSchemas
  /// Without any rule: every column as it is.
  let plan: CopyPlan
  let tables: [CarriedTable]

  init(of database: Quarantine, _ order: CopyOrder, _ world: CopyWorld) throws(RefreshFailure) {
    let session = try world.connect(database.database)
    let deadline = world.short
    let leader = try reaching { () throws(DatabaseError) in
      try Leader.take(on: session, lockTimeout: .seconds(30), deadline: deadline)
    }
    let (schema, schemas) = try reaching { () throws(DatabaseError) in
      (
        try SchemaReader.read(SchemaSelection(), in: session, deadline: deadline),
        try CopiedSchemas.read(SchemaSelection(), in: session, deadline: deadline)
      )
    }
    let plan = CopyPlan(policy: MaskingPolicy(spec: .object(Fields())), schema: schema, keys: nil)
    guard let instant = CopyInstant(leader.instant) else {
      throw .refused("the scratch server gave no time that can be used: \(leader.instant)")
    }
    (self.leader, self.schema, self.schemas, self.plan) = (leader, schema, schemas, plan)
    tables = plan.tables.map { CarriedTable($0, at: instant) }
    readers = try SourceReaders(
      order.workers, of: database.database, at: leader.snapshot,
      locking: schema.tables.filter { $0.storage != .foreign }, world)
  }

  func sequences(_ deadline: Deadline) throws(RefreshFailure) -> [SequenceState] {
    do {
      return try SequenceState.read(of: schemas.copied, in: leader.session, deadline: deadline)
    } catch { throw .quarantine(error) }
  }

  func end() {
    readers.end()
    leader.end()
  }
}
