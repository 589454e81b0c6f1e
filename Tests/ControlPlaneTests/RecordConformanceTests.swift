import ControlPlane
import Documents
import Reconciliation
import Runtime
import Testing

/// What every store keeps of the port's promises about records.
@Suite struct RecordConformanceTests {
  @Test(arguments: World.allCases) func aPutIsReadBackWhole(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    let lease = try store.shopLease()
    let spec = #"{"name":"naïve 😀 'quoted'","empty":""}"#
    let write = RecordWrite(users, .put(spec: spec, isProtected: true), seen: 0)
    #expect(try store.commit([write], as: .alice, under: lease) == [.written(revision: 1)])
    let expected = Record(
      address: users, spec: spec, revision: 1, updatedBy: "alice", updatedAt: site.clock.now(),
      applied: .init(spec: spec, revision: 1, plan: "sha256:1", by: "alice", at: site.clock.now()), owner: "shop",
      isProtected: true)
    #expect(try site.door().records(in: "shop") == [expected])
  }

  @Test(arguments: World.allCases) func anEmptyStoreIsEmpty(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    #expect(try store.records(in: "shop") == [])
    #expect(try store.auditLog(of: "shop") == [])
  }

  @Test(arguments: World.allCases) func recordsComeSortedByAddress(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    let lease = try store.shopLease()
    let names = ["z", "B", "a", "é", "z\u{301}", "😀", "\u{FB01}"]
    let addresses = names.flatMap { [Address("target", $0), Address("environment", $0)] }
    _ = try store.commit(addresses.map { .put($0, "{}", seen: 0) }, as: .alice, under: lease)
    #expect(try store.records(in: "shop").map(\.address) == addresses.sorted())
  }

  @Test(arguments: World.allCases) func revisionsAreNeverReused(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    let lease = try store.shopLease()
    #expect(try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease) == [.written(revision: 1)])
    #expect(try store.commit([RecordWrite(users, .delete, seen: 1)], as: .bob, under: lease) == [.written(revision: 2)])
    let tombstone = try #require(try store.record(users))
    #expect(tombstone.isDeleted && tombstone.deletedAt == site.clock.now())
    #expect(tombstone.updatedBy == "bob" && tombstone.owner == nil && tombstone.applied == nil)
    #expect(try store.commit([.put(users, "[]", seen: 2)], as: .alice, under: lease) == [.written(revision: 3)])
    let revived = try #require(try store.record(users))
    #expect(!revived.isDeleted && revived.spec == "[]" && revived.applied?.revision == 3 && revived.owner == "shop")
  }

  /// What is there, what is tried with which revision seen.
  enum Mismatch: CaseIterable {
    case putOverUnseen, putOverNewer, putOverVanished, putOverUnseenTombstone
    case deleteOfNewer, deleteOfNothing, deleteOfTombstone
  }

