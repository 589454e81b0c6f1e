import Runtime

/// What went wrong with a database, without any value of its rows and without any secret.
public struct DatabaseError: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// No connection: the name, the network or the listening end.
    case unreachable
    /// TLS was asked for and could not be had, or the certificate is not the one that was asked for.
    case untrusted
    /// The server does not let this role in (SQLSTATE class 28, or a password was wanted and none is there).
    case refusedLogin
    /// The database does not exist (3D000).
    case databaseMissing
    /// Our own deadline has passed; the duration is what had been granted.
    case timedOut(granted: Duration)
    case interrupted
    /// The server refused the statement; `sqlstate` says why.
    case server
    /// The connection broke while an answer was awaited.
    case connectionLost
    /// What came was not PostgreSQL's protocol.
    case protocolViolation
    /// COMMIT was sent and its answer never came: it may or may not have been done. Re-read before saying anything.
    case outcomeUnknown
    /// COMMIT was answered with a rollback, because a statement before it had failed.
    case rolledBack
    /// The caller asked for something that cannot be sent, or a setting comes from outside the declaration.
    case misused
    /// The session was closed by an earlier error.
    case closed
  }

  /// The objects that the server named (`PQresultErrorField`).
  public struct Names: Sendable, Hashable {
    public var schema, table, column, constraint, dataType: String?
  }

  public let kind: Kind
  /// "connect", "query", or the caller's own words. Never SQL.
  public let operation: String
  /// "host:port/database".
  public let subject: String
  public let sqlstate: String?
  /// One line. The server's primary message, or a sentence of ours where that could hold a value.
  public let message: String
  public let names: Names

  init(
    _ kind: Kind, _ operation: String, at subject: String, _ message: String, sqlstate: String? = nil,
    names: Names = Names()
  ) {
    self.kind = kind
    self.operation = operation
    self.subject = subject
    self.sqlstate = sqlstate
    self.message = message.foldedIntoOneLine
    self.names = names
  }

  func replacing(kind: Kind? = nil, message: String? = nil) -> DatabaseError {
    DatabaseError(
      kind ?? self.kind, operation, at: subject, message ?? self.message, sqlstate: sqlstate, names: names)
  }
}

extension DatabaseError: CustomStringConvertible {
  /// "localhost:5432/shop: query failed: relation "orders" does not exist (SQLSTATE 42P01)".
  public var description: String {
    let code = sqlstate.map { " (SQLSTATE \($0))" } ?? ""
    return "\(subject): \(operation) failed: \(message)\(code)".foldedIntoOneLine
  }
}

extension DatabaseError {
  static func waitEnded(_ wakening: Wakening, _ operation: String, at subject: String, _ deadline: Deadline) -> Self {
    if wakening == .interrupted { return DatabaseError(.interrupted, operation, at: subject, "interrupted") }
    let granted = deadline.granted
    return DatabaseError(
      .timedOut(granted: granted), operation, at: subject, "no answer within \(granted.spoken)")
  }

  static func closed(_ operation: String, at subject: String) -> Self {
    DatabaseError(.closed, operation, at: subject, "the session was closed by an earlier error")
  }
}

extension String {
  /// Line ends and other control characters become single spaces, so that a foreign text cannot draw on a terminal or
  /// forge a second line of a log.
  var foldedIntoOneLine: String {
    unicodeScalars.split { $0.properties.generalCategory == .control || $0.properties.isWhitespace }
      .map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
  }
}
