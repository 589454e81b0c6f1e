public import Reconciliation

extension PostgreSQLStore: SnapshotCatalogue {
  public func snapshots(of target: String?, in workspace: String) throws(RecordStoreError) -> [SnapshotRow] {
    try read("read the snapshots of", target ?? workspace, absent: [SnapshotRow]()) { transaction throws(CallError) in
      try transaction.checkVersion()
      return try transaction.snapshots(of: target, in: workspace)
    }
  }

  public func latestSnapshots(in workspace: String) throws(RecordStoreError) -> [SnapshotRow] {
    try read("read the snapshots of", workspace, absent: [SnapshotRow]()) { transaction throws(CallError) in
      try transaction.checkVersion()
      return try transaction.latestSnapshots(in: workspace)
    }
  }

  public func checkpoints(in workspace: String) throws(RecordStoreError) -> [RefreshCheckpoint] {
    try read("read the checkpoints of", workspace, absent: [RefreshCheckpoint]()) { transaction throws(CallError) in
      try transaction.checkVersion()
      return try transaction.checkpoints(in: workspace)
    }.sorted { $0.target < $1.target }
  }

  public func enter(_ writes: [SnapshotWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [SnapshotResult]
  {
    try writes.check(guardedBy: lease, in: context.workspace)
    let (lock, workspace) = (schema.lock("audit", context.workspace), context.workspace)
    return try write("write the snapshots of", workspace) { transaction throws(CallError) in
      let standing = try transaction.stand(taking: lock, lease: lease.name, workspace: workspace)
      try standing.check(lease)
      let results = try writes.enter(
        as: context, at: standing.now,
        row: { id throws(CallError) in try transaction.snapshot(id, in: workspace) },
        put: { row throws(CallError) in try transaction.put(row, .snapshots, in: workspace) },
        note: { note throws(CallError) in try transaction.put(note, .checkpoints, in: workspace) },
        forget: { target throws(CallError) in try transaction.forgetCheckpoint(of: target, in: workspace) })
      let drafts = writes.drafts(for: results, as: context)
      _ = try transaction.append(drafts, to: workspace, after: standing.head, at: standing.now)
      return results
    }
  }
}
