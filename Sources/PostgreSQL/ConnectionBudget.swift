public import Runtime
private import Synchronization

/// How many connections may be open at once, over all and per key (a target's `pool_size`, a server's patience).
///
/// Who has to wait is served in the order of coming, but one that waits for its own key does not hold up the others.
public final class ConnectionBudget: Sendable {
  private let total: Int
  private let state = Mutex(State())

  private struct State {
    var inUse = 0
    var inUseByKey: [String: Int] = [:]
    var waiting: [Waiter] = []
  }

  /// One that waits. Its pipe is raised when its turn has come.
  private final class Waiter: Sendable {
    let key: String
    let limit: Int
    let turn: Interrupt

    init(_ key: String, _ limit: Int) throws(InterruptUnavailable) {
      (self.key, self.limit, turn) = (key, limit, try Interrupt())
    }
  }

  /// A limit below one counts as one.
  public init(total: Int) { self.total = max(1, total) }

  /// Runs `body` while it holds one of the connections, at most `limit` of them under this key.
  ///
  /// - Throws: `.timedOut` or `.interrupted` when no connection became free, and what `body` throws.
  public func withConnection<Result>(
    for key: String, atMost limit: Int, deadline: Deadline, interrupt: Interrupt? = nil,
    _ body: () throws(DatabaseError) -> Result
  ) throws(DatabaseError) -> Result {
    try acquire(key, max(1, limit), deadline, interrupt)
    defer { release(key) }
    return try body()
  }

  private func acquire(
    _ key: String, _ limit: Int, _ deadline: Deadline, _ interrupt: Interrupt?
  ) throws(DatabaseError) {
    let operation = "wait for a free connection"
    if state.withLock({ take(key, limit, in: &$0) }) { return }
    guard let waiter = try? Waiter(key, limit) else {
      throw DatabaseError(.unreachable, operation, at: key, "the process has no file descriptor left")
    }
    state.withLock { state in
      state.waiting.append(waiter)
      serve(&state)
    }
    let wakening = wait(for: .reading, on: waiter.turn.descriptor, until: deadline, or: interrupt)
    if wakening == .ready { return }
    // The turn may have come between the end of the wait and here: then there is no longer anything to give up.
    let gaveUp = state.withLock { state in
      guard let place = state.waiting.firstIndex(where: { $0 === waiter }) else { return false }
      state.waiting.remove(at: place)
      return true
    }
    if !gaveUp { release(key) }
    throw .waitEnded(wakening, operation, at: key, deadline)
  }

  private func release(_ key: String) {
    state.withLock { state in
      state.inUse -= 1
      state.inUseByKey[key, default: 1] -= 1
      if state.inUseByKey[key] == 0 { state.inUseByKey[key] = nil }
      serve(&state)
    }
  }

  private func take(_ key: String, _ limit: Int, in state: inout State) -> Bool {
    guard state.inUse < total, state.inUseByKey[key, default: 0] < limit else { return false }
    state.inUse += 1
    state.inUseByKey[key, default: 0] += 1
    return true
  }

  private func serve(_ state: inout State) {
    var still: [Waiter] = []
    for waiter in state.waiting {
      if take(waiter.key, waiter.limit, in: &state) { waiter.turn.raise() } else { still.append(waiter) }
    }
    state.waiting = still
  }
}
