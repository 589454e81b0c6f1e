import PostgreSQL
import Reconciliation

/// How one transaction of the store ended where it did not end well.
enum CallError: Error {
  case database(DatabaseError)
  /// Decided before anything was written.
  case refused(RecordStoreError)
  /// The tables are not there, or of an older version.
  case unprepared
}

extension DatabaseError {
  /// "undefined_table", which is also what a schema that is missing gives.
  var isAboutMissingTables: Bool { kind == .server && sqlstate == "42P01" }

  /// Somebody else came between: nothing was done, and the next try sees what they did.
  ///
  /// A deadlock, a failed serialisation, a row that was there already; and 22012, by which our own statements end when
  /// they touched another number of rows than were locked (`PostgreSQLTransaction.write`).
  var isContention: Bool { kind == .server && ["40P01", "40001", "23505", "22012"].contains(sqlstate) }

  /// The connection ended without an answer and without our doing; with a kept session that says nothing about the
  /// server of now.
  var isLostConnection: Bool {
    switch kind {
    case .connectionLost, .protocolViolation, .closed: true
    // The server's last words on a connection that it ends (57P01, 57P02, 57P05), or the pooler's (08…).
    case .server: sqlstate.map { $0.hasPrefix("57P") || $0.hasPrefix("08") } ?? false
    default: false
    }
  }
}

extension RecordStoreError {
  init(_ error: DatabaseError, _ operation: String, _ subject: String, _ hint: String? = nil) {
    let code = error.sqlstate.map { " (SQLSTATE \($0))" } ?? ""
    let cause = "\(error.subject): \(error.operation): \(error.message)\(code)"
    let failure = Failure(operation, subject, cause: cause, hint: hint ?? Self.hint(for: error))
    self = error.kind == .outcomeUnknown ? .unknown(failure) : .failed(failure)
  }

  private static func hint(for error: DatabaseError) -> String? {
    if error.isContention { return "other writers kept changing the same rows; try again" }
    switch error.sqlstate {
    // A standby does not even begin a transaction that may write ("feature_not_supported").
    case "0A000" where error.operation == "begin", "25006":
      return "this server only reads; name the primary, or say target_session_attrs=read-write"
    case "53100": return "make room on the server's disk and try again"
    case "53300": return "the server has no connection left; try again, or put a pooler before it"
    case "55P03", "57014": return "another transaction holds the rows or tables; try again when it has ended"
    case "57P03": return "the server is starting up or shutting down; try again"
    default: return nil
    }
  }
}
