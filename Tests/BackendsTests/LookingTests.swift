import Backends
import Reconciliation
import Runtime
import TestServers
import Testing

@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct LookingTests {
  let databases = LiveDatabases(limit: 4, connectTimeout: .seconds(5))
  let server: PostgreSQLServer

  init() throws { server = try PostgreSQLServer.shared() }

  private func look(_ source: DatabaseEndpoint?, _ destination: DatabaseEndpoint?) -> DatabasePair {
    databases.look(at: source, and: destination, schemas: SchemaSelection())
  }

  @Test func theSameDatabaseIsProvedByWhateverWayItIsReached() throws {
    let world = try World("same")
    let ways: [[String: String]] = [
      [:], ["host": "localhost"], ["host": "127.0.0.1", "sslmode": "require"], ["host": "127.0.0.1"],
    ]
    for source in ways {
      for destination in ways {
        let pair = look(
          endpoint(server, world.database, world.role, source), endpoint(server, world.database, nil, destination))
        #expect(pair.isSameDatabase == true, "\(source) \(destination)")
      }
    }
  }

  @Test func aCopyAndANeighbourAreOtherDatabases() throws {
    let world = try World("original")
    let copy = server.uniqueName("copy")
    try server.run("CREATE DATABASE \(copy) TEMPLATE \(world.database)", database: "postgres")
    for other in [copy, "postgres"] {
      let pair = look(endpoint(server, world.database, world.role), endpoint(server, other))
      #expect(pair.isSameDatabase == false)
      #expect(try pair.destination?.get().exists == true)
    }
  }

  @Test(
    .enabled(
      if: PostgreSQLServer.poolerUnavailable == nil,
      Comment(rawValue: PostgreSQLServer.poolerUnavailable ?? "pgbouncer is available")))
  func aPoolerHidesNothing() throws {
    let place = ["host": "127.0.0.1", "port": "\(try PostgreSQLServer.poolerPort())"]
    let first = try server.createDatabase(named: "pooled_one")
    let second = try server.createDatabase(named: "pooled_two")
    #expect(look(endpoint(server, first, nil, place), endpoint(server, first)).isSameDatabase == true)
    #expect(look(endpoint(server, first), endpoint(server, first, nil, place)).isSameDatabase == true)
    #expect(look(endpoint(server, first, nil, place), endpoint(server, second, nil, place)).isSameDatabase == false)
    // The locks are gone with their transactions, although the pooler keeps the sessions.
    let held = try server.run(
      """
      SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE l.locktype = 'advisory' AND d.datname IN ('\(first)', '\(second)')
      """, database: "postgres")
    #expect(held == "0")
  }

  @Test(
    .enabled(
      if: PostgreSQLServer.poolerUnavailable == nil,
      Comment(rawValue: PostgreSQLServer.poolerUnavailable ?? "pgbouncer is available")))
  func aPoolerWithOneConnectionIsNotHeldUpForEver() throws {
    let place = ["host": "127.0.0.1", "port": "\(try PostgreSQLServer.poolerPort())"]
    let database = try server.createDatabase(named: "pooled_same")
    let quick = LiveDatabases(limit: 4, connectTimeout: .milliseconds(200))
    let end = endpoint(server, database, nil, place)
    let pair = quick.look(at: end, and: end, schemas: SchemaSelection())
    #expect(pair.source?.failure == nil)
    #expect(pair.destination?.failure == nil)
    #expect(pair.isSameDatabase == true)
  }

  @Test func oneConnectionIsEnoughForTheFacts() throws {
    let world = try World("single")
    let other = try server.createDatabase(named: "single_copy")
    let (source, same) = (endpoint(server, world.database, world.role), endpoint(server, world.database))
    let one = LiveDatabases(limit: 1)
    #expect(one.look(at: source, and: same, schemas: SchemaSelection()).isSameDatabase == true)
    let pair = one.look(at: source, and: endpoint(server, other), schemas: SchemaSelection())
    #expect(pair.isSameDatabase == nil)
    #expect(pair.source?.failure == nil)
    #expect(pair.destination?.failure == nil)
    let pool = DatabaseEndpoint.Pool(name: "staging", size: 1)
    let pooled = databases.look(
      at: endpoint(server, world.database, world.role, pool: pool), and: endpoint(server, other, pool: pool),
      schemas: SchemaSelection())
    #expect(pooled.source?.failure == nil)
    #expect(pooled.destination?.failure == nil)
  }

  @Test func aMissingDatabaseIsLookedAtFromBeside() throws {
    let world = try World("beside")
    let creator = server.uniqueName("creator")
    try server.run("CREATE ROLE \(creator) LOGIN CREATEDB PASSWORD '\(creator)'", database: "postgres")
    for (role, canCreate) in [(creator, true), (world.role, false), (nil, true)] {
      let pair = look(endpoint(server, world.database, world.role), endpoint(server, "no_such_copy", role))
      let facts = try #require(pair.destination).get()
      #expect(facts.exists == false)
      #expect(facts.canCreate == canCreate)
      #expect(facts.comment == nil)
      #expect(facts.server.database == "no_such_copy")
      #expect(pair.isSameDatabase == false)
    }
    let failure = try #require(look(endpoint(server, "no_such_copy"), nil).source?.failure)
    #expect(failure.kind == .databaseMissing)
    #expect(failure.sqlState == "3D000")
    #expect(failure.subject == "\(server.socketFolder):\(server.port)/no_such_copy")
  }

  @Test func theCommentOfADestinationIsRead() throws {
    let world = try World("comment", "COMMENT ON DATABASE @db IS 'made at noon'")
    let facts = try #require(look(nil, endpoint(server, world.database, world.role)).destination).get()
    #expect(facts.comment == "made at noon")
    #expect(facts.exists)
    #expect(facts.canCreate == false)
  }

  @Test func whatTLSProvedIsSaid() throws {
    let world = try World("tls")
    func tls(_ others: [String: String]) throws -> ServerFacts.TLS {
      let source = look(endpoint(server, world.database, world.role, others), nil).source
      return try #require(source).get().server.tls
    }
    let full = ["host": "localhost", "sslmode": "verify-full", "sslrootcert": server.authority]
    guard case .on(let version, true, true) = try tls(full) else {
      Issue.record("not verified")
      return
    }
    #expect(version.hasPrefix("TLSv1."))
    #expect(try tls(["host": "localhost", "sslmode": "disable"]) == .off)
    let blind = try tls(["host": "localhost", "sslmode": "require"])
    #expect(blind == .on(protocol: version, verifiesAuthority: false, verifiesName: false))
    let wrong = look(
      endpoint(server, world.database, world.role, full.merging(["sslrootcert": server.wrongAuthority]) { $1 }), nil)
    #expect(wrong.source?.failure?.kind == .untrusted)
  }

  @Test func aSilentSideCostsItsOwnDeadlineAndTheOtherIsRead() throws {
    let world = try World("hole")
    let hole = try FaultProxy(toPort: server.port, .hole(0))
    let silent = endpoint(
      server, world.database, world.role, ["host": "127.0.0.1", "port": "\(hole.port)"],
      connectTimeout: .milliseconds(500))
    let alive = endpoint(server, world.database, world.role)
    let start = ContinuousClock.now
    let first = look(silent, alive)
    let second = look(alive, silent)
    #expect(ContinuousClock.now - start < .seconds(8), "two deadlines of half a second, and a busy machine")
    #expect(first.source?.failure?.kind == .timedOut)
    #expect(try first.destination?.get().exists == true)
    #expect(first.isSameDatabase == nil)
    #expect(try second.source?.get().writes == [])
    #expect(second.destination?.failure?.kind == .timedOut)
    #expect(second.isSameDatabase == nil)
  }

  @Test func aRefusedConnectionAndARefusedLoginAreTold() throws {
    let proxy = try FaultProxy(toPort: server.port, .refuse)
    let closed = look(endpoint(server, "postgres", nil, ["host": "127.0.0.1", "port": "\(proxy.port)"]), nil)
    #expect(closed.source?.failure?.kind == .unreachable)
    #expect(closed.source?.failure?.subject == "127.0.0.1:\(proxy.port)/postgres")
    let refused = look(nil, endpoint(server, "postgres", "nobody_of_that_name"))
    #expect(refused.destination?.failure?.kind == .loginRefused)
    #expect(refused.destination?.failure?.message.contains("password") == true)
    let world = try World("connect", "REVOKE CONNECT ON DATABASE @db FROM PUBLIC")
    #expect(look(endpoint(server, world.database, world.role), nil).source?.failure?.kind == .loginRefused)
  }

  @Test func aConnectionThatBreaksInTheMiddleIsAFailureOfItsSide() throws {
    let world = try World("cut")
    let cut = try FaultProxy(toPort: server.port, .cutUp(700))
    let broken = endpoint(server, world.database, world.role, ["host": "127.0.0.1", "port": "\(cut.port)"])
    let pair = look(broken, endpoint(server, world.database))
    #expect(pair.source?.failure?.kind == .unreachable)
    #expect(pair.destination?.failure == nil)
    #expect(pair.isSameDatabase == nil)
  }

  @Test func anInterruptEndsALook() throws {
    let hole = try FaultProxy(toPort: server.port, .hole(0))
    let interrupt = try Interrupt()
    let stopped = LiveDatabases(limit: 4, connectTimeout: .seconds(60), interrupt: interrupt)
    let silent = endpoint(server, "postgres", nil, ["host": "127.0.0.1", "port": "\(hole.port)"])
    let thread = Thread.start { interrupt.raise() }
    let pair = stopped.look(at: silent, and: silent, schemas: SchemaSelection())
    thread?.join()
    #expect(pair.source?.failure?.kind == .interrupted)
    #expect(pair.destination?.failure?.kind == .interrupted)
  }

  /// If each side took its place alone, three sources would wait here for destinations that never come.
  @Test func manyPairsDoNotWaitForEachOther() throws {
    let world = try World("crowd")
    let (server, database, role) = (server, world.database, world.role)
    let three = LiveDatabases(limit: 3)
    let pairs = concurrently(Array(0..<12), limit: 12) { _ in
      three.look(at: endpoint(server, database, role), and: endpoint(server, database), schemas: SchemaSelection())
    }
    #expect(pairs.map(\.isSameDatabase) == Array(repeating: true, count: 12))
  }
}
