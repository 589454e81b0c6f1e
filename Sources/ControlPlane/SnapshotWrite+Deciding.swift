import Reconciliation

/// What a write does to the catalogue: decided here once, so that all stores agree; a store only reads and writes rows.
extension SnapshotWrite {
  /// The row after this write, or nothing where it does not fit: another snapshot has the id, the row is of another
  /// target, or it is not in a state from which this leads on.
  func outcome(on current: SnapshotRow?, as context: WriteContext, at moment: Timestamp) -> SnapshotRow? {
    if case .begin(let draft) = self {
      guard current == nil else { return nil }
      return SnapshotRow(
        draft, workspace: context.workspace, run: context.run, actor: context.actor, startedAt: moment)
    }
    guard var row = current, row.target == target else { return nil }
    return change(&row, context, moment) ? row : nil
  }

  /// False where it does not fit.
  private func change(_ row: inout SnapshotRow, _ context: WriteContext, _ moment: Timestamp) -> Bool {
    switch self {
    case .begin, .note, .forget: return false
    case .finish(_, _, let content):
      guard row.state == .building else { return false }
      (row.state, row.content, row.finishedAt) = (.ready, content, moment)
    case .publish(_, _, let place):
      guard row.isGood else { return false }
      (row.state, row.publication) = (.published, place.dated(moment))
    case .fail(_, _, let reason):
      guard row.state == .building || row.state == .ready else { return false }
      (row.state, row.failure, row.finishedAt) = (.failed, reason, moment)
    case .prune:
      guard row.state != .building, row.state != .pruned, row.pin == nil else { return false }
      row.state = .pruned
    case .pin(_, _, let reason):
      guard row.isGood else { return false }
      row.pin = SnapshotRow.Pin(by: context.actor, reason: reason, at: moment)
    case .unpin:
      guard row.pin != nil else { return false }
      row.pin = nil
    }
    return true
  }
}

extension Collection where Element == SnapshotWrite {
  /// Makes the writes one after the other on what `row` finds, and hands what changed to `put`.
  func enter<Failure: Error>(
    as context: WriteContext, at moment: Timestamp, row: (SnapshotID) throws(Failure) -> SnapshotRow?,
    put: (SnapshotRow) throws(Failure) -> Void, note: (RefreshCheckpoint) throws(Failure) -> Void,
    forget: (String) throws(Failure) -> Void
  ) throws(Failure) -> [SnapshotResult] {
    var results: [SnapshotResult] = []
    for write in self {
      switch write {
      case .note(let checkpoint): try note(checkpoint.dated(moment))
      case .forget(let target): try forget(target)
      default: break
      }
      guard let id = write.snapshot else {
        results.append(.noted)
        continue
      }
      let current = try row(id)
      if let changed = write.outcome(on: current, as: context, at: moment) {
        try put(changed)
        results.append(.written(changed))
      } else {
        results.append(.conflict(current))
      }
    }
    return results
  }

  /// Throws `.failed` where the lease is on something else than what is written.
  func check(guardedBy lease: Lease, in workspace: String) throws(RecordStoreError) {
    for write in self where !write.isGuarded(by: lease, in: workspace) {
      throw .failed(
        Failure("write the snapshots of", write.target, cause: "the lease \(lease.name) is not the one of its refresh"))
    }
  }

  /// What goes into the audit log.
  func drafts(for results: [SnapshotResult], as context: WriteContext) -> [AuditDraft] {
    zip(self, results).compactMap { $0.draft(for: $1, as: context) }
  }
}
