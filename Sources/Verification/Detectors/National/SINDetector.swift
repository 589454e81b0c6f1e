import Masking

/// The social insurance number of Canada: nine digits with a Luhn sum. None begins with 0 or 8.
public struct SINDetector: NationalNumber {
  public init() {}

  public let kind = "ca_sin"
  public let title = "a Canadian SIN"
  public let words = ColumnWords(strong: ["sin", "social insurance", "social insurance number"], weak: general)

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard value.count == 9 || value.count == 11, let digits = DigitString(value, separators: " -"), digits.count == 9,
      !digits.isOneDigit, Luhn.holds(digits.packed)
    else { return .none }
    guard digits.separators == 0 || (!value[3].isDigit && value[3] == value[7]) else { return .none }
    return digits[0] == 0 || digits[0] == 8 || digits.packed == 0x123456782 ? .published : .checked
  }
}
