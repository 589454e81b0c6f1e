/// `date`: a day near the original one, never the same, at most `jitter_days` away; and of that what `precision` keeps.
///
/// The move is keyed by the day, so that the same day moves alike everywhere. `precision` says what is kept of the
/// moved day: `month` makes it the first of its month, `year` the first of January. The time of day of a timestamp is
/// no part of a day: it becomes midnight, in the value's own zone. `infinity` and `-infinity` stay, and days at the
/// ends of PostgreSQL's range move inwards.
struct DateMask: Mask {
  private let hash: KeyedHash
  private let jitter: UInt64
  private let precision: DatePrecision
  private let range: ClosedRange<Int>
  let traits = MaskTraits(uniqueness: .lossy, leak: .off)

  init(_ order: MaskOrder) throws(MaskRefusal) {
    hash = try order.hash()
    let days = order.integer("jitter_days") ?? 30
    try order.require((1...3_650).contains(days), "`jitter_days` is a number from 1 to 3650")
    jitter = UInt64(days)
    precision = order.text("precision").flatMap(DatePrecision.init) ?? .day
    range = DatePrecision.range(of: order.column.type.family)
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    guard !value.isInfiniteDay else { return sink.append(value) }
    guard let text = DateText(value) else { throw .notADate }
    let number = text.day.number
    let digest = withUnsafeBytes(of: Int64(number).bigEndian) { hash.digest($0) }
    // 1…jitter days, in either direction.
    let drawn = Int(digest.number(below: 2 * jitter))
    let distance = drawn / 2 + 1
    let moved = number + (drawn & 1 == 0 ? distance : -distance)
    let inside = range.contains(moved) ? moved : 2 * number - moved
    sink.append(precision.start(of: CalendarDay(number: inside), notBefore: range.lowerBound), like: text)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { precision.recognises(value, range) }
}

/// What is kept of a day.
enum DatePrecision: String {
  case day, month, year

  /// The day that stands for all of its month or year, though none before PostgreSQL's first one.
  func start(of day: CalendarDay, notBefore first: Int) -> CalendarDay {
    let start: CalendarDay
    switch self {
    case .day: return day
    case .month: start = CalendarDay(year: day.year, month: day.month, day: 1)
    case .year: start = CalendarDay(year: day.year, month: 1, day: 1)
    }
    return start.number < first ? CalendarDay(number: first) : start
  }

  func recognises(_ value: UnsafeRawBufferPointer, _ range: ClosedRange<Int>) -> Bool {
    if value.isInfiniteDay { return true }
    guard let text = DateText(value), !text.hasTimeOfDay, range.contains(text.day.number) else { return false }
    return start(of: text.day, notBefore: range.lowerBound) == text.day
  }

  /// Days since 1970 that the type holds (manual, table 8.9), a day less at both ends of `timestamp with time zone`,
  /// whose zone may move it over the end.
  static func range(of family: ColumnType.Family) -> ClosedRange<Int> {
    let first = CalendarDay(year: -4_712, month: 1, day: 1).number
    let dates = first...CalendarDay(year: 5_874_897, month: 12, day: 31).number
    let timestamps = first...CalendarDay(year: 294_276, month: 12, day: 31).number
    switch family {
    case .date: return dates
    case .timestampWithTimeZone: return timestamps.lowerBound + 1...timestamps.upperBound - 1
    default: return timestamps
    }
  }
}

extension UnsafeRawBufferPointer {
  var isInfiniteDay: Bool { isExactly("infinity") || isExactly("-infinity") }
}

extension MaskFailure {
  static let notADate = MaskFailure("it is no date in PostgreSQL's ISO form")
}
