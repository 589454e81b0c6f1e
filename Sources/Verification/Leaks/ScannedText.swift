import Masking

/// A text in normal form (`NormalForm`) with its words and what they are made of, found in one pass over its bytes, in
/// memory that is used again for the next one.
///
/// The owner of its memory.
struct ScannedText: ~Copyable {
  /// A run of letters and digits.
  struct Word {
    var start: Int
    var end: Int
    /// Characters outside of ASCII count as letters.
    var letters: Int
    var digits: Int

    @inline(__always) var count: Int { end - start }
    @inline(__always) var isNumber: Bool { digits == count }
  }

  private var text: UnsafeMutablePointer<UInt8>
  private var list: UnsafeMutablePointer<Word>
  /// Bytes that `text` holds; `list` holds half as many words and one more, so that neither is asked for room in the loop.
  private var capacity: Int
  private var normal = NormalForm()
  private let table = SignTable.shared

  private(set) var count = 0
  private(set) var words = 0
  /// Of the whole; how many different bytes there are is not counted.
  private(set) var shape = TextShape()
  private var seen = Sign(rawValue: 0)
  private var dots = 0

  init() {
    capacity = 256
    text = .allocate(capacity: capacity)
    list = .allocate(capacity: capacity / 2 + 1)
  }

  deinit {
    text.deallocate()
    list.deallocate()
  }

  /// Until the next one is read.
  @inline(__always) var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: text, count: count) }

  @inline(__always) subscript(word: Int) -> Word { list[word] }
  @inline(__always) func byte(_ index: Int) -> UInt8 { text[index] }
  @inline(__always) func slice(_ from: Int, _ to: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: text + from, count: to - from)
  }

  @inline(__always)
  mutating func read(_ value: UnsafeRawBufferPointer) {
    guard scan(value) else { return }
    // What is outside of ASCII has other rules for its lower case, and is composed: so it is brought to its form first.
    _ = scan(normal.text(of: value))
  }

  /// Whether anything in it is outside of ASCII.
  private mutating func scan(_ value: UnsafeRawBufferPointer) -> Bool {
    if value.count + 1 > capacity { grow(value.count + 1) }
    guard let source = value.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
      empty()
      return false
    }
    let (table, text, list, end) = (table.signs, text, list, value.count)
    var (out, index, found, dots) = (0, 0, 0, 0)
    var total = TextShape()
    var seen = Sign(rawValue: 0)
    var hasGap = false
    while index < end {
      var sign = table[Int(source[index])]
      seen.formUnion(sign)
      index += 1
      if sign.isBlank {
        hasGap = out > 0
        continue
      }
      if hasGap {
        text[out] = 0x20
        out += 1
        total.gaps += 1
        hasGap = false
      }
      text[out] = sign.byte
      out += 1
      guard sign.isWord else {
        dots += sign.dots
        total.others += 1
        continue
      }
      let start = out - 1
      var (letters, digits) = (sign.letters, sign.digits)
      while index < end {
        sign = table[Int(source[index])]
        guard sign.isWord else { break }
        seen.formUnion(sign)
        text[out] = sign.byte
        letters += sign.letters
        digits += sign.digits
        out += 1
        index += 1
      }
      list[found] = Word(start: start, end: out, letters: letters, digits: digits)
      found += 1
      total.letters += letters
      total.digits += digits
    }
    (count, words, shape, self.seen, self.dots) = (out, found, total, seen, dots)
    return seen.contains(.foreign)
  }

  private mutating func empty() {
    (count, words, shape, seen, dots) = (0, 0, TextShape(), Sign(rawValue: 0), 0)
  }

  private mutating func grow(_ wanted: Int) {
    text.deallocate()
    list.deallocate()
    capacity = wanted * 2
    text = .allocate(capacity: capacity)
    list = .allocate(capacity: capacity / 2 + 1)
  }

  /// Some byte is an `@`.
  @inline(__always) var hasMail: Bool { seen.contains(.mail) }
  /// Some byte stands between values: neither of a word nor one of `. _ - + @ '`.
  @inline(__always) var hasDivider: Bool { seen.contains(.divider) }

  /// From end to end it is one word, or words with signs between that stand within values: nothing in it is divided.
  @inline(__always) var isOneToken: Bool {
    shape.gaps == 0 && !hasDivider && table.signs[Int(text[0])].isWord && table.signs[Int(text[count - 1])].isWord
  }

  /// The next place with an `@`, from one on.
  @inline(__always)
  func mailSign(from index: Int) -> Int? {
    var place = index
    while place < count, text[place] != UInt8(ascii: "@") { place += 1 }
    return place < count ? place : nil
  }

  /// Can stand in front of an `@`, or behind it.
  @inline(__always) func isInMailbox(_ index: Int) -> Bool { table.signs[Int(text[index])].contains(.mailbox) }
  @inline(__always) func isInDomain(_ index: Int) -> Bool { table.signs[Int(text[index])].contains(.domain) }
  @inline(__always) func isInWord(_ index: Int) -> Bool { table.signs[Int(text[index])].isWord }

  /// Written with digits and the signs of telephone numbers alone, and no address of the network.
  @inline(__always) var isNumberOfSomebody: Bool {
    guard !seen.contains(.foreignToNumbers), shape.digits >= LeakBounds.shortest, NormalForm.beginsNumber(text[0])
    else {
      return false
    }
    guard dots == 3, shape.others == 3, shape.gaps == 0 else { return true }
    for word in 0..<words where list[word].count > 3 { return true }
    return false
  }
}

