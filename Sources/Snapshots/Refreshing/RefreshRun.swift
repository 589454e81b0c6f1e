import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// One refresh, from its lease to its row in the catalogue. The steps stand in the order in which they are done; what is
/// promised about a crash between any two of them is in `docs/refresh.md`.
final class RefreshRun {
  let order: CopyOrder
  let catalogue: any SnapshotCatalogue
  let world: CopyWorld
  let check: @Sendable (DatabaseEndpoint) -> Verification?
  let progress: @Sendable (CopyProgress) -> Void
  let began = ContinuousClock.now
  /// What was left out, and what is worth knowing.
  var notes: [String] = []
  private(set) var quarantine: Quarantine?

  init(
    _ order: CopyOrder, _ catalogue: any SnapshotCatalogue, _ world: CopyWorld,
    check: @escaping @Sendable (DatabaseEndpoint) -> Verification?,
    progress: @escaping @Sendable (CopyProgress) -> Void
  ) {
    self.order = order
    self.catalogue = catalogue
    self.world = world
    self.check = check
    self.progress = progress
  }

  func run() -> CopyResult {
    do throws(RefreshFailure) {
      let keeper = try hold()
      defer { keeper.end() }
      let context = WriteContext(
        workspace: order.workspace, actor: world.actor, plan: order.policyDigest, run: world.run)
      let recorder = SnapshotRecorder(
        catalogue: catalogue, context: context, target: order.target, keeper: keeper)
      do throws(RefreshFailure) { return try make(recorder) } catch {
        throw keeper.isLost ? .refused("the lease was lost to another run, because the control plane was away") : error
      }
    } catch {
      return error.result
    }
  }

  /// Waits no longer than was asked for.
  private func hold() throws(RefreshFailure) -> LeaseKeeper {
    let name = Lease.refresh(of: order.target, in: order.workspace)
    let deadline = Deadline.after(world.leaseWait)
    while true {
      do throws(RecordStoreError) {
        let lease = try catalogue.acquireLease(
          name, holder: "\(world.actor) (run \(world.run))", timeToLive: LeaseKeeper.timeToLive)
        do { return try LeaseKeeper(lease, in: catalogue, interrupting: world.interrupt) } catch {
          throw .failed(Failure("keep", name, cause: error.description))
        }
      } catch {
        guard case .held = error, !deadline.hasPassed else { throw .store(error) }
        if world.interrupt.wait(until: deadline.earlier(.after(.milliseconds(100)))) { throw .interrupted }
      }
    }
  }

  /// From here on there is a row in the catalogue, and a failure is written into it.
  private func make(_ recorder: SnapshotRecorder) throws(RefreshFailure) -> CopyResult {
    try tidy(recorder)
    let lead = try self.lead()
    let id = SnapshotID(at: try now())
    try recorder.begin(draft(id, lead))
    do throws(RefreshFailure) {
      let quarantine = try build(id, lead, recorder)
      let content = try prove(quarantine, lead)
      try recorder.finish(id, content)
      return try publish(quarantine, id, content, recorder)
    } catch {
      recorder.fail(id, error.cause)
      discard()
      recorder.forget()
      throw error
    }
  }

  func now() throws(RefreshFailure) -> Timestamp {
    do { return try catalogue.now() } catch { throw .store(error) }
  }

  private func draft(_ id: SnapshotID, _ lead: Lead) -> SnapshotDraft {
    let version = lead.schema.serverVersion
    return SnapshotDraft(
      id: id, target: order.target, kind: .sanitized, policyDigest: order.policyDigest,
      schemaFingerprint: lead.schema.fingerprint, keyID: order.keyID,
      serverVersion: "\(version / 10_000).\(version % 10_000)")
  }

  /// The quarantine, with everything in it.
  private func build(
    _ id: SnapshotID, _ lead: Lead, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) -> Quarantine {
    progress(CopyProgress(phase: .schema))
    let structure = try Structure(of: lead, order, world, maintenance)
    notes += LeftOut.sentences(structure.leftOut + (try unknownToDump(lead)))
    let quarantine = try makeQuarantine(id, lead)
    try note(.schema, id, lead, recorder)
    try structure.makeTables(in: quarantine)
    let statements = QuarantineSQL(lead.plan, lead.context, world)
    try statements.prepare(quarantine)
    try note(.data, id, lead, recorder)
    carried = try carry(lead, into: quarantine)
    try note(.statements, id, lead, recorder)
    if !statements.isEmpty { try expectRows(quarantine, lead) }
    expected = try statements.run(in: quarantine, lead.plan.tables.map(\.table.name)) ?? expected
    let sequences = try lead.sequences(world.short)
    lead.leader.end()
    try note(.indexes, id, lead, recorder)
    progress(CopyProgress(phase: .indexes))
    try structure.makeIndexes(in: quarantine, jobs: order.workers)
    try structure.finish(quarantine, sequences, workers: order.workers)
    return quarantine
  }

