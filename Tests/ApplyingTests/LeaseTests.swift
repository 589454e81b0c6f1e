import Reconciliation
import Runtime
import Synchronization
import Testing

@Suite struct LeaseTests {
  @Test(arguments: World.Form.allCases) func aLeaseOfAnotherIsRespected(_ form: World.Form) throws {
    let world = try World(form)
    let (plan, other) = (try world.plan(chain), try world.door())
    let lease = try other.acquireLease("workspace/shop", holder: "bob (run 7)", timeToLive: .seconds(10))
    let result = try world.apply(plan)
    #expect(result.stop == .leaseHeld(lease))
    #expect(result.words == ["0 done", "0 failed", "0 blocked", "4 not_attempted", "0 unknown"])
    #expect(try world.records().isEmpty && (try world.log().isEmpty))
    try world.expectOrder(after: result, of: plan)
    // It is still bob's.
    #expect(throws: Never.self) { try other.renew(lease, timeToLive: .seconds(10)) }
  }

  @Test(arguments: World.Form.allCases) func whoWaitsGetsItWhenItIsFree(_ form: World.Form) throws {
    let world = try World(form)
    let (plan, other) = (try world.plan(chain), try world.door())
    let lease = try other.acquireLease("workspace/shop", holder: "bob", timeToLive: .seconds(10))
    let tries = Mutex(0)
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      guard side == .before, step == .acquire else { return }
      if tries.withLock({
        $0 += 1; return $0
      }) == 3 {
        try other.release(lease)
      }
    }
    let result = try world.apply(plan, through: store, wait: .seconds(3_600))
    #expect(result.count("done") == 4 && tries.withLock { $0 } == 3)
    try world.expectFreeLease()
  }

  /// The clock of the store, and nobody else's, ends a lease whose holder is not known to be dead.
  @Test func whoWaitsGetsItWhenItsTimeIsOver() throws {
    let world = try World(.memory)
    let (plan, other) = (try world.plan(chain), try world.door())
    let lease = try other.acquireLease("workspace/shop", holder: "bob", timeToLive: .seconds(10))
    let tries = Mutex(0)
    let store = FaultyStore(other) { side, step throws(RecordStoreError) in
      guard side == .before, step == .acquire else { return }
      if tries.withLock({
        $0 += 1; return $0
      }) == 2 {
        world.clock.advance(by: .seconds(10))
      }
    }
    #expect(try world.apply(plan, through: store, wait: .seconds(3_600)).count("done") == 4)
    #expect(throws: RecordStoreError.fenced(name: "workspace/shop")) {
      try other.append([AuditDraft(.ended, nil, actor: "bob", run: "7")], to: "shop", under: lease)
    }
  }

  @Test func waitingEndsWithAnInterrupt() throws {
    let world = try World(.memory)
    let (plan, interrupt) = (try world.plan(chain), try Interrupt())
    _ = try world.door().acquireLease("workspace/shop", holder: "bob", timeToLive: .seconds(10))
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      if side == .before, step == .acquire { interrupt.raise() }
    }
    let result = try world.apply(plan, through: store, wait: .seconds(3_600), interrupt: interrupt)
    #expect(result.stop == .interrupted && result.count("not_attempted") == 4)
  }

  /// Between two waves somebody takes the lease over: nothing more is written, and the summary counts everything.
  @Test(arguments: World.Form.allCases, [FaultyStore.Step.renew, .append([]), .commit([])])
  func aLeaseThatIsLostEndsTheRun(_ form: World.Form, _ moment: FaultyStore.Step) throws {
    let world = try World(form)
    let (plan, other) = (try world.plan(chain), try world.door())
    let waves = Mutex(0)
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      guard side == .before else { return }
      let isMoment =
        switch (moment, step) {
        case (.renew, .renew), (.commit, .commit): true
        case (.append, .append(let drafts)): drafts.contains { $0.event == .intent }
        default: false
        }
      guard isMoment,
        waves.withLock({
          $0 += 1; return $0
        }) == 2
      else { return }
      try world.steal(from: other)
    }
    let result = try world.apply(plan, through: store)
    #expect(result.count("done") == 2 && result[.copy]?.word != "done" && result[.share]?.word == "not_attempted")
    #expect(Array(try world.state().keys).sorted() == [.bucket, .other])
    #expect(result.stop != nil)
    #expect(try !world.log().contains { $0.draft.event == .ended })
    try world.expectOrder(after: result, of: plan)
  }
}

extension World {
  /// Takes the workspace's lease as if its holder had died: in memory its time is over; in the file, with the file that
  /// shows that the holder lives still locked, its time is over as well once the row says so.
  func steal(from door: any RecordStore) throws(RecordStoreError) {
    clock.advance(by: .seconds(11))
    _ = try door.acquireLease("workspace/shop", holder: "thief", timeToLive: .seconds(10))
  }
}
