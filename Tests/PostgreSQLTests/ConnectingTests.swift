import Foundation
import Runtime
import TestServers
import Testing

@testable import PostgreSQL

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct ConnectingTests {
  let server: PostgreSQLServer

  init() throws { server = try .shared() }

  private func overTLS(_ others: [String: String]) throws -> Session {
    try connected(server, ["host": "localhost"].merging(others) { $1 })
  }

  @Test func aSocketNeedsNoTLS() throws {
    let session = try connected(server)
    #expect(session.tls == .unixSocket)
    #expect(session.verified == .nothing)
    #expect(session.serverVersion >= 140_000)
    #expect(session.subject == "\(server.socketFolder):\(server.port)/postgres")
  }

  @Test(arguments: [
    ("verify-full", "right", TLSVerification.name), ("verify-ca", "right", .authority),
    ("require", "right", .authority), ("require", "", .nothing),
  ])
  func theStateOfTLSIsReported(mode: String, root: String, verified: TLSVerification) throws {
    let session = try overTLS(["sslmode": mode, "sslrootcert": root.isEmpty ? "" : server.authority])
    guard case .on(let version, let cipher) = session.tls else {
      Issue.record("TLS is \(session.tls)")
      return
    }
    #expect(version.hasPrefix("TLSv1."))
    #expect(!cipher.isEmpty && cipher != "unknown")
    #expect(session.verified == verified)
  }

  @Test func withoutTLSNothingIsVerified() throws {
    let session = try overTLS(["sslmode": "disable", "sslrootcert": server.authority])
    #expect(session.tls == .off)
    #expect(session.verified == .nothing)
  }

  @Test(arguments: ["verify-full", "verify-ca", "require"])
  func aWrongAuthorityIsNotTrusted(mode: String) throws {
    let error = try databaseError {
      _ = try overTLS(["sslmode": mode, "sslrootcert": server.wrongAuthority])
    }
    #expect(error.kind == .untrusted)
    #expect(error.message.contains("certificate verify failed"))
  }

  @Test func aWrongNameIsRefusedByVerifyFullOnly() throws {
    let others = ["host": "db.invalid", "hostaddr": "127.0.0.1", "sslrootcert": server.authority]
    let error = try databaseError { _ = try overTLS(others.merging(["sslmode": "verify-full"]) { $1 }) }
    #expect(error.kind == .untrusted)
    #expect(error.message.contains("db.invalid"))
    let session = try overTLS(others.merging(["sslmode": "verify-ca"]) { $1 })
    #expect(session.verified == .authority)
  }

  @Test(arguments: ["require", "prefer", "verify-full"])
  func aRootThatCannotBeReadIsNoRoot(mode: String) throws {
    let error = try databaseError { _ = try overTLS(["sslmode": mode, "sslrootcert": "/nonexistent/ca.crt"]) }
    #expect(error.kind == .misused)
    #expect(error.message.contains("/nonexistent/ca.crt"))
  }

  @Test func aWrongPasswordIsRefused() throws {
    let wrong = "wrong-canary-password"
    let error = try databaseError {
      _ = try Session(connecting: try parameters(server, password: wrong), deadline: patience)
    }
    #expect(error.kind == .refusedLogin)
    #expect(error.sqlstate == "28P01")
    #expect(error.message.contains(server.user))
    #expect(!"\(error)\(String(reflecting: error))".contains(wrong))
  }

  @Test func aMissingPasswordIsARefusedLogin() throws {
    let error = try databaseError {
      _ = try Session(
        connecting: try ConnectionParameters([
          ("host", server.socketFolder), ("port", "\(server.port)"), ("user", server.user), ("dbname", "postgres"),
        ]), deadline: patience)
    }
    #expect(error.kind == .refusedLogin)
  }

  @Test func aMissingDatabaseIsSaidByItsCode() throws {
    let error = try databaseError { _ = try connected(server, database: "no_such_database") }
    #expect(error.kind == .databaseMissing)
    #expect(error.sqlstate == "3D000")
    #expect(
      error.description.hasSuffix(
        #"connect failed: connection to server on socket "\#(server.socketFolder)/.s.PGSQL.\#(server.port)" failed: "#
          + #"FATAL: database "no_such_database" does not exist (SQLSTATE 3D000)"#))
  }

  @Test func aClosedPortIsUnreachable() throws {
    let port = try LoopbackSocket.unusedPort()
    let error = try databaseError { _ = try overTLS(["port": "\(port)"]) }
    #expect(error.kind == .unreachable)
    #expect(!error.message.contains("\n"))
  }

  @Test func severalAddressesAreTriedInTurn() throws {
    let closed = try LoopbackSocket.unusedPort()
    let session = try Session(
      connecting: try parameters(
        server,
        ["host": "\(server.socketFolder)/none,localhost,localhost", "port": "\(closed),\(closed),\(server.port)"]),
      deadline: patience)
    #expect(try session.query("SELECT 1", deadline: patience).single == "1")
  }

  @Test func aDeadAddressLeavesTimeForTheNext() throws {
    let hole = try FaultProxy(toPort: server.port, .hole(0))
    let parameters = try parameters(server, ["host": "two.invalid", "port": "\(server.port)"])
    // The first address swallows everything on the server's own port; it cannot be had on loopback, so a listener
    // that never answers stands for it under the list of ports.
    let listed = try self.parametersWithPorts(parameters, "\(hole.port),\(server.port)")
    let session = try Session(connecting: listed, deadline: .after(.seconds(4)))
    #expect(try session.query("SELECT 1", deadline: patience).single == "1")
  }

  private func parametersWithPorts(_ base: ConnectionParameters, _ ports: String) throws -> ConnectionParameters {
    var values = base.keywords
    values["host"] = "127.0.0.1,127.0.0.1"
    values["port"] = ports
    return try ConnectionParameters(values.map { ($0.key, $0.value) }, password: base.password)
  }

  @Test func aNameThatNeverResolvesCostsItsDeadline() throws {
    let parameters = try parameters(server, ["host": "slow.invalid"])
    let release = DispatchSemaphore(value: 0)
    defer { release.signal() }
    let error = try databaseError {
      _ = try Session(connecting: parameters, deadline: .after(.milliseconds(200)), interrupt: nil) { _ in
        release.wait()
        return .success([])
      }
    }
    #expect(error.kind == .timedOut(granted: .milliseconds(200)))
    #expect(error.message == "the name slow.invalid was not resolved within 200 ms")
  }

  @Test func theInterruptEndsResolvingAndConnecting() throws {
    let interrupt = try Interrupt()
    let release = DispatchSemaphore(value: 0)
    defer { release.signal() }
    let resolving = try databaseError {
      _ = try Session(
        connecting: try parameters(server, ["host": "slow.invalid"]), deadline: patience, interrupt: interrupt
      ) { _ in
        interrupt.raise()
        release.wait()
        return .success([])
      }
    }
    #expect(resolving.kind == .interrupted)
    let connecting = try databaseError { _ = try connected(server, interrupt: interrupt) }
    #expect(connecting.kind == .interrupted)
  }

  @Test func aNameWithoutAddressIsUnreachable() throws {
    let error = try databaseError {
      _ = try Session(
        connecting: try parameters(server, ["host": "nowhere.invalid"]), deadline: patience, interrupt: nil
      ) { _ in .failure(ResolutionFailure(reason: "Name or service not known")) }
    }
    #expect(error.kind == .unreachable)
    #expect(error.message == "the name nowhere.invalid has no address: Name or service not known")
  }
}