  private func unknownToDump(_ lead: Lead) throws(RefreshFailure) -> [LeftOut] {
    let deadline = world.short
    return try reaching { () throws(DatabaseError) in
      try LeftOut.unknownToDump(in: lead.leader.session, deadline: deadline)
    }
  }

  /// What the workers said, in the order of the plan's tables.
  private(set) var carried: [CarriedRows] = []
  /// Rows that each table of the plan has to have when the copy is finished; nothing where it is what was carried.
  private(set) var expected: [Int]?

  private func carry(_ lead: Lead, into quarantine: Quarantine) throws(RefreshFailure) -> [CarriedRows] {
    let workers = RowWorkers(
      tables: lead.tables, workers: order.workers, readers: lead.readers, destination: quarantine.database, world: world, progress: progress)
    return try workers.run()
  }

  private func makeQuarantine(_ id: SnapshotID, _ lead: Lead) throws(RefreshFailure) -> Quarantine {
    guard let name = ScratchName(destination: order.destinationName, id: id.description) else {
      throw .refused("a quarantine for \(order.destinationName) cannot be named")
    }
    let locale = try reaching { () throws(DatabaseError) in
      try DatabaseLocale.read(in: lead.leader.session, deadline: world.short)
    }
    let template = order.options["template"]?.string ?? "template0"
    let made: Quarantine
    do { made = try Quarantine.create(name, like: locale, template: template, on: try maintenance) } catch {
      throw error as? RefreshFailure ?? .quarantine(error as? QuarantineFailure ?? .refused("\(error)"))
    }
    quarantine = made
    return made
  }

  /// The maintenance database of the destination's server.
  var maintenance: MaintenanceConnection {
    get throws(RefreshFailure) {
      do {
        return MaintenanceConnection(
          try world.parameters(order.destination, order.destination.maintenanceDatabase),
          connectTimeout: world.connectTimeout, interrupt: world.interrupt)
      } catch { throw .unreachable(error) }
    }
  }

  /// Takes away what was being made, also when the run was interrupted; what cannot be taken away now, the next run
  /// sweeps.
  func discard() {
    guard var left = quarantine else { return }
    left = left.uninterrupted
    try? left.drop()
    quarantine = nil
  }

  /// The copy has its place; nothing is there any more that could be discarded.
  func release() { quarantine = nil }

  func note(
    _ phase: RefreshCheckpoint.Phase, _ id: SnapshotID, _ lead: Lead, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) {
    guard let quarantine else { return }
    if world.interrupt.isRaised { throw .interrupted }
    try recorder.note(
      RefreshCheckpoint(
        target: order.target, snapshot: id, phase: phase, quarantine: quarantine.name.name,
        basis: .init(
          policyDigest: order.policyDigest, keyID: order.keyID, schemaFingerprint: lead.schema.fingerprint),
        run: world.run))
  }
}

extension CopyOrder {
  /// The declared name of the destination's database; libpq takes the user's where there is none.
  var destinationName: String { destination.parameters["dbname"] ?? destination.parameters["user"] ?? "" }

  /// Nothing where no key is declared, or where it is none that can be used; the rules that need one say so.
  var keyID: String? { try? keys?.id() }

  var keys: MaskingKeys? { masterKey.map { MaskingKeys(master: $0, workspace: workspace) } }
}

extension Quarantine {
  /// The same, reached also after Ctrl-C: for taking it away.
  fileprivate var uninterrupted: Quarantine {
    var server = server
    server.interrupt = nil
    return Quarantine(name: name, oid: oid, server: server)
  }
}

extension RefreshFailure {
  fileprivate var result: CopyResult {
    switch self {
    case .interrupted: .interrupted
    case .store(.held(let lease)): .leaseHeld(lease)
    case .unproved(let sentence, let verification): .refused(sentence, verification)
    default: .failed("\(cause); the previous copy is untouched", hint: nil)
    }
  }
}
