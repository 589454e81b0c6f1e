import Reconciliation
import Runtime
private import Synchronization

/// How many connections may be open at once: over all, and to one pool.
///
/// A source and its destination must be open together to prove that they are two. Both places are taken in one step:
/// if each side took its own, pairs that hold one place each could wait for each other for ever.
final class ConnectionGate: Sendable {
  let limit: Int
  private let state = Mutex(State())

  private struct State {
    var open = 0
    var openByPool: [String: Int] = [:]
    var waiting: [Waiter] = []
  }

  private final class Waiter: Sendable {
    let pools: [DatabaseEndpoint.Pool?]
    let admitted: Interrupt

    init(_ pools: [DatabaseEndpoint.Pool?]) throws(InterruptUnavailable) {
      (self.pools, admitted) = (pools, try Interrupt())
    }
  }

  /// A limit below one counts as one.
  init(limit: Int) { self.limit = max(1, limit) }

  /// Whether so many connections may ever be open at once, one for each of the pools.
  func canAdmit(_ pools: [DatabaseEndpoint.Pool?]) -> Bool { obstacle(to: pools, in: State()) == .none }

  /// Waits until all of them may be opened: false where one of the events came first, and then nothing is taken.
  ///
  /// There is no deadline: who waits here waits for connections of our own, each of which has one.
  func enter(_ pools: [DatabaseEndpoint.Pool?], unless events: [Interrupt]) -> Bool {
    guard canAdmit(pools), let waiter = try? Waiter(pools) else { return false }
    state.withLock { state in
      state.waiting.append(waiter)
      admit(&state)
    }
    let isAdmitted = firstRaised(of: [waiter.admitted] + events, until: nil) == 0
    if isAdmitted { return true }
    return !state.withLock { state in
      let place = state.waiting.firstIndex { $0 === waiter }
      if let place { state.waiting.remove(at: place) }
      // Who waited behind it may go on now.
      admit(&state)
      return place != nil
    }
  }

  func leave(_ pool: DatabaseEndpoint.Pool?) {
    state.withLock { state in
      state.open -= 1
      if let pool { state.openByPool[pool.name, default: 1] -= 1 }
      admit(&state)
    }
  }

  /// What keeps a request waiting.
  private enum Obstacle { case none, pool, limit }

  private func obstacle(to pools: [DatabaseEndpoint.Pool?], in state: State) -> Obstacle {
    for pool in pools.compactMap(\.self) {
      let wanted = pools.count { $0?.name == pool.name }
      if state.openByPool[pool.name, default: 0] + wanted > max(1, pool.size) { return .pool }
    }
    return state.open + pools.count > limit ? .limit : .none
  }

  /// In the order of coming. One that waits for its pool lets the others pass who do not want that pool; one that waits
  /// for the limit lets nobody pass, or pairs would starve behind single connections.
  private func admit(_ state: inout State) {
    var reserved: Set<String> = []
    var isFull = false
    var still: [Waiter] = []
    for waiter in state.waiting {
      let names = waiter.pools.compactMap { $0?.name }
      let obstacle = obstacle(to: waiter.pools, in: state)
      if obstacle == .limit { isFull = true }
      guard obstacle == .none, !isFull, reserved.isDisjoint(with: names) else {
        reserved.formUnion(names)
        still.append(waiter)
        continue
      }
      state.open += waiter.pools.count
      for name in names { state.openByPool[name, default: 0] += 1 }
      waiter.admitted.raise()
    }
    state.waiting = still
  }
}
