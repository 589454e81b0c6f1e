/// A day of the proleptic Gregorian calendar, in astronomical years: 0 is 1 BC.
struct CalendarDay: Equatable {
  var year: Int
  var month: Int
  var day: Int

  /// Days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March, so
  /// that the leap day is the last one, and 400 years are one era of 146,097 days).
  var number: Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  init(year: Int, month: Int, day: Int) { (self.year, self.month, self.day) = (year, month, day) }

  init(number: Int) {
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  var isReal: Bool { (1...12).contains(month) && day >= 1 && CalendarDay(number: number) == self }
}

/// A date or timestamp in PostgreSQL's text form with `DateStyle` ISO (manual, section 8.5.2): `2026-11-21`,
/// `2026-11-21 15:00:00.5+00`, `0044-03-15 BC`.
struct DateText {
  var day: CalendarDay
  /// ` 15:00:00.5`, empty for a date.
  let time: UnsafeRawBufferPointer
  /// `+00`, `-03:30`; empty where the type has none.
  let zone: UnsafeRawBufferPointer

  init?(_ text: UnsafeRawBufferPointer) {
    let isBC = text.count > 3 && text.part(text.count - 3, text.count).isExactly(" BC")
    let body = text.part(0, isBC ? text.count - 3 : text.count)
    var place = 0
    guard let year = Self.number(body, &place, digits: 4...7), Self.skip(0x2D, body, &place),
      let month = Self.number(body, &place, digits: 2...2), Self.skip(0x2D, body, &place),
      let day = Self.number(body, &place, digits: 2...2), year > 0
    else { return nil }
    self.day = CalendarDay(year: isBC ? 1 - year : year, month: month, day: day)
    let start = place
    guard self.day.isReal, place == body.count || Self.skipTime(body, &place) else { return nil }
    time = body.part(start, place)
    zone = body.part(place, body.count)
    guard zone.isEmpty || (!time.isEmpty && Self.isZone(zone)) else { return nil }
  }

  var hasTimeOfDay: Bool { !time.isEmpty && !time.isExactly(" 00:00:00") }

  private static func number(
    _ text: UnsafeRawBufferPointer, _ place: inout Int, digits: ClosedRange<Int>
  ) -> Int? {
    let start = place
    var value = 0
    while place < text.count, text[place].isDigit, place - start < digits.upperBound {
      value = value * 10 + Int(text[place] &- 0x30)
      place += 1
    }
    return digits.contains(place - start) ? value : nil
  }

  private static func skip(_ byte: UInt8, _ text: UnsafeRawBufferPointer, _ place: inout Int) -> Bool {
    guard place < text.count, text[place] == byte else { return false }
    place += 1
    return true
  }

  /// ` HH:MM:SS` and up to six digits of a second.
  private static func skipTime(_ text: UnsafeRawBufferPointer, _ place: inout Int) -> Bool {
    guard skip(0x20, text, &place), let hour = number(text, &place, digits: 2...2), skip(0x3A, text, &place),
      let minute = number(text, &place, digits: 2...2), skip(0x3A, text, &place),
      let second = number(text, &place, digits: 2...2), hour < 24, minute < 60, second < 60
    else { return false }
    guard skip(0x2E, text, &place) else { return true }
    return number(text, &place, digits: 1...6) != nil
  }

  /// `+HH`, `+HH:MM` or `+HH:MM:SS`.
  private static func isZone(_ text: UnsafeRawBufferPointer) -> Bool {
    var place = 1
    guard text[0] == 0x2B || text[0] == 0x2D, number(text, &place, digits: 2...2) != nil else { return false }
    while place < text.count {
      guard skip(0x3A, text, &place), number(text, &place, digits: 2...2) != nil else { return false }
    }
    return text.count <= 9
  }
}

extension ByteSink {
  /// The day with midnight as its time where there is one: four digits of the year at least, ` BC` at the end.
  mutating func append(_ day: CalendarDay, like text: DateText) {
    let isBC = day.year < 1
    append(signed: isBC ? 1 - day.year : day.year, width: 4)
    append(UInt8(ascii: "-"))
    append(signed: day.month, width: 2)
    append(UInt8(ascii: "-"))
    append(signed: day.day, width: 2)
    if !text.time.isEmpty { append(" 00:00:00") }
    append(text.zone)
    if isBC { append(" BC") }
  }
}
