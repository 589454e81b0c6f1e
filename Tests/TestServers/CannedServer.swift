import Foundation
import Runtime
private import Synchronization

/// An HTTP server on loopback that says what a test wants it to say, one request per connection unless told otherwise.
public final class CannedServer: Sendable {
  public struct Request: Sendable {
    /// `PUT /bucket/key?x= HTTP/1.1`
    public let line: String
    /// Header lines as they came.
    public let headers: [String]
    public let body: [UInt8]

    /// The value of a header, by its name in lower case.
    public subscript(_ name: String) -> String? {
      headers.first { $0.lowercased().hasPrefix("\(name):") }
        .map { String($0.dropFirst(name.count + 1)).trimmingCharacters(in: .whitespaces) }
    }
  }

  /// What to answer, byte for byte; nothing closes the connection without a word.
  public typealias Answering = @Sendable (Request) -> [UInt8]?

  public let port: Int
  private let stopping: Interrupt
  private let seen = Mutex<[Request]>([])

  public var requests: [Request] { seen.withLock { $0 } }

  public init(_ answering: @escaping Answering) throws {
    stopping = try Interrupt()
    let (listener, port) = try LoopbackSocket.listen()
    self.port = port
    let stopping = stopping
    let thread = Runtime.Thread.start { [weak self] in
      while LoopbackSocket.readable([listener, stopping.descriptor])?.last == false {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { continue }
        if let request = Self.read(client) {
          self?.seen.withLock { $0.append(request) }
          if let answer = answering(request) { LoopbackSocket.write(answer, to: client) }
        }
        close(client)
      }
      close(listener)
    }
    guard let thread else { throw ServerFailure("no thread for the server") }
    thread.abandon()
  }

  deinit { stopping.raise() }

  /// An answer with a length and `Connection: close`.
  public static func answer(_ status: Int, _ body: String = "", headers: [String] = []) -> [UInt8] {
    let lines = ["HTTP/1.1 \(status) Said", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
  }

  private static func read(_ client: Int32) -> Request? {
    var bytes: [UInt8] = []
    let end: [UInt8] = [13, 10, 13, 10]
    while true {
      if let head = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) {
        let lines = String(decoding: bytes[..<head], as: UTF8.self).components(separatedBy: "\r\n")
        let length =
          lines.first { $0.lowercased().hasPrefix("content-length:") }
          .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        if lines.contains(where: { $0.lowercased().hasPrefix("expect: 100") }), bytes.count == head + 4 {
          LoopbackSocket.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), to: client)
        }
        while bytes.count < head + 4 + length {
          guard let more = LoopbackSocket.read(client) else { return nil }
          bytes += more
        }
        return Request(line: lines[0], headers: Array(lines.dropFirst()), body: Array(bytes[(head + 4)...]))
      }
      guard let more = LoopbackSocket.read(client) else { return nil }
      bytes += more
    }
  }
}
