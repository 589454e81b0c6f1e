import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// One refresh, from its lease to its row in the catalogue. The steps stand in the order in which they are done; what is
/// promised about a crash between any two of them is in `docs/refresh.md`.
final class RefreshRun {
  let order: CopyOrder
  let catalogue: any SnapshotCatalogue
  let world: CopyWorld
  let check: @Sendable (DatabaseEndpoint) -> Verification?
  let progress: @Sendable (CopyProgress) -> Void
  let began = ContinuousClock.now
  let clock = PhaseClock()
  /// What was left out, and what is worth knowing.
  var notes: [String] = []
  var quarantine: Quarantine?
  /// Says that we are at work on it.
  private var lock: OwnerLock?
  /// The scratch server did not answer when it was looked through for what earlier runs have left.
  var scratchIsAway = false
  /// The originals of what is masked.
  let leaks = LeakGate()
  /// Which of the declared checks could have failed; nothing where none was run.
  var checkProofs: Proof.CheckProofs?
  /// Where an archive of the copy is kept.
  var archives: ArchivePlace?
  /// The database that the rows are of, where the source is only a stand-in for it.
  var origin: DatabaseIdentity?
  /// And the instant that they show; nothing where the source is no stand-in.
  var instant: Timestamp?

  init(
    _ order: CopyOrder, _ catalogue: any SnapshotCatalogue, _ world: CopyWorld,
    check: @escaping @Sendable (DatabaseEndpoint) -> Verification?,
    progress: @escaping @Sendable (CopyProgress) -> Void
  ) {
    self.order = order
    self.catalogue = catalogue
    self.world = world
    self.check = check
    let clock = clock
    self.progress = { said in
      clock.saw(said)
      progress(said)
    }
  }

  func run() -> CopyResult {
    do throws(RefreshFailure) {
      let keeper = try world.hold(order.target, in: order.workspace, catalogue)
      defer { keeper.end() }
      let context = WriteContext(
        workspace: order.workspace, actor: world.actor, plan: order.policyDigest, run: world.run)
      let recorder = SnapshotRecorder(
        catalogue: catalogue, context: context, target: order.target, keeper: keeper)
      do throws(RefreshFailure) { return try carryOut(recorder) } catch {
        throw keeper.isLost ? .refused("the lease was lost to another run, because the control plane was away") : error
      }
    } catch {
      return result(of: error)
    }
  }

  private func carryOut(_ recorder: SnapshotRecorder) throws(RefreshFailure) -> CopyResult {
    let past = try tidy(recorder)
    switch world.manner {
    case .anew, .archiving: return try makeAnew(past, recorder)
    case .resumed: return try goOn(past, recorder)
    case .publishing: return try publish(past, recorder)
    }
  }

  /// The whole copy. A source whose instant is lost costs the rows and nothing else: they are copied again at another
  /// instant, into another quarantine.
  func makeAnew(_ past: Remains, _ recorder: SnapshotRecorder) throws(RefreshFailure) -> CopyResult {
    try openArchives()
    var attempt = 0
    while true {
      attempt += 1
      let lead = attempt == 1 ? try self.lead() : try leadAgain()
      let id = SnapshotID(at: try moment())
      try recorder.begin(draft(id, lead))
      do throws(RefreshFailure) {
        let quarantine = try build(id, lead, recorder)
        return try complete(quarantine, id, lead, past, recorder)
      } catch {
        let failure = close(id, after: error, recorder)
        guard attempt < Self.attempts, !world.interrupt.isRaised else { throw failure }
        switch failure {
        case .leaderLost: notes.append("the rows were copied again: \(failure.cause)")
        // Whoever waits goes first, and the next instant is behind them.
        case .overtaken: lead.end()
        default: throw failure
        }
      }
    }
  }

  /// How often a copy is begun at most.
  static let attempts = 3
  /// How long a source that went away is waited for.
  private static let sourcePatience = Duration.seconds(60)

  private func leadAgain() throws(RefreshFailure) -> Lead {
    let until = Deadline.after(Self.sourcePatience)
    while true {
      do throws(RefreshFailure) { return try lead() } catch {
        guard error.isLostConnection, !until.hasPassed else { throw error }
        if world.interrupt.wait(until: until.earlier(.after(.milliseconds(500)))) { throw .interrupted }
      }
    }
  }

