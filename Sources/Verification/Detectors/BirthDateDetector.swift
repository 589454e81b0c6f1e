public import Masking

/// A day of birth: a plausible day in a column whose name says so. Without the name a day is a day.
public struct BirthDateDetector: Detector {
  public init() {}

  public let kind = "birth_date"
  public let title = "days of birth"
  public let words = ColumnWords(
    strong: [
      "birth", "birthday", "birthdate", "birth date", "date of birth", "dob", "born", "geburtsdatum", "geburtstag",
      "geboren", "naissance", "date naissance", "nascita", "data nascita", "nacimiento", "fecha nacimiento",
      "nascimento",
      "geboortedatum", "urodzenia", "data urodzenia", "fodselsdato", "fodelsedatum", "syntymaaika", "birth year",
      "year of birth",
    ])

  /// `1984-03-07` and what may follow it, `07.03.1984`, `03/07/1984`, or a year alone.
  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (4...40).contains(value.count) else { return .none }
    for day in PublishedValues.days where value.starts(withText: day) { return .published }
    if value.count == 4 { return number(value, 0, 4).map { (1900...2030).contains($0) } == true ? .weak : .none }
    guard value.count >= 10 else { return .none }
    if value[4] == UInt8(ascii: "-"), value[7] == UInt8(ascii: "-"), value.count == 10 || !value[10].isDigit {
      return isDay(number(value, 0, 4), number(value, 5, 7), number(value, 8, 10)) ? .weak : .none
    }
    guard value.count == 10, value[2] == value[5], !value[2].isAlphanumeric else { return .none }
    let (first, second, year) = (number(value, 0, 2), number(value, 3, 5), number(value, 6, 10))
    return isDay(year, first, second) || isDay(year, second, first) ? .weak : .none
  }

  private func number(_ value: UnsafeRawBufferPointer, _ from: Int, _ to: Int) -> Int? {
    var number = 0
    for index in from..<to {
      guard value[index].isDigit else { return nil }
      number = number * 10 + Int(value[index] &- 0x30)
    }
    return number
  }

  private func isDay(_ year: Int?, _ month: Int?, _ day: Int?) -> Bool {
    guard let year, let month, let day, (1900...2030).contains(year) else { return false }
    return BirthDay.isPlausible(month: month, day: day)
  }

  public func serves(_ family: ColumnType.Family) -> Bool {
    switch family {
    case .text, .date, .timestamp, .timestampWithTimeZone, .integer(bytes: 2), .integer(bytes: 4): true
    default: false
    }
  }
}
