import Reconciliation
import Runtime

/// Writes down what becomes of one snapshot: each change is intended in the audit log before it is entered.
struct SnapshotRecorder {
  let catalogue: any SnapshotCatalogue
  let context: WriteContext
  let target: String
  let keeper: LeaseKeeper

  func begin(_ draft: SnapshotDraft) throws(RefreshFailure) { try enter(.begin(draft)) }

  func finish(_ id: SnapshotID, _ content: SnapshotContent) throws(RefreshFailure) {
    try enter(.finish(target: target, id, content))
  }

  func publish(_ id: SnapshotID, _ place: SnapshotRow.Publication) throws(RefreshFailure) {
    try enter(.publish(target: target, id, place))
  }

  /// The first failure is what counts; that it cannot be written down changes nothing about it. The next run finds a
  /// row that is `building` under a lease that nobody holds, and says what became of it.
  func fail(_ id: SnapshotID, _ reason: String) { try? enter(.fail(target: target, id, reason)) }

  func prune(_ id: SnapshotID) throws(RefreshFailure) { try enter(.prune(target: target, id)) }

  func note(_ checkpoint: RefreshCheckpoint) throws(RefreshFailure) { try enter(.note(checkpoint)) }

  func forget() { try? enter(.forget(target: target)) }

  private func enter(_ write: SnapshotWrite) throws(RefreshFailure) {
    do throws(RecordStoreError) {
      if write.snapshot != nil { try catalogue.intend([write], as: context, under: keeper.lease) }
      if case .conflict(let row)? = try catalogue.enter([write], as: context, under: keeper.lease).first {
        throw .failed(
          Failure(
            "write down", "the snapshot \(write.snapshot?.description ?? "")",
            cause: "somebody else was here: it is \(row?.state.rawValue ?? "gone")"))
      }
    } catch {
      throw .store(error)
    }
  }
}
