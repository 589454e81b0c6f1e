public import Reconciliation

extension MemoryStore: RecordArchive {
  public func archive() -> Archive {
    let workspaces = present.filter { !$0.value.isEmpty }.map { name, workspace in
      Archive.Workspace(
        name: name, records: workspace.records.values.sorted { $0.address < $1.address }, audit: workspace.audit,
        snapshots: workspace.snapshots.values.newestFirst,
        checkpoints: workspace.checkpoints.values.sorted { $0.target < $1.target })
    }
    return Archive(workspaces: workspaces.sorted { $0.name < $1.name })
  }

  public func restore(_ archive: Archive) throws(RecordStoreError) {
    let pairs = archive.workspaces.map { workspace in
      let records = Dictionary(workspace.records.map { ($0.address, $0) }) { first, _ in first }
      let snapshots = Dictionary(workspace.snapshots.map { ($0.id, $0) }) { first, _ in first }
      let checkpoints = Dictionary(workspace.checkpoints.map { ($0.target, $0) }) { first, _ in first }
      return (
        workspace.name,
        Workspace(records: records, audit: workspace.audit, snapshots: snapshots, checkpoints: checkpoints)
      )
    }
    let taken = Dictionary(pairs) { first, _ in first }
    guard fill(taken) else { throw notEmpty() }
  }
}
