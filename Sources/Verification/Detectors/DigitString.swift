import Masking

/// Up to 24 decimal digits of a value, without what separates them.
struct DigitString {
  /// Four bits each, the last digit lowest.
  private(set) var packed: UInt128 = 0
  private(set) var count = 0
  private(set) var separators = 0

  /// Nothing where something else than digits, and single separators between them, is in the value.
  init?(_ value: UnsafeRawBufferPointer, separators allowed: StaticString = " -.") {
    guard value.count <= 40 else { return nil }
    var wasDigit = false
    for byte in value {
      if byte.isDigit {
        guard count < 24 else { return nil }
        packed = packed << 4 | UInt128(byte &- 0x30)
        (count, wasDigit) = (count + 1, true)
      } else {
        guard wasDigit, Self.isAllowed(byte, allowed) else { return nil }
        (separators, wasDigit) = (separators + 1, false)
      }
    }
    guard wasDigit else { return nil }
  }

  private static func isAllowed(_ byte: UInt8, _ allowed: StaticString) -> Bool {
    for index in 0..<allowed.utf8CodeUnitCount where allowed.utf8Start[index] == byte { return true }
    return false
  }

  /// From the left.
  @inline(__always)
  subscript(index: Int) -> Int { Int(truncatingIfNeeded: packed >> UInt128(4 * (count - 1 - index))) & 15 }

  func number(_ from: Int, _ to: Int) -> Int {
    var value = 0
    for index in from..<to { value = value * 10 + self[index] }
    return value
  }

  /// The sum of digits times weights, from the left.
  func sum(_ weights: StaticString) -> Int {
    var sum = 0
    for index in 0..<min(count, weights.utf8CodeUnitCount) {
      sum += self[index] * Int(weights.utf8Start[index] &- 0x30)
    }
    return sum
  }

  /// 111111111: right for many checks, and nobody's.
  var isOneDigit: Bool {
    for index in 1..<max(1, count) where self[index] != self[0] { return false }
    return true
  }

  /// The same without the first digits.
  func dropping(_ digits: Int) -> UInt128 {
    let kept = max(0, count - digits)
    return kept >= 32 ? packed : packed & ((1 << UInt128(4 * kept)) - 1)
  }
}

/// Days as numbers of states hold them.
enum BirthDay {
  static func isPlausible(month: Int, day: Int) -> Bool {
    guard (1...12).contains(month), day >= 1 else { return false }
    return day <= (month == 2 ? 29 : [4, 6, 9, 11].contains(month) ? 30 : 31)
  }
}
