/// The characters of a value that are permuted: digits, and letters of the cases that the value has.
struct FPEAlphabet {
  private let letters: Bool
  private var hasUpper = false
  private var hasLower = false
  /// How many characters of the value are in it.
  private(set) var count = 0

  init(of value: UnsafeRawBufferPointer, letters: Bool) {
    self.letters = letters
    for byte in value where contains(byte) {
      count += 1
      hasUpper = hasUpper || byte.isUpper
      hasLower = hasLower || byte.isLower
    }
  }

  var radix: Int { hasUpper && hasLower ? 62 : hasUpper || hasLower ? 36 : 10 }

  @inline(__always)
  private func contains(_ byte: UInt8) -> Bool { byte.isDigit || (letters && byte.isLetter) }

  /// Digits are 0…9; capital letters, or small ones where there are no others, go on from 10; small ones beside
  /// capital ones from 36.
  func read(_ value: UnsafeRawBufferPointer, into numerals: UnsafeMutableBufferPointer<UInt8>) {
    var place = 0
    for byte in value where contains(byte) {
      let small: UInt8 = hasUpper ? 36 : 10
      numerals[place] = byte.isDigit ? byte &- 0x30 : byte.isUpper ? byte &- 0x41 + 10 : byte &- 0x61 + small
      place += 1
    }
  }

  func write(_ numerals: UnsafeMutableBufferPointer<UInt8>, like value: UnsafeRawBufferPointer, to sink: inout ByteSink)
  {
    var place = 0
    for byte in value {
      guard contains(byte) else {
        sink.append(byte)
        continue
      }
      sink.append(character(numerals[place]))
      place += 1
    }
  }

  private func character(_ numeral: UInt8) -> UInt8 {
    if numeral < 10 { return 0x30 + numeral }
    if numeral >= 36 { return 0x61 + numeral - 36 }
    return (hasUpper ? 0x41 : 0x61) + numeral - 10
  }

  /// Whether the numerals have letters of every case that the value has.
  func isClass(of numerals: UnsafeMutableBufferPointer<UInt8>) -> Bool {
    switch radix {
    case 10: true
    case 36: numerals.contains { $0 >= 10 }
    default: numerals.contains { $0 >= 36 } && numerals.contains { (10..<36).contains($0) }
    }
  }
}
