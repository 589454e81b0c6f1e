import ControlPlane
import Documents
import Runtime
import Testing

@testable import Reconciliation

/// Two applies at once: nothing is lost, nothing is done twice, and one of them is told.
@Suite(.timeLimit(.minutes(30))) struct InterleavingTests {
  private static let addresses = (0..<6).map { Address("target", "t\($0)") }

  /// The second half comes after the first, so that there are two waves.
  private func plan(_ workspace: String, _ digest: String, from records: [Record]) -> Plan {
    let revisions = Dictionary(records.map { ($0.address, $0) }) { first, _ in first }
    let actions = Self.addresses.enumerated().compactMap { index, address -> Action? in
      let record = revisions[address]
      let seen = record.map(\.fingerprint) ?? Fingerprint(revision: 0, spec: "")
      if record?.applied != nil { return nil }
      return Action(
        verb: .create, address: address, reason: .newInFiles, changes: [], seen: seen,
        spec: #"{"by":"\#(digest)"}"#, isProtected: false, place: nil,
        after: index < 3 ? [] : [Self.addresses[index - 3]], blockedBy: [])
    }
    return Plan(
      workspace: workspace, seenAt: Timestamp(milliseconds: 0), actions: actions, drift: [], findings: [],
      conditions: [], unmanaged: [], unchanged: 0, brake: [], digest: digest)
  }

  private func applying(_ store: any RecordStore, _ run: String, wait: Duration) throws -> Applying {
    Applying(store: store, actor: run, run: run, leaseWait: wait, interrupt: try Interrupt())
  }

  /// Each address is at most once done, what stands is what was reported, and the log tells the same.
  private func check(_ results: [String: ApplyResult], _ workspace: String, _ store: any RecordStore) throws {
    let records = try store.records(in: workspace)
    let log = try store.auditLog(of: workspace)
    #expect(AuditChain.verify(log) == .whole(log.last?.head ?? .empty))
    for address in Self.addresses {
      let doers = results.filter { $0.value.outcomes.contains { $0.address == address && $0.word == "done" } }
      let record = records.first { $0.address == address }
      #expect(doers.count <= 1 && record?.revision ?? 0 == doers.count)
      #expect(record?.applied?.plan == doers.first?.key && record?.updatedBy == doers.first?.key)
      #expect(log.count { $0.draft.event == .done && $0.draft.address == address } == doers.count)
    }
    for result in results.values {
      #expect(result.count("unknown") == 0)
      // What a run had under its hands when it lost its lease is not told of.
      if case .failed? = result.stop { continue }
      #expect(result.outcomes.count == Self.addresses.count)
      #expect(result.stop != nil || result.isStale || result.count("done") == Self.addresses.count)
    }
  }

  /// At some turns eleven seconds pass, so that leases run out and are taken over in the middle of a run.
  @Test(arguments: World.allCases) func twoAppliesInTwoHundredInterleavings(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let doors = [try site.door(), try site.door()]
    _ = try doors[0].acquireLease("setup", holder: "test", timeToLive: .seconds(1))
    var ends = (held: 0, fenced: 0, stale: 0, whole: 0)
    for seed in 0..<200 {
      let workspace = "w\(seed)"
      let turns = Turns(2, seed: UInt64(seed)) { random in
        if Int.random(in: 0..<8, using: &random) == 0 { site.clock.advance(by: .seconds(11)) }
      }
      let results = concurrently([0, 1], limit: 2) { who -> ApplyResult? in
        defer { turns.finish(who) }
        let store = TurnTakingStore(store: doors[who], turns: turns, who: who)
        return try? applying(store, "run\(who)", wait: .zero).apply(plan(workspace, "run\(who)", from: [])) { _ in }
      }
      let (first, second) = (try #require(results[0]), try #require(results[1]))
      try check(["run0": first, "run1": second], workspace, doors[0])
      for result in [first, second] {
        if case .leaseHeld? = result.stop { ends.held += 1 }
        if case .failed? = result.stop { ends.fenced += 1 }
        if result.isStale { ends.stale += 1 }
        if result.count("done") == Self.addresses.count { ends.whole += 1 }
      }
      // Whatever was left, the next apply does.
      site.clock.advance(by: .seconds(11))
      let rest = plan(workspace, "run2", from: try doors[1].records(in: workspace))
      let last = try applying(doors[1], "run2", wait: .zero).apply(rest) { _ in }
      #expect(last.stop == nil && last.count("done") == rest.actions.count)
      #expect(try doors[0].records(in: workspace).map(\.revision) == [1, 1, 1, 1, 1, 1])
    }
    // Every way to end has come up: else the seeds prove nothing.
    #expect(ends.held > 20 && ends.fenced > 5 && ends.stale > 20 && ends.whole > 20, "\(ends)")
  }

  /// Nobody takes turns, and whoever finds the lease held waits for it.
  @Test(arguments: World.allCases) func whoWaitsGetsItsTurn(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let doors = [try site.door(), try site.door()]
    for round in 0..<8 {
      let workspace = "w\(round)"
      let results = concurrently([0, 1], limit: 2) { who in
        try? applying(doors[who], "run\(who)", wait: .seconds(20)).apply(plan(workspace, "run\(who)", from: [])) { _ in
        }
      }
      let both = ["run0": try #require(results[0]), "run1": try #require(results[1])]
      try check(both, workspace, doors[0])
      #expect(both.values.allSatisfy { $0.stop == nil })
      #expect(both.values.map { $0.count("done") }.sorted() == [0, 6])
    }
  }

  /// A commit and the takeover of its lease at the same moment: either the new holder sees what was written, or it was
  /// not written.
  @Test(arguments: World.allCases) func aCommitRacesTheTakeoverOfItsLease(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let doors = [try site.door(), try site.door()]
    for round in 0..<60 {
      let (name, workspace) = ("workspace/w\(round)", "w\(round)")
      let old = try doors[0].acquireLease(name, holder: "old", timeToLive: .seconds(10))
      site.clock.advance(by: .seconds(11))
      let context = WriteContext(workspace: workspace, actor: "old", plan: "sha256:1", run: "run-1")
      let ends = concurrently([0, 1], limit: 2) { who -> Int in
        if who == 0 {
          return storeError { _ = try doors[0].commit([.put(users, "{}", seen: 0)], as: context, under: old) } == nil
            ? 1 : 0
        }
        let lease = try? doors[1].acquireLease(name, holder: "new", timeToLive: .seconds(10))
        let records = try? doors[1].records(in: workspace)
        return lease == nil ? -1 : records?.count ?? -1
      }
      #expect(ends[0] == ends[1] && ends[1] >= 0)
      #expect(try doors[0].records(in: workspace).count == ends[0])
    }
  }
}
