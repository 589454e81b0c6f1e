import Documents

/// How a saved plan stands to the control plane now, seen under the lease of its workspace.
enum PlanStanding {
  /// What earlier runs of the same plan have done already, by address with its revision, and may be left as it is.
  case good(done: [Address: Int])
  case refused(PlanRefusal)

  /// `log` is read only where something has moved: a plan of which anything was applied has moved a record, because
  /// revisions only go up, and so it never looks untouched again.
  static func of(
    _ file: PlanFile, _ records: [Record], title: String, log: () throws(RecordStoreError) -> [AuditEntry]
  ) throws(RecordStoreError) -> PlanStanding {
    let byAddress = Dictionary(records.map { ($0.address, $0) }) { first, _ in first }
    let touched = file.plan.changes.filter(\.blockedBy.isEmpty)
    let moved = touched.filter { !$0.isSeen(as: byAddress[$0.address]) }
    let isSuspect = file.controlPlane.identity == nil
    if moved.isEmpty, !isSuspect { return .good(done: [:]) }
    let entries = try log()
    let past = Past(of: file, in: entries)
    if let end = past.completion { return .refused(.used(by: end.draft.actor, at: end.at)) }
    // It was planned for a control plane without anything in it; whose this one is, nothing can tell.
    if isSuspect, !past.hasRuns, !records.isEmpty || !entries.isEmpty { return .refused(.notNew(title: title)) }
    let foreign = moved.compactMap { past.foreign(byAddress[$0.address], $0) }
    if !foreign.isEmpty { return .refused(.moved(foreign)) }
    return .good(done: past.done.filter { byAddress[$0.key]?.revision == $0.value })
  }
}

/// What the audit log says about earlier runs of one plan file.
private struct Past {
  /// The end of a run that left nothing to do.
  private(set) var completion: AuditEntry?
  private(set) var hasRuns = false
  /// The actions that were done to their end, with the revision that they made. Entries of the kind `done` are written
  /// in the transaction of the change, so they say exactly what happened.
  private(set) var done: [Address: Int] = [:]

  init(of file: PlanFile, in log: [AuditEntry]) {
    let expected = Dictionary(file.plan.changes.map { ($0.address, $0.revisionAfter) }) { first, _ in first }
    var runs: Set<String> = []
    for entry in log {
      let draft = entry.draft
      if draft.event == .started, draft.detail["plan_id"]?.string == file.id { runs.insert(draft.run) }
      guard runs.contains(draft.run) else { continue }
      if draft.event == .ended, entry.leavesNothing { completion = entry }
      guard draft.event == .done, let address = draft.address, let made = expected[address],
        draft.detail["revision"]?.integer == made
      else { continue }
      done[address] = made
    }
    hasRuns = !runs.isEmpty
  }

  /// The record as somebody else left it; nothing where it is as the plan left it.
  func foreign(_ record: Record?, _ action: Action) -> MovedRecord? {
    if let made = done[action.address], record?.revision == made { return nil }
    return MovedRecord(address: action.address, seen: done[action.address] ?? action.seen.revision, record: record)
  }
}

extension AuditEntry {
  fileprivate var leavesNothing: Bool {
    ["failed", "not_attempted", "unknown"].allSatisfy { draft.detail[$0]?.integer == 0 }
  }
}

extension Action {
  fileprivate func isSeen(as record: Record?) -> Bool {
    (record?.fingerprint ?? Fingerprint(revision: 0, spec: "")) == seen
  }

  fileprivate var revisionAfter: Int { seen.revision + writeCount }
}
