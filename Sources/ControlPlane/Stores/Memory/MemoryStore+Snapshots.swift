public import Reconciliation

extension MemoryStore: SnapshotCatalogue {
  public func snapshots(of target: String?, in workspace: String) -> [SnapshotRow] {
    let rows = present[workspace]?.snapshots.values.filter { target == nil || $0.target == target } ?? []
    return rows.newestFirst
  }

  public func latestSnapshots(in workspace: String) -> [SnapshotRow] {
    let good = snapshots(of: nil, in: workspace).filter(\.isGood)
    var seen: Set<[String]> = []
    return good.filter { seen.insert([$0.target, $0.kind.rawValue, $0.state.rawValue]).inserted }
  }

  public func checkpoints(in workspace: String) -> [RefreshCheckpoint] {
    (present[workspace]?.checkpoints.values).map { $0.sorted { $0.target < $1.target } } ?? []
  }

  public func enter(_ writes: [SnapshotWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [SnapshotResult]
  {
    try writes.check(guardedBy: lease, in: context.workspace)
    try reach(.beforeEntering(writes))
    let results = try change(context.workspace, under: lease) { workspace, moment in
      workspace.enter(writes, as: context, at: moment)
    }
    try reach(.afterEntering(results))
    return results
  }
}

extension MemoryStore.Workspace {
  fileprivate mutating func enter(_ writes: [SnapshotWrite], as context: WriteContext, at moment: Timestamp)
    -> [SnapshotResult]
  {
    var (rows, notes) = (snapshots, checkpoints)
    let results = writes.enter(
      as: context, at: moment, row: { rows[$0] }, put: { rows[$0.id] = $0 }, note: { notes[$0.target] = $0 },
      forget: { notes[$0] = nil })
    (snapshots, checkpoints) = (rows, notes)
    _ = append(writes.drafts(for: results, as: context), at: moment)
    return results
  }
}
