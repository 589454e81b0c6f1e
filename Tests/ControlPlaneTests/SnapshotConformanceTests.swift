import ControlPlane
import Documents
import Reconciliation
import Testing

/// What every store keeps of the catalogue's promises.
@Suite struct SnapshotConformanceTests {
  @Test(arguments: World.allCases) func aSnapshotGoesItsWay(_ world: World) throws {
    let stage = try CatalogueStage(world)
    let id = stage.id(1)
    let begun = stage.clock.now()
    try #expect(stage.enter(.begin(.users(id))).first?.row?.state == .building)
    stage.clock.advance(by: .seconds(90))
    let ready = try #require(try stage.enter(.finish(target: "users", id, .small)).first?.row)
    #expect(ready.state == .ready && ready.startedAt == begun && ready.duration == .seconds(90))
    #expect(ready.run == "run-1" && ready.actor == "alice" && ready.content?.bytes == 30)
    stage.clock.advance(by: .seconds(1))
    let place = SnapshotRow.Publication(clusterIdentifier: nil, databaseNumber: "16385", databaseName: "users_dev")
    let published = try #require(try stage.enter(.publish(target: "users", id, place)).first?.row)
    #expect(published.state == .published && published.publication == place.dated(stage.clock.now()))
    // Through another door, every field comes back as it was written.
    let other = try stage.door()
    #expect(try other.snapshots(of: "users", in: "shop") == [published])
    #expect(try other.snapshots(of: nil, in: "shop") == [published])
    #expect(try other.snapshots(of: "orders", in: "shop") == [] && other.snapshots(of: nil, in: "farm") == [])
    let pruned = try stage.enter(.prune(target: "users", id)).first?.row
    #expect(pruned?.state == .pruned && pruned?.publication == published.publication)
    #expect(try other.latestSnapshots(in: "shop") == [])
  }

