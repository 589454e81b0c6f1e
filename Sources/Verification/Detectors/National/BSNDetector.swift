import Masking

/// The burgerservicenummer of the Netherlands: nine digits with weights 9 to 2 and -1, a multiple of eleven.
public struct BSNDetector: NationalNumber {
  public init() {}

  public let kind = "nl_bsn"
  public let title = "a Dutch BSN"
  public let words = ColumnWords(strong: ["bsn", "burgerservicenummer", "sofinummer", "sofi"], weak: general)

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard value.count <= 13, let digits = DigitString(value), digits.count == 9, !digits.isOneDigit else {
      return .none
    }
    let sum = digits.sum("98765432") - digits[8]
    guard sum % 11 == 0 else { return .none }
    return digits.packed == 0x111222333 || digits.packed == 0x123456782 ? .published : .checked
  }
}
