import Documents
import Foundation
import Seeded
import Testing

@testable import Reconciliation

struct FormsTests {
  @Test func timestampsAgreeWithFoundation() throws {
    var random = SeededRandom(seed: 3)
    let format = ISO8601DateFormatter()
    format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    for _ in 0..<5_000 {
      let milliseconds = Int.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random)
      let text = Timestamp(milliseconds: milliseconds).description
      #expect(Timestamp(text)?.milliseconds == milliseconds)
      // Foundation's formatter follows the Julian calendar before 1582.
      guard milliseconds > -12_219_292_800_000 else { continue }
      let date = try #require(format.date(from: text))
      #expect(Int((date.timeIntervalSince1970 * 1_000).rounded()) == milliseconds, "\(text)")
    }
  }

  @Test func daysGoThereAndBack() {
    for days in stride(from: -719_162, through: 2_932_896, by: 97) {
      let date = CalendarDate(daysSince1970: days)
      #expect(date.daysSince1970 == days)
      #expect(CalendarDate(date.description) == date)
    }
    #expect(CalendarDate("2024-02-29") != nil && CalendarDate("1900-02-29") == nil && CalendarDate("2000-02-29") != nil)
  }

  @Test(arguments: [
    "2027-3-31", "2027-13-01", "2027-00-01", "2027-04-31", "2027/03/31", "27-03-31", "2027-03-31 ", "+027-03-31", "",
  ])
  func refusesOtherDays(text: String) { #expect(CalendarDate(text) == nil) }

  @Test(arguments: [
    "2026-11-21T14:02:11", "2026-11-21 14:02:11Z", "2026-11-21T24:00:00Z", "2026-11-21T14:60:00Z",
    "2026-11-21T14:02:11+00:00",
    "2026-11-21T14:02:11.Z", "2026-11-21T14:02:11,1Z", "",
  ])
  func refusesOtherMoments(text: String) { #expect(Timestamp(text) == nil) }

  @Test func fractionsOfAnyLengthAreMilliseconds() {
    #expect(Timestamp("2026-11-21T14:02:11.1Z")?.description == "2026-11-21T14:02:11.100Z")
    #expect(Timestamp("2026-11-21T14:02:11.123456Z")?.description == "2026-11-21T14:02:11.123Z")
  }

  static let durations: [(text: String, normal: String?)] = [
    ("24h", "24h"), ("1d", "24h"), ("7d", "168h"), ("60m", "1h"), ("90m", "90m"), ("90s", "90s"), ("3600s", "1h"),
    ("007h", "7h"),
    ("0h", nil), ("-1h", nil), ("+1h", nil), ("1.5h", nil), ("h", nil), ("24", nil), ("1w", nil), ("1h ", nil),
    ("", nil),
    ("9223372036854775807d", nil),
  ]

  @Test(arguments: durations)
  func durationsHaveOneForm(text: String, normal: String?) {
    #expect(DurationText.seconds(text).map(DurationText.normalForm) == normal)
    if let normal { #expect(DurationText.seconds(normal) == DurationText.seconds(text)) }
  }

  static let paths: [(path: String, normal: String)] = [
    ("a/./b//c/", "a/b/c"), ("./a", "a"), ("a/../b", "b"), ("../a", "../a"), ("../../a", "../../a"),
    ("a/../../b", "../b"),
    ("/a/../b", "/b"), ("/../a", "/a"), ("", "."), (".", "."), ("a/..", "."), ("/", "/"),
  ]

  @Test(arguments: paths)
  func pathsHaveOneForm(path: String, normal: String) {
    #expect(FilePath.normalised(path) == normal)
    #expect(FilePath.normalised(normal) == normal)
  }

  static let named: [(path: String, from: String, seen: String)] = [
    ("x.sql", "decant.yaml", "x.sql"), ("x.sql", "db/env/p.yaml", "db/env/x.sql"),
    ("../x.sql", "db/env/p.yaml", "db/x.sql"),
    ("/etc/../x", "db/p.yaml", "/x"), ("~/x", "db/p.yaml", "~/x"), ("${DIR}/../x", "db/p.yaml", "${DIR}/../x"),
    ("certs/${ENV}/../ca.pem", "db/p.yaml", "db/certs/${ENV}/../ca.pem"), ("./x", "decant.yaml", "x"),
  ]

  @Test(arguments: named)
  func pathsAreRelativeToTheFileThatNamesThem(path: String, from: String, seen: String) {
    let place = Place(source: Source(name: from, bytes: []), line: 1, column: 1)
    let form = FilePath.relative(path, toFileOf: place)
    #expect(form == seen)
    #expect(FilePath.normalForm(form) == form)
  }

  @Test func aWaiverHoldsOnItsLastDay() throws {
    let until = try #require(CalendarDate("2027-03-31"))
    let waiver = Waiver(code: "c", path: "a.b", reason: "r", until: until)
    #expect(!waiver.isExpired(on: until))
    #expect(try waiver.isExpired(on: #require(CalendarDate("2027-04-01"))))
    #expect(
      waiver.covers(code: "c", path: "a.b") && !waiver.covers(code: "c", path: "a")
        && !waiver.covers(code: "d", path: "a.b"))
    let anywhere = Waiver(code: "c", path: nil, reason: "r", until: nil)
    #expect(
      anywhere.covers(code: "c", path: "x") && anywhere.covers(code: "c", path: nil) && !anywhere.isExpired(on: until))
    #expect(Waiver.all(in: ["waive": [["code": "c"], ["code": "c", "reason": "r"], "x"]]).count == 1)
  }

  @Test func addressesAreDividedAtTheFirstDot() {
    #expect(Address("target.a.b") == Address("target", "a.b"))
    #expect(Address("target") == nil && Address(".a") == nil && Address("target.") == nil)
  }
}