  @Test(arguments: World.allCases, Mismatch.allCases)
  func aMismatchIsAConflictAndChangesNothing(_ world: World, _ mismatch: Mismatch) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    let lease = try store.shopLease()
    let isEmpty = mismatch == .putOverVanished || mismatch == .deleteOfNothing
    if !isEmpty { _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease) }
    let write: RecordWrite
    switch mismatch {
    case .putOverUnseen: write = .put(users, "[]", seen: 0)
    case .putOverNewer:
      try site.edit(users, in: "shop", spec: "[1]")
      write = .put(users, "[]", seen: 1)
    case .putOverVanished: write = .put(users, "[]", seen: 4)
    case .putOverUnseenTombstone:
      try site.remove(users, in: "shop")
      write = .put(users, "[]", seen: 1)
    case .deleteOfNewer:
      try site.edit(users, in: "shop", spec: "[1]")
      write = RecordWrite(users, .delete, seen: 1)
    case .deleteOfNothing: write = RecordWrite(users, .delete, seen: 0)
    case .deleteOfTombstone:
      try site.remove(users, in: "shop")
      write = RecordWrite(users, .delete, seen: 2)
    }
    let before = try store.record(users)
    #expect((before == nil) == isEmpty)
    #expect(try store.commit([write], as: .bob, under: lease) == [.conflict(before)])
    #expect(try store.record(users) == before)
    #expect(try store.auditLog(of: "shop").last?.draft.event == .refused)
  }

  @Test(arguments: World.allCases) func anUnmanagedRecordIsTakenIntoManagement(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    try site.insertUnmanaged(users, in: "shop", spec: #"{"a":1}"#)
    let found = try #require(try store.record(users))
    #expect(found.owner == nil && found.applied == nil && found.revision == 1 && found.updatedBy == site.plainWriter)
    let lease = try store.shopLease()
    let write = RecordWrite.put(users, #"{"a":1}"#, seen: 1)
    #expect(try store.commit([write], as: .alice, under: lease) == [.written(revision: 2)])
    let adopted = try #require(try store.record(users))
    #expect(adopted.owner == "shop" && adopted.applied?.spec == #"{"a":1}"# && adopted.updatedBy == "alice")
  }

  @Test(arguments: World.allCases) func anotherWriterIsSeenWithNameAndRevision(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    let lease = try store.shopLease()
    _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease)
    try site.edit(users, in: "shop", spec: "[1]")
    let edited = try #require(try store.record(users))
    #expect(edited.spec == "[1]" && edited.revision == 2 && edited.updatedBy == site.plainWriter)
    #expect(edited.applied?.spec == "{}" && edited.applied?.revision == 1 && edited.owner == "shop")
    try site.remove(users, in: "shop")
    let removed = try #require(try store.record(users))
    #expect(removed.isDeleted && removed.revision == 3 && removed.updatedBy == site.plainWriter)
    #expect(removed.owner == "shop" && removed.applied?.revision == 1)
    try site.insertUnmanaged(users, in: "shop", spec: "[2]")
    let again = try #require(try store.record(users))
    #expect(!again.isDeleted && again.revision == 4 && again.owner == nil && again.applied == nil)
  }

  @Test(arguments: World.allCases) func whatStillFitsIsWrittenAndTheRestRefused(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    let lease = try store.shopLease()
    try site.insertUnmanaged(users, in: "shop", spec: "[0]")
    let theirs = try #require(try store.record(users))
    let writes: [RecordWrite] = [.put(orders, "{}", seen: 0), .put(users, "{}", seen: 0), .put(orders, "[]", seen: 1)]
    let results = try store.commit(writes, as: .alice, under: lease)
    #expect(results == [.written(revision: 1), .conflict(theirs), .written(revision: 2)])
    let log = try store.auditLog(of: "shop")
    #expect(log.map(\.draft.event) == [.done, .refused, .done])
    #expect(log.map(\.draft.address) == [orders, users, orders])
    #expect(log.allSatisfy { $0.draft.run == "run-1" && $0.draft.actor == "alice" && $0.at == site.clock.now() })
    #expect(log[1].draft.detail["updated_by"] == .string(site.plainWriter))
  }

  @Test(arguments: World.allCases) func workspacesDoNotSeeEachOther(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    let lease = try store.shopLease()
    let farm = WriteContext(workspace: "farm", actor: "eve", plan: "sha256:3", run: "run-3")
    _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease)
    #expect(try store.commit([.put(users, "[]", seen: 0)], as: farm, under: lease) == [.written(revision: 1)])
    #expect(try store.records(in: "shop").map(\.spec) == ["{}"])
    #expect(try store.records(in: "farm").map(\.owner) == ["farm"])
    #expect(try store.auditLog(of: "farm").map(\.number) == [1])
    #expect(try store.records(in: "Shop") == [])
  }

  /// Each thread reads, and writes what it saw plus one; who is refused tries again. Nothing is lost if the sum is
  /// right.
  @Test(arguments: World.allCases) func writersAtTheSameTimeLoseNothing(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let first = try site.door()
    let lease = try first.shopLease()
    let (threads, rounds) = (4, 25)
    let doors = try (0..<threads).map { _ in try site.door() }
    let conflicts = concurrently(doors, limit: threads) { store in
      (0..<rounds).reduce(0) { conflicts, _ in conflicts + ((try? countUp(store, lease)) ?? 1_000_000) }
    }
    let record = try #require(try first.record(users))
    #expect(record.spec == "\(threads * rounds)" && record.revision == threads * rounds)
    let log = try first.auditLog(of: "shop")
    #expect(log.count == threads * rounds + conflicts.reduce(0, +))
    #expect(AuditChain.verify(log) == .whole(log.last?.head ?? .empty))
  }

  /// Adds one to the record's number; gives how often somebody else was faster.
  private func countUp(_ store: any RecordStore, _ lease: Lease) throws -> Int {
    var conflicts = 0
    while true {
      let record = try store.record(users)
      let next = (record.flatMap { Int($0.spec) } ?? 0) + 1
      let write = RecordWrite.put(users, "\(next)", seen: record?.revision ?? 0)
      if case .written = try store.commit([write], as: .alice, under: lease)[0] { return conflicts }
      conflicts += 1
    }
  }
}
