private import CSQLite
import Reconciliation

/// What SQLite answered: its extended result code and that code's fixed text.
///
/// Never SQLite's message about the statement at hand (`sqlite3_errmsg`): it may quote what was written.
/// Codes: https://sqlite.org/rescode.html
struct SQLiteError: Error, Sendable, Hashable {
  let code: Int32
  let cause: String
  /// The answer to a COMMIT was lost: what was written may still come to light.
  var isOutcomeUnknown = false

  init(code: Int32) {
    self.code = code
    cause = "\(String(cString: sqlite3_errstr(code))) (SQLite \(code))"
  }

  private init(code: Int32, cause: String) {
    self.code = code
    self.cause = cause
  }

  /// A cell that our schema does not allow, so somebody has changed the schema.
  static func unreadable(_ column: String, of subject: String) -> SQLiteError {
    SQLiteError(code: SQLITE_CORRUPT, cause: "\(column) of \(subject) cannot be read")
  }

  /// The extended code without its upper bytes.
  var primary: Int32 { code & 0xff }

  /// After a failed COMMIT: whether the change may yet appear.
  ///
  /// SQLite has rolled back, so nobody sees it now. But in WAL mode the frames are written before they are synced: when
  /// it is the sync (or what follows it) that failed, a whole transaction may stand in the file, and a recovery after a
  /// crash would find it. A write that failed, and a full disk, leave a transaction without its end, which never counts
  /// (https://sqlite.org/walformat.html).
  var leavesCommitOpen: Bool {
    primary == SQLITE_IOERR && code != SQLITE_IOERR | (3 << 8)  // SQLITE_IOERR_WRITE
  }

  var isBusy: Bool { primary == SQLITE_BUSY }
  var isNotADatabase: Bool { primary == SQLITE_NOTADB }

  func failure(_ operation: String, _ subject: String) -> Failure {
    Failure(operation, subject, cause: cause, hint: hint)
  }

  private var hint: String? {
    switch primary {
    case SQLITE_FULL: "make room on the disk and try again"
    case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM:
      "the file and its folder have to be writable for the user who runs decant"
    case SQLITE_BUSY, SQLITE_LOCKED: "another process is writing; try again"
    case SQLITE_CORRUPT, SQLITE_NOTADB: "restore the file from a backup"
    case SQLITE_CONSTRAINT: "the value is outside what the table allows"
    default: nil
    }
  }
}
