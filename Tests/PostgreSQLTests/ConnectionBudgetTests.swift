import Foundation
import PostgreSQL
import Runtime
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ConnectionBudgetTests {
  /// How many are inside, and the most there ever were.
  private final class Crowd: Sendable {
    private let state = Mutex<(now: [String: Int], most: [String: Int])>(([:], [:]))

    func enter(_ keys: String...) {
      state.withLock { state in
        for key in keys {
          state.now[key, default: 0] += 1
          state.most[key] = max(state.most[key, default: 0], state.now[key, default: 0])
        }
      }
    }

    func leave(_ keys: String...) { state.withLock { state in for key in keys { state.now[key, default: 0] -= 1 } } }
    var most: [String: Int] { state.withLock { $0.most } }
  }

  @Test func neitherLimitIsEverPassed() {
    let budget = ConnectionBudget(total: 3)
    let crowd = Crowd()
    let outcomes = concurrently(Array(0..<60), limit: 12) { number in
      let key = number % 3 == 0 ? "narrow" : "wide"
      do {
        try budget.withConnection(for: key, atMost: key == "narrow" ? 1 : 5, deadline: patience) {
          () throws(DatabaseError) in
          crowd.enter(key, "all")
          sched_yield()
          crowd.leave(key, "all")
        }
        return true
      } catch { return false }
    }
    #expect(outcomes == Array(repeating: true, count: 60))
    #expect(crowd.most["narrow"] == 1)
    #expect(crowd.most["all", default: 9] <= 3)
  }

  @Test func whoWaitsInVainIsToldSo() throws {
    let budget = ConnectionBudget(total: 1)
    let interrupt = try Interrupt()
    interrupt.raise()
    try budget.withConnection(for: "a", atMost: 1, deadline: patience) { () throws(DatabaseError) in
      let late = #expect(throws: DatabaseError.self) {
        try budget.withConnection(for: "b", atMost: 1, deadline: .after(.milliseconds(30))) {
          () throws(DatabaseError) in
        }
      }
      #expect(late?.kind == .timedOut(granted: .milliseconds(30)))
      let stopped = #expect(throws: DatabaseError.self) {
        try budget.withConnection(for: "b", atMost: 1, deadline: patience, interrupt: interrupt) {
          () throws(DatabaseError) in
        }
      }
      #expect(stopped?.kind == .interrupted)
    }
    // Those who gave up hold nothing.
    try budget.withConnection(for: "b", atMost: 1, deadline: .after(.milliseconds(30))) { () throws(DatabaseError) in }
  }

  @Test func aFullKeyWaitsWhereOthersWouldFit() throws {
    let budget = ConnectionBudget(total: 5)
    try budget.withConnection(for: "a", atMost: 1, deadline: patience) { () throws(DatabaseError) in
      let refused = #expect(throws: DatabaseError.self) {
        try budget.withConnection(for: "a", atMost: 1, deadline: .after(.milliseconds(30))) {
          () throws(DatabaseError) in
        }
      }
      #expect(refused?.kind.isTimeout == true)
      #expect(refused?.operation == "wait for a free connection" && refused?.subject == "a")
    }
  }

  @Test func aFullKeyDoesNotHoldUpAnother() throws {
    let budget = ConnectionBudget(total: 2)
    try budget.withConnection(for: "a", atMost: 1, deadline: patience) { () throws(DatabaseError) in
      let waiter = Runtime.Thread.start {
        try? budget.withConnection(for: "a", atMost: 1, deadline: patience) { () throws(DatabaseError) in }
      }
      try budget.withConnection(for: "b", atMost: 1, deadline: patience) { () throws(DatabaseError) in }
      waiter?.abandon()
    }
  }
}
