import CPgQuery

/// Owns what the parser gave and gives it back.
struct ParseResult: ~Copyable {
  private let result: PgQueryParseResult

  /// The parser takes a text up to its first NUL, which `SQL.parse` has refused before.
  init(_ text: String) { result = text.withCString { pg_query_parse($0) } }

  deinit { pg_query_free_parse_result(result) }

  /// The parse tree as JSON.
  var tree: [UInt8] { result.parse_tree.map { Array(UnsafeBufferPointer(cString: $0)) } ?? [] }

  func error(in text: String) -> SQLError? { result.error.map { SQLError($0.pointee, in: text) } }
}

/// Owns the tokens that the scanner found.
struct ScanResult: ~Copyable {
  private let result: PgQueryScanResult

  init(_ text: String) { result = text.withCString { pg_query_scan($0) } }

  deinit { pg_query_free_scan_result(result) }

  /// A message `ScanResult` of pg_query.proto.
  var message: [UInt8] {
    result.pbuf.data.map { data in
      Array(UnsafeRawBufferPointer(start: data, count: Int(result.pbuf.len)))
    } ?? []
  }

  func error(in text: String) -> SQLError? { result.error.map { SQLError($0.pointee, in: text) } }
}

extension SQLError {
  /// The parser counts characters from 1; 0 where it says nothing.
  fileprivate init(_ error: PgQueryError, in text: String) {
    let scalars = text.unicodeScalars
    let index = scalars.index(
      scalars.startIndex, offsetBy: max(0, Int(error.cursorpos) - 1), limitedBy: scalars.endIndex)
    let offset = text.utf8.distance(from: text.startIndex, to: index ?? text.endIndex)
    let words = error.message.map { String(cString: $0) } ?? "it cannot be parsed"
    // Bison says so where its stack of 10,000 entries is full.
    let isTooDeep = words.hasPrefix("memory exhausted") || words.hasPrefix("stack depth limit exceeded")
    self = isTooDeep ? .tooDeep(at: offset) : SQLError(SQLError.shortened(words), at: offset)
  }

  /// "unterminated quoted string at or near" goes on with the rest of the text.
  private static func shortened(_ words: String) -> String {
    let line = words.prefix { $0 != "\n" && $0 != "\r\n" }
    let isCut = line.count < words.count || line.count > 100
    let isQuoting = line.contains("\"")
    return isCut ? "\(line.prefix(100))…\(isQuoting ? "\"" : "")" : words
  }
}

extension UnsafeBufferPointer<UInt8> {
  fileprivate init(cString: UnsafePointer<CChar>) {
    let raw = UnsafeRawPointer(cString)
    var count = 0
    while cString[count] != 0 { count += 1 }
    self.init(start: raw.assumingMemoryBound(to: UInt8.self), count: count)
  }
}
