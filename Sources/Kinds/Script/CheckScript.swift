public import Documents
import SQL

/// A script of checks as people write them for psql: queries that end with `;`, `\echo` and `\set`.
///
/// What psql does with `:name`, `:'name'` and `:"name"` is done here (manual, "psql", section "SQL Interpolation").
/// Every other command of psql is refused: some of them run programs, write files or connect elsewhere.
public struct CheckScript: Sendable {
  public struct Query: Sendable {
    /// With the values of variables in it, without the `;`.
    public let sql: String
    /// The last `\echo` before it.
    public let heading: String?
    /// Where it begins.
    public let place: Place
    /// String constants that stand in it: a name that a row gives is shown only where it is one of them, because
    /// anything else comes out of a table.
    let constants: Set<String>
  }

  public let queries: [Query]

  /// Reads all of it, and tells what is wrong with it.
  public static func read(_ source: Source) -> (script: CheckScript, diagnostics: [Diagnostic]) {
    var reader = ScriptReader(source)
    reader.read()
    if reader.queries.isEmpty, reader.diagnostics.isEmpty {
      reader.diagnostics.append(
        Diagnostic(
          .error, "empty_script", "there is no query in it", at: source.place(ofByte: 0),
          label: "nothing would be checked"))
    }
    return (CheckScript(queries: reader.queries), reader.diagnostics)
  }
}

/// One way through the bytes of a script.
private struct ScriptReader {
  private let source: Source
  private let bytes: [UInt8]
  private var index = 0
  private var variables: [String: String] = [:]
  private var heading: String?
  private(set) var queries: [CheckScript.Query] = []
  var diagnostics: [Diagnostic] = []

  /// The statement that is being read.
  private var text: [UInt8] = []
  private var start: Int?
  private var depth = 0

  init(_ source: Source) {
    (self.source, bytes) = (source, source.bytes)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
  }

  mutating func read() {
    while index < bytes.count { step() }
    if start != nil {
      diagnostics.append(
        Diagnostic(
          .error, "open_statement", "the last statement has no end",
          at: start.map(source.place(ofByte:)), label: "write `;` behind it"))
    }
  }

  private mutating func step() {
    let byte = bytes[index]
    if let end = SQLLexeme.end(of: bytes, at: index) { return copy(until: end) }
    switch byte {
    case UInt8(ascii: "\\"): command()
    case UInt8(ascii: ";") where depth == 0: finish()
    case UInt8(ascii: ":"): variable()
    default:
      if byte == UInt8(ascii: "(") { depth += 1 } else if byte == UInt8(ascii: ")") { depth = max(0, depth - 1) }
      copy(until: index + 1)
    }
  }

  /// Blanks and comments begin no statement.
  private mutating func copy(until end: Int) {
    let isBlank = bytes[index] <= 0x20 || SQLLexeme.isComment(bytes, index)
    if start == nil, !isBlank { start = index }
    if start != nil { text += bytes[index..<end] }
    index = end
  }

  private mutating func finish() {
    index += 1
    defer { (text, start, depth) = ([], nil, 0) }
    guard let start else { return }
    let sql = String(decoding: text, as: UTF8.self)
    let place = source.place(ofByte: start)
    do {
      let statements = try SQL.parse(sql)
      guard statements.count == 1, statements[0].kind == "SelectStmt", statements[0].tree["intoClause"] == nil else {
        diagnostics.append(
          Diagnostic(
            .error, "not_a_query",
            "a script of checks holds queries that change nothing, and this is another statement",
            at: place, label: "write SELECT, VALUES or WITH … SELECT"))
        return
      }
      var constants: Set<String> = []
      statements[0].tree.eachNode { kind, body in
        if kind == "A_Const", let text = body["sval"] { constants.insert(text["sval"]?.string ?? "") }
      }
      queries.append(CheckScript.Query(sql: sql, heading: heading, place: place, constants: constants))
    } catch {
      diagnostics.append(Diagnostic(.error, "sql_syntax", "this is no SQL: \(error.message)", at: place))
    }
  }
}

