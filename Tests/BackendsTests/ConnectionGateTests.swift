import Reconciliation
import Runtime
import Synchronization
import Testing

@testable import Backends

struct ConnectionGateTests {
  private typealias Pool = DatabaseEndpoint.Pool

  /// Counts who is inside at once.
  private final class Crowd: Sendable {
    private let state = Mutex((inside: 0, most: 0))
    var most: Int { state.withLock { $0.most } }

    func come(_ count: Int) {
      state.withLock { state in
        state.inside += count
        state.most = max(state.most, state.inside)
      }
    }

    func go() { state.withLock { $0.inside -= 1 } }
  }

  @Test(.timeLimit(.minutes(30))) func pairsAndSinglesStayWithinTheLimit() throws {
    let (gate, crowd, never) = (ConnectionGate(limit: 3), Crowd(), try Interrupt())
    let entered = concurrently(Array(0..<200), limit: 8) { index in
      let pools: [DatabaseEndpoint.Pool?] = index % 3 == 0 ? [nil] : [nil, Pool(name: "p", size: 2)]
      guard gate.enter(pools, unless: []) else { return false }
      crowd.come(pools.count)
      // A moment in which the others would come too, if they could.
      _ = never.wait(until: .after(.milliseconds(1)))
      for pool in pools {
        crowd.go()
        gate.leave(pool)
      }
      return true
    }
    #expect(!entered.contains(false))
    #expect(crowd.most == 3)
    #expect(gate.enter([nil, nil, nil], unless: []), "all places are free again")
  }

  @Test func whatCanNeverBeAdmittedIsRefusedAtOnce() {
    let gate = ConnectionGate(limit: 2)
    let pool = Pool(name: "p", size: 1)
    #expect(!gate.canAdmit([nil, nil, nil]))
    #expect(!gate.canAdmit([pool, pool]))
    #expect(gate.canAdmit([pool, nil]))
    #expect(!gate.enter([pool, pool], unless: []))
    #expect(ConnectionGate(limit: 0).canAdmit([nil]))
    #expect(gate.canAdmit([Pool(name: "zero", size: 0)]))
  }

  @Test func anEventEndsTheWaitAndGivesNothingAway() throws {
    let (gate, event) = (ConnectionGate(limit: 1), try Interrupt())
    #expect(gate.enter([nil], unless: []))
    event.raise()
    #expect(!gate.enter([nil], unless: [event]))
    gate.leave(nil)
    #expect(gate.enter([nil], unless: []))
  }

  @Test func oneThatWaitsForItsPoolLetsOthersPass() throws {
    let (gate, pool, event) = (ConnectionGate(limit: 4), Pool(name: "p", size: 1), try Interrupt())
    #expect(gate.enter([pool], unless: []))
    let waiting = Thread.start {
      if gate.enter([pool], unless: []) { event.raise() }
    }
    #expect(gate.enter([nil, Pool(name: "q", size: 1)], unless: []))
    gate.leave(pool)
    #expect(event.wait(until: .after(.seconds(20))))
    waiting?.join()
  }
}