/// What a byte is, in one word for each of the 256: its lower case in the low eight bits, and what it counts as.
private struct Sign: OptionSet {
  let rawValue: UInt32

  private static let letterPlace: UInt32 = 8
  private static let digitPlace: UInt32 = 9
  private static let dotPlace: UInt32 = 10
  static let word = Sign(rawValue: 1 << 11)
  static let blank = Sign(rawValue: 1 << 12)
  static let foreign = Sign(rawValue: 1 << 13)
  static let mail = Sign(rawValue: 1 << 14)
  static let divider = Sign(rawValue: 1 << 15)
  static let foreignToNumbers = Sign(rawValue: 1 << 16)
  static let mailbox = Sign(rawValue: 1 << 17)
  static let domain = Sign(rawValue: 1 << 18)

  @inline(__always) var byte: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
  @inline(__always) var letters: Int { Int(rawValue >> Self.letterPlace & 1) }
  @inline(__always) var digits: Int { Int(rawValue >> Self.digitPlace & 1) }
  @inline(__always) var dots: Int { Int(rawValue >> Self.dotPlace & 1) }
  @inline(__always) var isWord: Bool { contains(.word) }
  @inline(__always) var isBlank: Bool { contains(.blank) }

  init(rawValue: UInt32) { self.rawValue = rawValue }

  fileprivate init(of byte: UInt8) {
    var sign = Sign(rawValue: UInt32(byte &- 0x41 < 26 ? byte | 0x20 : byte))
    switch ByteClass.of(byte) {
    case .letter: sign = Sign(rawValue: sign.rawValue | 1 << Self.letterPlace).union([.word, .foreignToNumbers])
    case .digit: sign = Sign(rawValue: sign.rawValue | 1 << Self.digitPlace).union(.word)
    case .foreign:
      let isFirst: UInt32 = byte & 0xC0 == 0x80 ? 0 : 1
      sign = Sign(rawValue: sign.rawValue | isFirst << Self.letterPlace).union([.word, .foreign, .foreignToNumbers])
    case .blank: sign.formUnion(.blank)
    case .other:
      if byte == UInt8(ascii: ".") { sign = Sign(rawValue: sign.rawValue | 1 << Self.dotPlace) }
      if byte == UInt8(ascii: "@") { sign.formUnion(.mail) }
      if !"._-+@'".utf8.contains(byte) { sign.formUnion(.divider) }
      if !"+-()./".utf8.contains(byte) { sign.formUnion(.foreignToNumbers) }
    }
    if sign.isWord || "._-+%".utf8.contains(byte) { sign.formUnion(.mailbox) }
    if sign.isWord || ".-".utf8.contains(byte) { sign.formUnion(.domain) }
    self = sign
  }
}

/// `@unchecked Sendable`: made once, never written again and never given back. A pointer, because it is read for every
/// byte.
private struct SignTable: @unchecked Sendable {
  let signs: UnsafePointer<Sign>

  static let shared: SignTable = {
    let signs = UnsafeMutablePointer<Sign>.allocate(capacity: 256)
    for byte in UInt8.min...UInt8.max { (signs + Int(byte)).initialize(to: Sign(of: byte)) }
    return SignTable(signs: UnsafePointer(signs))
  }()
}
