import Foundation
import Runtime
private import Synchronization

/// A TCP relay on loopback that counts what a client of PostgreSQL asks, over all its connections, and does with each
/// question as a test decides. It stops when it is released.
public final class QuestionProxy: Sendable {
  public enum Verdict: Sendable {
    case pass
    /// The question and all that follows goes nowhere, and the connection stays.
    case swallow
    /// The connection is reset, and the server never hears the question.
    case cutQuestion
    /// The server answers, which is told to the test and to nobody else; the connection stays.
    case swallowAnswer(@Sendable () -> Void)
    /// The server answers, and the connection is reset before the answer is passed on.
    case cutAnswer
    /// The connection is reset when so many bytes of the question and of its answer have gone through.
    case cutWithin(Int)
    /// What the server says from then on is 0xFF only.
    case garbage
  }

  /// Is given the number of the question, from 1, and its bytes as text; may take its time.
  public typealias Decision = @Sendable (Int, String) -> Verdict

  public let port: Int
  private let count: Count
  private let stopping: Interrupt

  /// How many questions were asked so far.
  public var questions: Int { count.value.withLock { $0 } }

  /// Relays to a port on 127.0.0.1.
  public init(toPort upstream: Int, _ decide: @escaping Decision = { _, _ in .pass }) throws {
    let (listener, port) = try LoopbackSocket.listen()
    let (stopping, count) = (try Interrupt(), Count())
    (self.port, self.stopping, self.count) = (port, stopping, count)
    let thread = Runtime.Thread.start {
      while LoopbackSocket.readable([listener, stopping.descriptor])?.last == false {
        let client = LoopbackSocket.accept(listener)
        guard client >= 0 else { continue }
        let line = QuestionLine(client: client, count: count, stopping: stopping, decide: decide)
        Runtime.Thread.start { line.relay(to: upstream) }?.abandon()
      }
      close(listener)
    }
    guard let thread else { throw ServerFailure("no thread for the proxy") }
    thread.abandon()
  }

  deinit { stop() }

  /// Cuts all connections. Whoever waits for an answer that was swallowed would else wait as long as the server lets him.
  public func stop() { stopping.raise() }
}

private final class Count: Sendable {
  let value = Mutex(0)
}

/// One connection through the proxy.
private struct QuestionLine: Sendable {
  let client: Int32
  let count: Count
  let stopping: Interrupt
  let decide: QuestionProxy.Decision

  func relay(to upstream: Int) {
    guard let server = LoopbackSocket.connect(to: upstream) else { return LoopbackSocket.reset(client) }
    var verdict = QuestionProxy.Verdict.pass
    // A question may come in pieces: it is a new one only where the server spoke before.
    var isNew = true
    var passed = 0
    pump: while let ready = LoopbackSocket.readable([client, server, stopping.descriptor]), !ready[2] {
      if ready[1] {
        guard let bytes = LoopbackSocket.read(server) else { break pump }
        if case .cutAnswer = verdict { break pump }
        if case .swallowAnswer(let tell) = verdict { tell() }
        if case .pass = verdict { LoopbackSocket.write(bytes, to: client) }
        if case .cutWithin(let limit) = verdict {
          LoopbackSocket.write(Array(bytes.prefix(limit - passed)), to: client)
          passed += bytes.count
          if passed >= limit { break pump }
        }
        if case .garbage = verdict { LoopbackSocket.write(bytes.map { _ in 0xFF }, to: client) }
        isNew = true
      } else if ready[0] {
        guard let bytes = LoopbackSocket.read(client) else { break pump }
        if isNew, !Self.isFarewell(bytes) { (verdict, passed) = (judge(bytes, after: verdict), 0) }
        isNew = false
        if case .cutQuestion = verdict { break pump }
        if case .swallow = verdict { continue }
        if case .cutWithin(let limit) = verdict {
          LoopbackSocket.write(Array(bytes.prefix(limit - passed)), to: server)
          passed += bytes.count
          if passed >= limit { break pump } else { continue }
        }
        LoopbackSocket.write(bytes, to: server)
      }
    }
    LoopbackSocket.reset(client)
    LoopbackSocket.reset(server)
  }

  private func judge(_ bytes: [UInt8], after verdict: QuestionProxy.Verdict) -> QuestionProxy.Verdict {
    if case .swallow = verdict { return verdict }
    let number = count.value.withLock {
      $0 += 1
      return $0
    }
    return decide(number, String(decoding: bytes, as: UTF8.self))
  }

  /// Terminate (PostgreSQL 17, 53.7): nothing is asked.
  private static func isFarewell(_ bytes: [UInt8]) -> Bool { bytes == [UInt8(ascii: "X"), 0, 0, 0, 4] }
}
