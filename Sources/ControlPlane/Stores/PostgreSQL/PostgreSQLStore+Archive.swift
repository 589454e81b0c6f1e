private import PostgreSQL
public import Reconciliation

extension PostgreSQLStore: RecordArchive {
  /// Everything takes longer than a page of it.
  private var wholeDeadline: Duration { deadline * 10 }

  public func archive() throws(RecordStoreError) -> Archive {
    try read("read", title, absent: Archive(workspaces: []), within: wholeDeadline) { transaction throws(CallError) in
      try transaction.checkVersion()
      return Archive(
        workspaces: try transaction.workspaces().sorted().map { name throws(CallError) in
          Archive.Workspace(
            name: name, records: try transaction.records(in: name).sorted { $0.address < $1.address },
            audit: try transaction.auditLog(of: name), snapshots: try transaction.snapshots(of: nil, in: name),
            checkpoints: try transaction.checkpoints(in: name))
        })
    }
  }

  public func restore(_ archive: Archive) throws(RecordStoreError) {
    let refusal = notEmpty()
    try write("copy into", title, within: wholeDeadline) { transaction throws(CallError) in
      // Every write shares this lock, so nobody can write between the look and the end.
      try transaction.lockAlone()
      try transaction.checkVersion()
      guard try transaction.workspaces().isEmpty else { throw .refused(refusal) }
      for workspace in archive.workspaces {
        for part in workspace.records.parts { try transaction.insert(part, in: workspace.name) }
        for part in workspace.audit.parts { try transaction.insert(part, to: workspace.name) }
        for row in workspace.snapshots { try transaction.put(row, .snapshots, in: workspace.name) }
        for row in workspace.checkpoints { try transaction.put(row, .checkpoints, in: workspace.name) }
      }
    }
  }
}

extension PostgreSQLTransaction {
  func lockAlone() throws(CallError) {
    _ = try query(
      "lock of the schema", "SELECT pg_advisory_xact_lock($1::bigint), \(Self.durability)", [schema.lock("migrations")])
  }

  fileprivate func workspaces() throws(CallError) -> [String] {
    let tables = [schema.records, schema.audit, schema.snapshots, schema.checkpoints]
    let sql = tables.map { "SELECT workspace FROM \($0)" }.joined(separator: " UNION ")
    return try query("workspaces", sql).compactMap { $0[0] }
  }
}

extension Array {
  /// Pieces of at most so many elements as one statement should carry.
  fileprivate var parts: [Array] {
    stride(from: 0, to: count, by: 5_000).map { Array(self[$0..<Swift.min($0 + 5_000, count)]) }
  }
}
