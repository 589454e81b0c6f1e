import ControlPlane
import Documents
import Reconciliation
import Testing

/// Moving a control plane from any store to any other.
@Suite struct ControlPlaneCopyTests {
  private func archive(_ site: any Site) throws -> any RecordArchive {
    try #require(try site.door() as? any RecordArchive)
  }

  /// Two workspaces, a tombstone of ours and one of somebody else, an unmanaged record, a drifted one, an expiring run.
  private func fill(_ site: any Site) throws {
    let store = try site.door()
    for workspace in ["shop", "fär'm"] {
      let context = WriteContext(workspace: workspace, actor: "alice", plan: "sha256:1", run: "run-1")
      let lease = try store.acquireLease("workspace/\(workspace)", holder: "alice", timeToLive: .seconds(10))
      let names = ["a", "b", "c", "é", "e\u{301}x", "😀"]
      _ = try store.commit(
        names.map {
          RecordWrite(Address("target", $0), .put(spec: #"{"n":"\#($0)"}"#, isProtected: $0 == "b"), seen: 0)
        },
        as: context, under: lease)
      _ = try store.commit([RecordWrite(Address("target", "a"), .delete, seen: 1)], as: context, under: lease)
      try store.append(
        [AuditDraft(.ended, nil, actor: "alice", run: "run-1", detail: ["done": 6, "ü": [.number(1.5), true]])],
        to: workspace,
        under: lease)
      try store.release(lease)
      try fillCatalogue(site, workspace)
    }
    try site.edit(Address("target", "b"), in: "shop", spec: "[7]")
    try site.remove(Address("target", "c"), in: "shop")
    try site.insertUnmanaged(users, in: "shop", spec: "not JSON")
  }

  /// One that is published and pinned, one that failed, and a refresh that was killed.
  private func fillCatalogue(_ site: any Site, _ workspace: String) throws {
    let store = try #require(site.door() as? any SnapshotCatalogue)
    let context = WriteContext(workspace: workspace, actor: "alice", plan: "sha256:1", run: "run-1")
    let name = Lease.refresh(of: "users", in: workspace)
    let lease = try store.acquireLease(name, holder: "alice", timeToLive: .seconds(10))
    let ids = (1...3).map { SnapshotID(at: site.clock.now(), random: ($0, $0)) }
    let place = SnapshotRow.Publication(clusterIdentifier: "7", databaseNumber: "1", databaseName: "ü")
    _ = try store.enter(
      ids.map { .begin(.users($0)) } + [
        .finish(target: "users", ids[0], .small), .publish(target: "users", ids[0], place),
        .pin(target: "users", ids[0], reason: "demo"), .fail(target: "users", ids[1], "no room"),
        .note(.early(ids[2])),
      ], as: context, under: lease)
    try store.release(lease)
  }

  @Test(arguments: World.allCases, World.allCases) func everythingComesOver(_ from: World, _ to: World) throws {
    let (source, destination) = (try from.site(), try to.site())
    defer { withExtendedLifetime((source, destination)) {} }
    try fill(source)
    let summary = try ControlPlaneCopy(from: archive(source), to: archive(destination), holder: "mover").run()
    #expect(summary.workspaces == 2 && summary.records == 13 && summary.tombstones == 3 && summary.auditEntries == 30)
    for workspace in ["shop", "fär'm"] {
      #expect(try destination.door().records(in: workspace) == source.door().records(in: workspace))
      let doors = try [source, destination].map { try #require($0.door() as? any SnapshotCatalogue) }
      #expect(try doors[0].snapshots(of: nil, in: workspace).count == 3)
      #expect(try doors[1].snapshots(of: nil, in: workspace) == doors[0].snapshots(of: nil, in: workspace))
      #expect(try doors[0].checkpoints(in: workspace).count == 1)
      #expect(try doors[1].checkpoints(in: workspace) == doors[0].checkpoints(in: workspace))
      let log = try destination.door().auditLog(of: workspace)
      #expect(try log == source.door().auditLog(of: workspace))
      #expect(AuditChain.verify(log) == .whole(try #require(summary.heads[workspace])))
    }
    // The copy goes on where the source ended, and the source is free again.
    for site in [source, destination] {
      let (store, lease) = (try site.door(), try site.door().shopLease())
      #expect(try store.append([], to: "shop", under: lease) == summary.heads["shop"])
      let write = RecordWrite.put(Address("target", "a"), "{}", seen: 2)
      #expect(try store.commit([write], as: .alice, under: lease) == [.written(revision: 3)])
    }
  }

  @Test(arguments: World.allCases) func whatIsNotEmptyIsRefused(_ world: World) throws {
    let (source, destination) = (MemorySite(), try world.site())
    defer { withExtendedLifetime(destination) {} }
    try fill(source)
    let store = try destination.door()
    let lease = try store.shopLease()
    _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease)
    let error = storeError {
      _ = try ControlPlaneCopy(from: archive(source), to: archive(destination), holder: "mover").run()
    }
    #expect(error?.failure?.cause == "it is not empty")
    #expect(try store.records(in: "shop").count == 1 && store.records(in: "fär'm") == [])
    #expect(throws: Never.self) { try source.door().shopLease() }
  }

  @Test(arguments: World.allCases) func aRunAtWorkIsNotCopied(_ world: World) throws {
    let source = try world.site()
    defer { withExtendedLifetime(source) {} }
    try fill(source)
    // Kept: a store in a file that is let go looks like a dead holder.
    let door = try source.door()
    defer { withExtendedLifetime(door) {} }
    let lease = try door.shopLease()
    let (destination, from) = (MemoryStore(), try archive(source))
    #expect(storeError { _ = try ControlPlaneCopy(from: from, to: destination, holder: "m").run() } == .held(lease))
    #expect(destination.archive().isEmpty)
  }

  @Test func aBrokenLogIsNotCopied() throws {
    let source = try SQLiteSite()
    try fill(source)
    try source.plain().run("DROP TRIGGER audit_updated; UPDATE audit SET actor = 'eve' WHERE number = 3")
    let destination = MemoryStore()
    let error = storeError {
      _ = try ControlPlaneCopy(from: source.store(), to: destination, holder: "mover").run()
    }
    #expect(error?.failure?.cause.contains("broken at entry 3") == true)
    #expect(destination.archive().isEmpty)
  }

  /// Plain SQL takes no lease: what it changes while we copy is found at the end.
  @Test func whatChangesMeanwhileIsFound() throws {
    let (source, destination) = (MemorySite(), MemoryStore())
    try fill(source)
    let store = try #require(source.door() as? MemoryStore)
    let meddling = MeddlingArchive(destination) { store.edit(users, in: "shop", spec: "[8]") }
    let error = storeError { _ = try ControlPlaneCopy(from: store, to: meddling, holder: "mover").run() }
    #expect(error?.failure?.cause.hasPrefix("somebody changed it meanwhile") == true)
  }
}

/// Something happens while this one is filled.
private struct MeddlingArchive: RecordArchive {
  let store: MemoryStore
  let meddle: @Sendable () -> Void

  init(_ store: MemoryStore, _ meddle: @escaping @Sendable () -> Void) { (self.store, self.meddle) = (store, meddle) }

  func archive() throws(RecordStoreError) -> Archive { store.archive() }
  func restore(_ archive: Archive) throws(RecordStoreError) {
    try store.restore(archive)
    meddle()
  }

  var title: String { store.title }
  func now() -> Timestamp { store.now() }
  func records(in workspace: String) throws(RecordStoreError) -> [Record] { try store.records(in: workspace) }
  func append(_ drafts: [AuditDraft], to workspace: String, under lease: Lease) throws(RecordStoreError) -> AuditHead {
    try store.append(drafts, to: workspace, under: lease)
  }
  func commit(_ writes: [RecordWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [WriteResult]
  {
    try store.commit(writes, as: context, under: lease)
  }
  func acquireLease(_ name: String, holder: String, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    try store.acquireLease(name, holder: holder, timeToLive: timeToLive)
  }
  func renew(_ lease: Lease, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    try store.renew(lease, timeToLive: timeToLive)
  }
  func release(_ lease: Lease) throws(RecordStoreError) { store.release(lease) }
  func auditLog(of workspace: String) throws(RecordStoreError) -> [AuditEntry] { store.auditLog(of: workspace) }
}
