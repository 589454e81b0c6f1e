import Masking

/// Takes from a value everything in it that could be an original: the whole, its words, and what lies between.
///
/// Of text with more than one word these are looked at:
/// - the whole, in normal form;
/// - single words, and two and three words with one space between them (full names, a house number with its street);
/// - what stands between blanks, without the punctuation around it (identifiers, IBANs without spaces, addresses of
///   the network), and without any sign around it;
/// - names with hyphens and apostrophes, up to four words;
/// - what stands around an `@`, as mail addresses are written;
/// - neighbouring groups of digits, put together (telephone numbers, cards).
///
/// JSON is looked at leaf by leaf, an array element by element, and what stands in quotes by itself. What cannot be an
/// original by its signs, its kind or its length is never hashed. One reader belongs to one thread.
struct CandidateReader: ~Copyable {
  /// What is behind a value's bytes.
  enum Form: Sendable, Hashable {
    case text, json, array
    /// `hstore`, rows and whatever else has a text form of its own: its quoted parts are values.
    case quoted
  }

  private var text = ScannedText()
  private var joined = ByteSink(capacity: 64)
  private let lengths: TextLengths
  /// Some original has other signs than blanks in it; some is a number.
  private let hasMixed, hasNumbers: Bool
  /// The most words of an original that are looked for in text, up to three.
  private let mostWords: Int

  /// - Parameter lengths: of the originals that are looked for.
  init(_ lengths: TextLengths) {
    self.lengths = lengths
    hasMixed = lengths.bits[TextKind.mixed.rawValue] != 0
    hasNumbers = lengths.bits[TextKind.number.rawValue] != 0
    mostWords =
      lengths.bits[TextKind.threeWords.rawValue] != 0 ? 3 : lengths.bits[TextKind.twoWords.rawValue] != 0 ? 2 : 1
  }

  @inline(__always)
  mutating func read<Taker: CandidateTaker & ~Copyable>(
    _ value: UnsafeRawBufferPointer, as form: Form, into taker: inout Taker
  ) {
    guard value.count >= LeakBounds.shortest else { return }
    if form == .text, value[0] != UInt8(ascii: "{"), value[0] != UInt8(ascii: "[") { return read(value, &taker) }
    readParts(value, form, &taker)
  }

  private mutating func readParts<Taker: CandidateTaker & ~Copyable>(
    _ value: UnsafeRawBufferPointer, _ form: Form, _ taker: inout Taker
  ) {
    switch form {
    case .text:
      read(value, &taker)
      readJSON(value, &taker)
    case .json:
      readJSON(value, &taker)
      // The keys of objects are no leaves; what is looked for in them is what people use as keys.
      guard value.contains(UInt8(ascii: "@")) else { return }
      text.read(value)
      takeMailAddresses(&taker)
    case .array:
      do throws(MaskFailure) {
        try ArrayElements.each(of: value) { read($0, &taker) }
      } catch { read(value, &taker) }
    case .quoted:
      read(value, &taker)
      readQuoted(value, UInt8(ascii: "\""), into: &taker)
    }
  }

  /// What is no JSON after all is read as the text that it is.
  private mutating func readJSON<Taker: CandidateTaker & ~Copyable>(
    _ value: UnsafeRawBufferPointer, _ taker: inout Taker
  ) {
    do throws(MaskFailure) {
      try JSONLeaves.each(of: value) { read($0, &taker) }
    } catch { return }
  }

  /// Everything between two signs of the kind, and everything behind the last one.
  mutating func readQuoted<Taker: CandidateTaker & ~Copyable>(
    _ value: UnsafeRawBufferPointer, _ quote: UInt8, into taker: inout Taker
  ) {
    var start: Int?
    for index in value.indices where value[index] == quote {
      if let from = start, index - from >= LeakBounds.shortest { read(value.slice(from, index), &taker) }
      start = index + 1
    }
  }

  /// The whole value and what is in it.
  @inline(__always)
  private mutating func read<Taker: CandidateTaker & ~Copyable>(_ value: UnsafeRawBufferPointer, _ taker: inout Taker) {
    guard value.count >= LeakBounds.shortest else { return }
    text.read(value)
    takeWhole(&taker)
    guard text.words > 1 || text.shape.others > 0 else { return }
    takeWords(&taker)
    if text.shape.others > 0, !text.isOneToken, hasMixed || hasNumbers { takeTokens(&taker) }
    if hasMixed, text.shape.gaps > 0, text.shape.others > 0, text.words > 2 { takeNames(&taker) }
    if hasMixed, text.hasMail { takeMailAddresses(&taker) }
    if hasNumbers, text.shape.digits >= LeakBounds.shortest { takeNumbers(&taker) }
  }

