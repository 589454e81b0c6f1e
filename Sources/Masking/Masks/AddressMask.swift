/// `address`: `[REDACTED ADDRESS]`, or with `preserve_fields` the parts that are kept: `[REDACTED], San Francisco, CA
/// 94102`.
///
/// An address is read from its end: `street, city, ST ZIP` with or without a country behind it, parts divided by
/// commas. What does not read so, and what would be too long for the column, becomes `[REDACTED ADDRESS]` whole: the
/// street is never guessed at. Of a ZIP+4 the four last digits, which mean a building, are dropped.
struct AddressMask: Mask {
  private static let whole: StaticString = "[REDACTED ADDRESS]"
  private static let street: StaticString = "[REDACTED]"

  private let kept: AddressFields
  private let room: Int
  let traits: MaskTraits

  init(_ order: MaskOrder) throws(MaskRefusal) {
    kept = AddressFields(names: order.names("preserve_fields") ?? [])
    try order.requireRoom(for: Self.whole.utf8CodeUnitCount)
    room = order.room ?? .max
    let longest = kept.isEmpty ? Self.whole.utf8CodeUnitCount : Self.street.utf8CodeUnitCount + AddressParts.longest
    traits = MaskTraits(
      uniqueness: .lossy, leak: kept.isEmpty ? .words : .value, maximumLength: min(longest, room))
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    let start = sink.count
    guard !kept.isEmpty, let parts = AddressParts(value) else { return sink.append(Self.whole) }
    sink.append(Self.street)
    parts.append(kept, to: &sink)
    let written = sink.bytes.part(start, sink.count)
    guard written.characters > room || written.count == Self.street.utf8CodeUnitCount else { return }
    sink.truncate(to: start)
    sink.append(Self.whole)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    if value.isExactly(Self.whole) { return true }
    let street = Self.street.utf8CodeUnitCount
    guard !kept.isEmpty, value.count > street, value.characters <= room, value.part(0, street).isExactly(Self.street)
    else { return false }
    return AddressParts.isWritten(value.part(street, value.count), kept)
  }
}

struct AddressFields: OptionSet {
  let rawValue: UInt8
  static let city = Self(rawValue: 1)
  static let state = Self(rawValue: 2)
  static let zip = Self(rawValue: 4)
  static let country = Self(rawValue: 8)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init(names: [String]) {
    self = []
    for name in names {
      switch name {
      case "city": insert(.city)
      case "state": insert(.state)
      case "zip": insert(.zip)
      case "country": insert(.country)
      default: break
      }
    }
  }
}

/// The parts of an address that may be kept, as places in its text.
struct AddressParts {
  /// Characters of all parts with what divides them.
  static let longest = 2 + longestName + 2 + 3 + 1 + 10 + 2 + longestName
  private static let longestName = 40

  private let text: UnsafeRawBufferPointer
  private var city: Range<Int>?
  private var state: Range<Int>?
  private var zip: Range<Int>?
  private var country: Range<Int>?

  init?(_ text: UnsafeRawBufferPointer) {
    // Longer than any address: it is read no further.
    guard text.count <= 1_000 else { return nil }
    self.text = text
    var end = text.count
    guard let last = Self.lastPart(of: text, before: &end) else { return nil }
    var beforeLast = end
    // `USA` reads like a state too: it is a country where a region with its code stands in front of it.
    if Self.isName(text, last), let region = Self.lastPart(of: text, before: &beforeLast), readRegion(region),
      zip != nil || !Self.isRegion(text, last)
    {
      (country, end) = (last, beforeLast)
    } else {
      (state, zip) = (nil, nil)
      guard readRegion(last) else { return nil }
    }
    guard let place = Self.lastPart(of: text, before: &end), Self.isName(text, place) else { return nil }
    city = place
    // Without a street in front, what looks like the city may be the street.
    guard Self.lastPart(of: text, before: &end) != nil else { return nil }
  }

  func append(_ fields: AddressFields, to sink: inout ByteSink) {
    if fields.contains(.city), let city { append(city, after: ", ", to: &sink) }
    let hasState = fields.contains(.state) && state != nil
    if hasState, let state { append(state, after: ", ", to: &sink) }
    if fields.contains(.zip), let zip { append(zip, after: hasState ? " " : ", ", to: &sink) }
    if fields.contains(.country), let country { append(country, after: ", ", to: &sink) }
  }

