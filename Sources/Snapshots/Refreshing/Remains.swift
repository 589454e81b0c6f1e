import PostgreSQL
import Reconciliation
import Runtime

/// What earlier runs of a target have left, after it was tidied.
struct Remains {
  /// Finished, checked, and kept from its place: by sessions, or because the run was ended.
  struct Waiting {
    let row: SnapshotRow
    let quarantine: Quarantine
  }

  /// Begun, with a quarantine that is still there. Whether its rows are complete stands in the quarantine.
  struct Begun {
    let checkpoint: RefreshCheckpoint
    let quarantine: Quarantine
  }

  /// All snapshots of the target that the catalogue knows.
  var known: Set<String> = []
  /// It was in place already, and is written down as that now.
  var settled: SnapshotRow?
  var waiting: Waiting?
  var begun: Begun?
}

/// Under the lease of the target nobody else is at work on it, so whatever is there was left behind.
extension RefreshRun {
  /// Says what became of runs that did not live to say it, and removes what nobody can use any more.
  ///
  /// A finished copy that waits for its place stays until a newer one takes it, so that a refresh that fails has not cost
  /// it. An unfinished one stays only where somebody may go on from it: a refresh without `--resume` begins anew.
  func tidy(_ recorder: SnapshotRecorder) throws(RefreshFailure) -> Remains {
    let rows: [SnapshotRow]
    let checkpoint: RefreshCheckpoint?
    do throws(RecordStoreError) {
      rows = try catalogue.snapshots(of: order.target, in: order.workspace)
      checkpoint = try catalogue.checkpoint(of: order.target, in: order.workspace)
    } catch { throw .store(error) }
    var remains = Remains(known: Set(rows.map(\.id.description)))
    let finished = rows.filter { $0.kind == .sanitized && $0.state == .ready }
    if !finished.isEmpty { try settle(finished, &remains, recorder) }
    if world.manner != .anew, let checkpoint { remains.begun = try begun(checkpoint, rows) }
    try closeRows(rows, remains, recorder)
    if remains.begun == nil { recorder.forget() }
    try sweep(remains, keeping: [])
    sweepScratch(remains.known)
    try sweepOrphans()
    return remains
  }

  /// Finds out of each finished copy whether it is in place or waits for it.
  ///
  /// Both renames are one transaction, and in it the previous copy is marked with the id of the one that took its place;
  /// that mark is there until the row says `published`. Where there was no previous copy, or nothing else was to be said
  /// of it, the copy's own mark is still on it.
  private func settle(
    _ rows: [SnapshotRow], _ remains: inout Remains, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) {
    let server = try maintenance
    let marks = try reaching { () throws(DatabaseError) in
      try PlacementMarks.read(of: order.destinationName, in: try server.open(), world.short)
    }
    for row in rows.sorted(by: { $0.id > $1.id }) {
      if let place = marks.place(of: row.id.description) {
        try recorder.publish(row.id, try self.place(place))
        if remains.settled == nil { remains.settled = row }
      } else if remains.waiting == nil, remains.settled == nil,
        let name = ScratchName(destination: order.destinationName, id: row.id.description),
        let quarantine = try asked({ () throws(QuarantineFailure) in try Quarantine.find(name, on: server) })
      {
        remains.waiting = Remains.Waiting(row: row, quarantine: quarantine)
      }
    }
  }

  private func begun(
    _ checkpoint: RefreshCheckpoint, _ rows: [SnapshotRow]
  ) throws(RefreshFailure) -> Remains.Begun? {
    guard rows.contains(where: { $0.id == checkpoint.snapshot && $0.state == .building }),
      let name = ScratchName(destination: order.destinationName, id: checkpoint.snapshot.description),
      name.name == checkpoint.quarantine
    else { return nil }
    let server = try maintenance
    return try asked { () throws(QuarantineFailure) in try Quarantine.find(name, on: server) }
      .map { Remains.Begun(checkpoint: checkpoint, quarantine: $0) }
  }

