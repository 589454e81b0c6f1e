import Masking

/// Takes from a value everything in it that could be an original: the whole, its words, and what lies between.
///
/// Of text with more than one word these are looked at:
/// - the whole, in normal form;
/// - single words, and two and three words with one space between them (full names, a house number with its street);
/// - what stands between blanks, without the punctuation around it (identifiers, IBANs without spaces, addresses of
///   the network);
/// - what stands around an `@`, as mail addresses are written;
/// - neighbouring groups of digits, put together (telephone numbers, cards).
///
/// JSON is looked at leaf by leaf, an array element by element, and what stands in quotes by itself. One reader belongs
/// to one thread.
final class CandidateReader {
  /// What is behind a value's bytes.
  enum Form: Sendable, Hashable {
    case text, json, array
    /// `hstore`, rows and whatever else has a text form of its own: its quoted parts are values.
    case quoted
  }

  typealias Take = (_ key: UnsafeRawBufferPointer) -> Void

  private var normal = NormalForm()
  private var words: [Range<Int>] = []
  private var groups: [Range<Int>] = []
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

  func read(_ value: UnsafeRawBufferPointer, as form: Form, _ take: Take) {
    guard value.count >= LeakBounds.shortest else { return }
    switch form {
    case .text:
      text(value, take)
      if value[0] == UInt8(ascii: "{") || value[0] == UInt8(ascii: "[") { json(value, take) }
    case .json:
      json(value, take)
      // The keys of objects are no leaves; what is looked for in them is what people use as keys.
      if value.contains(UInt8(ascii: "@")) { takeMailAddresses(normal.text(of: value), take) }
    case .array:
      do throws(MaskFailure) {
        try ArrayElements.each(of: value) { text($0, take) }
      } catch { text(value, take) }
    case .quoted:
      text(value, take)
      quoted(value, UInt8(ascii: "\""), take)
    }
  }

  /// The whole value and what is in it.
  private func text(_ value: UnsafeRawBufferPointer, _ take: Take) {
    guard value.count >= LeakBounds.shortest else { return }
    let text = normal.text(of: value)
    take(normal.key(of: text))
    inner(text, take)
  }

  /// What is no JSON after all is read as the text that it is.
  private func json(_ value: UnsafeRawBufferPointer, _ take: Take) {
    // The leaves are copied out one by one, because reading a leaf uses the memory that the value may lie in.
    do throws(MaskFailure) {
      try JSONLeaves.each(of: value) { text($0, take) }
    } catch { return }
  }

  /// Everything between two signs of the kind, and everything behind the last one.
  func quoted(_ value: UnsafeRawBufferPointer, _ quote: UInt8, _ take: Take) {
    var start: Int?
    for index in value.indices where value[index] == quote {
      if let from = start, index - from >= LeakBounds.shortest { text(value.slice(from, index), take) }
      start = index + 1
    }
  }

  private func inner(_ text: UnsafeRawBufferPointer, _ take: Take) {
    guard text.contains(where: { !ByteClass.of($0).isWord }) else { return }
    findWords(text)
    takeWords(text, take)
    if hasMixed || hasNumbers { takeTokens(text, take) }
    if hasMixed { takeMailAddresses(text, take) }
    if hasNumbers, groups.count > 1 { takeNumbers(text, take) }
  }
}

// MARK: - Words

extension CandidateReader {
  private func findWords(_ text: UnsafeRawBufferPointer) {
    words.removeAll(keepingCapacity: true)
    groups.removeAll(keepingCapacity: true)
    var index = 0
    while index < text.count {
      guard ByteClass.of(text[index]).isWord else {
        index += 1
        continue
      }
      let start = index
      var isNumber = true
      while index < text.count, ByteClass.of(text[index]).isWord {
        isNumber = isNumber && text[index] &- 0x30 < 10
        index += 1
      }
      words.append(start..<index)
      if isNumber { groups.append(start..<index) }
    }
  }

