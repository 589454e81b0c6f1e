/// Where snapshots are known, beside the records: what was made, when, by which policy, and where it lies.
///
/// Memory, SQLite and PostgreSQL pass the same conformance suite. As with records, each call is one transaction, and one
/// that throws has changed nothing or says `.unknown`.
public protocol SnapshotCatalogue: RecordStore {
  /// The newest first. All states, of one target or of the whole workspace.
  func snapshots(of target: String?, in workspace: String) throws(RecordStoreError) -> [SnapshotRow]

  /// Of each target and kind the newest that is ready and the newest that is published, the newest first: what a plan
  /// needs, however long the history is.
  func latestSnapshots(in workspace: String) throws(RecordStoreError) -> [SnapshotRow]

  /// How far the refreshes have come that did not end well, sorted by target.
  func checkpoints(in workspace: String) throws(RecordStoreError) -> [RefreshCheckpoint]

  /// Makes all writes that fit, refuses the others one by one, and appends an audit entry for each change of a snapshot
  /// (`.done` or `.refused`), all in the one transaction in which the lease's fencing token was checked. Times are the
  /// store's. The results are in the order of the writes.
  ///
  /// Throws `.fenced` where `lease` is not held any more, and `.failed` where it is a lease on something else.
  func enter(_ writes: [SnapshotWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [SnapshotResult]
}

extension SnapshotCatalogue {
  public func checkpoint(of target: String, in workspace: String) throws(RecordStoreError) -> RefreshCheckpoint? {
    try checkpoints(in: workspace).first { $0.target == target }
  }

  /// Says in the audit log what is about to be done, before it is done.
  @discardableResult
  public func intend(_ writes: [SnapshotWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> AuditHead
  {
    try append(writes.compactMap { $0.intent(as: context) }, to: context.workspace, under: lease)
  }
}

/// One change of the catalogue.
public enum SnapshotWrite: Sendable, Hashable {
  /// A new row, `building`. Refused where there is one of this id.
  case begin(SnapshotDraft)
  /// `building` becomes `ready`.
  case finish(target: String, SnapshotID, SnapshotContent)
  /// `ready` becomes `published`; so does `published`, at another place or again.
  case publish(target: String, SnapshotID, SnapshotRow.Publication)
  /// `building` or `ready` becomes `failed`; the sentence must hold no value of a row.
  case fail(target: String, SnapshotID, String)
  /// The archive is gone: what is not `building` becomes `pruned`. Refused for a pinned one.
  case prune(target: String, SnapshotID)
  case pin(target: String, SnapshotID, reason: String)
  case unpin(target: String, SnapshotID)
  /// Takes the place of the target's checkpoint.
  case note(RefreshCheckpoint)
  /// Forgets the target's checkpoint, if there is one.
  case forget(target: String)

  public var target: String {
    switch self {
    case .begin(let draft): draft.target
    case .finish(let target, _, _), .publish(let target, _, _), .fail(let target, _, _), .prune(let target, _),
      .pin(let target, _, _), .unpin(let target, _), .forget(let target):
      target
    case .note(let checkpoint): checkpoint.target
    }
  }

  /// The snapshot that changes; nothing for a checkpoint.
  public var snapshot: SnapshotID? {
    switch self {
    case .begin(let draft): draft.id
    case .finish(_, let id, _), .publish(_, let id, _), .fail(_, let id, _), .prune(_, let id), .pin(_, let id, _),
      .unpin(_, let id):
      id
    case .note, .forget: nil
    }
  }

  /// A refresh's own lease; for pinning, also that of the workspace, so that a running refresh does not stand in the way.
  public func isGuarded(by lease: Lease, in workspace: String) -> Bool {
    if lease.name == Lease.refresh(of: target, in: workspace) { return true }
    switch self {
    case .pin, .unpin: return lease.name == "workspace/\(workspace)"
    default: return false
    }
  }
}

public enum SnapshotResult: Sendable, Hashable {
  /// The row as it is now.
  case written(SnapshotRow)
  /// It does not fit: the row as it is, or nothing where there is none.
  case conflict(SnapshotRow?)
  /// A checkpoint was written or forgotten.
  case noted
}

extension Lease {
  /// The name of the lease that a refresh holds: `refresh/shop/prod_users_api`.
  ///
  /// Leases are known by their names in the whole store, so the workspace is in it; a slash within a name is written
  /// `%2F`, so that no two pairs have one name.
  public static func refresh(of target: String, in workspace: String) -> String {
    "refresh/\(escaped(workspace))/\(escaped(target))"
  }

  private static func escaped(_ name: String) -> String {
    name.map { $0 == "/" ? "%2F" : $0 == "%" ? "%25" : String($0) }.joined()
  }
}
