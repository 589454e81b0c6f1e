import Documents

/// What the audit log says about changes of snapshots. Checkpoints are not in it: they are no facts, only progress.
extension SnapshotWrite {
  public func intent(as context: WriteContext) -> AuditDraft? {
    guard let snapshot else { return nil }
    return AuditDraft(
      .intent, Address("target", target), actor: context.actor, run: context.run, detail: detail(of: snapshot))
  }

  /// `.done` with the state that came of it, or `.refused` with the present one.
  public func draft(for result: SnapshotResult, as context: WriteContext) -> AuditDraft? {
    guard let snapshot else { return nil }
    var detail = detail(of: snapshot)
    switch result {
    case .written(let row):
      detail["state"] = .string(row.state.rawValue)
      return AuditDraft(.done, Address("target", target), actor: context.actor, run: context.run, detail: detail)
    case .conflict(let row):
      detail["state"] = row.map { .string($0.state.rawValue) }
      return AuditDraft(.refused, Address("target", target), actor: context.actor, run: context.run, detail: detail)
    case .noted: return nil
    }
  }

  private func detail(of snapshot: SnapshotID) -> Fields {
    var detail: Fields = ["change": .string(verb), "snapshot": .string(snapshot.description)]
    switch self {
    case .begin(let draft):
      detail["kind"] = .string(draft.kind.rawValue)
      detail["policy"] = draft.policyDigest.map { .string($0) }
    case .finish(_, _, let content):
      detail["rows"] = .integer(content.rows)
      detail["bytes"] = .integer(content.bytes)
      detail["verification"] = .string(content.verification.result.rawValue)
    case .publish(_, _, let place):
      detail["database"] = .string(place.databaseName)
      detail["database_number"] = .string(place.databaseNumber)
    case .fail(_, _, let reason), .pin(_, _, let reason): detail["reason"] = .string(reason)
    case .prune, .unpin, .note, .forget: break
    }
    return detail
  }

  /// A word for each: `decant audit` shows it.
  private var verb: String {
    switch self {
    case .begin: "snapshot begin"
    case .finish: "snapshot ready"
    case .publish: "snapshot publish"
    case .fail: "snapshot fail"
    case .prune: "snapshot prune"
    case .pin: "snapshot pin"
    case .unpin: "snapshot unpin"
    case .note, .forget: "checkpoint"
    }
  }
}
