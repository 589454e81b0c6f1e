public import Reconciliation

extension SQLiteStore: RecordArchive {
  public func archive() throws(RecordStoreError) -> Archive {
    try use("read", title) { connection in try connection.reading { try $0.archive() } }
  }

  public func restore(_ archive: Archive) throws(RecordStoreError) {
    let refusal = notEmpty()
    try write("copy into", title) { connection in
      guard try connection.workspaces().isEmpty else { throw refusal }
      for workspace in archive.workspaces {
        try connection.insert(workspace.records, in: workspace.name)
        for entry in workspace.audit { try connection.insert(entry, to: workspace.name) }
        for row in workspace.snapshots { try connection.put(row, .snapshots, in: workspace.name) }
        for row in workspace.checkpoints { try connection.put(row, .checkpoints, in: workspace.name) }
      }
    }
  }
}

extension SQLiteConnection {
  fileprivate func workspaces() throws(SQLiteError) -> [String] {
    var names: [String] = []
    let query = """
      SELECT workspace FROM records UNION SELECT workspace FROM audit
      UNION SELECT workspace FROM snapshots UNION SELECT workspace FROM checkpoints
      """
    try statement(query).each([]) { row throws(SQLiteError) in names.append(row.text(0)) }
    return names.sorted()
  }

  fileprivate func archive() throws(SQLiteError) -> Archive {
    Archive(
      workspaces: try workspaces().map { name throws(SQLiteError) in
        Archive.Workspace(
          name: name, records: try records(in: name).sorted { $0.address < $1.address },
          audit: try auditLog(of: name), snapshots: try snapshots(of: nil, in: name),
          checkpoints: try checkpoints(in: name))
      })
  }
}
