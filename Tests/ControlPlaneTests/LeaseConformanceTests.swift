import ControlPlane
import Documents
import Reconciliation
import Runtime
import Testing

/// What every store keeps of the port's promises about leases and the audit log.
@Suite struct LeaseConformanceTests {
  @Test(arguments: World.allCases) func aLeaseHasOneHolder(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let (store, other) = (try site.door(), try site.door())
    let lease = try store.shopLease("alice")
    #expect(lease.expiresAt == site.clock.now().advanced(by: .seconds(10)))
    #expect(storeError { _ = try other.shopLease("bob") } == .held(lease))
    #expect(storeError { _ = try store.shopLease("alice") } == .held(lease))
    #expect(throws: Never.self) { try other.acquireLease("refresh/users", holder: "bob", timeToLive: .seconds(10)) }
  }

  @Test(arguments: World.allCases) func aReleasedLeaseIsFreeAndItsTokenGoesUp(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let (store, other) = (try site.door(), try site.door())
    let first = try store.shopLease("alice")
    try store.release(first)
    let second = try other.shopLease("bob")
    #expect(second.token > first.token && second.holder == "bob")
    // Late, and without an error: the new holder keeps it.
    try store.release(first)
    #expect(storeError { _ = try store.shopLease("alice") } == .held(second))
    #expect(storeError { try store.append([], to: "shop", under: first) } == .fenced(name: "workspace/shop"))
  }

  @Test(arguments: World.allCases) func aLeaseEndsByTheStoresClock(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let (store, other) = (try site.door(), try site.door())
    let first = try store.shopLease("alice")
    site.clock.advance(by: .milliseconds(9_999))
    #expect(storeError { _ = try other.shopLease("bob") }?.isHeldBy == "alice")
    site.clock.advance(by: .milliseconds(1))
    let second = try other.shopLease("bob")
    #expect(second.token > first.token)
    // The old holder is alive and slow: its end does not make the new one look dead.
    try store.release(first)
    #expect(storeError { _ = try store.shopLease("carol") } == .held(second))
  }

  @Test(arguments: World.allCases) func renewingPutsTheEndOff(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let (store, other) = (try site.door(), try site.door())
    let lease = try store.shopLease("alice")
    site.clock.advance(by: .seconds(6))
    let renewed = try store.renew(lease, timeToLive: .seconds(10))
    #expect(renewed.token == lease.token && renewed.expiresAt == site.clock.now().advanced(by: .seconds(10)))
    site.clock.advance(by: .seconds(6))
    #expect(storeError { _ = try other.shopLease("bob") } == .held(renewed))
    // Expired, and nobody came: nothing happened in between, so it may go on.
    site.clock.advance(by: .seconds(60))
    #expect(try store.renew(lease, timeToLive: .seconds(10)).token == lease.token)
    try store.release(lease)
    #expect(storeError { _ = try store.renew(lease, timeToLive: .seconds(10)) } == .fenced(name: lease.name))
  }

  @Test(arguments: World.allCases) func whoseLeaseWasTakenOverCannotWrite(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let (store, other) = (try site.door(), try site.door())
    let old = try store.shopLease("alice")
    site.clock.advance(by: .seconds(11))
    let new = try other.shopLease("alice")
    let fenced = RecordStoreError.fenced(name: "workspace/shop")
    let draft = AuditDraft(.intent, users, actor: "alice", run: "run-1")
    #expect(storeError { _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: old) } == fenced)
    #expect(storeError { try store.append([draft], to: "shop", under: old) } == fenced)
    #expect(storeError { _ = try store.renew(old, timeToLive: .seconds(10)) } == fenced)
    #expect(try store.records(in: "shop") == [] && store.auditLog(of: "shop") == [])
    #expect(try other.commit([.put(users, "{}", seen: 0)], as: .alice, under: new) == [.written(revision: 1)])
  }

  @Test(arguments: World.allCases) func aLeaseThatNeverWasIsFenced(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    let invented = Lease(name: "workspace/shop", holder: "eve", token: 0, expiresAt: Timestamp(milliseconds: 0))
    #expect(storeError { try store.append([], to: "shop", under: invented) } == .fenced(name: "workspace/shop"))
    let lease = try store.shopLease("alice")
    let forged = Lease(name: lease.name, holder: "eve", token: lease.token, expiresAt: lease.expiresAt)
    #expect(storeError { try store.append([], to: "shop", under: forged) } == .fenced(name: "workspace/shop"))
  }

  @Test(arguments: World.allCases) func theAuditLogIsAChain(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let store = try site.door()
    let lease = try store.shopLease()
    let started = AuditDraft(.started, nil, actor: "alice", run: "run-1", detail: ["plan": "sha256:1", "n": 3])
    let head = try store.append([started], to: "shop", under: lease)
    site.clock.advance(by: .milliseconds(1_234))
    let intent = AuditDraft(.intent, Address("target", "a.b"), actor: "alice", run: "run-1", detail: ["ü": [1, true]])
    let second = try store.append([intent, intent], to: "shop", under: lease)
    #expect(head.number == 1 && second.number == 3)
    let log = try site.door().auditLog(of: "shop")
    #expect(log.map(\.draft) == [started, intent, intent])
    #expect(AuditChain.verify(log) == .whole(second))
    #expect(AuditChain.verify(log, reaching: head) == .whole(second))
    #expect(try store.append([], to: "shop", under: lease) == second)
  }

  /// Leases of different names do not exclude each other, and the log of their workspace has no forks all the same.
  @Test(arguments: World.allCases) func twoLeasesWriteOneChain(_ world: World) throws {
    let site = try world.site()
    defer { withExtendedLifetime(site) {} }
    let doors = try (0..<4).map { _ in try site.door() }
    let leases = try (0..<4).map {
      try doors[$0].acquireLease("refresh/\($0)", holder: "alice", timeToLive: .seconds(10))
    }
    let draft = AuditDraft(.intent, users, actor: "alice", run: "run-1")
    let errors = concurrently([0, 1, 2, 3], limit: 4) { who in
      storeError { for _ in 0..<25 { try doors[who].append([draft, draft], to: "shop", under: leases[who]) } }
    }
    #expect(errors == [nil, nil, nil, nil])
    let log = try doors[0].auditLog(of: "shop")
    #expect(log.count == 200 && AuditChain.verify(log) == .whole(log[199].head))
  }
}
