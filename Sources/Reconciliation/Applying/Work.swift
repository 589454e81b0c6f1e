/// The actions that are left, and what became of the others.
struct Work {
  private var waiting: [Action]
  /// The wave that is being made; those of it that are finished are settled.
  private var underWay: [Action] = []
  private let progress: (Outcome) -> Void
  private var unsettled: Set<Address>
  private var lost: [Address: Outcome] = [:]
  /// What failed in a way that no transaction of changes could write down.
  private(set) var unrecorded: [Outcome] = []
  var result = ApplyResult(outcomes: [])

  init(_ plan: Plan, _ progress: @escaping (Outcome) -> Void) {
    self.progress = progress
    waiting = plan.changes.filter(\.blockedBy.isEmpty)
    unsettled = Set(waiting.map(\.address))
    for action in plan.changes where !action.blockedBy.isEmpty {
      finish(action, .blocked(action.blockedBy), obstacles: plan.obstacles(to: action))
    }
  }

  var isFinished: Bool { waiting.isEmpty }

  /// Leaves out what was done before.
  mutating func skip(_ done: [Address: Int]) {
    result.doneBefore = waiting.map(\.address).filter { done[$0] != nil }
    waiting.removeAll { done[$0.address] != nil }
    unsettled.subtract(done.keys)
  }

  /// Nothing is attempted, and the refusal says why for all of it.
  mutating func refuse(_ refusal: PlanRefusal) {
    result.refusal = refusal
    result.outcomes += waiting.map { Outcome($0, .notAttempted("the plan was refused")) }
    waiting = []
  }

  /// Everything whose predecessors are done, up to `limit` writes; deletions only when nothing else is left, and each
  /// only when nothing that waits refers to it.
  mutating func nextWave(limit: Int) -> [Action]? {
    dropDependentsOfLost()
    var wave: [Action] = []
    var count = 0
    let hasOthers = waiting.contains { $0.verb != .delete }
    for action in waiting where action.verb != .delete || !hasOthers {
      guard !action.after.contains(where: { unsettled.contains($0) && $0 != action.address }) else { continue }
      if count + action.writeCount > limit { break }
      wave.append(action)
      count += action.writeCount
    }
    // References never form a cycle between kinds; if a record's past ones do, order cannot matter.
    if wave.isEmpty { wave = Array(waiting.prefix(limit / 2)) }
    let chosen = Set(wave.map(\.address))
    waiting.removeAll { chosen.contains($0.address) }
    underWay = wave
    return wave.isEmpty ? nil : wave
  }

  /// Until nothing is lost any more: what depends on a dependent is lost as well.
  private mutating func dropDependentsOfLost() {
    var hasGrown = !lost.isEmpty
    while hasGrown {
      hasGrown = false
      for action in waiting {
        guard let culprit = action.after.first(where: { lost[$0] != nil }).flatMap({ lost[$0] }) else { continue }
        finish(action, .notAttempted(culprit.asCause))
        hasGrown = true
      }
      waiting.removeAll { lost[$0.address] != nil }
    }
  }

  mutating func take(_ results: [WriteResult], of wave: [Action], duration: Duration) {
    var rest = results[...]
    for action in wave {
      let own = rest.prefix(action.writeCount)
      rest = rest.dropFirst(action.writeCount)
      finish(action, state(of: own, action), duration: duration)
    }
  }

  private mutating func state(of results: ArraySlice<WriteResult>, _ action: Action) -> Outcome.State {
    for case .conflict(let record) in results {
      result.isStale = true
      return .failed(conflict(record, action))
    }
    guard case .written(let revision)? = results.last else { return .unknown("the control plane gave no answer") }
    return .done(revision: revision)
  }

  private func conflict(_ record: Record?, _ action: Action) -> String {
    guard let record else { return "somebody else was here: the record is gone. Plan again" }
    return
      "somebody else was here: \(record.updatedBy) made revision \(record.revision), the plan saw \(action.seen.revision). Plan again"
  }

  /// After a lost answer: what the record says is what became of the action. "Ours" is a record that this plan applied.
  mutating func settle(_ action: Action, by record: Record?, _ plan: Plan, after failure: Failure) {
    let revision = record?.revision ?? 0
    guard revision > action.seen.revision else {
      return fail(action, "\(failure.cause); nothing was changed")
    }
    if action.verb == .delete {
      // The tombstone of somebody else keeps what was applied.
      if record?.isDeleted == true, record?.applied == nil { return finish(action, .done(revision: revision)) }
    } else if let applied = record?.applied, applied.plan == plan.digest, applied.spec == action.spec {
      return finish(action, .done(revision: applied.revision))
    }
    result.isStale = true
    fail(action, "\(failure.cause); \(conflict(record, action))")
  }

  /// No transaction of changes has written it down, so the end of the run does.
  mutating func fail(_ action: Action, _ reason: String) { finish(action, .failed(reason), isRecorded: false) }

  mutating func finish(
    _ action: Action, _ state: Outcome.State, duration: Duration = .zero, isRecorded: Bool = true,
    obstacles: [String] = []
  ) {
    let outcome = Outcome(action, state, duration: duration, obstacles: obstacles)
    unsettled.remove(action.address)
    switch state {
    case .done: break
    default: lost[action.address] = outcome
    }
    if !isRecorded { unrecorded.append(outcome) }
    result.outcomes.append(outcome)
    progress(outcome)
  }

  mutating func stop(_ error: RecordStoreError) {
    guard result.stop == nil else { return }
    if case .held(let lease) = error {
      result.stop = .leaseHeld(lease)
    } else {
      result.stop = .failed(error.description)
    }
  }

  mutating func abandonRest() {
    let reason =
      switch result.stop {
      case .leaseHeld?: "the workspace is being changed by another run"
      case .interrupted?: "interrupted"
      default: "the run ended before it"
      }
    for action in underWay + waiting where unsettled.contains(action.address) {
      finish(action, .notAttempted(reason))
    }
    (underWay, waiting) = ([], [])
  }
}

extension Outcome {
  /// Why something that depends on it is not attempted.
  var asCause: String {
    switch state {
    case .blocked: "\(address) is blocked"
    case .notAttempted: "\(address) was not attempted"
    case .unknown: "what became of \(address) is unknown"
    case .failed, .done, .copied: "\(address) failed"
    }
  }
}
