import Foundation
import Runtime
private import Synchronization

/// A TCP relay on loopback that keeps every byte of both directions in files: `1.up` and `1.down` of the first connection,
/// and so on. It stops, and its folder goes, when it is released.
///
/// A byte is written down before it goes on, so that all that one side ever got is there.
public final class RecordingProxy: Sendable {
  public let port: Int
  public let folder: String
  private let stopping: Interrupt

  /// Relays to a port on 127.0.0.1.
  public init(toPort upstream: Int) throws {
    let folder = "/tmp/decant-wire-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let (listener, port) = try LoopbackSocket.listen()
    let stopping = try Interrupt()
    (self.folder, self.port, self.stopping) = (folder, port, stopping)
    let thread = Runtime.Thread.start {
      var number = 0
      while LoopbackSocket.readable([listener, stopping.descriptor])?.last == false {
        let client = LoopbackSocket.accept(listener)
        guard client >= 0 else { continue }
        number += 1
        let line = RecordedLine(client: client, base: "\(folder)/\(number)", stopping: stopping)
        Runtime.Thread.start { line.relay(to: upstream) }?.abandon()
      }
      close(listener)
    }
    guard let thread else { throw ServerFailure("no thread for the proxy") }
    thread.abandon()
  }

  deinit {
    stopping.raise()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Writes beside each recording of PostgreSQL's protocol what its COPY messages hold, one after the other
  /// (`1.up.rows`): a value that two messages share stands there in one piece.
  public func joinCopiedRows() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasSuffix(".up") || name.hasSuffix(".down") {
      let rows = CopiedRows.joined(
        try Data(contentsOf: URL(filePath: "\(folder)/\(name)")), isUp: name.hasSuffix(".up"))
      try rows.write(to: URL(filePath: "\(folder)/\(name).rows"))
    }
  }

  /// Bytes of the recordings.
  public var size: Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.reduce(0) { sum, name in
      sum + ((try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int) ?? 0)
    }
  }
}

/// One connection through the proxy.
private struct RecordedLine: Sendable {
  let client: Int32
  let base: String
  let stopping: Interrupt

  func relay(to upstream: Int) {
    guard let server = LoopbackSocket.connect(to: upstream) else { return LoopbackSocket.reset(client) }
    let files = [".up", ".down"].map { open(base + $0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) }
    pump: while let ready = LoopbackSocket.readable([client, server, stopping.descriptor]), !ready[2] {
      for (index, from, to) in [(0, client, server), (1, server, client)] where ready[index] {
        guard let bytes = LoopbackSocket.read(from), write(files[index], bytes, bytes.count) == bytes.count else {
          break pump
        }
        LoopbackSocket.write(bytes, to: to)
      }
    }
    for file in files { close(file) }
    LoopbackSocket.reset(client)
    LoopbackSocket.reset(server)
  }
}

/// Messages of PostgreSQL's protocol (manual, "Message Formats").
private enum CopiedRows {
  static func joined(_ data: Data, isUp: Bool) -> Data {
    let bytes = [UInt8](data)
    var (at, rows) = (isUp ? start(of: bytes) : 0, Data())
    // The answer to a question for encryption is one byte; else a server begins with how to authenticate, or an error.
    if !isUp, let first = bytes.first, first != UInt8(ascii: "R"), first != UInt8(ascii: "E") { at = 1 }
    while at + 5 <= bytes.count {
      let end = at + 1 + number(bytes, at + 1)
      guard end > at + 4 else { break }
      if bytes[at] == UInt8(ascii: "d") {
        rows.append(contentsOf: bytes[(at + 5)..<max(at + 5, min(end, bytes.count))])
      }
      at = end
    }
    return rows
  }

  /// Behind the messages without a type: the question for encryption, the start.
  private static func start(of bytes: [UInt8]) -> Int {
    var at = 0
    while at + 8 <= bytes.count {
      let (length, code) = (number(bytes, at), number(bytes, at + 4))
      at += max(8, length)
      if code != 80_877_103, code != 80_877_104 { break }
    }
    return at
  }

  private static func number(_ bytes: [UInt8], _ at: Int) -> Int {
    bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
  }
}