  private func takeWords(_ text: UnsafeRawBufferPointer, _ take: Take) {
    for number in words.indices {
      let start = words[number].lowerBound
      var end = words[number].upperBound
      if lengths.contains(.word, end - start) || lengths.contains(.number, end - start) { take(text.slice(start, end)) }
      for next in (number + 1)..<max(number + 1, min(number + mostWords, words.count)) {
        guard words[next].lowerBound == end + 1, text[end] == 0x20 else { break }
        end = words[next].upperBound
        if lengths.contains(next - number == 1 ? .twoWords : .threeWords, end - start) { take(text.slice(start, end)) }
      }
    }
  }

  /// From blank to blank; and where other signs than those of names and numbers stand between, from sign to sign too.
  private func takeTokens(_ text: UnsafeRawBufferPointer, _ take: Take) {
    var index = 0
    while index < text.count {
      let start = index
      var divisions = 0
      while index < text.count, text[index] != 0x20 {
        if Self.divides(text[index]) { divisions += 1 }
        index += 1
      }
      takeToken(text, start, index, take)
      if divisions > 0 { takeParts(text, start, index, take) }
      index += 1
    }
  }

  private func takeParts(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ take: Take) {
    var from = start
    for index in start...end where index == end || Self.divides(text[index]) {
      if index - from < end - start { takeToken(text, from, index, take) }
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

  /// Without the punctuation around it. What is one word was taken as such.
  private func takeToken(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ take: Take) {
    var (from, to) = (start, end)
    while from < to, !ByteClass.of(text[from]).isWord, text[from] != 0x2B { from += 1 }
    while to > from, !ByteClass.of(text[to - 1]).isWord { to -= 1 }
    guard to - from >= LeakBounds.shortest, to - from < text.count else { return }
    let token = text.slice(from, to)
    if token.contains(where: { !ByteClass.of($0).isWord }) { take(normal.key(of: token)) }
  }

  private func takeMailAddresses(_ text: UnsafeRawBufferPointer, _ take: Take) {
    var index = 0
    while index < text.count {
      defer { index += 1 }
      guard text[index] == UInt8(ascii: "@") else { continue }
      var (from, to) = (index, index + 1)
      while from > 0, Self.isInMailbox(text[from - 1]) { from -= 1 }
      while to < text.count, Self.isInDomain(text[to]) { to += 1 }
      while to > index + 1, !ByteClass.of(text[to - 1]).isWord { to -= 1 }
      if from < index, to > index + 1 { take(text.slice(from, to)) }
    }
  }

  private static func isInMailbox(_ byte: UInt8) -> Bool {
    if ByteClass.of(byte).isWord { return true }
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "%"): return true
    default: return false
    }
  }

  private static func isInDomain(_ byte: UInt8) -> Bool {
    ByteClass.of(byte).isWord || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
  }
}

// MARK: - Numbers

extension CandidateReader {
  /// Groups that are put together at most, and digits of the longest number of somebody (a card has 19).
  private static let mostGroups = 6
  private static let mostDigits = 19

  private func takeNumbers(_ text: UnsafeRawBufferPointer, _ take: Take) {
    for number in groups.indices {
      joined.removeAll()
      joined.append(text.slice(groups[number].lowerBound, groups[number].upperBound))
      for next in (number + 1)..<max(number + 1, min(number + Self.mostGroups, groups.count)) {
        guard Self.isJoint(text.slice(groups[next - 1].upperBound, groups[next].lowerBound)) else { break }
        joined.append(text.slice(groups[next].lowerBound, groups[next].upperBound))
        if joined.count > Self.mostDigits { break }
        if joined.count >= LeakBounds.shortest { take(joined.bytes) }
      }
    }
  }

  /// At most two of the signs that groups of one number are divided by.
  private static func isJoint(_ gap: UnsafeRawBufferPointer) -> Bool {
    gap.count <= 2
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
