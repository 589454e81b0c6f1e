public import PostgreSQL
public import Reconciliation

/// Why a copy could not be made, or did not come to its end.
public enum CopyFailure: Error, Sendable {
  case database(DatabaseError)
  case world(Failure)
  /// Rules and schema do not fit; the notes say where.
  case rules([CopyNote])
  /// The schema is another one than the plan saw.
  case schemaMoved
  case interrupted

  init(_ error: DatabaseError) {
    self = error.kind == .interrupted ? .interrupted : .database(error)
  }

  /// One line, without any value of a row and without a secret.
  public var cause: String {
    switch self {
    case .database(let error): error.description
    case .world(let failure): failure.description
    case .rules(let notes): notes.map { "\($0.path): \($0.message)" }.joined(separator: "; ")
    case .schemaMoved: "the source's schema changed while the copy was planned; run it again"
    case .interrupted: "interrupted"
    }
  }

  /// Whether the same work may be tried again on a new connection.
  var isLostConnection: Bool {
    guard case .database(let error) = self else { return false }
    switch error.kind {
    case .connectionLost, .timedOut, .unreachable, .protocolViolation, .closed: return true
    default: return false
    }
  }
}