  /// What may be an original by its kind, its length and its signs.
  @inline(__always)
  private func take<Taker: CandidateTaker & ~Copyable>(
    _ key: UnsafeRawBufferPointer, _ shape: TextShape, _ taker: inout Taker
  ) {
    guard key.count >= LeakBounds.shortest, lengths.contains(shape.kind, key.count),
      LeakBounds.isTelling(shape.letters, shape.digits, shape.gaps, shape.others), LeakBounds.isDiverse(key)
    else { return }
    taker.put(key, shape.kind)
  }

  private mutating func takeDigits<Taker: CandidateTaker & ~Copyable>(
    of bytes: UnsafeRawBufferPointer, _ taker: inout Taker
  ) {
    joined.removeAll()
    for byte in bytes where byte &- 0x30 < 10 { joined.append(byte) }
    takeJoined(&taker)
  }

  @inline(__always)
  private func takeJoined<Taker: CandidateTaker & ~Copyable>(_ taker: inout Taker) {
    var shape = TextShape()
    shape.digits = joined.count
    take(joined.bytes, shape, &taker)
  }

  @inline(__always)
  private mutating func takeWhole<Taker: CandidateTaker & ~Copyable>(_ taker: inout Taker) {
    if text.isNumberOfSomebody { return takeDigits(of: text.bytes, &taker) }
    take(text.bytes, text.shape, &taker)
  }
}

// MARK: - Words

extension CandidateReader {
  private mutating func takeWords<Taker: CandidateTaker & ~Copyable>(_ taker: inout Taker) {
    let whole = text.count
    let most = text.shape.gaps > 0 ? mostWords : 1
    for number in 0..<text.words {
      let first = text[number]
      var shape = TextShape()
      (shape.letters, shape.digits) = (first.letters, first.digits)
      take(text.slice(first.start, first.end), shape, &taker)
      var end = first.end
      var next = number + 1
      while next < text.words, next - number < most {
        let word = text[next]
        guard word.start == end + 1, text.byte(end) == 0x20 else { break }
        end = word.end
        shape.letters += word.letters
        shape.digits += word.digits
        shape.gaps += 1
        if end - first.start < whole { take(text.slice(first.start, end), shape, &taker) }
        next += 1
      }
    }
  }

  /// Names that have signs of their own (`Anne-Marie Lehmann`, `Liam O'Brien`): up to four words of letters with one blank,
  /// hyphen or apostrophe between each two, and not blanks alone. What has no blank is taken as what stands between two.
  private func takeNames<Taker: CandidateTaker & ~Copyable>(_ taker: inout Taker) {
    for first in 0..<text.words where text[first].digits == 0 {
      var (last, blanks, signs, letters) = (first, 0, 0, text[first].letters)
      while last - first < 3, last + 1 < text.words, let joint = joint(behind: last) {
        last += 1
        if joint == 0x20 { blanks += 1 } else { signs += 1 }
        letters += text[last].letters
        guard blanks > 0, signs > 0, text[last].end - text[first].start < text.count else { continue }
        var shape = TextShape()
        (shape.letters, shape.gaps, shape.others) = (letters, blanks, signs)
        take(text.slice(text[first].start, text[last].end), shape, &taker)
      }
    }
  }

  /// What alone stands between a word and the next one, where both may be parts of a name.
  @inline(__always)
  private func joint(behind word: Int) -> UInt8? {
    let (end, next) = (text[word].end, text[word + 1])
    guard next.start == end + 1, next.digits == 0 else { return nil }
    let sign = text.byte(end)
    return sign == 0x20 || sign == UInt8(ascii: "-") || sign == UInt8(ascii: "'") ? sign : nil
  }

  /// From blank to blank; and where other signs than those of names and numbers stand between, from sign to sign too.
  private mutating func takeTokens<Taker: CandidateTaker & ~Copyable>(_ taker: inout Taker) {
    var index = 0
    while index < text.count {
      let start = index
      var divisions = 0
      while index < text.count, text.byte(index) != 0x20 {
        if text.hasDivider, Self.divides(text.byte(index)) { divisions += 1 }
        index += 1
      }
      takeToken(start, index, &taker)
      if divisions > 0 { takeParts(start, index, &taker) }
      index += 1
    }
  }

  private mutating func takeParts<Taker: CandidateTaker & ~Copyable>(_ start: Int, _ end: Int, _ taker: inout Taker) {
    var from = start
    for index in start...end where index == end || Self.divides(text.byte(index)) {
      if index - from < end - start { takeToken(from, index, &taker) }
      from = index + 1
    }
  }

