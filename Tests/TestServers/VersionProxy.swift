import Foundation
import Runtime

/// A TCP relay on loopback before a PostgreSQL, by which it seems to be of another major version. Everything else goes
/// through as it is, without encryption, because the version has to be read on the way. It stops when it is released.
public final class VersionProxy: Sendable {
  public let port: Int
  private let stopping: Interrupt

  /// Relays to a port on 127.0.0.1. The version has two digits, as the server's own has.
  public init(toPort upstream: Int, major: Int) throws {
    let (listener, port) = try LoopbackSocket.listen()
    let stopping = try Interrupt()
    (self.port, self.stopping) = (port, stopping)
    let thread = Runtime.Thread.start {
      while LoopbackSocket.readable([listener, stopping.descriptor])?.last == false {
        let client = LoopbackSocket.accept(listener)
        guard client >= 0 else { continue }
        let line = VersionedLine(client: client, digits: Array("\(major)".utf8), stopping: stopping)
        Runtime.Thread.start { line.relay(to: upstream) }?.abandon()
      }
      close(listener)
    }
    guard let thread else { throw ServerFailure("no thread for the proxy") }
    thread.abandon()
  }

  deinit { stopping.raise() }
}

/// One connection through the proxy.
private struct VersionedLine: Sendable {
  let client: Int32
  let digits: [UInt8]
  let stopping: Interrupt

  func relay(to upstream: Int) {
    guard let server = LoopbackSocket.connect(to: upstream) else { return LoopbackSocket.reset(client) }
    pump: while let ready = LoopbackSocket.readable([client, server, stopping.descriptor]), !ready[2] {
      if ready[0] {
        guard let bytes = LoopbackSocket.read(client) else { break pump }
        LoopbackSocket.write(bytes, to: server)
      }
      if ready[1] {
        guard let bytes = LoopbackSocket.read(server) else { break pump }
        LoopbackSocket.write(versioned(bytes), to: client)
      }
    }
    LoopbackSocket.reset(client)
    LoopbackSocket.reset(server)
  }

  /// The server tells its version once, in a message ParameterStatus at the beginning (manual, "Message Formats"): the
  /// name, a zero byte, the value. All that it says at the beginning comes in one piece.
  private func versioned(_ bytes: [UInt8]) -> [UInt8] {
    let name = Array("server_version\0".utf8)
    guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: name) }) else { return bytes }
    var changed = bytes
    for (offset, digit) in digits.enumerated() where start + name.count + offset < changed.count {
      changed[start + name.count + offset] = digit
    }
    return changed
  }
}
