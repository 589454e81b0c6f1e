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
  /// The schema is another one than the plan saw.
  case schemaMoved
  case interrupted
  /// The control plane would not write it down.
  case store(RecordStoreError)
  case quarantine(QuarantineFailure)
  case tool(ToolFailure)
  case stream(StreamFailure)
  /// The finished copy did not hold what was asked of it.
  case unproved(String, Verification?)
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
    case .interrupted: "interrupted"
    case .store(let error): error.description
    case .quarantine(let failure): failure.description
    case .tool(let failure): failure.description
    case .stream(let failure): failure.description
    case .refused(let sentence), .unproved(let sentence, _): sentence
    }
  }

  /// Whether the same work may be tried again on a new connection.
  var isLostConnection: Bool {
    let error: DatabaseError? =
      switch self {
      case .database(let error): error
      case .stream(let failure): failure.databaseError
      default: nil
      }
    switch error?.kind {
    case .connectionLost, .timedOut, .unreachable, .protocolViolation, .closed, .outcomeUnknown: return true
    default: return false
    }
  }
}

/// Runs what asks a database, and says its errors as those of a copy.
func reaching<Result>(_ question: () throws(DatabaseError) -> Result) throws(RefreshFailure) -> Result {
  do { return try question() } catch { throw RefreshFailure(error) }
}
