import Masking

/// The fødselsnummer of Norway: day of birth, order, and two checks modulo eleven. A D-nummer has 40 added to the day.
public struct FodselsnummerDetector: NationalNumber {
  public init() {}

  public let kind = "no_fodselsnummer"
  public let title = "a Norwegian fødselsnummer"
  public let words = ColumnWords(
    strong: ["fodselsnummer", "fødselsnummer", "fodselsnr", "fnr", "personnummer"], weak: general)

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (11...12).contains(value.count), let digits = DigitString(value, separators: " "), digits.count == 11 else {
      return .none
    }
    let day = digits.number(0, 2)
    guard BirthDay.isPlausible(month: digits.number(2, 4), day: day > 40 ? day - 40 : day) else { return .none }
    let first = (digits.sum("376189452") + digits[9]) % 11
    let second = (digits.sum("5432765432") + digits[10]) % 11
    return first == 0 && second == 0 ? .checked : .none
  }
}