  /// What comes after the rows, the indexes and the keys: the proof, the row `ready`, the place.
  func complete(
    _ quarantine: Quarantine, _ id: SnapshotID, _ lead: Lead, _ past: Remains, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) -> CopyResult {
    try note(.verification, id, lead.basis(order), recorder)
    let content = try archived(try prove(quarantine, lead), quarantine, id, lead, recorder)
    try recorder.finish(id, content)
    if world.manner == .archiving { return keepArchive(id, content, recorder) }
    progressed = .finished
    try leaveProof(id, lead, content)
    let result = try publish(quarantine, id, content, lead.basis(order), recorder)
    sweepAgain(past, keeping: id, recorder)
    return result
  }

  /// Says what became of a copy that did not come to its end, and removes it, unless what was done is worth being kept.
  func close(_ id: SnapshotID, after error: RefreshFailure, _ recorder: SnapshotRecorder) -> RefreshFailure {
    // Whoever has the lease now may be at work on what was ours.
    guard !recorder.keeper.isLost else {
      release()
      return error
    }
    if case .unknown = error {
      release()
      return error
    }
    let isInterrupted = world.interrupt.isRaised
    if !isInterrupted, progressed >= .rows, error.leavesWork {
      release()
      let command = progressed == .finished ? "Publish it with: \(order.commands.publish)" : way
      return .unfinished(error.cause, way: command)
    }
    recorder.fail(id, isInterrupted ? "interrupted" : error.cause)
    discard()
    recorder.forget()
    return isInterrupted ? .interrupted : error
  }

  var way: String { "Continue with: \(order.commands.resume)" }

  /// What of the work would be lost with the quarantine.
  enum Progress: Int, Comparable {
    case none, rows, finished
    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  var progressed = Progress.none

  private func moment() throws(RefreshFailure) -> Timestamp {
    if let instant { return instant }
    return try now()
  }

  func now() throws(RefreshFailure) -> Timestamp {
    do { return try catalogue.now() } catch { throw .store(error) }
  }

  private func draft(_ id: SnapshotID, _ lead: Lead) -> SnapshotDraft {
    let version = lead.schema.serverVersion
    return SnapshotDraft(
      id: id, target: order.target, kind: .sanitized, storageProfile: archives?.storage.profile,
      location: archives?.location(id), policyDigest: order.policyDigest,
      schemaFingerprint: lead.schema.fingerprint, keyID: order.keyID,
      serverVersion: "\(version / 10_000).\(version % 10_000)")
  }

  /// The quarantine, with everything in it.
  private func build(
    _ id: SnapshotID, _ lead: Lead, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) -> Quarantine {
    progressed = .none
    (carried, expected, moved) = ([], nil, nil)
    progress(CopyProgress(phase: .schema))
    if let scratch = lead.scratch { return try build(id, lead, by: scratch, recorder) }
    let structure = try Structure(
      of: lead, order, world, maintenance, template: order.options["template"]?.string)
    notes += LeftOut.sentences(structure.leftOut + (try unknownToDump(lead)))
    let quarantine = try makeQuarantine(id, lead)
    let basis = lead.basis(order)
    try note(.schema, id, basis, recorder)
    try structure.makeTables(in: quarantine)
    let statements = QuarantineSQL(lead.plan, lead.context, world)
    try statements.prepare(quarantine)
    try note(.data, id, basis, recorder)
    try carryAll(lead, into: quarantine)
    try note(.statements, id, basis, recorder)
    let standing = try sequences(lead)
    lead.end()
    if !statements.isEmpty { try run(statements, in: quarantine, lead, standing) }
    try seal(lead, in: quarantine)
    try note(.indexes, id, basis, recorder)
    try index(quarantine, structure, moved ?? standing)
    return quarantine
  }

  func unknownToDump(_ lead: Lead) throws(RefreshFailure) -> [LeftOut] {
    let deadline = world.short
    return try reaching { () throws(DatabaseError) in
      try LeftOut.unknownToDump(in: lead.leader.session, deadline: deadline)
    }
  }

  /// Also the proof that the leader has held its locks until the last worker had ended: a TRUNCATE in between would have
  /// left tables empty without an error.
  func sequences(_ lead: Lead) throws(RefreshFailure) -> [SequenceState] {
    do throws(RefreshFailure) { return try lead.sequences(world.short) } catch {
      guard error.isLostConnection, !world.interrupt.isRaised else { throw error }
      throw .leaderLost(error.cause)
    }
  }

