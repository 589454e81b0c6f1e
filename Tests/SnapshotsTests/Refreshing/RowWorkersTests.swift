import ControlPlane
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Synchronization
import TestServers
import Testing

@testable import Snapshots

/// What a worker makes of a connection that does to it what networks do, on either side.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer)) struct RowWorkersTests {
  enum Fault: CaseIterable, Sendable {
    case cutBefore, cutAfter, hole, garbage

    var verdict: QuestionProxy.Verdict {
      switch self {
      case .cutBefore: .cutQuestion
      case .cutAfter: .cutAnswer
      case .hole: .swallow
      case .garbage: .garbage
      }
    }
  }

  /// Once, at the question with this text; what is asked on new connections goes through.
  @Test(arguments: Fault.allCases, ["COPY (SELECT", "COPY public", "INSERT INTO decant_copy", "COMMIT"])
  func whatOneFaultHitIsDoneAgain(fault: Fault, text: String) throws {
    let pair = try Self.pair()
    let hit = Atomic(false)
    let proxy = try QuestionProxy(toPort: pair.server.port) { _, question in
      let isMeant = question.contains(text) && !question.contains("BEGIN")
      guard isMeant, hit.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else {
        return .pass
      }
      return fault.verdict
    }
    let isOfSource = text == "COPY (SELECT"
    let carried = try Self.carry(
      pair, source: isOfSource ? proxy.port : nil, destination: isOfSource ? nil : proxy.port)
    let wasHit = hit.load(ordering: .relaxed)
    #expect(wasHit)
    #expect(carried.map(\.rows) == [5_000, 70])
    #expect(try Self.rows(pair, pair.to) == Self.rows(pair, pair.from))
  }

  /// Always: then it is given up, with the side's words, and nothing is half there that says it is done.
  @Test(arguments: [FaultProxy.Mode.cutDown(9_000), .cutUp(9_000), .garbage(9_000), .hole(9_000)], [true, false])
  func aFaultThatStaysEndsTheCopy(mode: FaultProxy.Mode, isOfSource: Bool) throws {
    let pair = try Self.pair()
    let proxy = try FaultProxy(toPort: pair.server.port, mode)
    // Little is said to the source, and little by the destination.
    if case .cutUp = mode, isOfSource { return }
    if !isOfSource {
      guard case .cutUp = mode else { return }
    }
    #expect(throws: RefreshFailure.self) {
      try Self.carry(pair, source: isOfSource ? proxy.port : nil, destination: isOfSource ? nil : proxy.port)
    }
    #expect(try pair.server.run("SELECT count(*) FROM decant_copy.tables", database: pair.to) == "0")
  }

  @Test(arguments: [true, false]) func aSlowNetworkIsNoFault(isOfSource: Bool) throws {
    let pair = try Self.pair()
    let proxy = try FaultProxy(toPort: pair.server.port, .delay(.milliseconds(2)))
    let carried = try Self.carry(
      pair, source: isOfSource ? proxy.port : nil, destination: isOfSource ? nil : proxy.port)
    #expect(carried.map(\.rows) == [5_000, 70])
    #expect(try Self.rows(pair, pair.to) == Self.rows(pair, pair.from))
  }

  private static func pair() throws -> CopyPair {
    try CopyPair(
      "CREATE TABLE public.a (id int, t text); CREATE TABLE public.b (id int, t text)",
      rows: """
        INSERT INTO a SELECT i, repeat(md5(i::text), 3) FROM generate_series(1, 5000) i;
        INSERT INTO b SELECT i, 'b' FROM generate_series(1, 70) i
        """)
  }

  private static func rows(_ pair: CopyPair, _ database: String) throws -> String {
    try pair.server.run(
      "SELECT md5(string_agg(x, ',' ORDER BY x)) FROM (SELECT a::text AS x FROM a UNION ALL SELECT b::text FROM b) y",
      database: database)
  }

  private static func carry(_ pair: CopyPair, source: Int?, destination: Int?) throws -> [CarriedRows] {
    let leader = try Leader.take(on: try pair.session(pair.from), lockTimeout: .seconds(5), deadline: patience)
    defer { leader.end() }
    let tables = try ["a", "b"].map { name in
      let columns = try pair.columns(name)
      return CarriedTable(
        name: "public.\(name)", bytes: 1_000, isRanged: false,
        plan: RowPlan(table: QualifiedName("public", name), format: .text, columns: columns),
        reading: { _ in "COPY (SELECT * FROM ONLY public.\(name)) TO STDOUT" },
        writing: "COPY public.\(name) FROM STDIN")
    }
    let world = CopyWorld(
      parameters: { endpoint, _ throws(DatabaseFailure) in
        throw DatabaseFailure(.notObserved, endpoint.title, "no endpoints here")
      }, interrupt: try Interrupt(), actor: "ana", run: "r1", connectTimeout: .seconds(2),
      statementTimeout: .seconds(2),
      stall: .seconds(2))
    let readers = try SourceReaders(
      2, of: try parameters(pair, pair.from, source), at: leader.snapshot,
      locking: ["a", "b"].map { Table(name: QualifiedName("public", $0), columns: []) }, world)
    let workers = RowWorkers(
      tables: tables, workers: 2, readers: readers,
      destination: try parameters(pair, pair.to, destination), world: world, progress: { _ in })
    return try workers.run()
  }

  private static func parameters(_ pair: CopyPair, _ database: String, _ port: Int?) throws -> ConnectionParameters {
    try ConnectionParameters(
      [
        ("host", "127.0.0.1"), ("port", "\(port ?? pair.server.port)"), ("dbname", database),
        ("user", pair.server.user), ("sslmode", "disable"),
      ], password: Secret(pair.server.password))
  }
}

@Suite struct LeaseKeeperTests {
  @Test func withoutAThreadNothingIsKept() throws {
    let store = MemoryStore(title: "memory", identity: nil)
    let lease = try store.acquireLease("refresh/shop/a", holder: "ana", timeToLive: .seconds(10))
    #expect(throws: LeaseKeeper.Unavailable.self) {
      try LeaseKeeper(lease, in: store, interrupting: try Interrupt(), starting: { _ in nil })
    }
  }

  @Test func whatEndsGivesTheLeaseBackOnce() throws {
    let store = MemoryStore(title: "memory", identity: nil)
    let lease = try store.acquireLease("refresh/shop/a", holder: "ana", timeToLive: .seconds(10))
    let keeper = try LeaseKeeper(lease, in: store, interrupting: try Interrupt())
    keeper.end()
    let next = try store.acquireLease("refresh/shop/a", holder: "bo", timeToLive: .seconds(10))
    keeper.end()
    #expect(throws: Never.self) { try store.renew(next, timeToLive: .seconds(10)) }
  }
}
