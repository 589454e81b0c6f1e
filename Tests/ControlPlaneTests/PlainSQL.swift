import CSQLite

/// Somebody with SQLite's shell: a connection of its own, that knows nothing of the stores.
final class PlainSQL {
  private var handle: OpaquePointer?

  struct Refused: Error, Equatable { let message: String }

  init(_ path: String) throws {
    guard sqlite3_open(path, &handle) == SQLITE_OK else { throw Refused(message: "open") }
    sqlite3_busy_timeout(handle, 5_000)
  }

  deinit { sqlite3_close_v2(handle) }

  func run(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
      throw Refused(message: String(cString: sqlite3_errmsg(handle)))
    }
  }

  /// The first column of all rows.
  func column(_ sql: String) throws -> [String?] {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
      throw Refused(message: String(cString: sqlite3_errmsg(handle)))
    }
    defer { sqlite3_finalize(statement) }
    var cells: [String?] = []
    while sqlite3_step(statement) == SQLITE_ROW {
      cells.append(sqlite3_column_text(statement, 0).map { String(cString: $0) })
    }
    return cells
  }

  var changes: Int { Int(sqlite3_changes(handle)) }
}
