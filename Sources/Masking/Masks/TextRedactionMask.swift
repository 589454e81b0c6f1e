/// `text_redaction`: personal data inside free text is replaced.
///
/// It is found by its form alone: e-mail addresses, telephone numbers, social security numbers, cards (Luhn), IBANs
/// (modulo 97), IP addresses and URLs. Numbers that are printed in every manual are replaced like any other. Rather
/// too much is replaced than too little, though dates as such stay.
///
/// What a replacement leaves may read as something else; so the result is looked at again until nothing is found, and
/// a text that does not come to rest, or grows too long for its column, is replaced whole.
struct TextRedactionMask: Mask {
  private static let mostPasses = 8

  private let scanner: PersonalDataScanner
  private let replacement: [UInt8]
  private let room: Int?
  let traits: MaskTraits

  init(_ order: MaskOrder) throws(MaskRefusal) {
    let patterns = PersonalPatterns(names: order.names("patterns"))
    try order.require(!patterns.isEmpty, "nothing is looked for; name `patterns`, or take the key away for all of them")
    scanner = PersonalDataScanner(patterns)
    let text = order.text("replacement") ?? "[REDACTED]"
    replacement = Array(text.utf8)
    room = order.room
    try order.requireRoom(for: text.unicodeScalars.count, "the `replacement`")
    let finds = replacement.withUnsafeBytes { [scanner] in scanner.first(in: $0) != nil }
    try order.require(!finds, "the `replacement` looks like what it replaces; take a text that is no personal data")
    traits = MaskTraits(uniqueness: .lossy, leak: .off, maximumLength: room ?? .max)
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    let start = sink.count
    let isAtRest = !replace(in: value, into: &sink) || settle(from: start, in: &sink)
    if !isAtRest || isTooLong(from: start, in: sink) {
      sink.truncate(to: start)
      sink.append(replacement)
    }
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { scanner.first(in: value) == nil }

  /// Appends the text with everything replaced.
  ///
  /// - Returns: whether something was.
  private func replace(in text: UnsafeRawBufferPointer, into sink: inout ByteSink) -> Bool {
    var place = 0
    while let found = scanner.first(in: text, from: place) {
      sink.append(text.part(place, found.lowerBound))
      sink.append(replacement)
      place = found.upperBound
    }
    sink.append(text.part(place, text.count))
    return place > 0
  }

  /// - Returns: whether nothing is found any more in what was written from `start` on.
  private func settle(from start: Int, in sink: inout ByteSink) -> Bool {
    guard scanner.first(in: sink.bytes.part(start, sink.count)) != nil else { return true }
    var again = ByteSink(capacity: sink.count - start)
    for _ in 0..<Self.mostPasses {
      let written = sink.bytes.part(start, sink.count)
      guard scanner.first(in: written) != nil else { return true }
      again.removeAll()
      _ = replace(in: written, into: &again)
      sink.truncate(to: start)
      sink.append(again.bytes)
    }
    return false
  }

  private func isTooLong(from start: Int, in sink: borrowing ByteSink) -> Bool {
    guard let room else { return false }
    return sink.bytes.part(start, sink.count).characters > room
  }
}

package struct PersonalPatterns: OptionSet {
  package let rawValue: UInt8
  package static let email = Self(rawValue: 1)
  package static let phone = Self(rawValue: 2)
  package static let ssn = Self(rawValue: 4)
  package static let card = Self(rawValue: 8)
  package static let iban = Self(rawValue: 16)
  package static let ip = Self(rawValue: 32)
  package static let url = Self(rawValue: 64)
  package static let all = Self(rawValue: 127)

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// All of them where no list is given.
  init(names: [String]?) {
    let known: [(String, PersonalPatterns)] = [
      ("email", .email), ("phone", .phone), ("ssn", .ssn), ("card", .card), ("iban", .iban), ("ip", .ip), ("url", .url),
    ]
    self = names.map { names in Self(known.filter { names.contains($0.0) }.map(\.1)) } ?? .all
  }
}