  /// From here on the rows are kept where a connection is lost.
  func seal(_ lead: Lead, in quarantine: Quarantine, isOfScratch: Bool = false) throws(RefreshFailure) {
    let counts = expected ?? carried.map(\.rows)
    try marks(in: quarantine).seal(
      CopyMarks.Sealed(
        tables: lead.tables.indices.map { place in
          CopyMarks.Table(name: lead.tables[place].name, rows: counts[place], tallies: carried[place].tallies)
        }, sequences: moved, isOfScratch: isOfScratch))
    progressed = .rows
  }

  func index(
    _ quarantine: Quarantine, _ structure: Structure, _ sequences: [SequenceState]
  ) throws(RefreshFailure) {
    progress(CopyProgress(phase: .indexes))
    try structure.makeIndexes(in: quarantine, jobs: order.workers)
    try structure.finish(quarantine, sequences, workers: order.workers)
  }

  func marks(in quarantine: Quarantine) -> CopyMarks { CopyMarks(quarantine: quarantine.database, world: world) }

  /// What the workers said, in the order of the plan's tables.
  var carried: [CarriedRows] = []
  /// Rows that each table of the plan has to have when the copy is finished; nothing where it is what was carried.
  var expected: [Int]?
  /// Where the sequences stood after the SQL; nothing where none ran.
  var moved: [SequenceState]?

  func carry(_ lead: Lead, into quarantine: Quarantine) throws(RefreshFailure) -> [CarriedRows] {
    let collector = try leaks.begin(lead, order, world)
    let workers = RowWorkers(
      tables: lead.tables, workers: order.workers, readers: lead.readers, destination: quarantine.database,
      world: world, progress: progress, originals: collector, countsDistinct: world.keepProof != nil)
    let carried: [CarriedRows]
    do throws(RefreshFailure) { carried = try workers.run() } catch {
      // What a worker met may be nothing but the end of the instant that all of them read at.
      guard !world.interrupt.isRaised, !lead.isAlive(world.short) else { throw error }
      throw .leaderLost(error.cause)
    }
    try lead.collectHidden(into: collector, lead.tables, world)
    return carried
  }

  func makeQuarantine(_ id: SnapshotID, _ lead: Lead) throws(RefreshFailure) -> Quarantine {
    guard let name = ScratchName(destination: order.destinationName, id: id.description) else {
      throw .refused("a quarantine for \(order.destinationName) cannot be named")
    }
    let locale = try reaching { () throws(DatabaseError) in
      try DatabaseLocale.read(in: lead.leader.session, deadline: world.short)
    }
    let template = order.options["template"]?.string ?? "template0"
    let server = try maintenance
    try hold(name, on: server)
    // Before it is made: a run that ends between making and preparing it takes away what is there by its name.
    quarantine = Quarantine(name: name, oid: 0, server: server)
    let made = try asked { () throws(QuarantineFailure) in
      try Quarantine.create(name, like: locale, template: template, on: server)
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

  func hold(_ name: ScratchName, on server: MaintenanceConnection) throws(RefreshFailure) {
    lock = try asked { () throws(QuarantineFailure) in try OwnerLock(name, on: server) }
  }

  /// Takes away what was being made, also when the run was interrupted; what cannot be taken away now, the next run
  /// sweeps.
  func discard() {
    guard var left = quarantine else { return }
    left = left.uninterrupted
    try? left.drop()
    release()
  }

  /// The copy has its place; nothing is there any more that could be discarded.
  func release() { (quarantine, lock) = (nil, nil) }

  func note(
    _ phase: RefreshCheckpoint.Phase, _ id: SnapshotID, _ basis: RefreshCheckpoint.Basis, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) {
    guard let quarantine else { return }
    if world.interrupt.isRaised { throw .interrupted }
    try recorder.note(
      RefreshCheckpoint(
        target: order.target, snapshot: id, phase: phase, quarantine: quarantine.name.name, basis: basis,
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
  /// The same, reached also after Ctrl-C: for taking it away, and for finding out what became of it.
  var uninterrupted: Quarantine {
    var server = server
    server.interrupt = nil
    return Quarantine(name: name, oid: oid, server: server)
  }
}
