import Foundation
import Masking
import Seeded
import Testing

@testable import Verification

/// A prober remembers values in which there was nothing; what it tells is what one without a memory tells.
struct ProberTests {
  private struct Told: Equatable {
    var hits: [Int: Int] = [:]
    var values = 0
    var candidates = 0
    var chanceOfNumbers = 0.0
  }

  /// - Parameter anew: a prober for every row, which remembers nothing.
  private static func told(
    _ rows: [[(String, CandidateReader.Form)]], _ part: LeakFilterPart, anew: Bool = false
  ) -> Told {
    var told = Told()
    var tally = SuspectTally()
    var prober = Prober(part)
    for row in rows {
      if anew { prober = Prober(part) }
      let values = row.map { Array($0.0.utf8) }
      for (place, value) in values.enumerated() {
        value.withUnsafeBytes { prober.look($0, as: row[place].1, in: place, &tally) }
      }
      prober.settle { place, _ in told.hits[place, default: 0] += 1 }
    }
    (told.values, told.candidates, told.chanceOfNumbers) = (tally.values, tally.candidates, tally.chanceOfNumbers)
    return told
  }

  @Test func anOriginalIsToldEveryTime() throws {
    let part = try collect(["ann.miller@example.com"]).part(0)
    let row = [("active", CandidateReader.Form.text), ("ann.miller@example.com", .text), ("[REDACTED]", .text)]
    let told = Self.told(Array(repeating: row, count: 1_000), part)
    #expect(told.hits == [1: 1_000])
    #expect(told.values == 3_000)
  }

  /// The same value twice in a row is not clean because the first of the two waits for the row's end.
  @Test func twoPlacesOfOneRowAreBothTold() throws {
    let part = try collect(["ann.miller@example.com"]).part(0)
    let row = [("ann.miller@example.com", CandidateReader.Form.text), ("ann.miller@example.com", .text)]
    #expect(Self.told([row, row], part).hits == [0: 2, 1: 2])
  }

  /// What is clean as text need not be so as an array.
  @Test func aFormHasItsOwnAnswer() throws {
    let part = try collect(["ann\"miller77"]).part(0)
    let value = #"{"ann\"miller77"}"#
    let asText = [(value, CandidateReader.Form.text)]
    let asArray = [(value, CandidateReader.Form.array)]
    let told = Self.told([asText, asArray, asText, asArray], part)
    #expect(told == Self.told([asText, asArray, asText, asArray], part, anew: true))
    #expect(told.hits == [0: 2])
  }

  /// Random rows of few values, many of which meet in one slot of its memory.
  @Test func itRemembersNothingButTheTruth() throws {
    var random = SeededRandom(seed: 20_261_123)
    let originals = (0..<60).map { "person\($0 * 7_919)@mail.example" } + (0..<40).map { "40030600\($0 + 10)" }
    let part = try collect(originals).part(0)
    let clean = (0..<900).map { "user_\(String($0 * 104_729, radix: 16))@anon.local" }
    let numbers = (0..<200).map { "\(700_000_000 + $0 * 12_345)" }
    let pool = originals + clean + numbers + ["", "a", "[REDACTED]", #"{"a":"person7919@mail.example"}"#]
    let forms: [CandidateReader.Form] = [.text, .json, .array, .quoted]
    let rows = (0..<4_000).map { _ in
      (0..<Int.random(in: 1...80, using: &random)).map { _ in
        (pool.randomElement(using: &random) ?? "", forms[Int.random(in: 0..<4, using: &random)])
      }
    }
    let told = Self.told(rows, part)
    let expected = Self.told(rows, part, anew: true)
    #expect(told.hits == expected.hits && !told.hits.isEmpty)
    #expect(told.values == expected.values && told.candidates == expected.candidates)
    #expect(abs(told.chanceOfNumbers - expected.chanceOfNumbers) <= 1e-9 * expected.chanceOfNumbers)
  }
}
