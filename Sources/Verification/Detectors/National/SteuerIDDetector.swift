import Masking

/// The steuerliche Identifikationsnummer of Germany: eleven digits, the first not 0, the last by ISO/IEC 7064 MOD 11,10.
/// Of the first ten exactly one digit occurs twice or three times.
public struct SteuerIDDetector: NationalNumber {
  public init() {}

  public let kind = "de_steuer_id"
  public let title = "a German tax number"
  public let words = ColumnWords(
    strong: ["steuerid", "steuer id", "steuernummer", "steuerliche", "idnr", "steueridentifikationsnummer"],
    weak: general)

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard value.count <= 16, let digits = DigitString(value, separators: " "), digits.count == 11, digits[0] != 0,
      hasOneRepeated(digits)
    else { return .none }
    var product = 10
    for index in 0..<10 {
      let sum = (digits[index] + product) % 10
      product = (sum == 0 ? 10 : sum) * 2 % 11
    }
    return (11 - product) % 10 == digits[10] ? .checked : .none
  }

  private func hasOneRepeated(_ digits: DigitString) -> Bool {
    var counts: UInt64 = 0
    for index in 0..<10 { counts += 1 << UInt64(4 * digits[index]) }
    var repeated = 0
    for digit in 0..<10 {
      let count = Int(truncatingIfNeeded: counts >> UInt64(4 * digit)) & 15
      if count > 3 { return false }
      if count > 1 { repeated += 1 }
    }
    return repeated == 1
  }
}
