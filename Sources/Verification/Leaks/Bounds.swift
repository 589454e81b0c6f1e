/// What can be looked for at all: a short or common value occurs in a copy without anybody having leaked it.
///
/// A value takes part from 6 bytes and 20 bits of estimated entropy on. The estimate of a value in normal form:
/// - digits alone count 2.3 bits each, because numbers are often counted and not drawn: nine digits are the least;
/// - one word of letters alone counts 1.5 bits for each letter: names and words come from dictionaries;
/// - several words of letters count 2 bits for each letter, and 1 for each place between them;
/// - anything else counts 2.5 bits for a letter, 3.3 for a digit, 3 for another sign;
/// - and never more than 5 bits for each different byte, so that `000-00-0000` is nobody's number.
public enum LeakBounds {
  public static let shortest = 6
  public static let leastEntropy = 20.0

  public enum Verdict: Sendable, Hashable {
    case inside
    case tooShort
    case tooCommon
  }

  /// In tenths of a bit, so that the estimate is the same on every machine.
  private static let least = 200
  private static let mostForEachByte = 50

  /// Whether it could be an original as far as its signs go; `isDiverse` is the other half.
  @inline(__always)
  static func isTelling(_ letters: Int, _ digits: Int, _ gaps: Int, _ others: Int) -> Bool {
    if others > 0 { return 25 * letters + 33 * digits + 30 * others + 10 * gaps >= least }
    if digits == 0 { return (gaps == 0 ? 15 * letters : 20 * letters + 10 * gaps) >= least }
    if letters == 0, gaps == 0 { return 23 * digits >= least }
    return 25 * letters + 33 * digits + 10 * gaps >= least
  }

  /// Whether there are enough different bytes; looks no further than it has to.
  @inline(__always)
  static func isDiverse(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var different = 0
    var (low, middle, foreign): (UInt64, UInt64, UInt64) = (0, 0, 0)
    for byte in bytes {
      let bit: UInt64 = 1 << UInt64(byte & 63)
      let seen: UInt64
      switch byte >> 6 {
      case 0: (seen, low) = (low, low | bit)
      case 1: (seen, middle) = (middle, middle | bit)
      default: (seen, foreign) = (foreign, foreign | bit)
      }
      guard seen & bit == 0 else { continue }
      different += 1
      if different * mostForEachByte >= least { return true }
    }
    return false
  }
}

/// What a value in normal form is, as far as it decides whether it can be an original at all: a sentence has many pairs
/// of words, and where no original is a pair of words of that length none of them has to be hashed.
enum TextKind: Int, CaseIterable {
  case number, word, twoWords, threeWords, moreWords
  /// With other signs than blanks in it.
  case mixed
}

/// The lengths in bytes of all originals of a kind; those from 63 on are one.
struct TextLengths: Sendable, Hashable {
  /// A vector and not an array, because it is read for every word.
  private(set) var bits = SIMD8<UInt64>()

  private static let kinds = TextKind.allCases.count

  @inline(__always)
  mutating func insert(_ kind: TextKind, _ count: Int) { bits[kind.rawValue] |= 1 << UInt64(min(count, 63)) }

  @inline(__always)
  func contains(_ kind: TextKind, _ count: Int) -> Bool { bits[kind.rawValue] >> UInt64(min(count, 63)) & 1 == 1 }

  static func += (left: inout Self, right: Self) { left.bits |= right.bits }

  /// 16 hexadecimal digits for each kind.
  var text: String {
    (0..<Self.kinds).map { kind in
      let digits = String(bits[kind], radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }.joined()
  }

  init() {}

  init?(text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 16 * Self.kinds else { return nil }
    for kind in 0..<Self.kinds {
      guard let word = UInt64(String(decoding: digits[kind * 16..<kind * 16 + 16], as: UTF8.self), radix: 16) else {
        return nil
      }
      bits[kind] = word
    }
  }
}

/// What a value in normal form is made of. Characters outside of ASCII count as letters.
struct TextShape {
  var letters = 0
  var digits = 0
  /// Blanks between words.
  var gaps = 0
  var others = 0

  @inline(__always) var kind: TextKind {
    if others > 0 { return .mixed }
    switch gaps {
    case 0: return letters == 0 && digits > 0 ? .number : .word
    case 1: return .twoWords
    case 2: return .threeWords
    default: return .moreWords
    }
  }

  init() {}

  @inline(__always)
  init(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes {
      switch ByteClass.of(byte) {
      case .letter: letters += 1
      case .digit: digits += 1
      case .blank: gaps += 1
      case .foreign: if byte & 0xC0 != 0x80 { letters += 1 }
      default: others += 1
      }
    }
  }
}

/// What a byte can be part of.
enum ByteClass: UInt8 {
  case other, letter, digit, blank
  /// Part of a character outside of ASCII.
  case foreign

  @inline(__always)
  static func of(_ byte: UInt8) -> ByteClass {
    if (byte | 0x20) &- 0x61 < 26 { return .letter }
    if byte &- 0x30 < 10 { return .digit }
    if byte >= 0x80 { return .foreign }
    if byte == 0x20 || byte &- 0x09 < 5 { return .blank }
    return .other
  }

  /// Part of a word.
  @inline(__always) var isWord: Bool { self == .letter || self == .digit || self == .foreign }
}
