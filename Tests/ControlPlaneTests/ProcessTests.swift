import Foundation
import Reconciliation
import Testing

@testable import ControlPlane

/// Several processes on one file. The test's own program is started again for each of them.
@Suite struct ProcessTests {
  @Test func aKilledHoldersLeaseIsTakenOverAtOnce() async throws {
    let site = try SQLiteSite()
    let path = site.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let clock = TestClock()
      let store = try SQLiteStore(path: path, clock: { clock.now() })
      _ = try store.shopLease("killed")
      kill(getpid(), SIGKILL)
    }
    let holders = try site.plain().column("SELECT holder FROM leases")
    #expect(holders == ["killed"])
    // No time has passed: by its expiry alone, the lease would still be held.
    let store = try site.store()
    let lease = try store.shopLease("next")
    #expect(lease.token == 2)
    #expect(storeError { _ = try site.store().shopLease("third") } == .held(lease))
    #expect(try leaseFiles(site) == [LeaseFile.path(of: "workspace/shop", token: 2, beside: "control.db")])
  }

  /// The same with nothing of ours in the other process: its lock is all that keeps the lease.
  @Test func aLiveProcessKeepsItsLeaseUntilItIsKilled() throws {
    let site = try SQLiteSite()
    let store = try site.store()
    let expiry = site.clock.now().advanced(by: .seconds(10))
    try site.plain().run("INSERT INTO leases VALUES ('workspace/shop', 7, 'other', '\(expiry)')")
    // No lock at all says nothing about the holder: its time counts.
    #expect(storeError { _ = try store.shopLease() }?.isHeldBy == "other")
    let file = LeaseFile.path(of: "workspace/shop", token: 7, beside: site.path)
    let other = Process()
    other.executableURL = URL(filePath: "/bin/bash")
    other.arguments = ["-c", "exec 9<>\"$0\"; flock 9; echo locked; read -r _", file]
    let (input, output) = (Pipe(), Pipe())
    (other.standardInput, other.standardOutput) = (input, output)
    try other.run()
    #expect(output.fileHandleForReading.availableData == Data("locked\n".utf8))
    #expect(storeError { _ = try store.shopLease() }?.isHeldBy == "other")
    kill(other.processIdentifier, SIGKILL)
    other.waitUntilExit()
    #expect(try store.shopLease().token == 8)
    withExtendedLifetime(input) {}
  }

  @Test func releasedLeasesLeaveNoFiles() throws {
    let site = try SQLiteSite()
    let store = try site.store()
    for _ in 0..<3 { try store.release(try store.shopLease()) }
    #expect(try leaseFiles(site) == [])
  }

  /// Both make the file and its schema at the same time, then count.
  @Test func twoProcessesLoseNothing() async throws {
    let site = try SQLiteSite()
    let path = site.path
    async let first = ProcessTests.write(["a", "b"], to: path)
    async let second = ProcessTests.write(["c", "d"], to: path)
    _ = await (first, second)
    let store = try site.store()
    #expect(try store.records(in: "shop").map(\.revision) == [20, 20, 20, 20])
    let log = try store.auditLog(of: "shop")
    #expect(log.count == 80 && AuditChain.verify(log) == .whole(log.last?.head ?? .empty))
  }

  private static func write(_ names: [String], to path: String) async {
    await #expect(processExitsWith: .success) { [names = names as [String], path = path as String] in
      let store = try SQLiteStore(path: path)
      let name = "refresh/\(names[0])"
      let lease = try store.acquireLease(name, holder: name, timeToLive: .seconds(60))
      for seen in 0..<20 {
        for target in names {
          let write = RecordWrite.put(Address("target", target), "{}", seen: seen)
          let results = try store.commit([write], as: .alice, under: lease)
          try #require(results == [.written(revision: seen + 1)])
        }
      }
      try store.release(lease)
    }
  }

  /// The schema is half made when the process dies: the next one makes it.
  @Test(arguments: ["cache", "disk"]) func whoDiesWhileMakingTheFileLeavesNoRuin(_ reached: String) async throws {
    let site = try SQLiteSite()
    let path = site.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, reached = reached as String] in
      let connection = try SQLiteConnection(path: path, .readWrite)
      // With no cache, SQLite writes pages to the file before the end, and has to take them back afterwards.
      if reached == "disk" { try connection.run("PRAGMA cache_size = 0; PRAGMA cache_spill = 1") }
      try connection.run("BEGIN IMMEDIATE; PRAGMA application_id = 7")
      try connection.run(SQLiteSchema.migrations[0])
      kill(getpid(), SIGKILL)
    }
    #expect(FileManager.default.fileExists(atPath: path + "-journal"))
    let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    #expect((size > 0) == (reached == "disk"))
    let lease = try site.store().shopLease()
    #expect(lease.token == 1)
  }

  private func leaseFiles(_ site: SQLiteSite) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: site.folder).filter { $0.contains("-lease-") }
  }

  @Test func whoWaitsTooLongForAnotherWriterIsTold() throws {
    let site = try SQLiteSite()
    let store = try SQLiteStore(
      path: site.path, patience: .milliseconds(20), clock: { [clock = site.clock] in clock.now() })
    let lease = try store.shopLease()
    let other = try site.plain()
    try other.run("BEGIN IMMEDIATE")
    let error = storeError { _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease) }
    #expect(error?.failure?.hint == "another process is writing; try again")
    // Readers do not wait.
    #expect(try store.records(in: "shop") == [])
    try other.run("ROLLBACK")
    #expect(try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease) == [.written(revision: 1)])
  }
}
