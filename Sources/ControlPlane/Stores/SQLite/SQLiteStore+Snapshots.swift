public import Reconciliation

extension SQLiteStore: SnapshotCatalogue {
  public func snapshots(of target: String?, in workspace: String) throws(RecordStoreError) -> [SnapshotRow] {
    try use("read the snapshots of", target ?? workspace) { try $0.snapshots(of: target, in: workspace) }
  }

  public func latestSnapshots(in workspace: String) throws(RecordStoreError) -> [SnapshotRow] {
    try use("read the snapshots of", workspace) { try $0.latestSnapshots(in: workspace) }
  }

  public func checkpoints(in workspace: String) throws(RecordStoreError) -> [RefreshCheckpoint] {
    try use("read the checkpoints of", workspace) { try $0.checkpoints(in: workspace) }
      .sorted { $0.target < $1.target }
  }

  public func enter(_ writes: [SnapshotWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [SnapshotResult]
  {
    try writes.check(guardedBy: lease, in: context.workspace)
    let (moment, workspace) = (now(), context.workspace)
    return try write("write the snapshots of", workspace) { connection in
      try connection.check(lease)
      let results = try writes.enter(
        as: context, at: moment,
        row: { id throws(SQLiteError) in try connection.snapshot(id, in: workspace) },
        put: { row throws(SQLiteError) in try connection.put(row, .snapshots, in: workspace) },
        note: { note throws(SQLiteError) in try connection.put(note, .checkpoints, in: workspace) },
        forget: { target throws(SQLiteError) in try connection.forgetCheckpoint(of: target, in: workspace) })
      _ = try connection.append(writes.drafts(for: results, as: context), to: workspace, at: moment)
      return results
    }
  }
}