  private static func divides(_ byte: UInt8) -> Bool {
    if ByteClass.of(byte).isWord { return false }
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "@"),
      UInt8(ascii: "'"):
      return false
    default: return true
    }
  }

  /// Without the brackets, quotes and marks that people put around a value, and without any sign around it: a sign may be
  /// the value's own, as in `$2b$12$…` and `c2FsdA==`, or not.
  private mutating func takeToken<Taker: CandidateTaker & ~Copyable>(_ start: Int, _ end: Int, _ taker: inout Taker) {
    var (from, to) = (start, end)
    while from < to, Self.opens(text.byte(from)) { from += 1 }
    while to > from, Self.closes(text.byte(to - 1)) { to -= 1 }
    let (first, last) = (from, to)
    while from < to, !ByteClass.of(text.byte(from)).isWord, text.byte(from) != 0x2B { from += 1 }
    while to > from, !ByteClass.of(text.byte(to - 1)).isWord { to -= 1 }
    takeSigned(from, to, &taker)
    if first < from || last > to { takeSigned(first, last, &taker) }
  }

  /// What is one word was taken as such, and so was the whole.
  private mutating func takeSigned<Taker: CandidateTaker & ~Copyable>(_ from: Int, _ to: Int, _ taker: inout Taker) {
    guard to - from >= LeakBounds.shortest, to - from < text.count else { return }
    let token = text.slice(from, to)
    let shape = TextShape(token)
    guard shape.others > 0 else { return }
    if NormalForm.isNumber(token) { return takeDigits(of: token, &taker) }
    take(token, shape, &taker)
  }

  private static func opens(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "<"), UInt8(ascii: "\""),
      UInt8(ascii: "'"), UInt8(ascii: "`"):
      return true
    default: return false
    }
  }

  private static func closes(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ">"), UInt8(ascii: "\""),
      UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ";"),
      UInt8(ascii: ":"), UInt8(ascii: "!"), UInt8(ascii: "?"):
      return true
    default: return false
    }
  }

  private func takeMailAddresses<Taker: CandidateTaker & ~Copyable>(_ taker: inout Taker) {
    var next = 0
    while let sign = text.mailSign(from: next) {
      next = sign + 1
      var (from, to) = (sign, sign + 1)
      while from > 0, text.isInMailbox(from - 1) { from -= 1 }
      while to < text.count, text.isInDomain(to) { to += 1 }
      while to > sign + 1, !text.isInWord(to - 1) { to -= 1 }
      guard from < sign, to > sign + 1, to - from < text.count else { continue }
      let address = text.slice(from, to)
      take(address, TextShape(address), &taker)
    }
  }
}

// MARK: - Numbers

extension CandidateReader {
  /// Groups that are put together at most, and digits of the longest number of somebody (a card has 19).
  private static let mostGroups = 6
  private static let mostDigits = 19

  private mutating func takeNumbers<Taker: CandidateTaker & ~Copyable>(_ taker: inout Taker) {
    for number in 0..<text.words where text[number].isNumber {
      joined.removeAll()
      joined.append(text.slice(text[number].start, text[number].end))
      var next = number + 1
      // Only neighbours can be groups of one number: a word in between is no sign of a joint.
      while next < text.words, next - number < Self.mostGroups, text[next].isNumber {
        guard Self.isJoint(text.slice(text[next - 1].end, text[next].start)) else { break }
        joined.append(text.slice(text[next].start, text[next].end))
        if joined.count > Self.mostDigits { break }
        takeJoined(&taker)
        next += 1
      }
    }
  }

  /// At most three of the signs that groups of one number are divided by, as in `030 / 901820`.
  private static func isJoint(_ gap: UnsafeRawBufferPointer) -> Bool {
    gap.count <= 3
      && gap.allSatisfy { byte in
        byte == 0x20 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
          || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")")
      }
  }
}

extension UnsafeRawBufferPointer {
  @inline(__always)
  func slice(_ from: Int, _ to: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: baseAddress.map { $0 + from }, count: to - from)
  }
}

/// What is done with the candidates of a value.
protocol CandidateTaker: ~Copyable {
  /// - Parameter key: in normal form, valid during the call alone.
  mutating func put(_ key: UnsafeRawBufferPointer, _ kind: TextKind)
}

/// Finds the candidate again that a fingerprint is of; nothing else keeps any.
struct CandidateSearch: CandidateTaker {
  private let part: LeakFilterPart
  private let wanted: KeyedFingerprint
  private let tell: (UnsafeRawBufferPointer) -> Void
  private var isFound = false

  /// - Parameter tell: is called once, with the first candidate that has it.
  init(_ wanted: KeyedFingerprint, _ part: LeakFilterPart, _ tell: @escaping (UnsafeRawBufferPointer) -> Void) {
    (self.wanted, self.part, self.tell) = (wanted, part, tell)
  }

  mutating func put(_ key: UnsafeRawBufferPointer, _ kind: TextKind) {
    guard !isFound, part.fingerprinter.fingerprint(key) == wanted else { return }
    isFound = true
    tell(key)
  }
}
