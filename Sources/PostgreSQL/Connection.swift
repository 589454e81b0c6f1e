import CLibPQ
import Runtime

/// The owner of one PGconn, which it closes. Only calls that never block.
///
/// libpq closes politely with a Terminate message; on a non-blocking socket that is one attempt and no wait.
final class Connection {
  private let pointer: OpaquePointer
  /// How many notices came. libpq writes it through the address while we call it, on the thread of the session.
  private let noticeCount: UnsafeMutablePointer<Int>

  /// Starts connecting. Nothing where the process has no memory left.
  init?(_ values: [String: String], secrets: [String: Secret]) {
    var names = Array(values.keys)
    var texts = names.map { values[$0] }
    for (name, secret) in secrets {
      names.append(name)
      texts.append(secret.withValue { $0 })
    }
    let started = withCStrings(names) { names in withCStrings(texts) { PQconnectStartParams(names, $0, 0) } }
    guard let started else { return nil }
    pointer = started
    noticeCount = .allocate(capacity: 1)
    noticeCount.initialize(to: 0)
    // Notices can hold values of rows; without a receiver libpq prints them on stderr.
    _ = PQsetNoticeReceiver(
      pointer, { count, _ in count?.assumingMemoryBound(to: Int.self).pointee += 1 }, noticeCount)
    // At this verbosity the text of a failed connection carries its SQLSTATE.
    _ = PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
  }

  deinit {
    PQfinish(pointer)
    noticeCount.deallocate()
  }

  enum Step {
    case wait(Awaited), connected, failed
  }

  /// What libpq waits for next; the socket may be another one after each step.
  func advance() -> Step {
    guard PQstatus(pointer) != CONNECTION_BAD else { return .failed }
    switch PQconnectPoll(pointer) {
    case PGRES_POLLING_READING: return .wait(.reading)
    case PGRES_POLLING_WRITING: return .wait(.writing)
    case PGRES_POLLING_OK: return PQsetnonblocking(pointer, 1) == 0 ? .connected : .failed
    default: return .failed
    }
  }

  var hasFailed: Bool { PQstatus(pointer) == CONNECTION_BAD }
  var socket: Int32 { PQsocket(pointer) }
  /// Only for connecting: later it can hold a server's DETAIL.
  var failureText: String { String(cString: PQerrorMessage(pointer)) }
  var wantedPassword: Bool { PQconnectionNeedsPassword(pointer) != 0 }

  /// Every setting in force, from wherever libpq took it.
  var settings: [(keyword: Keyword, value: String?)] {
    guard let options = PQconninfo(pointer) else { return [] }
    defer { PQconninfoFree(options) }
    return Keyword.list(options)
  }

  var serverVersion: Int { Int(PQserverVersion(pointer)) }
  var announcedProcess: Int { Int(PQbackendPID(pointer)) }

  var tls: TLSState {
    if PQsslInUse(pointer) != 0 { return .on(version: attribute("protocol"), cipher: attribute("cipher")) }
    let host = PQhost(pointer).map { String(cString: $0) } ?? ""
    return host.hasPrefix("/") || host.hasPrefix("@") ? .unixSocket : .off
  }

  private func attribute(_ name: String) -> String {
    PQsslAttribute(pointer, name).map { String(cString: $0) } ?? "unknown"
  }
}

extension Connection {
  /// Hands one statement to libpq's buffer. With `PQsendQueryParams` the server takes exactly one statement and keeps
  /// no name for it, which is what a pooler in transaction mode bears.
  func send(_ sql: String, _ parameters: [String?]) -> Bool {
    withCStrings(parameters) { values in
      PQsendQueryParams(pointer, sql, Int32(parameters.count), nil, values, nil, nil, 0) == 1
    }
  }

  enum Progress {
    case done, more, lost
  }

  func flush() -> Progress {
    switch PQflush(pointer) {
    case 0: .done
    case 1: .more
    default: .lost
    }
  }

  /// Reads what the socket has. After a broken connection libpq may still hold the server's last words: then this is
  /// true, and `nextResult` will not block because the socket is gone.
  func consume() -> Bool { PQconsumeInput(pointer) == 1 || PQsocket(pointer) < 0 }

  var isBusy: Bool { PQisBusy(pointer) != 0 }
  var isIdle: Bool { PQtransactionStatus(pointer) == PQTRANS_IDLE }

  /// Blocks while `isBusy`, so ask that first.
  func nextResult() -> ResultOwner? { PQgetResult(pointer).map(ResultOwner.init) }

  /// True where libpq gave up on the bytes rather than on the network. The text is looked at and never shown.
  var brokeProtocol: Bool {
    ["lost synchronization", "contents do not agree", "unexpected response", "insufficient data", "extraneous data"]
      .contains(where: failureText.contains)
  }

  enum CopiedRow {
    case row(start: UnsafeMutablePointer<CChar>, count: Int)
    case notYet, ended, broken
  }

  /// The next row of a COPY to us. Whoever takes it frees it with `PQfreemem`.
  func copiedRow() -> CopiedRow {
    var start: UnsafeMutablePointer<CChar>?
    let count = PQgetCopyData(pointer, &start, 1)
    if count > 0, let start { return .row(start: start, count: Int(count)) }
    return count == 0 ? .notYet : count == -1 ? .ended : .broken
  }

  /// Hands bytes of a COPY from us to libpq's buffer. False where it is full or the connection is gone.
  func put(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start = bytes.baseAddress else { return true }
    return PQputCopyData(pointer, start.assumingMemoryBound(to: CChar.self), Int32(bytes.count)) == 1
  }

  /// Takes in what came during a COPY from us. True where it was something else than notices; it is kept for
  /// `nextResult`.
  func hearsMoreThanNotices() -> Bool {
    let before = noticeCount.pointee
    guard consume(), socket >= 0 else { return true }
    // Asking whether libpq is busy makes it look at its buffer.
    _ = isBusy
    return noticeCount.pointee == before
  }

  /// Ends a COPY from us; with a reason, the server refuses what it got.
  func endCopy(because reason: String? = nil) -> Bool { PQputCopyEnd(pointer, reason) == 1 }

  func cancellation() -> Cancellation? { PQgetCancel(pointer).map(Cancellation.init) }
}

/// The owner of one PGcancel, which it frees.
///
/// `@unchecked Sendable`: the object is never changed after `PQgetCancel` and libpq documents that it may be used by
/// another thread than the one that owns the connection.
final class Cancellation: @unchecked Sendable {
  private let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }
  deinit { PQfreeCancel(pointer) }

  /// Asks the server to stop. Opens a connection of its own and may block for ever: only through `abandonable`.
  func request() {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      _ = PQcancel(pointer, buffer.baseAddress, Int32(buffer.count))
    }
  }
}
