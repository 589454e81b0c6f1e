/// A template letter by letter, its variables as letters of their own: what separators are looked for in.
struct Symbols {
  /// Below 256 a byte, from there on the number of a variable: ten thousand URLs are read letter by letter.
  private var items: ArraySlice<UInt16>
  private let variables: [String]

  init(_ template: Template) {
    var (items, variables): ([UInt16], [String]) = ([], [])
    for part in template.parts {
      switch part {
      case .text(let text): for byte in text.utf8 { items.append(UInt16(byte)) }
      case .variable(let name):
        items.append(256 + UInt16(clamping: variables.count))
        variables.append(name)
      }
    }
    self.items = items[...]
    self.variables = variables
  }

  private init(_ items: ArraySlice<UInt16>, _ variables: [String]) {
    self.items = items
    self.variables = variables
  }

  private func part(_ items: ArraySlice<UInt16>) -> Symbols { Symbols(items, variables) }

  private static func symbol(_ letter: Character) -> UInt16 { UInt16(letter.asciiValue ?? 0) }

  /// The text, where there is no variable in it; not percent-decoded.
  var literal: String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(items.count)
    for item in items {
      guard item < 256 else { return nil }
      bytes.append(UInt8(item))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func hasPrefix(_ text: String) -> Bool {
    items.count >= text.utf8.count && zip(items, text.utf8).allSatisfy { $0 == UInt16($1) }
  }

  mutating func dropPrefix(_ text: String) -> Bool {
    guard hasPrefix(text) else { return false }
    items = items.dropFirst(text.utf8.count)
    return true
  }

  /// Cuts at the first such letter and gives what follows it.
  mutating func takeAfterFirst(_ letter: Character) -> Symbols? {
    guard let index = items.firstIndex(of: Symbols.symbol(letter)) else { return nil }
    defer { items = items[..<index] }
    return part(items[(index + 1)...])
  }

  /// Cuts at the last such letter, keeps what follows it, and gives what stands before.
  mutating func takeBeforeLast(_ letter: Character) -> Symbols? {
    guard let index = items.lastIndex(of: Symbols.symbol(letter)) else { return nil }
    defer { items = items[(index + 1)...] }
    return part(items[..<index])
  }

  func contains(_ letter: Character) -> Bool { items.contains(Symbols.symbol(letter)) }

  func contains(text: String) -> Bool { items.indices.contains { part(items[$0...]).hasPrefix(text) } }

  /// `[::1]:5432`: takes the brackets away and gives what follows `]:`.
  mutating func takePortAfterBracket() throws(ConnectionURL.Malformed) -> Symbols? {
    let malformed = ConnectionURL.Malformed(reason: "an IPv6 address stands in brackets, as in [::1]:5432")
    guard let end = items.firstIndex(of: Symbols.symbol("]")) else { throw malformed }
    let tail = items[(end + 1)...]
    items = items[..<end].dropFirst()
    if tail.isEmpty { return nil }
    guard tail.first == Symbols.symbol(":") else { throw malformed }
    return part(tail.dropFirst())
  }

  func split(_ letter: Character) -> [Symbols] {
    items.isEmpty
      ? [] : items.split(separator: Symbols.symbol(letter), omittingEmptySubsequences: false).map { part($0) }
  }

  /// As a template, its text percent-decoded (RFC 3986, 2.1); nothing where it is empty.
  func decoded() throws(ConnectionURL.Malformed) -> Template? {
    var (parts, bytes): ([Template.Part], [UInt8]) = ([], [])
    func finish() throws(ConnectionURL.Malformed) {
      if !bytes.isEmpty { parts.append(.text(try Symbols.text(bytes))) }
      bytes = []
    }
    var rest = items
    while let item = rest.popFirst() {
      if item >= 256 {
        try finish()
        parts.append(.variable(variables[Int(item - 256)]))
      } else if item == Symbols.symbol("%") {
        guard let high = Symbols.digit(rest.popFirst()), let low = Symbols.digit(rest.popFirst()) else {
          throw ConnectionURL.Malformed(reason: "after `%` stand two hexadecimal digits; a `%` itself is written %25")
        }
        bytes.append(high << 4 | low)
      } else {
        bytes.append(UInt8(item))
      }
    }
    try finish()
    return parts.isEmpty ? nil : Template(parts: parts)
  }

  /// PostgreSQL takes no NUL, and what is not UTF-8 would be replaced without a word.
  private static func text(_ bytes: [UInt8]) throws(ConnectionURL.Malformed) -> String {
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw ConnectionURL.Malformed(reason: "what is written with `%` is UTF-8 without NUL")
    }
    return text
  }

  private static func digit(_ symbol: UInt16?) -> UInt8? {
    guard let symbol, symbol < 256 else { return nil }
    let byte = UInt8(symbol)
    switch byte {
    case 48...57: return byte - 48
    case 65...70: return byte - 55
    case 97...102: return byte - 87
    default: return nil
    }
  }
}
