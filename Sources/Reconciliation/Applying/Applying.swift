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
  /// Hears once of the lease that is waited for.
  let waiting: @Sendable (Lease) -> Void

  /// A lease that is not renewed ends after this time (DESIGN: where the store cannot know that its holder is dead).
  static let timeToLive = Duration.seconds(10)
  /// How often we look whether a held lease has become free.
  static let leasePoll = Duration.milliseconds(100)
  /// At most so many writes in one transaction, so that a lease can be renewed between them.
  static let waveLimit = 1_000

  public init(
    store: any RecordStore, actor: String, run: String, leaseWait: Duration, interrupt: Interrupt,
    waiting: @escaping @Sendable (Lease) -> Void = { _ in }
  ) {
    self.store = store
    self.actor = actor
    self.run = run
    self.leaseWait = leaseWait
    self.interrupt = interrupt
    self.waiting = waiting
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
    let entry = enter(for: plan, until: .after(leaseWait), isBound: true)
    return apply(plan, from: file, entry, progress)
  }

  /// Carries out a plan with what `enter` gave for it, which has to be used at once: a lease ends by itself.
  public func apply(_ plan: Plan, _ entry: Entry, progress: @escaping (Outcome) -> Void) -> ApplyResult {
    apply(plan, from: nil, entry, progress)
  }

  private func apply(
    _ plan: Plan, from file: PlanFile?, _ entry: Entry, _ progress: @escaping (Outcome) -> Void
  ) -> ApplyResult {
    var work = Work(plan, progress)
    do {
      switch entry {
      case .entered(var lease):
        if let file, try isRefused(file, &work, under: lease) { return work.result }
        do { try carryOut(&work, plan, file, &lease) } catch { work.stop(error) }
        end(&work, plan, lease)
      case .stopped(let error?): work.stop(error)
      case .stopped(nil): work.result.stop = .interrupted
      case .unneeded, .waited: break
      }
    } catch {
      work.stop(error)
    }
    work.abandonRest()
    return work.result
  }

  /// Nothing is written where it is, and a lease that cannot be given back then ends by itself.
  private func isRefused(_ file: PlanFile, _ work: inout Work, under lease: Lease) throws(RecordStoreError) -> Bool {
    do {
      switch try standing(of: file) {
      case .good(let done):
        work.skip(done)
        return false
      case .refused(let refusal):
        work.refuse(refusal)
        try? store.release(lease)
        return true
      }
    } catch {
      try? store.release(lease)
      throw error
    }
  }

  private func standing(of file: PlanFile) throws(RecordStoreError) -> PlanStanding {
    let workspace = file.plan.workspace
    return try PlanStanding.of(file, try store.records(in: workspace), title: store.title) {
      () throws(RecordStoreError) in try store.auditLog(of: workspace)
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
    } catch {
      for action in wave { work.fail(action, error.description) }
      throw error
    }
  }

  /// "Error" is not "not done": look before saying anything.
  private func reread(
    _ wave: [Action], after failure: Failure, _ work: inout Work, _ plan: Plan
  ) throws(RecordStoreError) {
    guard let records = try? store.records(in: plan.workspace) else {
      let reason = "\(failure.cause); and what became of it could not be read"
      for action in wave { work.finish(action, .unknown(reason), isRecorded: false) }
      throw .failed(failure)
    }
    let byAddress = Dictionary(records.map { ($0.address, $0) }) { first, _ in first }
    for action in wave { work.settle(action, by: byAddress[action.address], plan, after: failure) }
  }

  /// The last entries and the lease are given up one by one: what cannot be written is no reason to keep the lease.
  private func end(_ work: inout Work, _ plan: Plan, _ lease: Lease) {
    work.abandonRest()
    var detail = Fields()
    for word in Outcome.words { detail[word] = .integer(work.result.count(word)) }
    var drafts = work.unrecorded.map { outcome in
      let event: AuditDraft.Event = outcome.word == "unknown" ? .unknown : .failed
      let reason: Fields = ["reason": .string(outcome.message ?? "")]
      return AuditDraft(event, outcome.address, actor: actor, run: run, detail: reason)
    }
    drafts.append(AuditDraft(.ended, nil, actor: actor, run: run, detail: detail))
    do { work.result.head = try store.append(drafts, to: plan.workspace, under: lease) } catch { work.stop(error) }
    do { try store.release(lease) } catch { work.stop(error) }
  }
}

extension Action {
  /// A replacement is a deletion and a creation; a deletion raises the revision by one.
  fileprivate var writes: [RecordWrite] {
    switch verb {
    case .refresh: []
    case .create, .update, .adopt: [put(seen: seen.revision)]
    case .delete: [RecordWrite(address, .delete, seen: seen.revision)]
    case .replace: [RecordWrite(address, .delete, seen: seen.revision), put(seen: seen.revision + 1)]
    }
  }

  private func put(seen: Int) -> RecordWrite {
    RecordWrite(address, .put(spec: spec, isProtected: isProtectedAfter), seen: seen)
  }

  var writeCount: Int { verb == .replace ? 2 : verb == .refresh ? 0 : 1 }

  /// A replaced object has the protection that it declares now, not the one that its predecessor had.
  private var isProtectedAfter: Bool { Value(json: spec)["protected"]?.bool ?? false }

  fileprivate var auditDetail: Fields {
    var detail: Fields = [
      "verb": .string(verb.rawValue), "reason": .string(reason.rawValue), "seen": .integer(seen.revision),
    ]
    if !changes.isEmpty { detail["paths"] = .list(changes.map { .string($0.path) }) }
    return detail
  }
}
