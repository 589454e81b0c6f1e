import Documents
import PostgreSQL
public import Reconciliation
import Runtime

extension SnapshotWorker {
  /// Puts a fresh copy in the destination's place: the one that was published or loaded last, from a template that is
  /// kept on the same server, so that no row goes through this machine.
  ///
  /// The template is made by the refresh (`refresh.keep_template`), or by the first reset after one, of the destination
  /// as it is then.
  public func reset(
    _ order: LoadOrder, recordedIn catalogue: any SnapshotCatalogue
  ) -> Result<SnapshotWork, WorkFailure> {
    let began = ContinuousClock.now
    return working("reset", order.destination.title) { () throws(RefreshFailure) in
      let keeper = try world.hold(order.target, in: order.workspace, catalogue)
      defer { keeper.end() }
      let row = try published(order, catalogue)
      let server = try maintenance(of: order.destination)
      var notes = try sweep(server, for: order.destinationName)
      if try template(of: row, order, server) {
        notes.append(
          "the template was made of the copy as it is now; the next reset is quicker, and gives back this state")
      }
      progress(CopyProgress(phase: .publish))
      let name = try workName(order.destinationName)
      let lock = try quarantineFailing { () throws(QuarantineFailure) in try OwnerLock(name, on: server) }
      defer { lock.end() }
      let fresh = try fresh(name, server)
      do throws(RefreshFailure) { notes += try put(fresh, order) } catch {
        if case .unknown = error { throw error }
        try? fresh.uninterrupted.drop()
        throw error
      }
      try write(row, fresh.oid, order, catalogue, keeper)
      return SnapshotWork(
        target: order.target, snapshot: row.id.description, kind: row.kind, destination: order.destination.title,
        tables: row.content?.tables ?? 0, rows: row.content?.rows ?? 0, bytes: row.content?.databaseBytes ?? 0,
        duration: ContinuousClock.now - began, notes: notes)
    }
  }

  private func published(
    _ order: LoadOrder, _ catalogue: any SnapshotCatalogue
  ) throws(RefreshFailure) -> SnapshotRow {
    let rows: [SnapshotRow]
    do { rows = try catalogue.snapshots(of: order.target, in: order.workspace) } catch { throw .store(error) }
    guard let row = rows.published(of: order.target) else {
      throw .refused("no copy was ever put there; make one with: decant refresh \(order.target)")
    }
    return row
  }

  /// Makes sure that there is a template of this snapshot. True where it had to be made.
  private func template(
    of row: SnapshotRow, _ order: LoadOrder, _ server: MaintenanceConnection
  ) throws(RefreshFailure) -> Bool {
    let name = order.destinationName
    let (kept, session) = try quarantineFailing { () throws(QuarantineFailure) in
      (
        try KeptTemplate.snapshot(for: name, on: server),
        try asking { () throws(DatabaseError) in try server.open() }
      )
    }
    if kept == row.id.description { return false }
    let number = try reaching { () throws(DatabaseError) in
      try DatabaseState.oid(of: name, in: session, world.short)
    }
    guard let number, row.publication?.databaseNumber == "\(number)" else {
      throw .refused(
        "\(order.destination.title) is not the copy that was put there last; make it anew with: decant refresh \(order.target)"
      )
    }
    try keep(name, number, row, order, server, session)
    return true
  }

  private func keep(
    _ name: String, _ number: UInt32, _ row: SnapshotRow, _ order: LoadOrder, _ server: MaintenanceConnection,
    _ session: Session
  ) throws(RefreshFailure) {
    do throws(QuarantineFailure) {
      let make = { () throws(QuarantineFailure) in
        try KeptTemplate.keep(name, for: name, of: row.id.description, on: server)
      }
      if order.disconnects { try SessionEnder().ending(number, on: server, during: make) } else { try make() }
    } catch {
      // PostgreSQL copies no database that somebody is connected to.
      guard case .database(let cause) = error, cause.sqlstate == "55006" else { throw .quarantine(error) }
      let occupants = (try? Occupant.read(of: number, in: session, world.short)) ?? []
      throw .refused(
        "no template is kept yet, and none can be made while others are connected: \(occupants.map(\.description).joined(separator: "; ")). End them, say --disconnect, or declare refresh.keep_template"
      )
    }
  }

  private func fresh(_ name: ScratchName, _ server: MaintenanceConnection) throws(RefreshFailure) -> Quarantine {
    let made = try quarantineFailing { () throws(QuarantineFailure) in try KeptTemplate.fresh(name, on: server) }
    guard let made else { throw .refused("the template was removed by somebody meanwhile") }
    return made
  }

  /// The copy has another number now, by which it is known.
  private func write(
    _ row: SnapshotRow, _ number: UInt32, _ order: LoadOrder, _ catalogue: any SnapshotCatalogue, _ keeper: LeaseKeeper
  ) throws(RefreshFailure) {
    let recorder = SnapshotRecorder(
      catalogue: catalogue, context: context(order.workspace), target: order.target, keeper: keeper)
    let place = SnapshotRow.Publication(
      clusterIdentifier: row.publication?.clusterIdentifier, databaseNumber: "\(number)",
      databaseName: order.destinationName)
    do throws(RefreshFailure) { try recorder.publish(row.id, place) } catch {
      throw .unknown("the fresh copy is in place, and that could not be written down: \(error.cause)")
    }
  }
}
