private import CSQLite
import Runtime

/// The one owner of a `sqlite3 *`, with the statements that were prepared on it.
///
/// Not Sendable: `SQLiteStore` keeps it behind a mutex, and SQLite is opened without a mutex of its own.
final class SQLiteConnection {
  private let handle: OpaquePointer
  private var statements: [String: SQLiteStatement] = [:]

  enum Access {
    /// Creates the file where there is none.
    case readWrite
    /// Takes the file as it lies there: no lock, no journal, nothing beside it is read, made or removed
    /// (https://sqlite.org/uri.html, `immutable`). What other processes are writing may be missed.
    case untouched
  }

  init(path: String, _ access: Access) throws(SQLiteError) {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE
    let result =
      switch access {
      case .readWrite:
        sqlite3_open_v2(uri(path, ""), &opened, flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
      case .untouched: sqlite3_open_v2(uri(path, "?immutable=1"), &opened, flags | SQLITE_OPEN_READONLY, nil)
      }
    guard result == SQLITE_OK, let opened else {
      // Even a failed open hands out a connection, which has to be closed.
      sqlite3_close_v2(opened)
      throw SQLiteError(code: result)
    }
    handle = opened
  }

  /// `sqlite3_close_v2` waits for the statements, whichever goes first.
  deinit { sqlite3_close_v2(handle) }

  /// For how long a call waits for the locks of other processes.
  func waits(until deadline: Deadline) { sqlite3_busy_timeout(handle, deadline.milliseconds) }

  /// Prepared at the first use, kept for the later ones.
  func statement(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
    if let statement = statements[sql] { return statement }
    var prepared: OpaquePointer?
    let result = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard result == SQLITE_OK, let prepared else { throw SQLiteError(code: result) }
    let statement = SQLiteStatement(handle: prepared)
    statements[sql] = statement
    return statement
  }

  /// Runs statements that have neither parameters nor results.
  func run(_ sql: String) throws(SQLiteError) {
    let result = sqlite3_exec(handle, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw SQLiteError(code: result) }
  }

  /// The number that a pragma answers.
  func number(_ pragma: String) throws(SQLiteError) -> Int {
    try statement("PRAGMA \(pragma)").first { $0.integer(0) } ?? 0
  }

  func text(_ pragma: String) throws(SQLiteError) -> String {
    try statement("PRAGMA \(pragma)").first { $0.text(0) } ?? ""
  }
}

// MARK: Transactions

extension SQLiteConnection {
  /// All of `body` or nothing of it, with the right to write from the start: nobody can come between its reads and its
  /// writes. Throws what `body` throws, or a `SQLiteError`.
  func transaction<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
    try run("BEGIN IMMEDIATE")
    let result: Result
    do { result = try body(self) } catch {
      rollBack()
      throw error
    }
    try commit()
    return result
  }

  /// Several reads of one moment.
  func reading<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
    try run("BEGIN")
    defer { rollBack() }
    return try body(self)
  }

  private func commit() throws(SQLiteError) {
    do { try statement("COMMIT").run() } catch {
      rollBack()
      var error = error
      error.isOutcomeUnknown = error.leavesCommitOpen
      throw error
    }
  }

  /// Some errors have rolled back already (https://sqlite.org/lang_transaction.html); then there is nothing to do.
  private func rollBack() {
    if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
  }
}

/// The path as a URI, so that no name of a file (`:memory:`, `file:x`, `a?b`) means anything but that file.
private func uri(_ path: String, _ query: String) -> String {
  let escapes: [Character: String] = ["%": "%25", "?": "%3f", "#": "%23"]
  let escaped = path.map { escapes[$0] ?? String($0) }.joined()
  return (path.hasPrefix("/") ? "file://" : "file:./") + escaped + query
}