  /// A finished copy of which an archive is kept stays `ready`: it can be loaded, in place or not.
  private func closeRows(
    _ rows: [SnapshotRow], _ remains: Remains, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) {
    for row in rows where row.kind == .sanitized {
      if row.state == .building, row.id != remains.begun?.checkpoint.snapshot {
        recorder.fail(row.id, "the run ended before the copy was done")
      }
      let isWaste = row.state == .ready && row.content?.parts.isEmpty ?? true
      if isWaste, row.id != remains.waiting?.row.id, row.id != remains.settled?.id {
        recorder.fail(row.id, "the finished copy was removed before it was put in place")
      }
    }
  }

  private func sweep(_ remains: Remains, keeping ids: [SnapshotID]) throws(RefreshFailure) {
    let kept = [remains.waiting?.row.id, remains.begun?.checkpoint.snapshot].compactMap(\.self) + ids
    let sweep = Sweep(
      order.destinationName, on: try maintenance, alive: Set(kept.map(\.description)), known: remains.known)
    let swept = try asked { () throws(QuarantineFailure) in try sweep.run() }
    notes += swept.dropped.map { "removed \($0), which an earlier run had left" }
    notes += swept.unclaimed.map { "\($0) has a name of ours and no mark of ours; it was left alone" }
    notes += swept.failures.map { "could not be removed: \($0)" } + swept.foreign
  }

  /// When the new copy is finished, an older one has nothing to wait for. And a database that the server was still making
  /// when its run was killed is there only now. What cannot be done here, the next run does.
  func sweepAgain(_ past: Remains, keeping id: SnapshotID, _ recorder: SnapshotRecorder) {
    if let row = past.waiting?.row, row.content?.parts.isEmpty ?? true {
      recorder.fail(row.id, "a newer copy was finished before it was put in place")
    }
    try? sweep(Remains(known: past.known), keeping: [id])
    sweepScratch(past.known)
  }

  /// What runs of any kind have left, on each of the servers that this one makes databases on.
  private func sweepOrphans() throws(RefreshFailure) {
    try sweepOrphans(on: maintenance)
    guard let endpoint = order.scratch, !scratchIsAway else { return }
    try sweepOrphans(on: ScratchServer(endpoint, world).server)
  }

  private func sweepOrphans(on server: MaintenanceConnection) throws(RefreshFailure) {
    let sweep = OrphanSweep(server: server, destination: order.destinationName)
    do throws(QuarantineFailure) { notes += try sweep.run().notes } catch {
      guard !world.interrupt.isRaised else { throw .interrupted }
      notes.append("what other runs may have left could not be looked for: \(error)")
    }
  }

  func asked<Result>(_ body: () throws(QuarantineFailure) -> Result) throws(RefreshFailure) -> Result {
    do { return try body() } catch { throw .quarantine(error) }
  }
}

/// What the comments of databases say about copies that took a destination's place.
private struct PlacementMarks {
  /// The destination's own.
  let destination: (number: UInt32, id: String?)?
  /// Ids of copies before which a previous one had to go.
  let replacing: Set<String>

  static func read(of destination: String, in session: Session, _ deadline: Deadline) throws(DatabaseError) -> Self {
    let rows = try session.query(
      """
      SELECT datname, oid, pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database
      WHERE datname = $1 OR datname LIKE '%\\_\\_decant\\_%'
      """, [destination], deadline: deadline, as: "reading the marks of copies")
    var (own, replacing): ((UInt32, String?)?, Set<String>) = (nil, [])
    for row in rows {
      guard let name = row[0], let number = row[1].flatMap({ UInt32($0) }) else { continue }
      let hint = row[2].flatMap { ScratchHint(comment: $0) }
      if name == destination {
        own = (number, hint.flatMap { $0.role == .copy && $0.destination == destination ? $0.id : nil })
      } else if let read = ScratchName(name: name, comment: row[2] ?? ""), read.role == .previous,
        read.destination == destination
      {
        replacing.insert(read.id)
      }
    }
    return PlacementMarks(destination: own, replacing: replacing)
  }

  /// The number of the database that this copy has become.
  func place(of id: String) -> UInt32? {
    guard let destination, destination.id == id || replacing.contains(id) else { return nil }
    return destination.number
  }
}
