/// Parts of SQL in which a `;`, a `:` and a backslash mean nothing (manual, sections 4.1.2 and 4.1.5).
enum SQLLexeme {
  /// The end of a constant, a quoted name or a comment that begins here; nothing where none does. One that is not closed
  /// goes on to the end.
  static func end(of bytes: [UInt8], at start: Int) -> Int? {
    switch bytes[start] {
    case UInt8(ascii: "'"):
      return endOfQuotes(bytes, start, escapes: start > 0 && isEscaping(bytes, start - 1))
    case UInt8(ascii: "\""): return endOfQuotes(bytes, start, escapes: false)
    case UInt8(ascii: "-") where isAt(bytes, start + 1, UInt8(ascii: "-")):
      return bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
    case UInt8(ascii: "/") where isAt(bytes, start + 1, UInt8(ascii: "*")): return endOfComment(bytes, start)
    case UInt8(ascii: "$") where start == 0 || !isLetter(bytes[start - 1]): return endOfDollars(bytes, start)
    default: return nil
    }
  }

  static func isComment(_ bytes: [UInt8], _ start: Int) -> Bool {
    bytes[start] == UInt8(ascii: "-") && isAt(bytes, start + 1, UInt8(ascii: "-"))
      || bytes[start] == UInt8(ascii: "/") && isAt(bytes, start + 1, UInt8(ascii: "*"))
  }

  static func isLetter(_ byte: UInt8) -> Bool {
    byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
  }

  private static func isAt(_ bytes: [UInt8], _ index: Int, _ byte: UInt8) -> Bool {
    index < bytes.count && bytes[index] == byte
  }

  /// `E'…'`, and not the end of a name.
  private static func isEscaping(_ bytes: [UInt8], _ index: Int) -> Bool {
    bytes[index] | 0x20 == UInt8(ascii: "e") && (index == 0 || !isLetter(bytes[index - 1]))
  }

  private static func endOfQuotes(_ bytes: [UInt8], _ start: Int, escapes: Bool) -> Int {
    let quote = bytes[start]
    var index = start + 1
    while index < bytes.count {
      if escapes, bytes[index] == UInt8(ascii: "\\") {
        index += 2
      } else if bytes[index] != quote {
        index += 1
      } else if isAt(bytes, index + 1, quote) {
        index += 2
      } else {
        return index + 1
      }
    }
    return bytes.count
  }

  private static func endOfComment(_ bytes: [UInt8], _ start: Int) -> Int {
    var (index, depth) = (start, 0)
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "/"), isAt(bytes, index + 1, UInt8(ascii: "*")) {
        (index, depth) = (index + 2, depth + 1)
      } else if bytes[index] == UInt8(ascii: "*"), isAt(bytes, index + 1, UInt8(ascii: "/")) {
        (index, depth) = (index + 2, depth - 1)
      } else {
        index += 1
      }
      if depth == 0 { return min(index, bytes.count) }
    }
    return bytes.count
  }

  /// `$$…$$` or `$tag$…$tag$`; nothing for `$1`.
  private static func endOfDollars(_ bytes: [UInt8], _ start: Int) -> Int? {
    var close = start + 1
    while close < bytes.count, isLetter(bytes[close]), close > start + 1 || !(0x30...0x39).contains(bytes[close]) {
      close += 1
    }
    guard isAt(bytes, close, UInt8(ascii: "$")) else { return nil }
    let tag = Array(bytes[start...close])
    var index = close + 1
    while index + tag.count <= bytes.count {
      if bytes[index] == tag[0], Array(bytes[index..<(index + tag.count)]) == tag { return index + tag.count }
      index += 1
    }
    return bytes.count
  }
}
