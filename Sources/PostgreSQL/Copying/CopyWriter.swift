import Runtime

extension Session {
  /// Begins `COPY … FROM STDIN`.
  ///
  /// - Parameters:
  ///   - stall: how long the server may take no byte, and how long it may take to answer after the last one.
  ///   - operation: what errors call it. Our words, never SQL.
  public func beginCopyIn(
    _ sql: String, stall: Duration, as operation: String = "copy"
  ) throws(DatabaseError) -> CopyWriter {
    let (exchange, format) = try beginCopy(sql, .into, stall, operation)
    return CopyWriter(self, exchange, format)
  }
}

/// The way into one `COPY … FROM STDIN`, on the thread of its session, which does nothing else until it is ended.
///
/// A writer that is released before it was ended closes its session, so that half a table is never taken for a whole.
public final class CopyWriter {
  public let format: CopyFormat
  /// Bytes written so far.
  public private(set) var bytes = 0
  private let session: Session
  /// Nothing once the COPY has ended, however it ended.
  private var exchange: Exchange?

  init(_ session: Session, _ exchange: Exchange, _ format: CopyFormat) {
    (self.session, self.exchange, self.format) = (session, exchange, format)
  }

  deinit { if exchange != nil { session.cancelAndClose() } }

  /// Gives the server these bytes, of any number of rows or of a part of one, and waits until they are on their way, so
  /// that memory stays that of one call. 64 KB at a time cost the least.
  ///
  /// - Throws: a refusal of the server as soon as it is heard, which need not be the call whose bytes it is about.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(DatabaseError) {
    let exchange = try ongoing()
    do throws(DatabaseError) {
      try listen(exchange)
      guard exchange.connection.put(bytes) else { throw try refusal(exchange) }
      try flush(exchange)
    } catch {
      self.exchange = nil
      throw error
    }
    self.bytes += bytes.count
  }

  /// Ends the COPY and gives the number of rows that the server took.
  public func finish() throws(DatabaseError) -> Int {
    let exchange = try ongoing()
    self.exchange = nil
    let tag = try end(exchange, because: nil)
    guard let rows = tag.affectedRows else { throw session.broken(exchange.connection, exchange.operation) }
    return rows
  }

  /// Gives up: the server forgets the rows, and a transaction around them has failed. The session can be used again.
  ///
  /// - Parameter reason: stands in the server's log, so it holds no value.
  public func fail(_ reason: String) {
    guard let exchange else { return }
    self.exchange = nil
    _ = try? end(exchange, because: reason)
  }

  private func ongoing() throws(DatabaseError) -> Exchange {
    guard let exchange else { throw .closed("copy", at: session.subject) }
    return exchange
  }

  /// Where the connection is gone libpq says so here already; what the server last said is in the answer.
  private func end(_ exchange: Exchange, because reason: String?) throws(DatabaseError) -> Rows {
    if exchange.connection.endCopy(because: reason) { try exchange.flush(session) }
    let answer = try exchange.next(session)
    guard let answer, answer.status != .copying else { throw session.broken(exchange.connection, exchange.operation) }
    return try exchange.finish(session, after: answer)
  }

  /// Until the server has taken what libpq holds.
  private func flush(_ exchange: Exchange) throws(DatabaseError) {
    while true {
      switch exchange.connection.flush() {
      case .done: return
      case .lost: throw try refusal(exchange)
      case .more:
        try exchange.wait([.reading, .writing], session)
        try hear(exchange)
      }
    }
  }

  /// A server that takes everything at once never makes us wait, so the interrupt and its words are looked for here.
  private func listen(_ exchange: Exchange) throws(DatabaseError) {
    if session.interrupt?.isRaised ?? false {
      session.cancelAndClose()
      throw .waitEnded(.interrupted, exchange.operation, at: session.subject, exchange.deadline)
    }
    try hear(exchange)
  }

  /// A server that says more than notices during a COPY to it has refused it: changed settings are told between
  /// commands only. Without listening, terabytes could follow a refusal of the first row.
  private func hear(_ exchange: Exchange) throws(DatabaseError) {
    guard exchange.connection.socket < 0 || isReady(.reading, on: exchange.connection.socket) else { return }
    if exchange.connection.hearsMoreThanNotices() { throw try refusal(exchange) }
  }

  /// libpq keeps the server's words until the COPY has ended, so we end it.
  private func refusal(_ exchange: Exchange) throws(DatabaseError) -> DatabaseError {
    _ = try end(exchange, because: "the server spoke during the copy")
    return session.broken(exchange.connection, exchange.operation)
  }
}
