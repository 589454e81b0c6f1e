/// Finds numbers that mean people: cards, social security numbers and telephone numbers.
struct NumberScanner: Sendable {
  enum Look {
    case found(Range<Int>)
    /// Nothing begins here; the next place to look at.
    case nothing(Int)
  }

  private let patterns: PersonalPatterns

  init(_ patterns: PersonalPatterns) { self.patterns = patterns }

  /// Looks at a place where a digit, `+` or `(` stands.
  func look(at text: UnsafeRawBufferPointer, _ place: Int) -> Look {
    let byte = text[place]
    if byte.isDigit {
      // Inside of a number nothing begins.
      if place > 0, text[place - 1].isDigit { return .nothing(endOfDigits(text, place)) }
      if let found = card(text, place) { return accepted(found, text) }
      if let found = ssn(text, place) { return accepted(found, text) }
      if let end = endOfDate(text, place) { return .nothing(end) }
    }
    if let found = phone(text, place) { return accepted(found, text) }
    return .nothing(byte.isDigit ? endOfDigits(text, place) : place + 1)
  }

  /// Digits right in front of `@` belong to an address, which is found as a whole.
  private func accepted(_ range: Range<Int>, _ text: UnsafeRawBufferPointer) -> Look {
    let isLocalPart = patterns.contains(.email) && range.upperBound < text.count && text[range.upperBound] == 0x40
    return isLocalPart ? .nothing(range.upperBound) : .found(range)
  }

  private func endOfDigits(_ text: UnsafeRawBufferPointer, _ place: Int) -> Int {
    var end = place
    while end < text.count, text[end].isDigit { end += 1 }
    return end
  }

  private func isDigit(_ text: UnsafeRawBufferPointer, _ place: Int) -> Bool {
    place >= 0 && place < text.count && text[place].isDigit
  }

  private func isLetter(_ text: UnsafeRawBufferPointer, _ place: Int) -> Bool {
    place >= 0 && place < text.count && text[place].isLetter
  }

  // MARK: Cards

  /// 13 to 19 digits with at most one space or hyphen between two, whose Luhn sum is right (ISO/IEC 7812-1).
  private func card(_ text: UnsafeRawBufferPointer, _ place: Int) -> Range<Int>? {
    guard patterns.contains(.card) else { return nil }
    var (index, count, longest): (Int, Int, Int?) = (place, 0, nil)
    // Four bits for each digit.
    var digits: UInt128 = 0
    while index < text.count, count < 20 {
      if text[index] == 0x20 || text[index] == 0x2D, isDigit(text, index + 1) { index += 1 }
      guard text[index].isDigit else { break }
      digits = digits << 4 | UInt128(text[index] &- 0x30)
      (index, count) = (index + 1, count + 1)
      if (13...19).contains(count), !isDigit(text, index), Luhn.holds(digits) { longest = index }
    }
    return longest.map { place..<$0 }
  }

  // MARK: Social security numbers

  /// `ddd-dd-dddd` with hyphens, spaces or dots, or nine digits that stand alone.
  private func ssn(_ text: UnsafeRawBufferPointer, _ place: Int) -> Range<Int>? {
    guard patterns.contains(.ssn) else { return nil }
    let end = endOfDigits(text, place)
    if end - place == 9, !isLetter(text, place - 1), !isLetter(text, end) { return place..<end }
    guard end - place == 3, place + 11 <= text.count, text[end] == text[place + 6],
      text[end] == 0x2D || text[end] == 0x20 || text[end] == 0x2E, endOfDigits(text, place + 4) == place + 6,
      endOfDigits(text, place + 7) == place + 11
    else { return nil }
    return place..<place + 11
  }

  // MARK: Dates

  /// `2026-11-21` or `21.11.2026`, with hyphens, dots or slashes, which read like telephone numbers.
  private func endOfDate(_ text: UnsafeRawBufferPointer, _ place: Int) -> Int? {
    guard place + 8 <= text.count else { return nil }
    let first = endOfDigits(text, place)
    guard first < text.count, text[first] == 0x2D || text[first] == 0x2E || text[first] == 0x2F else { return nil }
    let second = endOfDigits(text, first + 1)
    guard second < text.count, text[second] == text[first] else { return nil }
    let third = endOfDigits(text, second + 1)
    let lengths = (first - place, second - first - 1, third - second - 1)
    let isDate =
      (lengths.0 == 4 && (1...2).contains(lengths.1) && (1...2).contains(lengths.2))
      || ((1...2).contains(lengths.0) && (1...2).contains(lengths.1) && lengths.2 == 4)
    let goesOn = third < text.count && text[third] == text[first] && isDigit(text, third + 1)
    return isDate && !goesOn && isSmall(text, first + 1, second) ? third : nil
  }

  /// A day or a month: up to 31.
  private func isSmall(_ text: UnsafeRawBufferPointer, _ from: Int, _ to: Int) -> Bool {
    text.part(from, to).reduce(0) { $0 * 10 + Int($1 &- 0x30) } <= 31
  }

  // MARK: Telephone numbers

  /// 7 to 15 digits (ITU-T E.164) with `+` in front or with separators between; ten at least where they stand bare.
  private func phone(_ text: UnsafeRawBufferPointer, _ place: Int) -> Range<Int>? {
    guard patterns.contains(.phone) else { return nil }
    let hasPlus = text[place] == UInt8(ascii: "+")
    var (index, digits, gaps, longest): (Int, Int, Int, Int?) = (place + (text[place].isDigit ? 0 : 1), 0, 0, nil)
    while index < text.count {
      let end = endOfDigits(text, min(index, text.count), atMost: 16)
      digits += end - index
      if end == index || digits > 15 || isDigit(text, end) { break }
      if isPhone(digits, text, place, end, isBare: gaps == 0 && !hasPlus) { longest = end }
      guard let next = skipSeparators(text, end), !startsCard(text, next) else { break }
      (index, gaps) = (next, gaps + 1)
    }
    return longest.map { place..<$0 }
  }

  private func endOfDigits(_ text: UnsafeRawBufferPointer, _ place: Int, atMost limit: Int) -> Int {
    var end = place
    while end < text.count, end - place < limit, text[end].isDigit { end += 1 }
    return end
  }

  private func isPhone(_ digits: Int, _ text: UnsafeRawBufferPointer, _ from: Int, _ to: Int, isBare: Bool) -> Bool {
    isBare ? digits >= 10 && !isLetter(text, from - 1) && !isLetter(text, to) : digits >= 7
  }

  /// Up to three of the space and `( ) - . /` with a digit behind them.
  private func skipSeparators(_ text: UnsafeRawBufferPointer, _ place: Int) -> Int? {
    var index = place
    while index < text.count, index - place < 3, text[index].separatesPhone { index += 1 }
    return index > place && isDigit(text, index) ? index : nil
  }

  private func startsCard(_ text: UnsafeRawBufferPointer, _ place: Int) -> Bool { card(text, place) != nil }
}

extension UInt8 {
  fileprivate var separatesPhone: Bool {
    switch self {
    case 0x20, 0x28, 0x29, 0x2D, 0x2E, 0x2F: true
    default: false
    }
  }
}
