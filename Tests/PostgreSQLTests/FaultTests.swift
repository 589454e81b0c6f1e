import PostgreSQL
import Runtime
import TestServers
import Testing

/// What networks do. The time limit of the suite is the proof that nothing hangs; each error has its kind.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct FaultTests {
  let server: PostgreSQLServer

  init() throws { server = try .shared() }

  /// Connects through the proxy and asks for some rows.
  private func rows(
    through proxy: FaultProxy, tls: Bool, _ deadline: Deadline = patience
  ) throws -> [String?] {
    let parameters = try parameters(
      server, ["host": "127.0.0.1", "port": "\(proxy.port)", "sslmode": tls ? "require" : "disable"])
    let session = try Session(connecting: parameters, deadline: deadline)
    let rows = try session.query("SELECT 'row ' || n FROM generate_series(1, 50) n", deadline: deadline)
    return rows.map { $0[0] }
  }

  private static let answer = (1...50).map { Optional("row \($0)") }

  @Test(arguments: [false, true])
  func anHonestProxyChangesNothing(tls: Bool) throws {
    let proxy = try FaultProxy(toPort: server.port, .pass)
    #expect(try rows(through: proxy, tls: tls) == Self.answer)
  }

  @Test(arguments: [false, true])
  func aResetIsUnreachable(tls: Bool) throws {
    let proxy = try FaultProxy(toPort: server.port, .refuse)
    #expect(try databaseError { _ = try rows(through: proxy, tls: tls) }.kind == .unreachable)
  }

  @Test func aSlowNetworkIsNoFault() throws {
    let proxy = try FaultProxy(toPort: server.port, .delay(.milliseconds(5)))
    #expect(try rows(through: proxy, tls: true) == Self.answer)
  }

  @Test(arguments: [false, true], [0, 1, 30, 400, 600])
  func aBlackHoleCostsItsDeadline(tls: Bool, offset: Int) throws {
    let proxy = try FaultProxy(toPort: server.port, .hole(offset))
    let deadline = Deadline.after(.milliseconds(400))
    let error = try databaseError { _ = try rows(through: proxy, tls: tls, deadline) }
    #expect(error.kind == .timedOut(granted: .milliseconds(400)))
    #expect(deadline.hasPassed)
  }

  @Test func cancellingIntoABlackHoleIsBoundedToo() throws {
    // The cancel request goes through the same hole and never comes back; the session must not wait for it.
    let proxy = try FaultProxy(toPort: server.port, .hole(2_000))
    let session = try Session(
      connecting: try parameters(
        server, ["host": "127.0.0.1", "port": "\(proxy.port)", "sslmode": "disable"]), deadline: patience)
    let error = try databaseError {
      _ = try session.query("SELECT repeat('x', 100000)", deadline: .after(.milliseconds(300)))
    }
    #expect(error.kind.isTimeout)
    #expect(!session.isOpen)
  }

  /// Offsets from the first byte, through login and the description of the rows, to the end of the answer.
  private static let offsets = [0, 1, 2, 5, 9, 13, 24, 60, 100, 180, 300, 330, 345, 360, 380, 420, 500, 700, 1_000]

  private static let whatACutMayBe: [DatabaseError.Kind] = [.unreachable, .connectionLost]

  @Test(arguments: [false, true], offsets)
  func aCutAnswerIsAnError(tls: Bool, offset: Int) throws {
    let proxy = try FaultProxy(toPort: server.port, .cutDown(offset))
    try expectTyped(tls: tls, through: proxy, offset, Self.whatACutMayBe)
  }

  @Test(arguments: [false, true], offsets)
  func aCutQuestionIsAnError(tls: Bool, offset: Int) throws {
    let proxy = try FaultProxy(toPort: server.port, .cutUp(offset))
    try expectTyped(tls: tls, through: proxy, offset, Self.whatACutMayBe)
  }

  @Test(arguments: [false, true], offsets)
  func garbageIsAnError(tls: Bool, offset: Int) throws {
    let proxy = try FaultProxy(toPort: server.port, .garbage(offset))
    let kinds: [DatabaseError.Kind] = Self.whatACutMayBe + [.protocolViolation, .untrusted, .refusedLogin, .server]
    try expectTyped(tls: tls, through: proxy, offset, kinds)
  }

  /// Either the fault lies behind the end of the answer and the answer is whole, or the error is one of these; garbage
  /// inside a value may come through in the clear, but never in another number of rows.
  private func expectTyped(
    tls: Bool, through proxy: FaultProxy, _ offset: Int, _ kinds: [DatabaseError.Kind],
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    do {
      let rows = try rows(through: proxy, tls: tls, .after(.seconds(3)))
      #expect(rows.count == Self.answer.count, sourceLocation: location)
      #expect(offset > 300, sourceLocation: location)
    } catch let error as DatabaseError {
      #expect(kinds.contains(error.kind) || error.kind.isTimeout, "\(error)", sourceLocation: location)
      #expect(!"\(error)".contains("row "), sourceLocation: location)
      #expect(!"\(error)".contains(server.password), sourceLocation: location)
    }
  }
}
