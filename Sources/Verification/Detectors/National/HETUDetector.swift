public import Masking

/// The henkilötunnus of Finland: day of birth, a sign for the century, order, and the remainder by 31 as a character.
/// Orders from 900 on are for tests.
public struct HETUDetector: NationalNumber {
  public init() {}

  public let kind = "fi_hetu"
  public let title = "a Finnish henkilötunnus"
  public let words = ColumnWords(strong: ["hetu", "henkilotunnus", "henkilötunnus", "sotu"], weak: general)

  private static let checks: StaticString = "0123456789ABCDEFHJKLMNPRSTUVWXY"
  private static let centuries: StaticString = "+-YXWVUABCDEF"

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard value.count == 11, Self.centuries.holds(value[6]), let day = DigitString(value.part(0, 6)), day.count == 6,
      let order = DigitString(value.part(7, 10)), order.count == 3,
      BirthDay.isPlausible(month: day.number(2, 4), day: day.number(0, 2))
    else { return .none }
    let number = day.number(0, 6) * 1000 + order.number(0, 3)
    let check = value[10].isLower ? value[10] & 0xDF : value[10]
    guard Self.checks.utf8Start[number % 31] == check else { return .none }
    return order.number(0, 3) >= 900 ? .published : .checked
  }

  public func serves(_ family: ColumnType.Family) -> Bool { family == .text }
}

extension StaticString {
  fileprivate func holds(_ byte: UInt8) -> Bool {
    for index in 0..<utf8CodeUnitCount where utf8Start[index] == byte { return true }
    return false
  }
}
