import Masking

/// The national number of Belgium: day of birth, order, and 97 less the remainder by 97, with a 2 in front for people
/// born from 2000 on.
public struct BelgianNumberDetector: NationalNumber {
  public init() {}

  public let kind = "be_national_number"
  public let title = "a Belgian national number"
  public let words = ColumnWords(
    strong: ["rijksregisternummer", "rijksregister", "registre national", "numero national", "niss", "insz", "rrn"],
    weak: general)

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (11...15).contains(value.count), let digits = DigitString(value), digits.count == 11 else { return .none }
    let month = digits.number(2, 4) % 20
    guard month == 0 || BirthDay.isPlausible(month: month, day: max(1, digits.number(4, 6))) else { return .none }
    let (number, check) = (digits.number(0, 9), digits.number(9, 11))
    guard number % 1000 != 0 else { return .none }
    let isOld = 97 - number % 97 == check
    return isOld || (digits.number(0, 2) < 40 && 97 - (2_000_000_000 + number) % 97 == check) ? .checked : .none
  }
}
