public import Runtime

extension Applying {
  /// How the workspace was found when we came to change it.
  public enum Entry: Sendable {
    /// Nothing of the plan can be done, so nothing has to be held.
    case unneeded
    /// Nobody was there, and the lease is ours now: what was seen just before is as it was.
    case entered(Lease)
    /// Somebody was, and has gone since. Nothing is held, and what was seen before may be old.
    case waited
    /// The store's error, `.held` where somebody is still there; nothing where we were interrupted.
    case stopped(RecordStoreError?)
  }

  /// Takes the lease of the plan's workspace at once, or waits until `deadline` for its holder to go.
  ///
  /// Who has waited does not hold the lease: planning again may take longer than a lease lasts. Who is bound to the plan
  /// does not plan again, and holds it.
  public func enter(for plan: Plan, until deadline: Deadline, isBound: Bool = false) -> Entry {
    guard plan.changes.contains(where: \.blockedBy.isEmpty) else { return .unneeded }
    var hasWaited = false
    while !interrupt.isRaised {
      do {
        let lease = try store.acquireLease(
          "workspace/\(plan.workspace)", holder: "\(actor) (run \(run))", timeToLive: Applying.timeToLive)
        guard hasWaited, !isBound else { return .entered(lease) }
        try store.release(lease)
        return .waited
      } catch {
        guard case .held(let lease) = error, !deadline.hasPassed else { return .stopped(error) }
        if !hasWaited { waiting(lease) }
        hasWaited = true
        _ = interrupt.wait(until: deadline.earlier(.after(Applying.leasePoll)))
      }
    }
    return .stopped(nil)
  }
}