  @Test(arguments: World.allCases) func everyFieldComesBack(_ world: World) throws {
    let stage = try CatalogueStage(world)
    let hostile = "o'brien \"x\" \\ {NULL} é e\u{301} 😀 $1"
    let draft = SnapshotDraft(
      id: stage.id(1), target: "users", kind: .raw, storageProfile: hostile, location: "s3://b/p/",
      policyDigest: hostile,
      schemaFingerprint: "sha256:2", keyID: "k", serverVersion: "15.14", sealingKeyID: "seal")
    let content = SnapshotContent(
      tables: 3, rows: 9_007_199_254_740_991, databaseBytes: 12,
      parts: [.init(name: hostile, bytes: 5, sha256: String(repeating: "a", count: 64))],
      verification: .init(.failed, passed: 4, failed: 1))
    let row = try #require(
      try stage.enter(
        .begin(draft), .finish(target: "users", draft.id, content), .pin(target: "users", draft.id, reason: hostile)
      ).last?.row)
    #expect(row.draft == draft && row.content == content && row.pin?.reason == hostile && row.pin?.by == "alice")
    #expect(try stage.door().snapshots(of: "users", in: "shop") == [row])
    let failing = try #require(
      try stage.enter(.begin(.users(stage.id(2))), .fail(target: "users", stage.id(2), hostile)).last?.row)
    #expect(failing.failure == hostile && failing.state == .failed && failing.finishedAt == stage.clock.now())
    #expect(try stage.door().snapshots(of: "users", in: "shop") == [failing, row])
  }

  /// From each state, which writes lead on.
  @Test(arguments: World.allCases) func whatDoesNotFitIsRefused(_ world: World) throws {
    let stage = try CatalogueStage(world)
    let id = stage.id(1)
    let place = SnapshotRow.Publication(clusterIdentifier: "7", databaseNumber: "1", databaseName: "d")
    #expect(try stage.enter(.finish(target: "users", id, .small)) == [.conflict(nil)])
    let begun = try #require(try stage.enter(.begin(.users(id))).first?.row)
    let early: [SnapshotWrite] = [
      .begin(.users(id)), .publish(target: "users", id, place), .prune(target: "users", id),
      .pin(target: "users", id, reason: "r"), .unpin(target: "users", id),
    ]
    for write in early { #expect(try stage.enter(write) == [.conflict(begun)], "\(write)") }
    let pinned = try #require(
      try stage.enter(.finish(target: "users", id, .small), .pin(target: "users", id, reason: "the demo")).last?.row)
    #expect(try stage.enter(.prune(target: "users", id)) == [.conflict(pinned)])
    let pruned = try #require(try stage.enter(.unpin(target: "users", id), .prune(target: "users", id)).last?.row)
    #expect(pruned.state == .pruned)
    let late: [SnapshotWrite] = [
      .finish(target: "users", id, .small), .publish(target: "users", id, place), .fail(target: "users", id, "f"),
      .prune(target: "users", id), .pin(target: "users", id, reason: "r"),
    ]
    for write in late { #expect(try stage.enter(write) == [.conflict(pruned)], "\(write)") }
  }

  /// Another target's lease is no right to this one, and neither is another target's name.
  @Test(arguments: World.allCases) func anotherTargetsLeaseIsNoRight(_ world: World) throws {
    let stage = try CatalogueStage(world)
    let id = stage.id(1)
    _ = try stage.enter(.begin(.users(id)))
    let store = try stage.door()
    let orders = try store.refreshLease("orders")
    #expect(storeError { _ = try store.enter([.forget(target: "users")], as: .alice, under: orders) }?.failure != nil)
    let disguised = try store.enter([.fail(target: "orders", id, "mine now")], as: .alice, under: orders)
    #expect(disguised.first?.isConflict == true)
    // Pinning does not wait for a refresh: the workspace's lease is enough, and for nothing else.
    let workspace = try store.shopLease("bob")
    _ = try stage.enter(.finish(target: "users", id, .small))
    let pinned = try store.enter([.pin(target: "users", id, reason: "QA")], as: .bob, under: workspace)
    #expect(pinned.first?.row?.pin?.by == "bob")
    #expect(
      storeError { _ = try store.enter([.prune(target: "users", id)], as: .bob, under: workspace) }?.failure != nil)
  }

  @Test(arguments: World.allCases) func whoseLeaseWasTakenOverWritesNothing(_ world: World) throws {
    let stage = try CatalogueStage(world)
    let id = stage.id(1)
    _ = try stage.enter(.begin(.users(id)))
    stage.clock.advance(by: .seconds(11))
    let other = try stage.door()
    _ = try other.refreshLease("users", "bob")
    let entries = try other.auditLog(of: "shop").count
    #expect(
      storeError { _ = try stage.enter(.finish(target: "users", id, .small)) } == .fenced(name: "refresh/shop/users"))
    #expect(storeError { _ = try stage.enter(.note(.early(id))) } == .fenced(name: "refresh/shop/users"))
    #expect(try other.snapshots(of: nil, in: "shop").map(\.state) == [.building])
    #expect(try other.checkpoints(in: "shop") == [] && other.auditLog(of: "shop").count == entries)
  }

  @Test(arguments: World.allCases) func whatHappensIsInTheAuditLog(_ world: World) throws {
    let stage = try CatalogueStage(world)
    let id = stage.id(1)
    let begin = SnapshotWrite.begin(.users(id))
    try stage.store.intend([begin, .note(.early(id))], as: .alice, under: stage.lease)
    _ = try stage.enter(begin, .note(.early(id)))
    _ = try stage.enter(begin)
    let log = try stage.door().auditLog(of: "shop")
    #expect(log.map(\.draft.event) == [.intent, .done, .refused])
    #expect(log.allSatisfy { $0.draft.address == users && $0.draft.detail["snapshot"] == .string("\(id)") })
    guard case .whole = AuditChain.verify(log) else { return #expect(Bool(false), "the chain is broken") }
  }

  @Test(arguments: World.allCases) func aCheckpointIsReplacedAndForgotten(_ world: World) throws {
    let stage = try CatalogueStage(world)
    let early = RefreshCheckpoint.early(stage.id(1))
    #expect(try stage.enter(.note(early)) == [.noted])
    stage.clock.advance(by: .seconds(5))
    let later = RefreshCheckpoint(
      target: "users", snapshot: early.snapshot, phase: .indexes, quarantine: "q_1", basis: early.basis,
      doneTables: ["public.users", "public.\"Or'ders\""], run: "run-2")
    _ = try stage.enter(.note(later))
    let read = try stage.door().checkpoint(of: "users", in: "shop")
    #expect(read == later.dated(stage.clock.now()) && read?.doneTables.count == 2)
    #expect(try stage.door().checkpoint(of: "orders", in: "shop") == nil)
    _ = try stage.enter(.forget(target: "users"), .forget(target: "users"))
    #expect(try stage.door().checkpoints(in: "shop") == [])
  }

  @Test(arguments: World.allCases) func theLatestOfEachKindAreKnown(_ world: World) throws {
    let stage = try CatalogueStage(world)
    let place = SnapshotRow.Publication(clusterIdentifier: nil, databaseNumber: "1", databaseName: "d")
    for number in 1...4 {
      stage.clock.advance(by: .seconds(1))
      let id = stage.id(UInt64(number))
      _ = try stage.enter(.begin(.users(id)), .finish(target: "users", id, .small))
      if number < 3 { _ = try stage.enter(.publish(target: "users", id, place)) }
    }
    _ = try stage.enter(.begin(.users(stage.id(9))))
    let all = try stage.door().snapshots(of: "users", in: "shop")
    #expect(all.map(\.state) == [.building, .ready, .ready, .published, .published])
    #expect(try stage.door().latestSnapshots(in: "shop") == [all[1], all[3]])
    #expect(all.latest(.sanitized, of: "users") == all[1] && all.published(of: "users") == all[3])
  }
}

