/// The second half of an apply: copies are made when the records are written, without the workspace's lease.
public struct Refreshing {
  private let plan: Plan
  private let copy: (Action) -> CopyResult

  /// `copy` makes one copy; it takes the lease of its target itself.
  public init(_ plan: Plan, copy: @escaping (Action) -> CopyResult) {
    self.plan = plan
    self.copy = copy
  }

  /// Adds what became of each refresh to what became of the records. One after the other: each uses the workers that
  /// its target declares.
  public func run(after result: inout ApplyResult, progress: (Outcome) -> Void) {
    let lost = Dictionary(
      result.outcomes.filter { $0.word != "done" }.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
    for action in plan.refreshes {
      let outcome = self.outcome(of: action, lost, &result)
      result.outcomes.append(outcome)
      progress(outcome)
    }
  }

  private func outcome(of action: Action, _ lost: [Address: Outcome], _ result: inout ApplyResult) -> Outcome {
    if !action.blockedBy.isEmpty {
      // Where the record was blocked too, it was said there.
      let obstacles = lost[action.address] == nil ? plan.obstacles(to: action) : []
      return Outcome(action, .blocked(action.blockedBy), obstacles: obstacles)
    }
    if let culprit = ([action.address] + action.after).first(where: { lost[$0] != nil }).flatMap({ lost[$0] }) {
      return Outcome(action, .notAttempted(culprit.asCause))
    }
    guard result.stop == nil, result.refusal == nil else {
      return Outcome(action, .notAttempted("the run ended before it"))
    }
    let clock = ContinuousClock()
    let began = clock.now
    return Outcome(action, state(of: copy(action), &result), duration: clock.now - began)
  }

  private func state(of made: CopyResult, _ result: inout ApplyResult) -> Outcome.State {
    switch made {
    case .published(let summary): return .copied(summary)
    case .waiting(_, let sessions, let commands):
      return .failed(
        "the copy is finished and waits, because others are connected to the destination: \(sessions.joined(separator: "; ")). The previous copy is untouched. When they are gone: \(commands.publish). To have them ended: \(commands.disconnect)"
      )
    case .failed(let cause, let hint): return .failed(hint.map { "\(cause). \($0)" } ?? cause)
    case .refused(let cause, let verification):
      result.refusedCopies += 1
      if let verification { result.verifications.append(verification) }
      return .failed("\(cause); the previous copy is untouched")
    case .stale(let sentence):
      result.isStale = true
      return .failed("\(sentence); the previous copy is untouched. Plan again")
    case .unknown(let sentence): return .unknown(sentence)
    case .leaseHeld(let lease):
      result.stop = .leaseHeld(lease)
      return .notAttempted("another run refreshes it: \(lease.holder)")
    case .interrupted:
      result.stop = .interrupted
      return .notAttempted("interrupted; the previous copy is untouched")
    }
  }
}
