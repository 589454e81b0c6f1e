/// A template letter by letter, its variables as letters of their own: what separators are looked for in.
struct Symbols {
  private enum Symbol: Equatable {
    case byte(UInt8)
    case variable(String)
  }

  private var items: ArraySlice<Symbol>

  init(_ template: Template) {
    items =
      template.parts.flatMap { part -> [Symbol] in
        switch part {
        case .text(let text): text.utf8.map { .byte($0) }
        case .variable(let name): [.variable(name)]
        }
      }[...]
  }

  private init(_ items: ArraySlice<Symbol>) { self.items = items }

  private static func symbols(_ text: String) -> [Symbol] { text.utf8.map { .byte($0) } }

  /// The text, where there is no variable in it; not percent-decoded.
  var literal: String? {
    var bytes: [UInt8] = []
    for item in items {
      guard case .byte(let byte) = item else { return nil }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func hasPrefix(_ text: String) -> Bool { items.starts(with: Symbols.symbols(text)) }

  mutating func dropPrefix(_ text: String) -> Bool {
    guard hasPrefix(text) else { return false }
    items = items.dropFirst(text.utf8.count)
    return true
  }

  /// Cuts at the first such letter and gives what follows it.
  mutating func takeAfterFirst(_ letter: Character) -> Symbols? {
    guard let index = items.firstIndex(of: .byte(letter.asciiValue ?? 0)) else { return nil }
    defer { items = items[..<index] }
    return Symbols(items[(index + 1)...])
  }

  /// Cuts at the last such letter, keeps what follows it, and gives what stands before.
  mutating func takeBeforeLast(_ letter: Character) -> Symbols? {
    guard let index = items.lastIndex(of: .byte(letter.asciiValue ?? 0)) else { return nil }
    defer { items = items[(index + 1)...] }
    return Symbols(items[..<index])
  }

  func contains(_ letter: Character) -> Bool { items.contains(.byte(letter.asciiValue ?? 0)) }

  func contains(text: String) -> Bool {
    let wanted = Symbols.symbols(text)
    return items.indices.contains { items[$0...].starts(with: wanted) }
  }

  /// `[::1]:5432`: takes the brackets away and gives what follows `]:`.
  mutating func takePortAfterBracket() throws(ConnectionURL.Malformed) -> Symbols? {
    let malformed = ConnectionURL.Malformed(reason: "an IPv6 address stands in brackets, as in [::1]:5432")
    guard let end = items.firstIndex(of: .byte(UInt8(ascii: "]"))) else { throw malformed }
    let tail = items[(end + 1)...]
    items = items[..<end].dropFirst()
    if tail.isEmpty { return nil }
    guard tail.first == .byte(UInt8(ascii: ":")) else { throw malformed }
    return Symbols(tail.dropFirst())
  }

  func split(_ letter: Character) -> [Symbols] {
    items.isEmpty
      ? [] : items.split(separator: .byte(letter.asciiValue ?? 0), omittingEmptySubsequences: false).map { Symbols($0) }
  }

  /// As a template, its text percent-decoded (RFC 3986, 2.1); nothing where it is empty.
  func decoded() throws(ConnectionURL.Malformed) -> Template? {
    var (parts, bytes): ([Template.Part], [UInt8]) = ([], [])
    var rest = items
    while let item = rest.popFirst() {
      switch item {
      case .variable(let name):
        if !bytes.isEmpty { parts.append(.text(try Symbols.text(bytes))) }
        bytes = []
        parts.append(.variable(name))
      case .byte(UInt8(ascii: "%")):
        guard let high = Symbols.digit(rest.popFirst()), let low = Symbols.digit(rest.popFirst()) else {
          throw ConnectionURL.Malformed(reason: "after `%` stand two hexadecimal digits; a `%` itself is written %25")
        }
        bytes.append(high << 4 | low)
      case .byte(let byte): bytes.append(byte)
      }
    }
    if !bytes.isEmpty { parts.append(.text(try Symbols.text(bytes))) }
    return parts.isEmpty ? nil : Template(parts: parts)
  }

  /// PostgreSQL takes no NUL, and what is not UTF-8 would be replaced without a word.
  private static func text(_ bytes: [UInt8]) throws(ConnectionURL.Malformed) -> String {
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw ConnectionURL.Malformed(reason: "what is written with `%` is UTF-8 without NUL")
    }
    return text
  }

  private static func digit(_ symbol: Symbol?) -> UInt8? {
    guard case .byte(let byte)? = symbol else { return nil }
    switch byte {
    case 48...57: return byte - 48
    case 65...70: return byte - 55
    case 97...102: return byte - 87
    default: return nil
    }
  }
}
