import CLibPQ

/// The answer to a query: every value as PostgreSQL's text form, nothing for NULL.
///
/// Bytes that are not UTF-8 (a database in SQL_ASCII can hold such) are replaced by U+FFFD.
public struct Rows {
  private let result: ResultOwner

  public struct Column: Sendable, Hashable {
    public let name: String
    /// The oid in `pg_type`.
    public let type: UInt32
  }

  init(_ result: ResultOwner) { self.result = result }

  public var columns: [Column] { result.columns }

  /// The tag of the command, such as "SELECT 3" or "CREATE TABLE".
  public var command: String { result.command }

  /// The number of rows in that tag; nothing for commands that have none.
  var affectedRows: Int? { result.affectedRows }

  /// The value, or nothing for NULL and for a place outside of the answer.
  public subscript(row: Int, column: Int) -> String? { result.value(row, column) }

  /// The value of the first column of that name.
  public subscript(row: Int, column: String) -> String? {
    columns.firstIndex { $0.name == column }.flatMap { result.value(row, $0) }
  }

  /// The bytes of a value as they came, valid during the call; nothing for NULL and for a place outside of the answer.
  public func withBytes<Result>(
    _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer?) -> Result
  ) -> Result { withExtendedLifetime(result) { body(result.bytes(row, column)) } }

  /// The only value of a one-row, one-column answer, such as `SELECT count(*)`.
  public var single: String? { count == 1 && columns.count == 1 ? self[0, 0] : nil }
}

extension Rows: RandomAccessCollection {
  public struct Row {
    let rows: Rows
    let index: Int
    public subscript(column: Int) -> String? { rows[index, column] }
    public subscript(column: String) -> String? { rows[index, column] }
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { result.rowCount }
  public subscript(position: Int) -> Row { Row(rows: self, index: position) }
}

/// The owner of one PGresult, which it clears.
final class ResultOwner {
  private let pointer: OpaquePointer
  let columns: [Rows.Column]
  let rowCount: Int

  init(_ pointer: OpaquePointer) {
    self.pointer = pointer
    rowCount = Int(PQntuples(pointer))
    columns = (0..<PQnfields(pointer)).map { index in
      Rows.Column(name: PQfname(pointer, index).map { String(cString: $0) } ?? "", type: PQftype(pointer, index))
    }
  }

  deinit { PQclear(pointer) }

  enum Status {
    case done, refused, copying
  }

  var status: Status {
    switch PQresultStatus(pointer) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .done
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: .copying
    default: .refused
    }
  }

  var command: String { String(cString: PQcmdStatus(pointer)) }

  /// Which way the rows of a COPY go; nothing for whatever else was answered.
  var copyDirection: CopyDirection? {
    switch PQresultStatus(pointer) {
    case PGRES_COPY_OUT: .out
    case PGRES_COPY_IN: .into
    default: nil
    }
  }

  var copyFormat: CopyFormat { PQbinaryTuples(pointer) == 1 ? .binary : .text }

  /// The number of rows in the command's tag.
  var affectedRows: Int? { Int(String(cString: PQcmdTuples(pointer))) }

  /// A field of the error by its letter in the protocol ("Error and Notice Message Fields"): `PG_DIAG_…` are character
  /// macros, which Swift does not import.
  func field(_ letter: Unicode.Scalar) -> String? {
    PQresultErrorField(pointer, Int32(letter.value)).map { String(cString: $0) }
  }

  func value(_ row: Int, _ column: Int) -> String? {
    bytes(row, column).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Of this owner's memory: not to be used beyond its life.
  func bytes(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
    guard (0..<rowCount).contains(row), columns.indices.contains(column) else { return nil }
    let (row, column) = (Int32(row), Int32(column))
    guard PQgetisnull(pointer, row, column) == 0, let start = PQgetvalue(pointer, row, column) else { return nil }
    return UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, row, column)))
  }
}
