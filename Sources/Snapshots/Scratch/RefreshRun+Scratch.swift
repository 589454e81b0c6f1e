import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// The copy by way of a scratch server: rows go there as they would go to the quarantine, the SQL runs there, and what
/// the database is then is copied on into the quarantine, as a source without rules.
///
/// All of it goes that way and not only what the SQL names: a statement may read any table, fire triggers, cascade along
/// foreign keys or make tables, and only a whole database gives what the same SQL gives in place.
extension RefreshRun {
  func build(
    _ id: SnapshotID, _ lead: Lead, by scratch: ScratchServer, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) -> Quarantine {
    let basis = lead.basis(order)
    // First, so that what the destination's server refuses is known before a row is read.
    let quarantine = try makeQuarantine(id, lead)
    try note(.schema, id, basis, recorder)
    let name = try scratchName(id)
    let lock = try asked { () throws(QuarantineFailure) in try OwnerLock(name, on: scratch.server) }
    defer { lock.end() }
    let database = try makeScratch(name, lead, scratch)
    let stage = ScratchStage(database: database, lead: lead, order: order, world: world)
    let made: ScratchStage.Made
    do throws(RefreshFailure) {
      try fill(stage) { () throws(RefreshFailure) in try note(.data, id, basis, recorder) }
      try note(.statements, id, basis, recorder)
      progress(CopyProgress(phase: .statements))
      let counts = try stage.runSQL()
      made = try stage.carryOn(counts, into: quarantine, try maintenance, progress)
      expected = counts
      notes += LeftOut.sentences(made.structure.leftOut)
    } catch {
      drop(database)
      throw error
    }
    drop(database)
    moved = made.sequences
    try seal(lead, in: quarantine, isOfScratch: true)
    try note(.indexes, id, basis, recorder)
    try index(quarantine, made.structure, made.sequences)
    return quarantine
  }

  /// Everything that the source has, masked by rules, with indexes, keys and triggers: what the SQL would find in a copy
  /// that somebody has restored. The source is let go as soon as its rows are there.
  private func fill(_ stage: ScratchStage, noting: () throws(RefreshFailure) -> Void) throws(RefreshFailure) {
    let lead = stage.lead
    let structure = try Structure(
      of: lead, order, world, stage.database.server, template: try stage.template(),
      onThe: "scratch server")
    notes += structure.leftOut.map { $0.sentence(byRoleOf: "scratch server") }
    notes += LeftOut.sentences(try unknownToDump(lead))
    try structure.makeTables(in: stage.database)
    try stage.set("UNLOGGED", stage.unlogged, in: stage.database)
    try noting()
    try carryAll(lead, into: stage.database)
    try marks(in: stage.database).remove()
    try expectRows(stage.database, lead)
    let standing = try sequences(lead)
    lead.end()
    progress(CopyProgress(phase: .indexes))
    try structure.makeIndexes(in: stage.database, jobs: order.workers)
    try structure.settle(stage.database, standing, workers: order.workers)
  }

  private func scratchName(_ id: SnapshotID) throws(RefreshFailure) -> ScratchName {
    guard let name = ScratchName(destination: order.scratchTitle, id: id.description) else {
      throw .refused("a scratch database for \(order.target) cannot be named")
    }
    return name
  }

  private func makeScratch(
    _ name: ScratchName, _ lead: Lead, _ scratch: ScratchServer
  ) throws(RefreshFailure) -> Quarantine {
    let locale = try reaching { () throws(DatabaseError) in
      try DatabaseLocale.read(in: lead.leader.session, deadline: world.short)
    }
    let template = try order.template(presentOn: scratch.server) ?? "template0"
    do throws(QuarantineFailure) {
      return try Quarantine.create(
        name, like: locale, template: template, on: scratch.server, called: "the scratch server")
    } catch {
      drop(Quarantine(name: name, oid: 0, server: scratch.server))
      throw .quarantine(error)
    }
  }

  /// Also after Ctrl-C. Clear rows are in it, so that it is told where it stays.
  private func drop(_ database: Quarantine) {
    do throws(QuarantineFailure) { try database.uninterrupted.drop() } catch {
      notes.append(
        "the scratch database \(database.name), which holds clear rows, could not be dropped yet; the next run does it: \(error)"
      )
    }
  }

  /// What earlier runs have left on the scratch server. Nobody ever goes on from it, so all of it is waste.
  func sweepScratch(_ known: Set<String>) {
    guard let endpoint = order.scratch, !scratchIsAway else { return }
    do throws(RefreshFailure) {
      let scratch = try ScratchServer(endpoint, world)
      let sweep = Sweep(order.scratchTitle, on: scratch.server, alive: [], known: known)
      let swept = try asked { () throws(QuarantineFailure) in try sweep.run() }
      notes += swept.dropped.map { "removed \($0) on the scratch server, which an earlier run had left" }
      notes += swept.failures.map { "could not be removed on the scratch server: \($0)" }
      notes += swept.foreign.map { "on the scratch server: \($0)" }
    } catch {
      scratchIsAway = true
      notes.append("what an earlier run may have left on the scratch server could not be looked for: \(error.cause)")
    }
  }
}

extension CopyOrder {
  /// What a scratch database is for, by more than the destination's name: several targets may share a scratch server.
  var scratchTitle: String { "\(destinationName) (SQL of \(workspace)/\(target) for \(destination.title))" }

  /// `refresh.template`, where that server has it too.
  func template(presentOn server: MaintenanceConnection) throws(RefreshFailure) -> String? {
    guard let name = options["template"]?.string else { return nil }
    let number = try reaching { () throws(DatabaseError) in
      try DatabaseState.oid(of: name, in: try server.open(), server.short)
    }
    return number == nil ? nil : name
  }
}
