import ControlPlane
import Documents
import Foundation
import Reconciliation
import Runtime
import Snapshots
import Synchronization
import TestServers
import Testing

/// Somebody comes to change a table after we have locked it and before pg_dump does: they wait for us, and pg_dump would
/// wait for them until its time is up.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct OvertakenTests {
  private static let rules: Value = ["users": ["columns": ["email": ["strategy": "email", "domain": "anon.local"]]]]

  /// Refreshes while, at the beginning of each attempt, another session asks for a lock that has to wait for us.
  private static func refresh(
    _ site: FaithfulSite, _ statement: String, times: Int
  ) throws -> (CopyResult, [HeldSession]) {
    let sessions = Mutex<[HeldSession]>([])
    let result = try site.refresh(
      site.order(rules),
      progress: { progress in
        guard progress.phase == .schema, sessions.withLock({ $0.count }) < times else { return }
        do {
          let session = try HeldSession(site.server, site.source, application: "migrating")
          sessions.withLock { $0.append(session) }
          try session.say(statement)
          #expect(try eventually { try site.waiting("a.application_name = 'migrating'") > 0 })
        } catch { Issue.record(error) }
      })
    return (result, sessions.withLock { $0 })
  }

  @Test func whoWaitsGoesFirst() throws {
    let site = try FaithfulSite(CopyTrapTests.users)
    let (result, sessions) = try Self.refresh(site, "TRUNCATE users;", times: 1)
    try #require(result.summary != nil, "\(result)")
    #expect(sessions.count == 1)
    for session in sessions { #expect(try session.end().status == 0) }
    // At the next instant the table is as they left it.
    #expect(try site.atCopy("SELECT count(*) FROM users") == "0")
    #expect(try site.databases() == [site.destination])
  }

  @Test func aChangedSchemaIsCopiedAsItIsNow() throws {
    let site = try FaithfulSite(CopyTrapTests.users)
    let (result, sessions) = try Self.refresh(site, "ALTER TABLE users ADD added int DEFAULT 7;", times: 1)
    try #require(result.summary != nil, "\(result)")
    for session in sessions { #expect(try session.end().status == 0) }
    #expect(try site.atCopy("SELECT count(*), sum(added) FROM users") == "5000|35000")
  }

  /// One behind the other, whenever it is begun anew: then it says who they are, and what can be done.
  @Test func whoIsAlwaysOvertakenSaysByWhom() throws {
    let site = try FaithfulSite(CopyTrapTests.users)
    try #require(try site.refresh(site.order(Self.rules)).summary != nil)
    let (result, sessions) = try Self.refresh(
      site, "ALTER TABLE users ALTER note SET STATISTICS 100; TRUNCATE users;", times: 9)
    guard case .failed(let why, _) = result else { Issue.record("\(result)"); return }
    let said = try #require(
      why.firstMatch(
        of: /a session of migrating \(process (\d+), role (\w+)\) waits for the lock to change public\.users/), "\(why)"
    )
    #expect(String(said.2) == site.server.user)
    #expect(why.contains("SELECT pg_terminate_backend(\(said.1))"), "\(why)")
    #expect(why.contains("Run it again when that is done"), "\(why)")
    #expect(sessions.count == 3)
    for session in sessions { #expect(try session.end().status == 0) }
    #expect(try site.atCopy("SELECT count(*) FROM users") == "5000", "the previous copy stays")
    #expect(try site.databases() == [site.destination])
  }

  /// A raw snapshot gives way as a refresh does.
  @Test(arguments: [1, 9]) func aBuildGivesWayToo(times: Int) throws {
    let site = try FaithfulSite(CopyTrapTests.users)
    let sessions = Mutex<[HeldSession]>([])
    var order = site.order(.null)
    order.policy = nil
    order.storage = CopyOrder.Storage(profile: "raw", spec: .null)
    let worker = SnapshotWorker(world: try site.world(keeping: "raw")) { progress in
      guard progress.phase == .archive, sessions.withLock({ $0.count }) < times else { return }
      do {
        let session = try HeldSession(site.server, site.source, application: "migrating")
        sessions.withLock { $0.append(session) }
        try session.say("TRUNCATE users;")
        #expect(try eventually { try site.waiting("a.application_name = 'migrating'") > 0 })
      } catch { Issue.record(error) }
    }
    let result = worker.build(order, sealedWith: Secret("sealed with 0123456789abcdef0123"), recordedIn: site.store)
    for session in sessions.withLock({ $0 }) { #expect(try session.end().status == 0) }
    let states = site.store.snapshots(of: "users", in: "shop").map(\.state)
    if times == 1 {
      #expect(try result.get().rows == 0, "at the next instant the table is as they left it")
      #expect(states.filter { $0 == .ready }.count == 1 && states.filter { $0 == .failed }.count == 1, "\(states)")
    } else {
      let failure = try #require(throws: WorkFailure.self) { try result.get() }
      #expect("\(failure)".contains("a session of migrating"), "\(failure)")
      #expect(sessions.withLock { $0.count } == 3 && states.allSatisfy { $0 == .failed }, "\(states)")
    }
  }
}
