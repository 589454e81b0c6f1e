import Masking

/// Finds personal data inside of text: what its form tells for certain, and numbers with a check where a word before
/// them says what they are.
///
/// Two passes from left to right. Bare digits that pass a check are found by their word alone: of all numbers of nine
/// digits every tenth does.
struct TextFinder: Sendable {
  private let scanner = PersonalDataScanner([.email, .phone, .ssn, .card, .iban, .ip, .url])
  private let email = EmailDetector(), url = URLUserDetector(), token = TokenDetector(), iban = IBANDetector()
  private let card = CardDetector(), ssn = SocialSecurityDetector(), ip = IPDetector(), phone = PhoneDetector()
  private let lettered: [(kind: String, detector: any Detector)]
  private let numbered: [(kind: String, detector: any Detector, words: WordTable)]
  private let extra: [any Detector]
  private let kinds: [String: Int]

  /// Kinds in the order of their bits.
  let names: [String]

  /// - Parameter extra: of shapes that somebody configured; found where they stand between blanks.
  init(extra: [any Detector] = []) {
    // A bit for each kind there is.
    self.extra = Array(extra.prefix(64 - [any Detector].builtIn.count))
    let letters: Set<String> = ["it_codice_fiscale", "fi_hetu", "es_dni"]
    let national = [any Detector].nationalNumbers
    lettered = national.filter { letters.contains($0.kind) }.map { ($0.kind, $0) }
    let bare: [any Detector] =
      national.filter { !letters.contains($0.kind) } + [CardDetector(), SocialSecurityDetector()]
    numbered = bare.map { ($0.kind, $0, WordTable(words: $0.words.strong + $0.words.weak)) }
    names = [any Detector].builtIn.map(\.kind) + self.extra.map(\.kind)
    kinds = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
  }

  func bit(_ kind: String) -> UInt64 { kinds[kind].map { 1 << UInt64($0) } ?? 0 }

  /// A bit for each kind that is inside.
  func find(in text: UnsafeRawBufferPointer) -> UInt64 { formed(text) | spoken(text) }

  // MARK: By form

  private func formed(_ text: UnsafeRawBufferPointer) -> UInt64 {
    var (found, place): (UInt64, Int) = (0, 0)
    while let range = scanner.first(in: text, from: place) {
      found |= kind(of: text.part(range.lowerBound, range.upperBound), standsAlone: text.standsAlone(range))
      place = max(range.upperBound, place + 1)
    }
    return found
  }

  private func kind(of part: UnsafeRawBufferPointer, standsAlone: Bool) -> UInt64 {
    if email.match(part) >= .form { return bit("email") }
    if url.match(part) >= .form { return bit("url_user") }
    if iban.match(part) >= .checked { return bit("iban") }
    if card.match(part) >= .checked, part.count > 17 { return bit("card") }
    if ip.match(part) >= .form { return bit("ip") }
    // Inside of a path, a uuid or a measure are digits that read like numbers of people.
    guard standsAlone else { return 0 }
    if ssn.match(part) >= .form { return bit("us_ssn") }
    if phone.match(part) >= .form, card.match(part) == .none { return bit("phone") }
    return 0
  }

  // MARK: By words

  private func spoken(_ text: UnsafeRawBufferPointer) -> UInt64 {
    var (found, index): (UInt64, Int) = (0, 0)
    var before: (Range<Int>, Range<Int>, Range<Int>, Range<Int>) = (0..<0, 0..<0, 0..<0, 0..<0)
    while index < text.count {
      guard text[index].beginsCandidate else {
        index += 1
        continue
      }
      let (end, digits) = endOfCandidate(text, index)
      let part = text.part(index, end)
      for detector in extra where detector.match(part) >= .form { found |= bit(detector.kind) }
      if end - index >= 9 {
        if digits >= 9 {
          for (kind, detector, words) in numbered
          where detector.match(part) >= .checked || isSpokenForm(kind, detector, part) {
            let isSaid =
              isWord(text, before.0, words) || isWord(text, before.1, words) || isWord(text, before.2, words)
              || isWord(text, before.3, words)
            if isSaid { found |= bit(kind) }
          }
        }
        for (kind, detector) in lettered where detector.match(part) >= .checked { found |= bit(kind) }
        if token.match(part) >= .form { found |= bit("token") }
      }
      if digits == 0 { before = (before.1, before.2, before.3, index..<end) }
      index = end
    }
    return found
  }

  /// Nine bare digits are a social security number where the text says so.
  private func isSpokenForm(_ kind: String, _ detector: any Detector, _ part: UnsafeRawBufferPointer) -> Bool {
    kind == "us_ssn" && detector.match(part) >= .weak
  }

  private func isWord(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ words: WordTable) -> Bool {
    !range.isEmpty && words.contains(text.part(range.lowerBound, range.upperBound))
  }

  /// A run without blanks and brackets; where it is of digits alone, also over single spaces to the next digits.
  private func endOfCandidate(_ text: UnsafeRawBufferPointer, _ start: Int) -> (end: Int, digits: Int) {
    var (end, digits, letters) = (start, 0, 0)
    while end < text.count {
      let byte = text[end]
      if byte.isDigit {
        digits += 1
      } else if byte.isCandidate {
        letters += byte.isLetter || byte >= 0x80 ? 1 : 0
      } else if byte == 0x20, letters == 0, digits > 0, end - start < 24, end + 1 < text.count, text[end + 1].isDigit {
        // The space belongs to it.
      } else {
        break
      }
      end += 1
    }
    while end > start + 1, text[end - 1] == UInt8(ascii: ".") || text[end - 1] == UInt8(ascii: "-") { end -= 1 }
    return (end, digits)
  }
}

extension UnsafeRawBufferPointer {
  /// Between blanks, quotes, brackets, and the signs that end a sentence or follow a label.
  fileprivate func standsAlone(_ range: Range<Int>) -> Bool {
    if range.lowerBound > 0 {
      let before = self[range.lowerBound - 1]
      if before.isAlphanumeric || before >= 0x80 || Self.joins(before) { return false }
    }
    guard range.upperBound < count else { return true }
    let after = self[range.upperBound]
    if after.isAlphanumeric || after >= 0x80 { return false }
    guard Self.joins(after) else { return true }
    // A full stop may end a sentence, and not a number.
    return after == UInt8(ascii: ".") && (range.upperBound + 1 == count || self[range.upperBound + 1].isBlank)
  }

  private static func joins(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "%"),
      UInt8(ascii: "#"):
      true
    default: false
    }
  }
}

extension UInt8 {
  fileprivate var beginsCandidate: Bool { isAlphanumeric || self >= 0x80 || self == UInt8(ascii: "$") }

  fileprivate var isCandidate: Bool {
    isAlphanumeric || self >= 0x80 || self == UInt8(ascii: "-") || self == UInt8(ascii: ".")
      || self == UInt8(ascii: "_")
      || self == UInt8(ascii: "/") || self == UInt8(ascii: "+") || self == UInt8(ascii: "$")
  }
}
