import Documents
import PostgreSQL
import Reconciliation
import Runtime

/// The last step.
extension RefreshRun {
  /// How long sessions that are connected to the destination are waited for, where nothing is declared.
  static let patience = Duration.seconds(30)

  func publish(
    _ quarantine: Quarantine, _ id: SnapshotID, _ content: SnapshotContent, _ basis: RefreshCheckpoint.Basis,
    _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) -> CopyResult {
    progress(CopyProgress(phase: .publish))
    try marks(in: quarantine).remove()
    let refused = try asked { () throws(QuarantineFailure) in try quarantine.carryOverGrants(deadline: world.short) }
    notes += refused.map { "not carried over from the previous copy: \($0)" }
    try keepTemplate(of: quarantine, id)
    let place = try self.place(quarantine.oid)
    // Under the fencing token of the lease: who has lost it does not get as far as the renames.
    try note(.publication, id, basis, recorder)
    var publication = Publication(
      of: quarantine, patience: order.waitingTime, disconnects: order.options["disconnect"]?.bool ?? false)
    publication.keepsPrevious = true
    if let occupants = try put(publication) {
      release()
      return .waiting(summary(id, content), sessions: occupants.map(\.description), order.commands)
    }
    release()
    try record(id, place, recorder)
    if let remaining = publication.dropPrevious() {
      notes.append("the previous copy \(remaining) could not be dropped yet; the next run does it")
    }
    prune(recorder)
    dropOldTemplate(id)
    return .published(summary(id, content))
  }

  /// Gives who is in the way; nothing where the copy is in place now.
  private func put(_ publication: Publication) throws(RefreshFailure) -> [Occupant]? {
    do throws(QuarantineFailure) {
      notes += try publication.publish().notCarriedOver.map { "not carried over from the previous copy: \($0)" }
      return nil
    } catch {
      if case .occupied(let occupants) = error { return occupants }
      // An error is not "not done", and Ctrl-C may have come between COMMIT and its answer: look before saying anything.
      switch try? Publication(of: publication.quarantine.uninterrupted).isInPlace() {
      case true?: return nil
      case false?: throw .quarantine(error)
      case nil:
        throw .unknown(
          "whether the copy is in place is not known: \(error.description). Find out, and finish it, with: \(order.commands.publish)"
        )
      }
    }
  }

  /// From here on the previous copy is gone, whatever happens.
  private func record(
    _ id: SnapshotID, _ place: SnapshotRow.Publication, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) {
    do throws(RefreshFailure) { try recorder.publish(id, place) } catch {
      throw .unknown(
        "the copy is in place, and that could not be written down: \(error.cause). Write it down with: \(order.commands.publish)"
      )
    }
    recorder.forget()
  }

  func place(_ oid: UInt32) throws(RefreshFailure) -> SnapshotRow.Publication {
    SnapshotRow.Publication(
      clusterIdentifier: try clusterIdentifier(), databaseNumber: "\(oid)", databaseName: order.destinationName)
  }

  /// Nothing where the role may not read it.
  private func clusterIdentifier() throws(RefreshFailure) -> String? {
    let session = try world.connect(try maintenance.parameters)
    let answer = try? session.query(
      "SELECT system_identifier FROM pg_catalog.pg_control_system()", deadline: world.short, as: "reading the cluster")
    return answer?.single
  }

  func summary(_ id: SnapshotID, _ content: SnapshotContent) -> CopySummary {
    CopySummary(
      snapshot: id.description, tables: content.tables, rows: content.rows, bytes: content.databaseBytes ?? 0,
      duration: ContinuousClock.now - began, phases: clock.phases, notes: notes)
  }
}

extension CopyOrder {
  /// `refresh.wait`: how long sessions that are connected to the destination are waited for.
  var waitingTime: Duration {
    options["wait"]?.string.flatMap(DurationText.seconds).map { .seconds($0) } ?? RefreshRun.patience
  }
}
