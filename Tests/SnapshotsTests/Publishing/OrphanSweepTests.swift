import PostgreSQL
import Runtime
import TestServers
import Testing

@testable import Snapshots

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30))) struct OrphanSweepTests {
  private let site: CopySite
  private let server: MaintenanceConnection
  init() throws {
    site = try CopySite("CREATE TABLE t ()")
    server = try site.maintenance()
  }

  private static let id = "load-1763760000000-00c0ffee"

  /// As a load begins it.
  private func make(_ id: String = Self.id, commented: Bool = true) throws -> Quarantine {
    let made = try Quarantine.create(
      try site.name(id), like: DatabaseLocale(encoding: "UTF8", collate: "C", ctype: "C"), on: server)
    if !commented {
      try site.server.run(
        "COMMENT ON DATABASE \(PostgreSQLServer.quoted(made.name.name)) IS NULL", database: "postgres")
    }
    return made
  }

  /// What others' tests have on this server is not our role's, and left alone.
  private func sweep() throws -> OrphanSweep.Outcome {
    try OrphanSweep(server: server, patience: .milliseconds(1)).run()
  }

  /// A session of our role's that has the lock, not only the transaction for it.
  private var isOwner: String {
    "usename = '\(site.writer)' AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"
  }

  /// The server lets go of a lock a moment after its session was closed, not at once.
  private func waitForOwners(_ count: Int, _ condition: String = "true") throws {
    try site.waitForSessions(count, in: "postgres", "\(isOwner) AND \(condition)")
  }

  @Test func aDatabaseStaysAsLongAsItsOwnerAndNotAMomentLonger() throws {
    let lock = try OwnerLock(site.name(Self.id), on: server)
    let made = try make()
    #expect(try sweep().dropped == [])
    // Nor does the refresh of another control plane, which knows nothing of it, take it for waste.
    let other = try make("0199-0000")
    let theirs = try OwnerLock(other.name, on: server)
    #expect(try Sweep(site.destination, on: server, alive: []).run().dropped == [])
    #expect(try site.databases() == [other.name.name, made.name.name])
    lock.end()
    theirs.end()
    try waitForOwners(0)
    #expect(try sweep().dropped == [made.name.name])
    #expect(try Sweep(site.destination, on: server, alive: []).run().dropped == [other.name.name])
  }

  /// It is seen from every database of the server, because others may have another `refresh.maintenance_db`.
  @Test func theLockIsSeenFromEveryDatabase() throws {
    let lock = try OwnerLock(site.name(Self.id), on: server)
    defer { lock.end() }
    _ = try make()
    let elsewhere = MaintenanceConnection(try site.parameters(site.writer, site.source))
    #expect(try OrphanSweep(server: elsewhere, patience: .milliseconds(1)).run().dropped == [])
  }

  @Test func aLostLockIsTakenAgain() throws {
    let lock = try OwnerLock(site.name(Self.id), on: server)
    defer { lock.end() }
    _ = try make()
    try waitForOwners(1)
    let first = try site.server.run(
      "SELECT pg_terminate_backend(pid, 60000), pid FROM pg_stat_activity WHERE \(isOwner)", database: "postgres")
    try waitForOwners(1, "pid <> \(first.split(separator: "|").last ?? "0")")
    #expect(try sweep().dropped == [])
  }

  /// Where the server swallows the question, Ctrl-C does not wait until it is given up by itself.
  @Test func waitingForTheLockEndsWithTheRun() throws {
    let hole = try FaultProxy(toPort: site.server.port, .hole(0))
    let interrupt = try Interrupt()
    interrupt.raise()
    let failure = #expect(throws: QuarantineFailure.self) {
      _ = try OwnerLock(site.name(Self.id), on: site.maintenance(port: hole.port, interrupt: interrupt))
    }
    #expect(failure?.description == "interrupted")
  }

  /// The two looks are for this: between them its owner has come back.
  @Test func whoComesBackBetweenTheLooksIsLeftAlone() throws {
    let made = try make()
    let (sweep, session) = (OrphanSweep(server: server), try server.open())
    let first = try sweep.orphans(in: session)
    #expect(Array(first.values) == [made.name.name])
    let lock = try OwnerLock(made.name, on: server)
    #expect(try sweep.drop(first, in: session).dropped == [])
    lock.end()
    try waitForOwners(0)
    #expect(try sweep.drop(first, in: session).dropped == [made.name.name])
  }

  @Test func whoIsConnectedIsLeftAlone() throws {
    let made = try make()
    let session = try Session(connecting: made.database, deadline: soon)
    #expect(try sweep().dropped == [])
    session.close()
    try site.server.run(
      "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = \(quoteLiteral(made.name.name))",
      database: "postgres")
    #expect(try sweep().dropped == [made.name.name])
  }

  /// A server goes on making a database whose client was killed, and nobody writes its comment then.
  @Test func aNameAloneIsEnoughWhereItCanBeNobodyElses() throws {
    let made = try make(commented: false)
    let others = ["load-1", "load-1763760000000-00c0ffe", "kept-new"]
    for id in others { _ = try make(id, commented: false) }
    let template = try #require(ScratchName(destination: site.destination, id: Self.id, role: .template))
    #expect(!OrphanSweep.isOurs(template.name, comment: ScratchHint(template).comment))
    #expect(!OrphanSweep.isOurs(made.name.name, comment: "the copy of somebody"))
    let told = try Sweep(site.destination, on: server, alive: []).run()
    #expect(!told.unclaimed.contains(made.name.name) && told.unclaimed.count == others.count && told.dropped == [])
    #expect(try sweep() == OrphanSweep.Outcome(dropped: [made.name.name]))
    #expect(try site.databases().count == others.count)
  }
}
