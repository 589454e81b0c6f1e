/// Finds personal data in free text by its form, byte by byte and in linear time: what is looked at beyond a place is
/// either bounded or not looked at again.
package struct PersonalDataScanner: Sendable {
  private let patterns: PersonalPatterns
  private let numbers: NumberScanner

  package init(_ patterns: PersonalPatterns) {
    self.patterns = patterns
    numbers = NumberScanner(patterns)
  }

  /// The first find at or behind `start`, of which nothing lies in front of `start`.
  package func first(in text: UnsafeRawBufferPointer, from start: Int = 0) -> Range<Int>? {
    var place = start
    while place < text.count {
      switch text[place] {
      case UInt8(ascii: "@"):
        if patterns.contains(.email), let found = email(text, at: place, from: start) { return found }
      case UInt8(ascii: ":"):
        if patterns.contains(.url), let found = url(text, at: place, from: start) { return found }
        if patterns.contains(.ip), let found = address(text, at: place) { return found }
      case let byte where byte.isLetter:
        if let found = word(text, at: place) { return found }
      case let byte where byte.isDigit || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "("):
        if patterns.contains(.ip), byte.isDigit, let found = address(text, at: place) { return found }
        switch numbers.look(at: text, place) {
        case .found(let range): return range
        case .nothing(let next):
          place = next
          continue
        }
      default: break
      }
      place += 1
    }
    return nil
  }

  private func isWordStart(_ text: UnsafeRawBufferPointer, _ place: Int) -> Bool {
    place == 0 || !text[place - 1].isAlphanumeric
  }

  private func word(_ text: UnsafeRawBufferPointer, at place: Int) -> Range<Int>? {
    guard isWordStart(text, place) else { return nil }
    if patterns.contains(.iban), let found = IBAN.range(in: text, at: place) { return found }
    if patterns.contains(.url), place + 4 < text.count, text[place] | 0x20 == UInt8(ascii: "w"),
      text[place + 1] | 0x20 == UInt8(ascii: "w"), text[place + 2] | 0x20 == UInt8(ascii: "w"),
      text[place + 3] == UInt8(ascii: "."), text[place + 4].isURLByte
    {
      return place..<endOfURL(text, from: place + 4)
    }
    guard patterns.contains(.ip), text[place].isHexadecimal else { return nil }
    return address(text, at: place)
  }

  /// Local part, `@`, and a domain with a dot in it. Both are scanned only up to the next `@`.
  private func email(_ text: UnsafeRawBufferPointer, at place: Int, from start: Int) -> Range<Int>? {
    var from = place
    while from > start, text[from - 1].isLocalPart { from -= 1 }
    var (to, hasDot) = (place + 1, false)
    while to < text.count, text[to].isDomain { to += 1 }
    while to > place + 1, text[to - 1] == UInt8(ascii: ".") || text[to - 1] == UInt8(ascii: "-") { to -= 1 }
    for index in place + 1..<max(place + 1, to) where text[index] == UInt8(ascii: ".") { hasDot = true }
    return from < place && hasDot ? from..<to : nil
  }

  /// `scheme://` and what follows without a blank.
  private func url(_ text: UnsafeRawBufferPointer, at place: Int, from start: Int) -> Range<Int>? {
    guard place + 3 < text.count, text[place + 1] == UInt8(ascii: "/"), text[place + 2] == UInt8(ascii: "/"),
      text[place + 3].isURLByte
    else { return nil }
    var from = place
    while from > start, text[from - 1].isAlphanumeric || text[from - 1] == UInt8(ascii: "+") { from -= 1 }
    return from < place ? from..<endOfURL(text, from: place + 3) : nil
  }

  private func endOfURL(_ text: UnsafeRawBufferPointer, from place: Int) -> Int {
    var end = place
    while end < text.count, text[end].isURLByte { end += 1 }
    return end
  }

  /// An IP address whose first digit or colon stands here.
  private func address(_ text: UnsafeRawBufferPointer, at place: Int) -> Range<Int>? {
    guard isWordStart(text, place), place == 0 || (text[place - 1] != UInt8(ascii: ":") && !isDotted(text, place))
    else { return nil }
    var (end, digits) = (place, 0)
    let limit = min(text.count, place + 46)
    while end < limit, text[end].isHexadecimal || text[end] == UInt8(ascii: ":") || text[end] == UInt8(ascii: ".") {
      digits += text[end].isHexadecimal ? 1 : 0
      end += 1
    }
    guard digits > 0, end < limit || end == text.count, end == text.count || !text[end].isAlphanumeric else {
      return nil
    }
    // A full stop or a colon, or a port behind one, may follow.
    if IPAddress(text.part(place, end)) != nil { return place..<end }
    if let colon = text.part(place, end).lastIndex(of: UInt8(ascii: ":")), colon > 0 {
      if IPAddress(text.part(place, place + colon)) != nil { return place..<place + colon }
    }
    return text[end - 1] == UInt8(ascii: ".") && IPAddress(text.part(place, end - 1)) != nil ? place..<end - 1 : nil
  }

  /// Behind a digit and a dot, as in `1.10.0.0.1`.
  private func isDotted(_ text: UnsafeRawBufferPointer, _ place: Int) -> Bool {
    place > 1 && text[place - 1] == UInt8(ascii: ".") && text[place - 2].isDigit
  }
}

extension UInt8 {
  /// RFC 5322, `atext` and the dot, and everything beyond ASCII (RFC 6531).
  fileprivate var isLocalPart: Bool {
    if isAlphanumeric || self >= 0x80 { return true }
    switch self {
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E: return true
    default: return false
    }
  }

  fileprivate var isDomain: Bool { isAlphanumeric || self == 0x2D || self == 0x2E || self >= 0x80 }

  /// Everything but blanks, controls, quotes and angle brackets.
  fileprivate var isURLByte: Bool { self > 0x20 && self != 0x22 && self != 0x3C && self != 0x3E && self != 0x7F }
}

/// ISO 13616: two letters, two digits, and up to 30 letters and digits, alone or in groups of four.
package enum IBAN {
  private static let lengths = 15...34

  package static func range(in text: UnsafeRawBufferPointer, at place: Int) -> Range<Int>? {
    guard place + 15 <= text.count, text[place].isLetter, text[place + 1].isLetter, text[place + 2].isDigit,
      text[place + 3].isDigit
    else { return nil }
    // The first four characters stand behind the others where the remainder is taken.
    var (rest, head): (UInt64, UInt64) = (0, 0)
    for index in place..<place + 4 { head = taking(text[index], head, modulus: .max) }
    var (index, count, longest): (Int, Int, Int?) = (place + 4, 4, nil)
    while index < text.count, count < lengths.upperBound {
      if text[index] == 0x20, count % 4 == 0, index + 1 < text.count { index += 1 }
      guard text[index].isAlphanumeric else { break }
      rest = taking(text[index], rest, modulus: 97)
      (index, count) = (index + 1, count + 1)
      let isEnd = index == text.count || !text[index].isAlphanumeric
      // Six digits: two letters of two each, and the two check digits.
      if isEnd, lengths.contains(count), (rest * 1_000_000 + head) % 97 == 1 { longest = index }
    }
    return longest.map { place..<$0 }
  }

  /// A letter is a number of two digits: A is 10, Z is 35.
  private static func taking(_ byte: UInt8, _ number: UInt64, modulus: UInt64) -> UInt64 {
    byte.isDigit
      ? (number * 10 + UInt64(byte &- 0x30)) % modulus : (number * 100 + UInt64((byte | 0x20) &- 0x57)) % modulus
  }
}
