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

  /// The role's own defaults would end a session that is silent for half a second; the owner speaks once in a second, so
  /// that they would have ended it before it is heard twice.
  @Test func noDefaultOfTheRoleEndsTheOwnersSession() throws {
    try site.server.run(
      """
      SELECT format('ALTER ROLE %I SET %I TO %L', '\(site.writer)', name, '500ms') FROM pg_settings
      WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout') \\gexec
      """, database: "postgres")
    let lock = try OwnerLock(site.name(Self.id), on: server)
    defer { lock.end() }
    try waitForOwners(1, "query_start > xact_start + interval '600 ms'")
  }

  /// As of a machine that lost its power, or behind a pooler that keeps what its client has left: the connection stands,
  /// and nothing comes through it.
  @Test func theServerLetsGoOfAnOwnerThatIsSilent() throws {
    let lock = try OwnerLock(
      site.name(Self.id), on: server, speakingEvery: .seconds(3_600), silentAtMost: .seconds(15))
    defer { lock.end() }
    let made = try make()
    try waitForOwners(0)
    #expect(try sweep().dropped == [made.name.name])
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

  /// The role of a target has changed, say: the one before has left what this one may not drop, and only people can help.
  @Test func whatAnotherRoleOwnsIsToldAndLeftAlone() throws {
    let scratch = try #require(ScratchName(destination: "\(site.destination) (verify)", id: Self.id))
    let locale = DatabaseLocale(encoding: "UTF8", collate: "C", ctype: "C")
    let names = [try make().name, try Quarantine.create(scratch, like: locale, on: server).name]
    let quoted = names.map { PostgreSQLServer.quoted($0.name) }
    for name in quoted {
      try site.server.run("ALTER DATABASE \(name) OWNER TO \(site.server.user)", database: "postgres")
    }
    func told(_ destination: String?) throws -> [String] {
      let sweep = OrphanSweep(server: server, patience: .milliseconds(1), destination: destination)
      let outcome = try sweep.run()
      #expect(outcome.dropped == [] && outcome.failures == [] && outcome.notes == outcome.foreign)
      return outcome.foreign
    }
    let sentences = zip(names, quoted).map { name, quoted in
      "\(name), which an earlier run had left, belongs to the role \(site.server.user) and was left alone; as that role: DROP DATABASE \(quoted)"
    }
    #expect(try told(site.destination) == sentences.sorted())
    // Who works for another destination can do as little about it, and is not told.
    #expect(try told("\(site.destination)_x") == [])
    #expect(try told(nil) == [])
    // While somebody is at work on it, it is nobody's waste.
    let lock = try OwnerLock(names[0], on: server)
    #expect(try told(site.destination) == [sentences[1]])
    lock.end()
    let still = "SELECT count(*) FROM pg_database WHERE datname LIKE '\(site.destination)%load-%'"
    #expect(try site.server.run(still, database: "postgres") == "2")
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
