import Documents
import Testing

@testable import Masking

@Suite struct DayTests {
  @Test func daysAndNumbersAreTheSame() {
    #expect(CalendarDay(year: 1970, month: 1, day: 1).number == 0)
    #expect(CalendarDay(year: 2000, month: 3, day: 1).number == 11_017)
    // PostgreSQL: SELECT '4713-01-01 BC'::date - '1970-01-01'::date.
    #expect(CalendarDay(year: -4_712, month: 1, day: 1).number == -2_440_550)
    for number in stride(from: -2_440_550, through: 2_145_000_000, by: 99_991) {
      #expect(CalendarDay(number: number).number == number)
    }
    #expect(!CalendarDay(year: 2023, month: 2, day: 29).isReal)
    #expect(CalendarDay(year: 2024, month: 2, day: 29).isReal)
    #expect(CalendarDay(year: 0, month: 2, day: 29).isReal)
  }

  @Test func movesWithinTheJitterAndNeverStays() throws {
    let date = try mask(order("date", ["jitter_days": 3], type: .date, typeName: "date"))
    var distances: Set<Int> = []
    for day in 0..<2_000 {
      let value = text(of: CalendarDay(number: 19_000 + day))
      let result = try masked(date, value)
      distances.insert(try number(result) - 19_000 - day)
      #expect(recognises(date, result))
    }
    #expect(distances == [-3, -2, -1, 1, 2, 3])
  }

  @Test func precisionIsWhatIsKept() throws {
    let month = try mask(order("date", ["precision": "month"], type: .date, typeName: "date"))
    #expect(try masked(month, "2026-11-21").wholeMatch(of: /2026-1[012]-01/) != nil)
    #expect(!recognises(month, "2026-11-21"))
    let year = try mask(order("date", ["precision": "year", "jitter_days": 1], type: .date, typeName: "date"))
    #expect(try masked(year, "2026-06-15") == "2026-01-01")
  }

  @Test func timestampsBecomeMidnightInTheirZone() throws {
    let plain = try mask(order("date", type: .timestamp, typeName: "timestamp without time zone"))
    #expect(try masked(plain, "2026-11-21 15:04:05.123456").wholeMatch(of: /2026-1[012]-\d\d 00:00:00/) != nil)
    #expect(!recognises(plain, "2026-11-21 15:04:05"))
    let zoned = try mask(order("date", type: .timestampWithTimeZone, typeName: "timestamp with time zone"))
    #expect(try masked(zoned, "2026-11-21 15:04:05+00").hasSuffix(" 00:00:00+00"))
    #expect(try masked(zoned, "2026-11-21 15:04:05-03:30").hasSuffix(" 00:00:00-03:30"))
    #expect(try masked(zoned, "0044-03-15 15:04:05+00 BC").wholeMatch(of: /0044-0[234]-\d\d 00:00:00\+00 BC/) != nil)
  }

  @Test func theEndsOfTheRangeMoveInwards() throws {
    let date = try mask(order("date", type: .date, typeName: "date"))
    for value in ["4713-01-01 BC", "5874897-12-31", "0001-01-01", "0001-12-31 BC", "9999-12-31"] {
      let result = try masked(date, value)
      #expect(recognises(date, result), "\(result)")
      #expect(abs(try number(result) - number(value)) <= 30)
    }
    for value in ["infinity", "-infinity"] { #expect(try masked(date, value) == value) }
    let years = try mask(order("generalize", ["precision": "year"], type: .timestampWithTimeZone, typeName: "t"))
    #expect(recognises(years, try masked(years, "4713-05-05 00:00:00+00 BC")))
  }

  @Test(arguments: [
    "", "yesterday", "2026-13-01", "2026-02-29", "21.11.2026", "2026-11-21 25:00:00", "2026-11-21x", "0000-01-01",
    "2026-11-21 15:04:05+", "-2026-01-01", "2026-11-21 15:04:05.1234567",
  ])
  func whatIsNoDateFailsWithoutTheValue(_ value: String) throws {
    let date = try mask(order("date", type: .timestampWithTimeZone, typeName: "t"))
    #expect(throws: MaskFailure.notADate) { try masked(date, value) }
    #expect(!recognises(date, value))
  }

  @Test func generalizesDays() throws {
    let month = try mask(order("generalize", ["precision": "month"], type: .date, typeName: "date"))
    #expect(try masked(month, "2026-11-21") == "2026-11-01")
    #expect(try masked(month, "0044-03-15 BC") == "0044-03-01 BC")
    let day = try mask(order("generalize", ["precision": "day"], type: .timestamp, typeName: "timestamp"))
    #expect(try masked(day, "2026-11-21 15:04:05.5") == "2026-11-21 00:00:00")
    #expect(refusal(order("generalize", ["precision": "day"], type: .date)) == "mask_option")
    #expect(refusal(order("generalize", ["step": 3], type: .date)) == "mask_option")
  }

  private func text(of day: CalendarDay) -> String {
    func padded(_ number: Int, _ digits: Int) -> String {
      String(repeating: "0", count: max(0, digits - String(number).count)) + String(number)
    }
    return "\(padded(day.year, 4))-\(padded(day.month, 2))-\(padded(day.day, 2))"
  }

  private func number(_ text: String) throws -> Int {
    try Array(text.utf8).withUnsafeBytes { bytes in
      guard let read = DateText(bytes) else { throw NoMask() }
      return read.day.number
    }
  }
}