  private func append(_ range: Range<Int>, after separator: StaticString, to sink: inout ByteSink) {
    sink.append(separator)
    sink.append(text.part(range.lowerBound, range.upperBound))
  }

  /// The part in front of `end`, without blanks around it; `end` moves to the comma in front of it.
  private static func lastPart(of text: UnsafeRawBufferPointer, before end: inout Int) -> Range<Int>? {
    guard end > 0 else { return nil }
    var (from, to) = (end, end)
    while from > 0, text[from - 1] != UInt8(ascii: ",") { from -= 1 }
    end = max(0, from - 1)
    while to > from, text[to - 1].isBlank { to -= 1 }
    while from < to, text[from].isBlank { from += 1 }
    return from < to ? from..<to : nil
  }

  /// Letters of any script with single spaces, hyphens, dots and apostrophes between: never a digit, never a sign.
  private static func isName(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    guard range.count <= longestName, text[range.lowerBound] >= 0x41 else { return false }
    return range.allSatisfy { index in
      let byte = text[index]
      return byte.isLetter || byte >= 0x80 || byte == 0x20 || byte == 0x2D || byte == 0x2E || byte == 0x27
    }
  }

  /// `CA 94102`, `ON K1A 0B1`, `CA`, or `94102`.
  private mutating func readRegion(_ range: Range<Int>) -> Bool {
    let letters = range.prefix { text[$0].isUpper }
    let isState = letters.count == 2 || letters.count == 3
    if isState, letters.count == range.count {
      state = range
      return true
    }
    guard isState, text[letters.endIndex] == 0x20 else { return readZIP(range) }
    guard readZIP(letters.endIndex + 1..<range.upperBound) else { return false }
    state = range.lowerBound..<letters.endIndex
    return true
  }

  /// Four to ten digits, capital letters, hyphens and spaces, a digit among them.
  private mutating func readZIP(_ range: Range<Int>) -> Bool {
    guard (4...10).contains(range.count), text[range.lowerBound].isAlphanumeric,
      range.contains(where: { text[$0].isDigit }),
      range.allSatisfy({ text[$0].isDigit || text[$0].isUpper || text[$0] == 0x20 || text[$0] == 0x2D })
    else { return false }
    let isPlusFour = range.count == 10 && text[range.lowerBound + 5] == 0x2D
    zip = isPlusFour ? range.lowerBound..<range.lowerBound + 5 : range
    return true
  }
}

extension AddressParts {
  /// The parts of what `append` writes, in their order.
  private enum Stage: Int { case city, region, country }

  /// Whether the text is what `append` writes of these fields: a comma and a space, then each part in its form.
  static func isWritten(_ text: UnsafeRawBufferPointer, _ fields: AddressFields) -> Bool {
    isWritten(text, upTo: text.count, last: .country, fields)
  }

  /// The last part may be several things; three levels are the deepest.
  private static func isWritten(
    _ text: UnsafeRawBufferPointer, upTo end: Int, last: Stage, _ fields: AddressFields
  ) -> Bool {
    var comma = end
    guard let part = lastPart(of: text, before: &comma), part.upperBound == end, part.lowerBound == comma + 2,
      text[comma] == UInt8(ascii: ","), text[comma + 1] == UInt8(ascii: " ")
    else { return false }
    return (0...last.rawValue).compactMap(Stage.init).contains { stage in
      guard isPart(text, part, stage, fields) else { return false }
      guard comma > 0 else { return true }
      guard let before = Stage(rawValue: stage.rawValue - 1) else { return false }
      return isWritten(text, upTo: comma, last: before, fields)
    }
  }

  private static func isPart(
    _ text: UnsafeRawBufferPointer, _ part: Range<Int>, _ stage: Stage, _ fields: AddressFields
  ) -> Bool {
    switch stage {
    case .city: return fields.contains(.city) && isName(text, part)
    case .country: return fields.contains(.country) && isName(text, part)
    case .region:
      var read = AddressParts(unread: text)
      guard read.readRegion(part) else { return false }
      let isWhole = read.zip.map { $0.upperBound == part.upperBound } ?? true
      return isWhole && (read.state == nil || fields.contains(.state)) && (read.zip == nil || fields.contains(.zip))
    }
  }

  private static func isRegion(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    var read = AddressParts(unread: text)
    return read.readRegion(range)
  }

  private init(unread text: UnsafeRawBufferPointer) { self.text = text }
}
