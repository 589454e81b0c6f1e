import Reconciliation

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Makes records of rows. What one row has in common with the one before it (who, when, which plan), and a spec with
/// the applied one, is the same string in memory: ten thousand records have to fit.
struct RecordReader {
  static let columns = """
    kind, name, spec, revision, updated_by, updated_at, \
    applied_spec, applied_revision, applied_plan, applied_by, applied_at, owner, protected, deleted_at
    """

  private var texts = [String](repeating: "", count: 14)
  private var lastMoment = (text: "", value: Timestamp(milliseconds: 0))

  /// Throws where somebody has changed the tables so that a cell is not what its column is for.
  mutating func record(_ row: SQLiteStatement) throws(SQLiteError) -> Record {
    let address = Address(shared(row, 0), row.text(1))
    let spec = row.text(2)
    return Record(
      address: address, spec: spec, revision: row.integer(3), updatedBy: shared(row, 4),
      updatedAt: try moment(row, 5, "updated_at", address), applied: try applied(row, spec: spec, address),
      owner: row.isNull(11) ? nil : shared(row, 11), isProtected: row.integer(12) != 0,
      deletedAt: row.isNull(13) ? nil : try moment(row, 13, "deleted_at", address))
  }

  private mutating func applied(_ row: SQLiteStatement, spec: String, _ address: Address) throws(SQLiteError)
    -> Record.Applied?
  {
    if row.isNull(6) { return nil }
    return Record.Applied(
      spec: row.has(spec, in: 6) ? spec : row.text(6), revision: row.integer(7), plan: shared(row, 8),
      by: shared(row, 9), at: try moment(row, 10, "applied_at", address))
  }

  /// The text of the cell; the string of the row before where it is the same.
  private mutating func shared(_ row: SQLiteStatement, _ column: Int32) -> String {
    let index = Int(column)
    if !row.has(texts[index], in: column) { texts[index] = row.text(column) }
    return texts[index]
  }

  private mutating func moment(_ row: SQLiteStatement, _ column: Int32, _ name: String, _ address: Address)
    throws(SQLiteError) -> Timestamp
  {
    if row.has(lastMoment.text, in: column) { return lastMoment.value }
    let text = row.text(column)
    guard let value = Timestamp(text) else { throw .unreadable(name, of: "\(address)") }
    lastMoment = (text, value)
    return value
  }
}

extension SQLiteStatement {
  /// Whether the cell holds exactly these bytes.
  fileprivate func has(_ text: String, in column: Int32) -> Bool {
    bytes(column) { cell in
      var text = text
      return text.withUTF8 { bytes in
        guard bytes.count == cell.count, let left = bytes.baseAddress, let right = cell.baseAddress else {
          return bytes.isEmpty && cell.isEmpty
        }
        return memcmp(left, right, cell.count) == 0
      }
    }
  }
}
