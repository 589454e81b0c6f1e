private import CSQLite

/// The one owner of a `sqlite3_stmt *`: prepared once, run many times.
///
/// Not Sendable: it lives and dies with the connection that prepared it.
final class SQLiteStatement {
  private let handle: OpaquePointer

  init(handle: OpaquePointer) { self.handle = handle }
  deinit { sqlite3_finalize(handle) }

  enum Parameter {
    case text(String)
    case integer(Int)
    case null

    init(_ text: String?) { self = text.map(Parameter.text) ?? .null }
    init(_ number: Int?) { self = number.map(Parameter.integer) ?? .null }
  }

  /// Runs to the end, and hands each row to `read`; what was text in a row is gone after that.
  func each(_ parameters: [Parameter], _ read: (SQLiteStatement) throws(SQLiteError) -> Void) throws(SQLiteError) {
    // A statement that is not reset keeps its transaction open.
    defer {
      sqlite3_reset(handle)
      sqlite3_clear_bindings(handle)
    }
    for (index, parameter) in parameters.enumerated() { try bind(parameter, at: Int32(index + 1)) }
    while true {
      let result = sqlite3_step(handle)
      if result == SQLITE_DONE { return }
      guard result == SQLITE_ROW else { throw SQLiteError(code: result) }
      try read(self)
    }
  }

  func run(_ parameters: [Parameter] = []) throws(SQLiteError) {
    try each(parameters) { _ throws(SQLiteError) in }
  }

  func first<Value>(_ parameters: [Parameter] = [], _ read: (SQLiteStatement) throws(SQLiteError) -> Value)
    throws(SQLiteError) -> Value?
  {
    var found: Value?
    try each(parameters) { row throws(SQLiteError) in if found == nil { found = try read(row) } }
    return found
  }

  private func bind(_ parameter: Parameter, at index: Int32) throws(SQLiteError) {
    let result =
      switch parameter {
      case .null: sqlite3_bind_null(handle, index)
      case .integer(let number): sqlite3_bind_int64(handle, index, Int64(number))
      case .text(let text): bind(text, at: index)
      }
    guard result == SQLITE_OK else { throw SQLiteError(code: result) }
  }

  private func bind(_ text: String, at index: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      // SQLITE_TRANSIENT, a cast that Swift does not import: SQLite takes a copy before it returns.
      let copying = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
      // An empty Swift string may have no address, and a null pointer would be NULL instead of ''.
      return bytes.withMemoryRebound(to: CChar.self) { characters in
        characters.baseAddress.map { sqlite3_bind_text(handle, index, $0, Int32(characters.count), copying) }
          ?? sqlite3_bind_text(handle, index, "", 0, copying)
      }
    }
  }
}

extension SQLiteStatement {
  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }

  /// The UTF-8 bytes of the cell; NULL and '' are both empty. Valid within `body` only.
  func bytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let start = sqlite3_column_text(handle, column)
    let count = Int(sqlite3_column_bytes(handle, column))
    return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
  }

  func text(_ column: Int32) -> String { bytes(column) { String(decoding: $0, as: UTF8.self) } }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
}
