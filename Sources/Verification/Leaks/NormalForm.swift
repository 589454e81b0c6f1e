import Masking

/// Brings values that mean the same to the same bytes, in memory that is used again for the next value.
///
/// Lower case, no blanks around it, one space for each run of blanks inside. Text of ASCII costs one pass. Other text
/// is lower-cased by Unicode's tables; and where it holds combining characters it is composed (NFC) for the Latin,
/// Greek and Cyrillic scripts, kana and Hangul: what has no single character there stays as it was written.
///
/// What is written with digits and the signs of telephone numbers alone (`+ - ( ) . /` and blanks) is its digits:
/// so one normal form serves numbers of telephones, cards and social security, whatever column they stand in. An IPv4
/// address is none of them.
struct NormalForm: ~Copyable {
  private var text = ByteSink(capacity: 512)

  /// Valid until the next call.
  @inline(__always)
  mutating func text(of value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    text.removeAll()
    var isForeign = false
    var hasGap = false
    for byte in value {
      if byte == 0x20 || byte &- 0x09 < 5 {
        hasGap = true
        continue
      }
      if hasGap {
        if text.count > 0 { text.append(0x20) }
        hasGap = false
      }
      isForeign = isForeign || byte >= 0x80
      text.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
    }
    if isForeign { normaliseForeign() }
    return text.bytes
  }

  private mutating func normaliseForeign() {
    var lower = String(decoding: text.bytes, as: UTF8.self).lowercased()
    if Composition.mayApply(to: lower) { lower = Composition.composed(lower) }
    text.removeAll()
    text.append(Array(lower.utf8))
  }

  /// Whether a text in normal form is a number of somebody, whose digits are hashed instead of it.
  static func isNumber(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = text.first, beginsNumber(first) else { return false }
    var (digits, dots, run, longest, others) = (0, 0, 0, 0, 0)
    for byte in text {
      if byte &- 0x30 < 10 {
        digits += 1
        run += 1
        longest = max(longest, run)
        continue
      }
      run = 0
      switch byte {
      case UInt8(ascii: "."): dots += 1
      case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "/"), 0x20:
        others += 1
      default: return false
      }
    }
    let isAddress = dots == 3 && others == 0 && longest <= 3
    return digits >= LeakBounds.shortest && !isAddress
  }

  @inline(__always)
  static func beginsNumber(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "(")
  }
}

/// Canonical composition by what Swift knows of equality: strings are equal where Unicode calls them equivalent, so a
/// table of single characters finds the one that a base with its marks is.
enum Composition {
  /// Marks of the Combining Diacritical Marks, the sound marks of kana, and the conjoining jamo.
  static func mayApply(to text: String) -> Bool {
    text.unicodeScalars.contains { scalar in
      switch scalar.value {
      case 0x0300...0x036F, 0x1100...0x11FF, 0x3099...0x309A: true
      default: false
      }
    }
  }

  static func composed(_ text: String) -> String {
    var result = ""
    for character in text {
      if character.unicodeScalars.count > 1, let single = singles[character] {
        result.append(single)
      } else {
        result.append(character)
      }
    }
    return result
  }

  private static let singles: [Character: Character] = {
    let ranges: [ClosedRange<UInt32>] = [
      0x00C0...0x024F, 0x0370...0x03FF, 0x0400...0x04FF, 0x1E00...0x1EFF, 0x1F00...0x1FFF, 0x3040...0x30FF,
      0xAC00...0xD7A3,
    ]
    var singles: [Character: Character] = [:]
    for scalar in ranges.joined().compactMap(Unicode.Scalar.init) {
      let character = Character(scalar)
      if singles[character] == nil { singles[character] = character }
    }
    return singles
  }()
}
