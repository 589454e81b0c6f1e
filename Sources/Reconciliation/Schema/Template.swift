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
    var (parts, plain): ([Part], String) = ([], "")
    var rest = text[...]
    while !rest.isEmpty {
      guard let part = try Template.takeReference(&rest) else {
        plain.append(rest.removeFirst())
        continue
      }
      if case .text(let words) = part {
        plain += words
      } else {
        if !plain.isEmpty { parts.append(.text(plain)) }
        parts.append(part)
        plain = ""
      }
    }
    if !plain.isEmpty { parts.append(.text(plain)) }
    self.init(parts: parts)
  }

  /// Takes one reference from the front, or nothing where none begins there.
  private static func takeReference(_ rest: inout Substring) throws(Malformed) -> Part? {
    if rest.hasPrefix("${") { return try takeDollar(&rest) }
    if rest.hasPrefix("{{") { return try takeBraces(&rest) }
    return nil
  }

  private static func takeDollar(_ rest: inout Substring) throws(Malformed) -> Part {
    guard let end = rest.firstIndex(of: "}") else { throw Malformed(reason: "`${` is not closed by `}`") }
    let name = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
    try check(name)
    rest = rest[rest.index(after: end)...]
    return .variable(name)
  }

  private static func takeBraces(_ rest: inout Substring) throws(Malformed) -> Part {
    guard let end = closingBraces(in: rest) else { throw Malformed(reason: "`{{` is not closed by `}}`") }
    let body = trimmed(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
    rest = rest[rest.index(end, offsetBy: 2)...]
    guard let quote = body.first, quote == "`" || quote == "\"",
      let close = body.dropFirst().firstIndex(of: quote)
    else { throw Malformed(reason: "between `{{` and `}}` stands a name in backquotes, as in {{`NAME` | env}}") }
    let word = String(body[body.index(after: body.startIndex)..<close])
    let pipe = trimmed(body[body.index(after: close)...])
    if pipe.isEmpty { return .text(word) }
    guard pipe.first == "|", trimmed(pipe.dropFirst()) == "env" else {
      throw Malformed(reason: "between `{{` and `}}` only `| env` may follow the name")
    }
    try check(word)
    return .variable(word)
  }

  /// The first `}}` that is not inside backquotes.
  private static func closingBraces(in text: Substring) -> Substring.Index? {
    var index = text.startIndex
    var isQuoted = false
    while index < text.endIndex {
      if text[index] == "`" { isQuoted.toggle() }
      if !isQuoted, text[index...].hasPrefix("}}") { return index }
      index = text.index(after: index)
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
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
