import Foundation
import Runtime

/// A TCP relay on loopback that does to a connection what networks do. It stops when it is released.
public final class FaultProxy: Sendable {
  public enum Mode: Sendable {
    case pass
    /// Accepts and resets at once.
    case refuse
    /// Resets both ends once that many bytes have gone from client to server.
    case cutUp(Int)
    /// Resets both ends once that many bytes have gone from server to client.
    case cutDown(Int)
    /// Each piece waits that long.
    case delay(Duration)
    /// Keeps the connection and swallows everything, once that many bytes have gone from server to client.
    case hole(Int)
    /// After that many bytes the server says 0xFF only.
    case garbage(Int)
  }

  public let port: Int
  private let mode: Mode
  private let upstream: Int
  private let listener: Int32
  private let stopping: Interrupt

  /// Relays to a port on 127.0.0.1. Only the first `connections` suffer from the mode; the later ones pass.
  public init(toPort upstream: Int, _ mode: Mode, connections: Int = .max) throws {
    self.mode = mode
    self.upstream = upstream
    stopping = try Interrupt()
    (listener, port) = try LoopbackSocket.listen()
    let (listener, stopping) = (listener, stopping)
    let thread = Thread.start {
      Self.accept(listener, upstream, mode, connections, stopping)
      close(listener)
    }
    guard let thread else { throw ServerFailure("no thread for the proxy") }
    thread.abandon()
  }

  deinit { stopping.raise() }

  private static func accept(
    _ listener: Int32, _ upstream: Int, _ faults: Mode, _ connections: Int, _ stopping: Interrupt
  ) {
    var left = connections
    while LoopbackSocket.readable([listener, stopping.descriptor])?.last == false {
      let client = LoopbackSocket.accept(listener)
      guard client >= 0 else { continue }
      let mode = left > 0 ? faults : .pass
      left -= 1
      if case .refuse = mode {
        LoopbackSocket.reset(client)
        continue
      }
      let relay = Relay(client: client, upstream: upstream, mode: mode, stopping: stopping)
      Thread.start { relay.run() }?.abandon()
    }
  }
}

/// One connection through the proxy.
private struct Relay: Sendable {
  let client: Int32
  let upstream: Int
  let mode: FaultProxy.Mode
  let stopping: Interrupt

  func run() {
    guard let server = LoopbackSocket.connect(to: upstream) else { return LoopbackSocket.reset(client) }
    var seen = (up: 0, down: 0)
    pump: while let ready = LoopbackSocket.readable([client, server, stopping.descriptor]), !ready[2] {
      for fromServer in [false, true] where ready[fromServer ? 1 : 0] {
        guard var bytes = LoopbackSocket.read(fromServer ? server : client) else { break pump }
        let before = fromServer ? seen.down : seen.up
        if fromServer { seen.down += bytes.count } else { seen.up += bytes.count }
        let goesOn = spoil(&bytes, fromServer: fromServer, before: before, down: seen.down)
        LoopbackSocket.write(bytes, to: fromServer ? client : server)
        if !goesOn { break pump }
      }
    }
    LoopbackSocket.reset(client)
    LoopbackSocket.reset(server)
  }

  /// Changes what goes on to the other end; false where the connection ends with it.
  private func spoil(_ bytes: inout [UInt8], fromServer: Bool, before: Int, down: Int) -> Bool {
    switch mode {
    case .pass, .refuse: return true
    case .cutUp(let limit), .cutDown(let limit):
      if case .cutUp = mode, fromServer { return true }
      if case .cutDown = mode, !fromServer { return true }
      guard before + bytes.count >= limit else { return true }
      bytes = Array(bytes.prefix(limit - before))
      return false
    case .delay(let time):
      Foundation.Thread.sleep(forTimeInterval: time / .seconds(1))
      return true
    case .hole(let limit):
      if down >= limit { bytes = fromServer ? Array(bytes.prefix(max(0, limit - before))) : [] }
      return true
    case .garbage(let limit):
      if fromServer { for index in bytes.indices where before + index >= limit { bytes[index] = 0xFF } }
      return true
    }
  }
}
