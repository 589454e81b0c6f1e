import Masking

/// The PESEL of Poland: day of birth with the century in the month, order, and a check by the weights 1, 3, 7, 9.
public struct PESELDetector: NationalNumber {
  public init() {}

  public let kind = "pl_pesel"
  public let title = "a Polish PESEL"
  public let words = ColumnWords(strong: ["pesel", "numer pesel"], weak: general)

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard value.count == 11, let digits = DigitString(value), digits.count == 11 else { return .none }
    guard BirthDay.isPlausible(month: digits.number(2, 4) % 20, day: digits.number(4, 6)) else { return .none }
    return (digits.sum("1379137913") + digits[10]) % 10 == 0 ? .checked : .none
  }
}
