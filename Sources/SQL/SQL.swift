public import Documents

/// Statements read by PostgreSQL's own parser (libpg_query, the parser of version 15).
///
/// The library keeps its memory per thread, so that several threads may parse at once, and gives it back when a thread
/// ends. Statements are cut by the parser and not by its scanner: the scanner cuts the bodies of `BEGIN ATOMIC`.
public enum SQL {
  /// Bytes of one text. What people write by hand is a few thousand.
  public static let sizeLimit = 1 << 20
  /// Operators, keywords and brackets that may stand within one another. The parser bounds its own stack; what walks
  /// its tree afterwards does not, and `1+1+1…` is a tree as deep as it is long. At this limit it needs less than half
  /// of a thread's stack of 1 MB.
  static let nestingLimit = 2_000
  /// Objects and lists of a tree within one another; one level of SQL has two to seven of them.
  static let treeDepthLimit = 1_000

  /// All statements of a text, in order; none where there are only blanks and comments. Throws the first mistake.
  public static func parse(_ text: String) throws(SQLError) -> [Statement] {
    if let offset = text.utf8.firstIndex(of: 0) {
      throw SQLError("the character NUL cannot stand in SQL", at: text.utf8.distance(from: text.startIndex, to: offset))
    }
    guard text.utf8.count <= sizeLimit else {
      throw SQLError("the SQL is over \(sizeLimit >> 20) MB and is not read", at: 0)
    }
    // A text that is shorter cannot nest deeper.
    if text.utf8.count > nestingLimit { try Nesting.check(text) }
    let result = ParseResult(text)
    if let error = result.error(in: text) { throw error }
    guard let tree = try? JSON.read(machineWritten: result.tree, depth: treeDepthLimit) else {
      throw .tooDeep(at: 0)
    }
    return (tree["stmts"]?.list ?? []).compactMap { Statement($0, in: text) }
  }

  /// Line and column of a byte, both from 1, columns in Unicode scalars. Lines end by LF.
  public static func position(of offset: Int, in text: String) -> (line: Int, column: Int) {
    let before = Array(text.utf8.prefix(max(0, offset)))
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return (
      1 + before.count { $0 == UInt8(ascii: "\n") }, 1 + before[start...].count { $0 & 0xC0 != 0x80 }
    )
  }
}

/// One statement of a text.
public struct Statement: Sendable {
  /// The name of its node in PostgreSQL's parse tree: `SelectStmt`, `UpdateStmt`, `DeleteStmt`.
  public let kind: String
  /// Bytes of the text, from the first word to the `;`, which is not in it.
  public let range: Range<Int>
  /// What is in the node. `location` members count bytes of the whole text.
  public let tree: Value

  fileprivate init?(_ raw: Value, in text: String) {
    guard let node = raw["stmt"]?.object?.entries.first else { return nil }
    let start = raw["stmt_location"]?.integer ?? 0
    let length = raw["stmt_len"]?.integer ?? 0
    let bytes = Array(text.utf8)
    let end = length == 0 ? bytes.count : min(bytes.count, start + length)
    kind = node.key
    tree = node.value
    range = min(Blanks.end(in: bytes, from: start), end)..<end
  }
}

/// Why a text is no SQL, and where.
public struct SQLError: Error, Sendable, Hashable {
  /// PostgreSQL's words, on one line and not longer than a line.
  public let message: String
  /// The byte of the text, from 0.
  public let offset: Int

  public init(_ message: String, at offset: Int) {
    self.message = message
    self.offset = offset
  }

  static func tooDeep(at offset: Int) -> SQLError {
    SQLError("the SQL stands within itself too deeply to be read", at: offset)
  }
}
