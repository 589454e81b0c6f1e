import Documents
public import Runtime

/// Carries a plan out: it decides nothing, it does what the plan says, and it says of each action what became of it.
///
/// The lease of the workspace is held from the first intent to the last outcome. Per wave of independent actions the
/// intents are on disk before the changes are made. What was planned is bound by revisions, so a record that moved is
/// refused and never overwritten.
public struct Applying: Sendable {
  let store: any RecordStore
  let actor: String
  /// The id of this run, in audit entries and as the holder of the lease.
  let run: String
  /// How long to wait for a lease that another run holds.
  let leaseWait: Duration
  let interrupt: Interrupt

  /// A lease that is not renewed ends after this time (DESIGN: where the store cannot know that its holder is dead).
  static let timeToLive = Duration.seconds(10)
  /// At most so many writes in one transaction, so that a lease can be renewed between them.
  static let waveLimit = 1_000

  public init(store: any RecordStore, actor: String, run: String, leaseWait: Duration, interrupt: Interrupt) {
    self.store = store
    self.actor = actor
    self.run = run
    self.leaseWait = leaseWait
    self.interrupt = interrupt
  }

  /// `progress` hears of each outcome as it comes.
  public func apply(_ plan: Plan, progress: @escaping (Outcome) -> Void) -> ApplyResult {
    apply(plan, from: nil, progress)
  }

  /// Carries out a saved plan, once: under the lease it is found out first whether the records are as the plan saw them
  /// and whether it was applied already. What an earlier run that did not come to its end has done is left as it is.
  public func apply(_ file: PlanFile, progress: @escaping (Outcome) -> Void) -> ApplyResult {
    apply(file.plan, from: file, progress)
  }

  private func apply(_ plan: Plan, from file: PlanFile?, _ progress: @escaping (Outcome) -> Void) -> ApplyResult {
    var work = Work(plan, progress)
    guard !work.isFinished else { return work.result }
    do {
      var lease = try acquire("workspace/\(plan.workspace)")
      do {
        if let file, case .refused(let refusal) = try check(file, &work) {
          work.refuse(refusal)
          // Nothing was written; a lease that cannot be given back ends by itself.
          try? store.release(lease)
          return work.result
        }
        try carryOut(&work, plan, file, &lease)
      } catch {
        work.stop(error)
      }
      end(&work, plan, lease)
    } catch {
      work.stop(error)
    }
    work.abandonRest()
    return work.result
  }

  private func check(_ file: PlanFile, _ work: inout Work) throws(RecordStoreError) -> PlanStanding {
    let workspace = file.plan.workspace
    let standing = try PlanStanding.of(file, try store.records(in: workspace), title: store.title) {
      () throws(RecordStoreError) in try store.auditLog(of: workspace)
    }
    if case .good(let done) = standing { work.skip(done) }
    return standing
  }

  private func acquire(_ name: String) throws(RecordStoreError) -> Lease {
    let deadline = Deadline.after(leaseWait)
    while true {
      do {
        return try store.acquireLease(name, holder: "\(actor) (run \(run))", timeToLive: Applying.timeToLive)
      } catch {
        guard case .held = error, !deadline.hasPassed else { throw error }
        if interrupt.wait(until: deadline.earlier(.after(.milliseconds(100)))) { throw error }
      }
    }
  }

  private func carryOut(
    _ work: inout Work, _ plan: Plan, _ file: PlanFile?, _ lease: inout Lease
  ) throws(RecordStoreError) {
    var detail: Fields = ["plan": .string(plan.digest)]
    detail["plan_id"] = file.map { .string($0.id) }
    let start = AuditDraft(.started, nil, actor: actor, run: run, detail: detail)
    work.result.head = try store.append([start], to: plan.workspace, under: lease)
    while let wave = work.nextWave(limit: Applying.waveLimit) {
      if interrupt.isRaised {
        work.result.stop = .interrupted
        return
      }
      lease = try store.renew(lease, timeToLive: Applying.timeToLive)
      try carryOut(wave, &work, plan, lease)
    }
  }

  /// One transaction of intents, then one of changes with their outcomes.
  private func carryOut(_ wave: [Action], _ work: inout Work, _ plan: Plan, _ lease: Lease) throws(RecordStoreError) {
    let clock = ContinuousClock()
    let began = clock.now
    let intents = wave.map { action in
      AuditDraft(.intent, action.address, actor: actor, run: run, detail: action.auditDetail)
    }
    try store.append(intents, to: plan.workspace, under: lease)
    let context = WriteContext(workspace: plan.workspace, actor: actor, plan: plan.digest, run: run)
    do {
      let results = try store.commit(wave.flatMap(\.writes), as: context, under: lease)
      work.take(results, of: wave, duration: clock.now - began)
    } catch .unknown(let failure) {
      try reread(wave, after: failure, &work, plan)
    }
  }

