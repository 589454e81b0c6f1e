import Masking

/// The personnummer of Sweden: day of birth, a hyphen (a plus from the hundredth birthday on), order, and a Luhn digit.
/// A samordningsnummer has 60 added to the day.
public struct PersonnummerDetector: NationalNumber {
  public init() {}

  public let kind = "se_personnummer"
  public let title = "a Swedish personnummer"
  public let words = ColumnWords(strong: ["personnummer", "personnr", "samordningsnummer"], weak: general + ["pnr"])

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (10...13).contains(value.count), let digits = DigitString(value, separators: "-+"),
      digits.count == 10 || digits.count == 12, digits.separators < 2
    else { return .none }
    if digits.separators == 1, value[value.count - 5].isDigit { return .none }
    let start = digits.count - 10
    if start == 2, !(18...20).contains(digits.number(0, 2)) { return .none }
    let day = digits.number(start + 4, start + 6)
    guard BirthDay.isPlausible(month: digits.number(start + 2, start + 4), day: day > 60 ? day - 60 : day) else {
      return .none
    }
    return Luhn.holds(digits.dropping(start)) ? .checked : .none
  }
}
