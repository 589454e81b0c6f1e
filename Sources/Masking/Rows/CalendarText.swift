/// Dates and times between PostgreSQL's binary form and its text form with `DateStyle=ISO` and `TimeZone=UTC`, in the
/// proleptic Gregorian calendar, whose year before 1 is 1 BC.
enum CalendarText {
  private static let microsecondsPerDay: Int64 = 86_400_000_000
  /// 2000-01-01 in days since 0000-03-01, which the conversion counts from because leap days then come last.
  private static let epoch = 730_425

  static func append(days: Int32, to sink: inout ByteSink) {
    if days == .max { return sink.append("infinity") }
    if days == .min { return sink.append("-infinity") }
    let isBC = appendDay(Int(days), to: &sink)
    if isBC { sink.append(" BC") }
  }

  static func append(microseconds: Int64, inUTC: Bool, to sink: inout ByteSink) {
    if microseconds == .max { return sink.append("infinity") }
    if microseconds == .min { return sink.append("-infinity") }
    let (days, rest) = floored(microseconds, microsecondsPerDay)
    let isBC = appendDay(Int(days), to: &sink)
    sink.append(UInt8(ascii: " "))
    appendTime(Int(rest), to: &sink)
    if inUTC { sink.append("+00") }
    if isBC { sink.append(" BC") }
  }

  private static func floored(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  /// True where the year is before 1: the caller writes "BC" at the very end.
  private static func appendDay(_ days: Int, to sink: inout ByteSink) -> Bool {
    let (era, dayOfEra) = floored(Int64(days + epoch), 146_097)
    let day = Int(dayOfEra)
    let yearOfEra = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + Int(era) * 400 + (month <= 2 ? 1 : 0)
    sink.append(signed: year > 0 ? year : 1 - year, width: 4)
    sink.append(UInt8(ascii: "-"))
    sink.append(signed: month, width: 2)
    sink.append(UInt8(ascii: "-"))
    sink.append(signed: dayOfYear - (153 * shifted + 2) / 5 + 1, width: 2)
    return year <= 0
  }

  private static func appendTime(_ microseconds: Int, to sink: inout ByteSink) {
    sink.append(signed: microseconds / 3_600_000_000, width: 2)
    sink.append(UInt8(ascii: ":"))
    sink.append(signed: microseconds / 60_000_000 % 60, width: 2)
    sink.append(UInt8(ascii: ":"))
    sink.append(signed: microseconds / 1_000_000 % 60, width: 2)
    var fraction = microseconds % 1_000_000
    guard fraction > 0 else { return }
    var width = 6
    while fraction % 10 == 0 {
      fraction /= 10
      width -= 1
    }
    sink.append(UInt8(ascii: "."))
    sink.append(signed: fraction, width: width)
  }
}

extension CalendarText {
  static func days(_ text: UnsafeRawBufferPointer) -> Int32? {
    if let endless = endless(text) { return endless ? .max : .min }
    var reader = Reader(text)
    guard let days = reader.date(), reader.isAtEnd, let known = Int32(exactly: days) else { return nil }
    return known == .max || known == .min ? nil : known
  }

  /// A date alone is its midnight. In UTC an offset is taken into account; without a time zone it is refused.
  static func microseconds(_ text: UnsafeRawBufferPointer, inUTC: Bool) -> Int64? {
    if let endless = endless(text) { return endless ? .max : .min }
    var reader = Reader(text)
    guard let days = reader.date() else { return nil }
    var time: Int64 = 0
    if !reader.isAtEnd {
      guard let read = reader.time() else { return nil }
      time = read
      if inUTC, !reader.isAtEnd {
        guard let offset = reader.offset() else { return nil }
        time -= offset
      }
    }
    guard reader.isAtEnd else { return nil }
    let (start, overflowed) = Int64(days).multipliedReportingOverflow(by: microsecondsPerDay)
    let (sum, overflowedToo) = start.addingReportingOverflow(time)
    return overflowed || overflowedToo || sum == .max || sum == .min ? nil : sum
  }

  private static func endless(_ text: UnsafeRawBufferPointer) -> Bool? {
    text.elementsEqual("infinity".utf8) ? true : text.elementsEqual("-infinity".utf8) ? false : nil
  }

  /// Reads from left to right; a final " BC" has been taken off before.
  private struct Reader {
    var rest: Slice<UnsafeRawBufferPointer>
    let isBC: Bool

    init(_ text: UnsafeRawBufferPointer) {
      isBC = text.count > 3 && text[(text.count - 3)...].elementsEqual(" BC".utf8)
      rest = isBC ? text[..<(text.count - 3)] : text[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ byte: Character) -> Bool {
      guard rest.first == byte.asciiValue else { return false }
      rest = rest.dropFirst()
      return true
    }

    mutating func number(_ digits: ClosedRange<Int>) -> Int? {
      let run = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.prefix(digits.upperBound)
      guard run.count >= digits.lowerBound else { return nil }
      rest = rest.dropFirst(run.count)
      return run.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    mutating func date() -> Int? {
      guard let written = number(4...7), take("-"), let month = number(2...2), take("-"), let day = number(2...2),
        written > 0, (1...12).contains(month)
      else { return nil }
      let year = isBC ? 1 - written : written
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let length = month == 2 ? (isLeap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
      guard day >= 1, day <= length else { return nil }
      let shifted = Int64(month <= 2 ? year - 1 : year)
      let (era, yearOfEra) = CalendarText.floored(shifted, 400)
      let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
      return Int(era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100) + dayOfYear - CalendarText.epoch
    }

    mutating func time() -> Int64? {
      guard take(" ") || take("T"), let hour = number(2...2), take(":"), let minute = number(2...2), take(":"),
        let second = number(2...2), hour < 24, minute < 60, second < 60
      else { return nil }
      var fraction = 0
      if take(".") {
        let before = rest.count
        guard let digits = number(1...6) else { return nil }
        fraction = digits
        for _ in (before - rest.count)..<6 { fraction *= 10 }
      }
      return Int64((hour * 60 + minute) * 60 + second) * 1_000_000 + Int64(fraction)
    }

    mutating func offset() -> Int64? {
      if take("Z") { return 0 }
      let isWest = take("-")
      guard isWest || take("+"), let hours = number(2...2) else { return nil }
      var minutes = 0
      if take(":") {
        guard let read = number(2...2) else { return nil }
        minutes = read
      }
      return Int64((hours * 60 + minutes) * 60_000_000) * (isWest ? -1 : 1)
    }
  }
}
