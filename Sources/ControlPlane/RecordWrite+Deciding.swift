private import Documents
import Reconciliation

/// What a write does to a record: decided here once, so that all stores agree; a store only reads and writes rows.
extension RecordWrite {
  /// The record after this write, or nothing where somebody else was here: the revision differs from the one that was
  /// seen (0 for "there was none"), or a deletion finds nothing to delete.
  ///
  /// A put makes the workspace the owner, which is how an unmanaged record comes under management, and revives a
  /// tombstone. A deletion by us leaves a tombstone without owner and without anything applied; the tombstone of
  /// somebody else keeps both, and so a plan can tell the two apart.
  func outcome(on current: Record?, as context: WriteContext, at moment: Timestamp) -> Record? {
    guard (current?.revision ?? 0) == seen else { return nil }
    switch change {
    case .put(let spec, let isProtected):
      let applied = Record.Applied(
        spec: spec, revision: seen + 1, plan: context.plan, by: context.actor, at: moment)
      return Record(
        address: address, spec: spec, revision: seen + 1, updatedBy: context.actor, updatedAt: moment, applied: applied,
        owner: context.workspace, isProtected: isProtected)
    case .delete:
      guard let current, !current.isDeleted else { return nil }
      return Record(
        address: address, spec: current.spec, revision: seen + 1, updatedBy: context.actor, updatedAt: moment,
        deletedAt: moment)
    }
  }

  /// What the audit log says about this write: `.done` with the new revision, or `.refused` with the revision that was
  /// seen, the present one (0 for none) and who made it.
  func draft(for result: WriteResult, as context: WriteContext) -> AuditDraft {
    var detail: Fields = ["change": .string(verb)]
    switch result {
    case .written(let revision):
      detail["revision"] = .integer(revision)
      return AuditDraft(.done, address, actor: context.actor, run: context.run, detail: detail)
    case .conflict(let record):
      detail["seen"] = .integer(seen)
      detail["revision"] = .integer(record?.revision ?? 0)
      detail["updated_by"] = record.map { .string($0.updatedBy) }
      return AuditDraft(.refused, address, actor: context.actor, run: context.run, detail: detail)
    }
  }

  private var verb: String {
    switch change {
    case .put: "put"
    case .delete: "delete"
    }
  }
}
