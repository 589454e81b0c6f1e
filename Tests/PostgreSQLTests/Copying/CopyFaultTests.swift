import Foundation
import PostgreSQL
import Runtime
import TestServers
import Testing

/// What networks and people do to a stream. The time limit of the suite is the proof that nothing hangs.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct CopyFaultTests {
  let server: PostgreSQLServer

  init() throws { server = try .shared() }

  private static let rows = "COPY (SELECT repeat('row', 30) FROM generate_series(1, 100000)) TO STDOUT"
  private static let tooMuch = String(repeating: "row\n", count: 16_000)

  private func connected(through proxy: FaultProxy, tls: Bool = false, interrupt: Interrupt? = nil) throws -> Session {
    try Session(
      connecting: try parameters(
        server, ["host": "127.0.0.1", "port": "\(proxy.port)", "sslmode": tls ? "require" : "disable"]),
      deadline: patience, interrupt: interrupt)
  }

  /// Writes until it fails, and ends it where it does not.
  private func fill(_ session: Session, stall: Duration, pieces: Int = 2_000) throws {
    _ = try session.query("CREATE TEMP TABLE rows (t text)", deadline: patience)
    let writer = try session.beginCopyIn("COPY rows FROM STDIN", stall: stall)
    for _ in 0..<pieces { try writer.write(Self.tooMuch) }
    _ = try writer.finish()
  }

  @Test(arguments: [false, true], [600, 5_000, 200_000, 3_000_000])
  func aCutReaderSaysSo(tls: Bool, offset: Int) throws {
    let proxy = try FaultProxy(toPort: server.port, .cutDown(offset))
    let error = try databaseError {
      try connected(through: proxy, tls: tls).copyOut(Self.rows, stall: noStall) { _ in }
    }
    #expect([.connectionLost, .unreachable].contains(error.kind))
  }

  @Test(arguments: [false, true], [5_000, 200_000, 3_000_000])
  func aCutWriterSaysSo(tls: Bool, offset: Int) throws {
    let proxy = try FaultProxy(toPort: server.port, .cutUp(offset))
    let error = try databaseError { try fill(connected(through: proxy, tls: tls), stall: noStall) }
    #expect(error.kind == .connectionLost)
  }

  @Test(arguments: [600, 5_000, 200_000])
  func garbageIsNoRow(offset: Int) throws {
    let proxy = try FaultProxy(toPort: server.port, .garbage(offset))
    let error = try databaseError {
      try connected(through: proxy).copyOut(Self.rows, stall: .seconds(1)) { _ in }
    }
    #expect(error.kind == .protocolViolation || error.kind == .connectionLost || error.kind.isTimeout, "\(error)")
  }

  @Test(arguments: [2_000, 200_000])
  func aReaderThatStallsEnds(offset: Int) throws {
    let proxy = try FaultProxy(toPort: server.port, .hole(offset))
    let session = try connected(through: proxy)
    let error = try databaseError { try session.copyOut(Self.rows, stall: .milliseconds(300)) { _ in } }
    #expect(error.kind == .timedOut(granted: .milliseconds(300)))
    #expect(!session.isOpen)
  }

  @Test func aWriterThatStallsEnds() throws {
    let session = try connected(server)
    _ = try session.query("CREATE TEMP TABLE rows (t text)", deadline: patience)
    let writer = try session.beginCopyIn("COPY rows FROM STDIN", stall: .milliseconds(300))
    // A stopped server takes nothing and answers nothing; the kernel's buffers fill up.
    kill(pid_t(session.announcedProcess), SIGSTOP)
    defer { kill(pid_t(session.announcedProcess), SIGCONT) }
    let error = try databaseError { for _ in 0..<2_000 { try writer.write(Self.tooMuch) } }
    #expect(error.kind == .timedOut(granted: .milliseconds(300)))
    #expect(!session.isOpen)
  }

  /// The whole lasts many times the stall: only standing still ends it.
  @Test func whatMovesMayLast() throws {
    let session = try connected(server)
    let slowly = "COPY (SELECT n, pg_sleep(0.1), repeat('x', 9000) FROM generate_series(1, 12) n) TO STDOUT"
    #expect(try session.copyOut(slowly, stall: .milliseconds(900)) { _ in } == 12)
  }

  @Test func theInterruptEndsAReader() throws {
    let interrupt = try Interrupt()
    let session = try PostgreSQLTests.connected(server, interrupt: interrupt)
    var rows = 0
    let error = try databaseError {
      try session.copyOut(Self.rows, stall: noStall) { _ in
        rows += 1
        if rows == 10 { interrupt.raise() }
      }
    }
    #expect(error.kind == .interrupted)
    #expect(rows < 100_000)
  }

  @Test func theInterruptEndsAWriterThatNeverWaits() throws {
    let interrupt = try Interrupt()
    let session = try PostgreSQLTests.connected(server, interrupt: interrupt)
    _ = try session.query("CREATE TEMP TABLE rows (t text)", deadline: patience)
    let writer = try session.beginCopyIn("COPY rows FROM STDIN", stall: noStall)
    try writer.write("row\n")
    interrupt.raise()
    #expect(try databaseError { try writer.write("row\n") }.kind == .interrupted)
    #expect(!session.isOpen)
  }

  /// The server's own words (FATAL) are kept, though the connection is gone behind them.
  @Test(arguments: [true, false])
  func anEndedServerSessionSaysWhy(reading: Bool) throws {
    let session = try connected(server)
    let killer = try PostgreSQLTests.connected(server)
    func terminate() throws {
      _ = try killer.query(
        "SELECT pg_terminate_backend($1::int, 10000)", ["\(session.announcedProcess)"], deadline: patience)
    }
    let error = try databaseError {
      if reading {
        // The server sends 8 KB at a time, so the first row has come when the third one sleeps.
        let endless = try session.beginCopyOut(
          "COPY (SELECT repeat('x', 20000), CASE n WHEN 3 THEN pg_sleep(60) END FROM generate_series(1, 3) n) TO STDOUT",
          stall: noStall)
        _ = try endless.next()
        try terminate()
        while try endless.next() != nil {}
      } else {
        _ = try session.query("CREATE TEMP TABLE rows (t text)", deadline: patience)
        let writer = try session.beginCopyIn("COPY rows FROM STDIN", stall: noStall)
        try terminate()
        for _ in 0..<2_000 { try writer.write(Self.tooMuch) }
      }
    }
    #expect(error.sqlstate == "57P01", "\(error)")
    #expect(!session.isOpen)
  }

  private func connected(_ server: PostgreSQLServer) throws -> Session { try PostgreSQLTests.connected(server) }
}
