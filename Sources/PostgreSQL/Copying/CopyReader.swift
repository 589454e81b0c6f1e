import CLibPQ
import Runtime

extension Session {
  /// Begins `COPY … TO STDOUT`; its rows are taken one by one.
  ///
  /// - Parameters:
  ///   - stall: how long nothing may move, the time to the first row included. The whole may last as long as it moves.
  ///   - operation: what errors call it. Our words, never SQL.
  public func beginCopyOut(
    _ sql: String, stall: Duration, as operation: String = "copy"
  ) throws(DatabaseError) -> CopyReader {
    let (exchange, format) = try beginCopy(sql, .out, stall, operation)
    return CopyReader(self, exchange, format)
  }

  /// Runs `COPY … TO STDOUT` to its end and gives the number of rows.
  ///
  /// An error of `row` ends it: the server is told to stop, and the session is closed.
  @discardableResult
  public func copyOut(
    _ sql: String, stall: Duration, as operation: String = "copy",
    _ row: (UnsafeRawBufferPointer) throws(DatabaseError) -> Void
  ) throws(DatabaseError) -> Int {
    let reader = try beginCopyOut(sql, stall: stall, as: operation)
    while let bytes = try reader.next() {
      do { try row(bytes) } catch {
        reader.abandon()
        throw error
      }
    }
    return reader.rows
  }

  func beginCopy(
    _ sql: String, _ direction: CopyDirection, _ stall: Duration, _ operation: String
  ) throws(DatabaseError) -> (Exchange, CopyFormat) {
    var exchange = try begin(sql, [], .after(stall), operation)
    exchange.stall = stall
    try exchange.flush(self)
    guard let answer = try exchange.next(self) else { throw broken(exchange.connection, operation) }
    if answer.copyDirection == direction { return (exchange, answer.copyFormat) }
    if answer.status == .copying { cancelAndClose() } else { _ = try exchange.finish(self, after: answer) }
    throw DatabaseError(.misused, operation, at: subject, "this is no COPY of that direction")
  }
}

/// The rows of one `COPY … TO STDOUT`, on the thread of its session, which does nothing else until the last row.
///
/// Constant memory: libpq allocates each row, and it is freed before the next one is asked for. A reader that is
/// released before the last row closes its session, because what is still to come would answer the next question.
public final class CopyReader {
  public let format: CopyFormat
  /// Rows handed out so far. In the binary format the header comes with the first, and the trailer counts as none.
  // Read and written for every row, by the one thread that this belongs to.
  @exclusivity(unchecked) public private(set) var rows = 0
  @exclusivity(unchecked) private var current: UnsafeMutablePointer<CChar>?
  private let session: Session
  /// Nothing once the COPY has ended, however it ended.
  private var exchange: Exchange? { didSet { connection = (exchange?.connection).map(Unmanaged.passUnretained) } }
  /// That of the exchange, which keeps it alive and is too large to be asked for each row. Counting a reference to it for
  /// each one would cost as much as libpq does.
  @exclusivity(unchecked) private var connection: Unmanaged<Connection>?

  init(_ session: Session, _ exchange: Exchange, _ format: CopyFormat) {
    (self.session, self.exchange, self.format) = (session, exchange, format)
    connection = Unmanaged.passUnretained(exchange.connection)
  }

  deinit {
    release()
    abandon()
  }

  private func release() {
    guard let row = current else { return }
    PQfreemem(row)
    current = nil
  }

  /// The next row as the server wrote it, valid until the next call; nothing after the last one.
  ///
  /// - Throws: the session is closed, unless the server itself ended the COPY with a refusal.
  public func next() throws(DatabaseError) -> UnsafeRawBufferPointer? {
    release()
    while let connection {
      switch connection._withUnsafeGuaranteedRef({ $0.copiedRow() }) {
      case .row(let start, let count):
        current = start
        let message = UnsafeRawBufferPointer(start: start, count: count)
        if format == .text || !Self.isTrailer(message) { rows += 1 }
        return message
      case .notYet: if let exchange { try awaitMore(exchange) }
      case .ended, .broken: if let exchange { try end(exchange) }
      }
    }
    return nil
  }

  private func awaitMore(_ exchange: Exchange) throws(DatabaseError) {
    do throws(DatabaseError) {
      try exchange.wait(.reading, session)
      guard exchange.connection.consume() else { throw session.broken(exchange.connection, exchange.operation) }
    } catch {
      self.exchange = nil
      throw error
    }
    // Without a socket libpq has nothing more to hand out, and asking it again would never end.
    if exchange.connection.socket < 0 { try end(exchange) }
  }

  /// The number of rows in the server's tag is held against what was handed out: a stream that lost some is an error.
  private func end(_ exchange: Exchange) throws(DatabaseError) {
    self.exchange = nil
    let answer = try exchange.next(session)
    guard let answer, answer.status != .copying else { throw session.broken(exchange.connection, exchange.operation) }
    let tag = try exchange.finish(session, after: answer)
    guard tag.affectedRows == rows else {
      session.close()
      throw DatabaseError(
        .protocolViolation, exchange.operation, at: session.subject,
        "the server says that it sent \(tag.affectedRows.map(String.init) ?? "no") rows, and \(rows) came")
    }
  }

  /// Ends before the last row: the server is told to stop, and the session is closed.
  public func abandon() {
    guard exchange != nil else { return }
    exchange = nil
    session.cancelAndClose()
  }

  /// A field count of -1 (manual, COPY, "File Trailer"), alone or, for a table without rows, behind the header.
  private static func isTrailer(_ message: UnsafeRawBufferPointer) -> Bool {
    guard message.count == 2 || message.count == 21 && message[0] == 0x50 else { return false }
    return message[message.count - 1] == 0xFF && message[message.count - 2] == 0xFF
  }
}