/// Commands of psql.
extension ScriptReader {
  private mutating func command() {
    let begin = index
    let end = bytes[index...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
    let line = String(decoding: bytes[(begin + 1)..<end], as: UTF8.self)
    index = end
    let name = String(line.prefix { $0.isLetter || $0 == "?" || $0 == "!" || $0 == "_" })
    let place = source.place(ofByte: begin)
    guard start == nil else {
      diagnostics.append(
        Diagnostic(
          .error, "script_command", "`\\\(name)` stands inside a statement", at: place,
          label: "end the statement with `;` before it"))
      return
    }
    let words = words(String(line.dropFirst(name.count)))
    switch name {
    case "echo":
      let said = words.joined(separator: " ")
      // Rules and empty lines between paragraphs name nothing.
      if let first = said.firstIndex(where: isWordy), let last = said.lastIndex(where: isWordy) {
        heading = String(said[first...last])
      }
    case "set":
      if let variable = words.first { variables[variable] = words.dropFirst().joined() }
    default:
      diagnostics.append(
        Diagnostic(
          .error, "script_command", "`\\\(name)` is not done here", at: place,
          label: "a script of checks knows \\echo, \\set and queries"))
    }
  }

  /// Words between blanks. Text in single quotes is one word, and a quote in it is doubled; a variable is put in outside
  /// of quotes, as psql does.
  private func words(_ line: String) -> [String] {
    var (words, current, isQuoted, isOpen): ([String], String, Bool, Bool) = ([], "", false, false)
    var rest = Substring(line)
    while let character = rest.popFirst() {
      if isQuoted {
        if character != "'" {
          current.append(character)
        } else if rest.first == "'" {
          current.append(rest.removeFirst())
        } else {
          isQuoted = false
        }
      } else if character == "'" {
        (isQuoted, isOpen) = (true, true)
      } else if character.isWhitespace {
        if isOpen || !current.isEmpty { words.append(current) }
        (current, isOpen) = ("", false)
      } else if character == ":", let value = variables[String(rest.prefix(while: isPartOfName))] {
        current += value
        rest = rest.drop(while: isPartOfName)
      } else {
        current.append(character)
      }
    }
    if isOpen || !current.isEmpty { words.append(current) }
    return words
  }

  private func isWordy(_ character: Character) -> Bool { character.isLetter || character.isNumber }

  private func isPartOfName(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }
}

/// Variables in queries.
extension ScriptReader {
  /// `:name`, `:'name'` or `:"name"`; a cast, a slice and what is no variable stay as they are.
  private mutating func variable() {
    let next = index + 1 < bytes.count ? bytes[index + 1] : 0
    if next == UInt8(ascii: ":") { return copy(until: index + 2) }
    let isQuoted = next == UInt8(ascii: "'") || next == UInt8(ascii: "\"")
    let first = index + (isQuoted ? 2 : 1)
    let last = bytes[min(first, bytes.count)...].firstIndex { !SQLLexeme.isLetter($0) } ?? bytes.count
    guard last > first, !isQuoted || last < bytes.count && bytes[last] == next else { return copy(until: index + 1) }
    let name = String(decoding: bytes[first..<last], as: UTF8.self)
    guard let value = variables[name] else {
      guard isQuoted else { return copy(until: last) }
      notSet(name)
      // What is said of it is enough; the rest of the statement is read as if it were there.
      text += "NULL".utf8
      index = last + 1
      return
    }
    if start == nil { start = index }
    switch next {
    case UInt8(ascii: "'"): text += Self.literal(value).utf8
    case UInt8(ascii: "\""): text += "\"\(value.replacing("\"", with: "\"\""))\"".utf8
    default: text += value.utf8
    }
    index = isQuoted ? last + 1 : last
  }

  /// With a backslash in it, the form in which a backslash is none of `standard_conforming_strings`' business.
  private static func literal(_ value: String) -> String {
    let doubled = value.replacing("'", with: "''")
    return value.contains("\\") ? " E'\(doubled.replacing("\\", with: "\\\\"))'" : "'\(doubled)'"
  }

  private mutating func notSet(_ name: String) {
    diagnostics.append(
      Diagnostic(
        .error, "script_variable", "the variable \(Diagnostic.quoted(name)) is not set",
        at: source.place(ofByte: index),
        label: "\\set gives it a value"))
  }
}
