import Masking

/// The NHS number of England, Wales and the Isle of Man: ten digits, weights 10 to 2, modulo eleven. Numbers from 999 on
/// are for tests.
public struct NHSNumberDetector: NationalNumber {
  public init() {}

  public let kind = "uk_nhs"
  public let title = "an NHS number"
  public let words = ColumnWords(
    strong: ["nhs", "nhs number", "nhsnumber", "nhs no"], weak: general + ["patient number"])

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (10...12).contains(value.count), let digits = DigitString(value, separators: " -"), digits.count == 10,
      !digits.isOneDigit
    else { return .none }
    let check = 11 - (digits[0] * 10 + digits.sumFromSecond("98765432")) % 11
    guard check != 10, check % 11 == digits[9] else { return .none }
    return digits.number(0, 3) == 999 ? .published : .checked
  }
}

extension DigitString {
  fileprivate func sumFromSecond(_ weights: StaticString) -> Int {
    var sum = 0
    for index in 0..<weights.utf8CodeUnitCount { sum += self[index + 1] * Int(weights.utf8Start[index] &- 0x30) }
    return sum
  }
}
