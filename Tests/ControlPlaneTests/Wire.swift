import Foundation
import Runtime
import Synchronization

@testable import TestServers

/// A relay to the server's port that counts, and that breaks when a test says so: after how many bytes from now on.
final class Wire: Sendable {
  enum Fault: Sendable {
    case none
    /// Resets both ends after that many bytes of the client, or of the server. Strikes once.
    case cutUp(Int), cutDown(Int)
    /// Swallows everything after that many bytes of the client, or of the server, on every connection.
    case holeUp(Int), holeDown(Int)
    /// From that byte on, the server says 0xFF only, on the connection that it strikes.
    case garble(Int)
    /// Each piece waits that long.
    case delay(Duration)
  }

  struct Traffic: Sendable {
    var fault = Fault.none
    var up = 0
    var down = 0
    /// How often the client spoke after the server: the number of questions.
    var questions = 0
    /// The sum of bytes (up, down) at the end of each question and answer.
    var marks: [(up: Int, down: Int)] = []
    var clientSpokeLast = false
    var hasStruck = false
    /// What the client has said, whether it was passed on or not.
    var said: [UInt8] = []

    /// The statement and not the words of an isolation level: a name and a text end with a zero byte.
    var saidCommit: Bool { String(decoding: said, as: UTF8.self).contains("\u{0}COMMIT\u{0}") }
  }

  let port: Int
  private let upstream: Int
  private let state = Mutex(Traffic())
  private let stopping: Interrupt

  init(to upstream: Int) throws {
    self.upstream = upstream
    stopping = try Interrupt()
    let (listener, port) = try LoopbackSocket.listen()
    self.port = port
    let stopping = stopping
    Runtime.Thread.start { [weak self] in
      while LoopbackSocket.readable([listener, stopping.descriptor])?.last == false {
        let client = LoopbackSocket.accept(listener)
        guard client >= 0, let self else { continue }
        Runtime.Thread.start { self.relay(client) }?.abandon()
      }
      close(listener)
    }?.abandon()
  }

  func stop() { stopping.raise() }

  /// Counts anew, and breaks from now on.
  func arm(_ fault: Fault) { state.withLock { $0 = Traffic(fault: fault) } }
  var traffic: Traffic { state.withLock { $0 } }

  private func relay(_ client: Int32) {
    guard let server = LoopbackSocket.connect(to: upstream) else { return LoopbackSocket.reset(client) }
    var isGarbled = false
    pump: while let ready = LoopbackSocket.readable([client, server, stopping.descriptor]), !ready[2] {
      for fromServer in [false, true] where ready[fromServer ? 1 : 0] {
        guard var bytes = LoopbackSocket.read(fromServer ? server : client) else { break pump }
        let goesOn = state.withLock { fromServer ? $0.down(&bytes, &isGarbled) : $0.up(&bytes) }
        if case .delay(let time) = traffic.fault { Foundation.Thread.sleep(forTimeInterval: time / .seconds(1)) }
        LoopbackSocket.write(bytes, to: fromServer ? client : server)
        if !goesOn { break pump }
      }
    }
    LoopbackSocket.reset(client)
    LoopbackSocket.reset(server)
  }
}

extension Wire.Traffic {
  /// Changes what goes on to the server; false where the connection ends with it.
  fileprivate mutating func up(_ bytes: inout [UInt8]) -> Bool {
    if !clientSpokeLast {
      if questions > 0 { marks.append((up, down)) }
      questions += 1
      clientSpokeLast = true
    }
    said += bytes
    let before = up
    up += bytes.count
    switch fault {
    case .cutUp(let limit) where !hasStruck && up > limit:
      hasStruck = true
      bytes = Array(bytes.prefix(limit - before))
      return false
    case .holeUp(let limit) where up > limit: bytes = Array(bytes.prefix(max(0, limit - before)))
    case .holeDown(let limit) where down > limit: bytes = []
    default: break
    }
    return true
  }

  fileprivate mutating func down(_ bytes: inout [UInt8], _ isGarbled: inout Bool) -> Bool {
    clientSpokeLast = false
    let before = down
    down += bytes.count
    switch fault {
    case .cutDown(let limit) where !hasStruck && down > limit:
      hasStruck = true
      bytes = Array(bytes.prefix(limit - before))
      return false
    case .holeUp(let limit) where up > limit: bytes = []
    case .holeDown(let limit) where down > limit: bytes = Array(bytes.prefix(max(0, limit - before)))
    case .garble(let limit) where down > limit && (!hasStruck || isGarbled):
      (hasStruck, isGarbled) = (true, true)
      for index in bytes.indices where before + index >= limit { bytes[index] = 0xFF }
    default: break
    }
    return true
  }
}
