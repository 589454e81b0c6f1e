import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// Everything of a database that is no row: dumped at the copy's instant, and made in the quarantine in two halves.
struct Structure {
  private let archive: SchemaArchive
  private let selection: RestoreSelection
  private let schemas: CopiedSchemas
  private let patience: ToolPatience
  private let world: CopyWorld
  private let grants: [String]

  var leftOut: [LeftOut] { selection.leftOut }

  /// - Parameters:
  ///   - maintenance: of the server on which it is made.
  ///   - template: the database that the quarantine there is made from, where it is not an empty one.
  ///   - side: what the server is called in sentences.
  init(
    of lead: Lead, _ order: CopyOrder, _ world: CopyWorld, _ maintenance: MaintenanceConnection, template: String?,
    onThe side: String = "destination"
  ) throws(RefreshFailure) {
    // pg_dump locks every table anew. Whoever came for one of them since we did waits for us, and pg_dump would wait for
    // them: it is looked for before, and asked again where pg_dump does not get its locks all the same.
    try lead.expectNobodyWaits(world)
    do throws(RefreshFailure) {
      try self.init(
        of: lead.source, at: lead.leader.snapshot, serverVersion: lead.schema.serverVersion, lead.schemas, order, world,
        maintenance, template: template, onThe: side)
    } catch {
      if case .tool = error { try lead.expectNobodyWaits(world) }
      throw error
    }
  }

  init(
    of source: ConnectionParameters, at snapshot: ExportedSnapshot, serverVersion: Int, _ schemas: CopiedSchemas,
    _ order: CopyOrder, _ world: CopyWorld, _ maintenance: MaintenanceConnection, template: String?,
    onThe side: String = "destination"
  ) throws(RefreshFailure) {
    self.schemas = schemas
    self.world = world
    grants = order.options["grants"]?.list?.compactMap(\.string) ?? []
    patience = ToolPatience(.stall(world.stall), interrupt: world.interrupt)
    let tools = try Structure.tools(serverVersion, world)
    let reach = try Structure.reach(template, maintenance, world)
    do {
      archive = try SchemaArchive.read(
        of: source, snapshot: snapshot.id, leavingOut: schemas.leftOut, with: tools, patience)
      selection = RestoreSelection(
        try archive.list(patience),
        RestoreScope(
          extensions: reach.extensions, presentSchemas: reach.presentSchemas, refersOutside: schemas.refersOutside,
          notSelected: schemas.besideExtensions))
    } catch { throw .tool(error) }
    guard selection.missingTables.isEmpty else {
      throw .refused(selection.missingTables.map { $0.sentence(byRoleOf: side) }.joined(separator: "; "))
    }
  }

  static func tools(_ serverVersion: Int, _ world: CopyWorld) throws(RefreshFailure) -> ClientTools {
    do {
      return try ClientTools.find(forServerMajor: serverVersion / 10_000, in: world.tools, interrupt: world.interrupt)
    } catch { throw .tool(error) }
  }

  /// What the destination's role can make, and what the template has already.
  private static func reach(
    _ template: String?, _ maintenance: MaintenanceConnection, _ world: CopyWorld
  ) throws(RefreshFailure) -> DestinationReach {
    let session = try world.connect(maintenance.parameters)
    let template = try template.map { name throws(RefreshFailure) in try world.connect(maintenance.beside(name)) }
    return try reaching { () throws(DatabaseError) in
      try DestinationReach.read(in: session, template: template, deadline: world.short)
    }
  }

  /// Schemas, types, functions and tables: what has to be there for the rows.
  func makeTables(in quarantine: Quarantine) throws(RefreshFailure) {
    do { try archive.restore(.beforeRows, selection, into: quarantine, patience) } catch { throw .tool(error) }
    guard !schemas.hasPublic else { return }
    do { try quarantine.dropPublicSchema(deadline: world.short) } catch { throw .quarantine(error) }
  }

  /// Indexes, keys, triggers, views over rows: all that is quicker or only possible when the rows are there.
  func makeIndexes(in quarantine: Quarantine, jobs: Int) throws(RefreshFailure) {
    do { try archive.restore(.afterRows(jobs: jobs), selection, into: quarantine, patience) } catch {
      throw .tool(error)
    }
  }

  func finish(_ quarantine: Quarantine, _ sequences: [SequenceState], workers: Int) throws(RefreshFailure) {
    try settle(quarantine, sequences, workers: workers)
    do { try quarantine.grantReading(to: grants, deadline: world.short) } catch { throw .quarantine(error) }
  }

  /// Sequences and statistics.
  func settle(_ quarantine: Quarantine, _ sequences: [SequenceState], workers: Int) throws(RefreshFailure) {
    do {
      try SequenceState.set(sequences, in: try quarantine.open(), deadline: world.short)
      try quarantine.analyze(connections: workers, deadline: .after(.seconds(3_600)))
    } catch { throw .quarantine(error) }
  }
}