// MARK: The stage

struct CatalogueStage {
  let site: any Site
  let store: any SnapshotCatalogue
  let lease: Lease
  var clock: TestClock { site.clock }

  init(_ world: World) throws {
    site = try world.site()
    store = try #require(site.door() as? any SnapshotCatalogue)
    lease = try store.refreshLease("users")
  }

  func door() throws -> any SnapshotCatalogue { try #require(site.door() as? any SnapshotCatalogue) }

  func id(_ number: UInt64) -> SnapshotID { SnapshotID(at: clock.now(), random: (number, number)) }

  func enter(_ writes: SnapshotWrite...) throws -> [SnapshotResult] {
    try store.enter(writes, as: .alice, under: lease)
  }
}

extension RecordStore {
  func refreshLease(_ target: String, _ holder: String = "alice") throws -> Lease {
    try acquireLease(Lease.refresh(of: target, in: "shop"), holder: holder, timeToLive: .seconds(10))
  }
}

extension SnapshotDraft {
  static func users(_ id: SnapshotID) -> SnapshotDraft {
    SnapshotDraft(id: id, target: "users", kind: .sanitized, storageProfile: "team", policyDigest: "sha256:p")
  }
}

extension SnapshotContent {
  static let small = SnapshotContent(
    tables: 2, rows: 7,
    parts: [
      .init(name: "toc.dat", bytes: 10, sha256: String(repeating: "1", count: 64)),
      .init(name: "1.dat", bytes: 20, sha256: String(repeating: "2", count: 64)),
    ], verification: .init(.passed, passed: 3))
}

extension RefreshCheckpoint {
  static func early(_ id: SnapshotID) -> RefreshCheckpoint {
    RefreshCheckpoint(
      target: "users", snapshot: id, phase: .data, quarantine: "q_1",
      basis: Basis(policyDigest: "sha256:p", keyID: nil, schemaFingerprint: "sha256:s"), run: "run-1")
  }
}

extension SnapshotResult {
  var row: SnapshotRow? { if case .written(let row) = self { row } else { nil } }
  var isConflict: Bool { if case .conflict = self { true } else { false } }
}