struct BrakeTests {
  private func reasons(
    _ removals: Int, of existing: Int, declared: Int = 100, percent: Int = 30, limit: Int = 20, allowed: Int = 0,
    protected: Bool = false
  ) -> [String] {
    let actions = (0..<removals).map { index in
      Action(
        verb: index % 2 == 0 ? .delete : .replace, address: Address("k", "\(index)"), reason: .removedFromFiles,
        changes: [],
        seen: Fingerprint(revision: 1, spec: ""), spec: "", isProtected: protected && index == 0, place: nil, after: [],
        blockedBy: [])
    }
    let limits = Brake.Limits(maxDeletePercent: percent, maxDeletes: limit)
    return Brake.reasons(actions: actions, existing: existing, declared: declared, limits: limits, allowed: allowed)
      .map(\.code)
  }

  @Test func holdsAtItsEdges() {
    #expect(reasons(0, of: 10, declared: 0).isEmpty)
    #expect(reasons(3, of: 10).isEmpty)
    #expect(reasons(4, of: 10) == ["too_large_share"])
    #expect(reasons(9, of: 9).isEmpty)
    #expect(reasons(20, of: 1_000).isEmpty)
    #expect(reasons(21, of: 1_000) == ["too_many_deletes"])
    #expect(reasons(21, of: 30) == ["too_many_deletes", "too_large_share"])
    #expect(reasons(1, of: 1, declared: 0) == ["empty_declaration"])
    #expect(reasons(1, of: 10, percent: 0) == ["too_large_share"])
    #expect(reasons(1, of: 100, limit: 0) == ["too_many_deletes"])
  }

  @Test func consentIsForANumberAndNeverForProtection() {
    #expect(reasons(21, of: 30, allowed: 21).isEmpty)
    #expect(reasons(21, of: 30, allowed: 20) == ["too_many_deletes", "too_large_share"])
    #expect(reasons(1, of: 100, allowed: 5, protected: true) == ["protected"])
  }
}
