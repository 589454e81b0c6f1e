public import PostgreSQL
public import Reconciliation

/// Why a copy could not be made, or did not come to its end.
public enum RefreshFailure: Error, Sendable {
  case database(DatabaseError)
  case world(Failure)
  /// What is declared leads to no connection.
  case unreachable(DatabaseFailure)
  /// Rules and schema do not fit; the notes say where.
  case rules([CopyNote])
  /// The schema changed between the instant and the locks.
  case schemaMoved
  /// Somebody waits to change a table that is being copied, and pg_dump or a worker would wait behind them.
  case overtaken(String)
  /// The schema is another one than the plan saw; what has moved.
  case stale([String])
  case interrupted
  /// The control plane would not write it down.
  case store(RecordStoreError)
  case quarantine(QuarantineFailure)
  case tool(ToolFailure)
  case stream(StreamFailure)
  /// An archive could not be stored, read or removed.
  case storage(ObjectStoreError)
  /// The finished copy did not hold what was asked of it.
  case unproved(String, Verification?)
  /// The session that held the instant of the copy is gone; what was read at it cannot be added to.
  case leaderLost(String)
  /// What is done so far is kept, and how to go on from it.
  case unfinished(String, way: String)
  /// The copy is in place and that could not be written down, or it is not known whether it is.
  case unknown(String)
  /// What was made is not what was to be made, in a sentence.
  case refused(String)

  init(_ error: DatabaseError) {
    self = error.kind == .interrupted ? .interrupted : .database(error)
  }

  init(_ failure: StreamFailure) {
    self = failure.databaseError?.kind == .interrupted ? .interrupted : .stream(failure)
  }

  /// One line, without any value of a row and without a secret.
  public var cause: String {
    switch self {
    case .database(let error): error.description
    case .world(let failure): failure.description
    case .unreachable(let failure): "\(failure.subject): \(failure.message)"
    case .rules(let notes): notes.map { "\($0.path): \($0.message)" }.joined(separator: "; ")
    case .schemaMoved: "the source's schema changed while the copy was planned; run it again"
    case .stale(let moved):
      "the source's schema is not the one that was planned with: \((moved.prefix(10) + (moved.count > 10 ? ["and \(moved.count - 10) more"] : [])).joined(separator: "; "))"
    case .interrupted: "interrupted"
    case .store(let error): error.description
    case .quarantine(let failure): failure.description
    case .tool(let failure): failure.description
    case .stream(let failure): failure.description
    case .storage(let error): error.description
    case .refused(let sentence), .unproved(let sentence, _), .unknown(let sentence), .overtaken(let sentence): sentence
    case .leaderLost(let cause): "the source's instant was lost: \(cause)"
    case .unfinished(let cause, _): cause
    }
  }

  /// Whether the same work may be tried again on a new connection.
  var isLostConnection: Bool {
    switch self {
    case .database(let error), .quarantine(.database(let error)): error.isLostConnection
    case .stream(let failure): failure.databaseError?.isLostConnection ?? false
    default: false
    }
  }

  /// Whether what is in the quarantine is as good as before, so that another run may go on from it. A refusal would come
  /// again, and a full disk wants its room back.
  var leavesWork: Bool {
    switch self {
    case .store(.failed), .store(.unknown): true
    case .tool(let failure), .quarantine(.tool(let failure)): failure.isOfConnection
    case .quarantine(.unknown), .overtaken: true
    // What is in the quarantine can be dumped and stored again when the store answers.
    case .storage(let error): error.kind == .unreachable || error.kind == .timedOut
    default: isLostConnection
    }
  }
}

extension DatabaseError {
  /// The connection ended, or the server did: 57P01 to 57P03 are its last and its first words.
  var isLostConnection: Bool {
    switch kind {
    case .connectionLost, .timedOut, .unreachable, .protocolViolation, .closed, .outcomeUnknown: true
    case .server: sqlstate?.hasPrefix("57P0") ?? false
    default: false
    }
  }
}

extension ToolFailure {
  /// The program did not fail at what it was given, but lost its server, its time or its life.
  fileprivate var isOfConnection: Bool {
    switch kind {
    case .timedOut, .killed: true
    case .failed: Self.lastWords.contains { message.contains($0) }
    case .missing, .interrupted, .system, .unfit: false
    }
  }

  /// The words of libpq and of the server; the programs tell no SQLSTATE.
  private static let lastWords = [
    "server closed the connection", "connection to server", "lost connection", "could not connect",
    "terminating connection", "the database system is ", "could not receive data from server",
    "could not send data to server", "no connection to the server", "lost synchronization with server",
    "a worker process died unexpectedly", "too many connections", "sorry, too many clients already",
    "remaining connection slots are reserved", "SSL connection has been closed", "SSL SYSCALL error", "timeout expired",
    "message contents do not agree with length", "unexpected message from server", "reconnection failed",
  ]
}

/// Runs what asks a database, and says its errors as those of a copy.
func reaching<Result>(_ question: () throws(DatabaseError) -> Result) throws(RefreshFailure) -> Result {
  do { return try question() } catch { throw RefreshFailure(error) }
}