  /// "Error" is not "not done": look before saying anything.
  private func reread(
    _ wave: [Action], after failure: Failure, _ work: inout Work, _ plan: Plan
  ) throws(RecordStoreError) {
    guard let records = try? store.records(in: plan.workspace) else {
      for action in wave { work.finish(action, .unknown("\(failure.cause); and what became of it could not be read")) }
      throw .failed(failure)
    }
    let byAddress = Dictionary(records.map { ($0.address, $0) }) { first, _ in first }
    for action in wave { work.finish(action, action.state(in: byAddress[action.address], plan, failure)) }
  }

  private func end(_ work: inout Work, _ plan: Plan, _ lease: Lease) {
    work.abandonRest()
    var detail = Fields()
    for word in ["done", "failed", "blocked", "not_attempted", "unknown"] {
      detail[word] = .integer(work.result.count(word))
    }
    let draft = AuditDraft(.ended, nil, actor: actor, run: run, detail: detail)
    do {
      work.result.head = try store.append([draft], to: plan.workspace, under: lease)
      try store.release(lease)
    } catch {
      work.stop(error)
    }
  }
}

extension Action {
  /// A replacement is a deletion and a creation; a deletion raises the revision by one.
  fileprivate var writes: [RecordWrite] {
    switch verb {
    case .create, .update, .adopt: [put(seen: seen.revision)]
    case .delete: [RecordWrite(address, .delete, seen: seen.revision)]
    case .replace: [RecordWrite(address, .delete, seen: seen.revision), put(seen: seen.revision + 1)]
    }
  }

  private func put(seen: Int) -> RecordWrite {
    RecordWrite(address, .put(spec: spec, isProtected: isProtectedAfter), seen: seen)
  }

  var writeCount: Int { verb == .replace ? 2 : 1 }

  /// A replaced object has the protection that it declares now, not the one that its predecessor had.
  private var isProtectedAfter: Bool { Value(json: spec)["protected"]?.bool ?? false }

  fileprivate var auditDetail: Fields {
    var detail: Fields = [
      "verb": .string(verb.rawValue), "reason": .string(reason.rawValue), "seen": .integer(seen.revision),
    ]
    if !changes.isEmpty { detail["paths"] = .list(changes.map { .string($0.path) }) }
    return detail
  }

  /// What became of the action, read from its record after a lost answer.
  fileprivate func state(in record: Record?, _ plan: Plan, _ failure: Failure) -> Outcome.State {
    let revision = record?.revision ?? 0
    guard revision > seen.revision else { return .failed("\(failure.cause); nothing was changed") }
    if verb == .delete { return record?.isDeleted == true ? .done(revision: revision) : .failed(failure.cause) }
    let isOurs = record?.applied.map { $0.plan == plan.digest && $0.spec == spec } ?? false
    return isOurs ? .done(revision: revision) : .failed("\(failure.cause); somebody else changed it meanwhile")
  }
}

/// The actions that are left, and what became of the others.
private struct Work {
  private var waiting: [Action]
  private let progress: (Outcome) -> Void
  private var unsettled: Set<Address>
  private var lost: Set<Address> = []
  var result = ApplyResult(outcomes: [])

  init(_ plan: Plan, _ progress: @escaping (Outcome) -> Void) {
    self.progress = progress
    waiting = plan.actions.filter(\.blockedBy.isEmpty)
    unsettled = Set(waiting.map(\.address))
    for action in plan.blocked {
      finish(action, .blocked(action.blockedBy))
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
    return wave.isEmpty ? nil : wave
  }

  private mutating func dropDependentsOfLost() {
    while let action = waiting.first(where: { !lost.isDisjoint(with: $0.after) }) {
      let culprit = action.after.first(where: lost.contains)
      waiting.removeAll { $0.address == action.address }
      finish(action, .notAttempted("\(culprit?.description ?? "an object before it") failed"))
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

  mutating func finish(_ action: Action, _ state: Outcome.State, duration: Duration = .zero) {
    let outcome = Outcome(action, state, duration: duration)
    unsettled.remove(action.address)
    switch state {
    case .done: break
    default: lost.insert(action.address)
    }
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
    for action in waiting { finish(action, .notAttempted(reason)) }
    waiting = []
  }
}
