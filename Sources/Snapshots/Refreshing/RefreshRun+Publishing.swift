import Documents
import PostgreSQL
import Reconciliation
import Runtime

/// The last step, and what is left of earlier runs.
extension RefreshRun {
  /// How long sessions that are connected to the destination are waited for.
  private static let patience = Duration.seconds(30)

  func publish(
    _ quarantine: Quarantine, _ id: SnapshotID, _ content: SnapshotContent, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) -> CopyResult {
    progress(CopyProgress(phase: .publish))
    let publication = Publication(
      of: quarantine, patience: Self.patience, disconnects: order.options["disconnect"]?.bool ?? false)
    do throws(QuarantineFailure) {
      let outcome = try publication.publish()
      notes += outcome.notCarriedOver.map { "not carried over from the previous copy: \($0)" }
      if let remaining = outcome.remaining { notes.append("the previous copy \(remaining) could not be dropped yet") }
    } catch {
      guard case .occupied(let occupants) = error else { throw .quarantine(error) }
      release()
      return .waiting(summary(id, content), sessions: occupants.map(\.description))
    }
    release()
    try recorder.publish(id, try place(quarantine.oid))
    recorder.forget()
    return .published(summary(id, content))
  }

  private func place(_ oid: UInt32) throws(RefreshFailure) -> SnapshotRow.Publication {
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

  private func summary(_ id: SnapshotID, _ content: SnapshotContent) -> CopySummary {
    CopySummary(
      snapshot: id.description, tables: content.tables, rows: content.rows, bytes: content.databaseBytes ?? 0,
      duration: ContinuousClock.now - began, notes: notes)
  }

  /// Says what became of runs that did not live to say it, and removes what they have left: under our lease nobody else
  /// is at work on this target.
  func tidy(_ recorder: SnapshotRecorder) throws(RefreshFailure) {
    let rows: [SnapshotRow]
    let checkpoint: RefreshCheckpoint?
    do throws(RecordStoreError) {
      rows = try catalogue.snapshots(of: order.target, in: order.workspace)
      checkpoint = try catalogue.checkpoint(of: order.target, in: order.workspace)
    } catch { throw .store(error) }
    for row in rows where row.state == .building { recorder.fail(row.id, "the run ended before the copy was done") }
    if let checkpoint, checkpoint.phase == .publication { try settle(checkpoint, rows, recorder) }
    recorder.forget()
    let sweep = Sweep(
      order.destinationName, on: try maintenance, alive: [], known: Set(rows.map(\.id.description)))
    do {
      let swept = try sweep.run()
      notes += swept.dropped.map { "removed \($0), which an earlier run had left" }
      notes += swept.unclaimed.map { "\($0) has a name of ours and no mark of ours; it was left alone" }
    } catch { throw .quarantine(error) }
  }

  /// The run was about to put its copy in place: whether it did is told by the quarantine, which has lost its name then.
  private func settle(
    _ checkpoint: RefreshCheckpoint, _ rows: [SnapshotRow], _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) {
    guard let row = rows.first(where: { $0.id == checkpoint.snapshot }), row.state == .ready,
      let name = ScratchName(destination: order.destinationName, id: row.id.description)
    else { return }
    let session = try world.connect(try maintenance.parameters)
    let (left, there) = try reaching { () throws(DatabaseError) in
      (
        try DatabaseState.oid(of: name.name, in: session, world.short),
        try DatabaseState.oid(of: order.destinationName, in: session, world.short)
      )
    }
    if left == nil, let there { try recorder.publish(row.id, try place(there)) }
  }
}
