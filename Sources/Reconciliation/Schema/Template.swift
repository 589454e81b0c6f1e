/// Text with references to environment variables in it.
///
/// Spellings: `${NAME}`, ``{{`NAME` | env}}`` and, for text as it stands, ``{{`text`}}``. The normal form is `${NAME}`.
public struct Template: Sendable, Hashable {
  public enum Part: Sendable, Hashable {
    case text(String)
    case variable(String)
  }

  public let parts: [Part]

  public init(parts: [Part]) { self.parts = parts }

  public init(text: String) { parts = text.isEmpty ? [] : [.text(text)] }

  /// The names of the variables in it.
  public var variables: [String] {
    parts.compactMap { if case .variable(let name) = $0 { name } else { nil } }
  }

  public var isEmpty: Bool { parts.isEmpty }

  /// The text, where there is no variable in it.
  public var literal: String? {
    variables.isEmpty ? parts.map { if case .text(let text) = $0 { text } else { "" } }.joined() : nil
  }

  /// With variables as `${NAME}`; text that looks like a reference is wrapped, so that reading it again gives the same.
  public var normalForm: String { rendered(Template.spelled) }

  /// With every piece of text replaced by `(literal)`, so that nothing of a secret is kept.
  public var withoutText: String { rendered { _ in Template.literalMark } }

  /// Stands in specs where a secret was written into the file itself.
  public static let literalMark = "(literal)"

  /// Whether a piece of it was written into the file itself.
  public var holdsText: Bool { parts.contains { if case .text = $0 { true } else { false } } }

  /// ``{{`…`}}`` cannot hold a backquote, so that backquotes stand between the pieces.
  private static func spelled(_ text: String) -> String {
    guard text.contains("${") || text.contains("{{") else { return text }
    let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
    return pieces.map { $0.isEmpty ? "" : "{{`\($0)`}}" }.joined(separator: "`")
  }

  private func rendered(_ text: (String) -> String) -> String {
    parts.map { part in
      switch part {
      case .text(let piece): text(piece)
      case .variable(let name): "${\(name)}"
      }
    }.joined()
  }

  /// Puts the values of the variables in; throws the first one that is not set.
  public func resolved(by value: (String) -> String?) throws(UnsetVariable) -> String {
    var result = ""
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .variable(let name):
        guard let value = value(name) else { throw UnsetVariable(name: name) }
        result += value
      }
    }
    return result
  }
}

/// A template names a variable that the environment does not have.
public struct UnsetVariable: Error, Sendable, Hashable {
  public let name: String
}

extension Template {
  /// What is wrong with a template, as the end of a sentence. It quotes nothing: what looks like a template may be a
  /// piece of a password.
  public struct Malformed: Error, Sendable, Hashable {
    public let reason: String
  }

  /// Reads all spellings.
  public init(_ text: String) throws(Malformed) {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "{") }) else {
      self.init(text: text)
      return
    }
    let bytes = Array(text.utf8)
    var (parts, plain): ([Part], [UInt8]) = ([], [])
    var index = 0
    while index < bytes.count {
      guard let (part, end) = try Template.reference(in: bytes, at: index) else {
        plain.append(bytes[index])
        index += 1
        continue
      }
      index = end
      if case .text(let words) = part {
        plain += words.utf8
      } else {
        if !plain.isEmpty { parts.append(.text(String(decoding: plain, as: UTF8.self))) }
        parts.append(part)
        plain = []
      }
    }
    if !plain.isEmpty { parts.append(.text(String(decoding: plain, as: UTF8.self))) }
    self.init(parts: parts)
  }

  /// The reference that begins at an index and the index behind it, or nothing where none begins there.
  private static func reference(in bytes: [UInt8], at index: Int) throws(Malformed) -> (Part, Int)? {
    guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "{") else { return nil }
    switch bytes[index] {
    case UInt8(ascii: "$"): return try dollar(bytes, at: index)
    case UInt8(ascii: "{"): return try braces(bytes, at: index)
    default: return nil
    }
  }

  private static func dollar(_ bytes: [UInt8], at index: Int) throws(Malformed) -> (Part, Int) {
    guard let end = bytes[index...].firstIndex(of: UInt8(ascii: "}")) else {
      throw Malformed(reason: "`${` is not closed by `}`")
    }
    let name = String(decoding: bytes[(index + 2)..<end], as: UTF8.self)
    try check(name)
    return (.variable(name), end + 1)
  }

  private static func braces(_ bytes: [UInt8], at index: Int) throws(Malformed) -> (Part, Int) {
    guard let end = closingBraces(in: bytes, from: index + 2) else {
      throw Malformed(reason: "`{{` is not closed by `}}`")
    }
    let body = trimmed(bytes[(index + 2)..<end])
    guard let quote = body.first, quote == UInt8(ascii: "`") || quote == UInt8(ascii: "\""),
      let close = body.dropFirst().firstIndex(of: quote)
    else { throw Malformed(reason: "between `{{` and `}}` stands a name in backquotes, as in {{`NAME` | env}}") }
    let word = String(decoding: body[(body.startIndex + 1)..<close], as: UTF8.self)
    let pipe = trimmed(body[(close + 1)...])
    if pipe.isEmpty { return (.text(word), end + 2) }
    guard pipe.first == UInt8(ascii: "|"), trimmed(pipe.dropFirst()).elementsEqual("env".utf8) else {
      throw Malformed(reason: "between `{{` and `}}` only `| env` may follow the name")
    }
    try check(word)
    return (.variable(word), end + 2)
  }

  /// The first `}}` that is not inside backquotes.
  private static func closingBraces(in bytes: [UInt8], from start: Int) -> Int? {
    var isQuoted = false
    for index in start..<max(start, bytes.count - 1) {
      if bytes[index] == UInt8(ascii: "`") { isQuoted.toggle() }
      if !isQuoted, bytes[index] == UInt8(ascii: "}"), bytes[index + 1] == UInt8(ascii: "}") { return index }
    }
    return nil
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var bytes = bytes
    while bytes.first == UInt8(ascii: " ") { bytes.removeFirst() }
    while bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
    return bytes
  }

  /// POSIX.1-2017, 8.1: names of environment variables.
  private static func check(_ name: String) throws(Malformed) {
    let isName = name.utf8.allSatisfy { byte in
      (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "_")
    }
    guard let first = name.utf8.first, isName, !(48...57).contains(first) else {
      throw Malformed(reason: "a variable's name has letters, digits and `_` only, and no digit first")
    }
  }
}
