import Masking
import Seeded
import Testing

@testable import Verification

/// 10,000 values of each detector's kind are masked somewhere, and each is planted in other places: all of them that lie
/// inside of the stated bounds are found, and what was never an original is hit by chance alone.
struct LeakRecallTests {
  static let count = 10_000
  static let kinds = PlantedValues.checkedKinds + PlantedValues.formedKinds + ["birth_date"]

  /// Where a value stands, as the columns of a row.
  private enum Spot: Int, CaseIterable {
    /// Its own column, whose mask returned its input.
    case declared
    /// A copy of it that nobody declared, in another spelling.
    case undeclared
    case text
    /// A leaf of nested JSON: the value itself, or text around it.
    case json
  }

  // MARK: - What was masked elsewhere

  @Test(arguments: kinds) func everyOriginalInsideOfTheBoundsIsFound(_ kind: String) throws {
    let leak = Self.leak(of: kind)
    let originals = Self.values(kind, seed: 77)
    let filter = try collect(originals, Hidden(leak: leak), expecting: Self.count)
    let inside = originals.count(where: StatedBounds.holds)
    #expect(filter.counts.tooShort + filter.counts.tooCommon == Self.count - inside, "\(kind): \(inside) are inside")
    #expect(Self.share(inside: kind).contains(inside), "\(kind): \(inside) of \(Self.count) are inside")
    var plantation = Plantation(try filter.part(0))
    for (number, value) in originals.enumerated() { plantation.plant(value, number, leak) }
    for spot in Spot.allCases {
      let (wanted, missed) = (plantation.wanted[spot.rawValue], plantation.missed[spot.rawValue])
      #expect(missed == 0, "\(kind): \(missed) of \(wanted) are not found (\(spot))")
      #expect(Self.share(inside: kind).contains(wanted), "\(kind): \(wanted) of \(Self.count) can be found (\(spot))")
      let (verdict, expected) = (plantation.verdict(spot), inside == 0 ? nil : LeakReport.Verdict.leak)
      #expect(verdict == expected, "\(kind) (\(spot))")
    }
  }

  /// How many of the values are inside: all of them nearly always. A day has eight digits, which are often counted and
  /// not drawn, so that none of them is looked for; and the shortest full names are anybody's.
  private static func share(inside kind: String) -> ClosedRange<Int> {
    switch kind {
    case "birth_date": 0...0
    case "name": count * 85 / 100...count
    default: count * 99 / 100...count
    }
  }

  /// What the masks of the kind say themselves.
  static func leak(of kind: String) -> MaskTraits.Leak { kind == "name" || kind == "address" ? .words : .value }

  private static func values(_ kind: String, seed: UInt64) -> [String] {
    var planted = PlantedValues(seed: seed)
    return (0..<count).map { number in
      let value = planted.value(of: kind)
      // Common names alone make too few people: every second one has a family name of its own.
      guard kind == "name", number % 2 == 0 else { return value }
      let first = value.prefix { $0 != " " }
      switch number % 8 {
      case 0: return "\(first)-Marie \(planted.word())"
      case 2: return "\(first) O'\(planted.word())"
      default: return "\(first) \(planted.word())"
      }
    }
  }

  /// Rows with an original in each column, and what a prober says of them.
  private struct Plantation: ~Copyable {
    private let chance: Double
    private var prober: Prober
    private var tallies = Spot.allCases.map { _ in SuspectTally() }
    /// Values that lie inside of the bounds where they stand, and those of them that were not found.
    private(set) var wanted = Spot.allCases.map { _ in 0 }
    private(set) var missed = Spot.allCases.map { _ in 0 }

    init(_ part: LeakFilterPart) {
      prober = Prober(part)
      chance = part.chance
    }

    mutating func plant(_ value: String, _ number: Int, _ leak: MaskTraits.Leak) {
      let isWhole = number % 2 == 0
      let text = "gave \(value), and"
      let document = "{\"n\": [1, {\"v\": \"\(isWhole ? value : text)\"}]}"
      let found = look([value, Self.spelledAnew(value), text, document])
      let (alone, between) = (StatedBounds.holds(value), StatedBounds.holdsInText(value, leak))
      for (spot, isWanted) in [alone, alone, between, isWhole ? alone : between].enumerated() where isWanted {
        wanted[spot] += 1
        if !found.contains(spot) { missed[spot] += 1 }
      }
    }

    /// With capital letters, as far as ASCII has them, and blanks around it.
    private static func spelledAnew(_ value: String) -> String {
      let bytes = value.utf8.map { byte in UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte ? byte - 0x20 : byte }
      return "\t\(String(decoding: bytes, as: UTF8.self)) "
    }

    /// The columns of a row in which an original was found.
    private mutating func look(_ row: [String]) -> Set<Int> {
      for (place, value) in row.enumerated() {
        let form: CandidateReader.Form = place == Spot.json.rawValue ? .json : .text
        var tally = tallies[place]
        Array(value.utf8).withUnsafeBytes { prober.look($0, as: form, in: place, &tally) }
        tallies[place] = tally
      }
      var hits: [(place: Int, fingerprint: KeyedFingerprint)] = []
      prober.settle { hits.append(($0, $1)) }
      for hit in hits { tallies[hit.place].hit(hit.fingerprint, key: nil) }
      return Set(hits.map(\.place))
    }

    /// As a report tells it, with the originals at hand.
    func verdict(_ spot: Spot) -> LeakReport.Verdict? {
      let tally = tallies[spot.rawValue]
      let declared: LeakDeclaration =
        spot == .declared ? .masked(unchanged: LeakRecallTests.count, of: LeakRecallTests.count) : .none
      let column = ColumnName(QualifiedName("public", "people"), "\(spot)")
      return tally.finding(.column(column), declared, chance: chance, known: Set(tally.suspects.keys))?.verdict
    }
  }

  // MARK: - What was never masked

  /// Other values of the same kinds, which share no part with an original.
  @Test(arguments: kinds.filter { leak(of: $0) == .value && $0 != "birth_date" })
  func othersAreHitByChanceAlone(_ kind: String) throws {
    let originals = Self.values(kind, seed: 77)
    let keys = Set(originals.map(StatedBounds.key))
    let others = Self.values(kind, seed: 78).filter { !keys.contains(StatedBounds.key($0)) }
    let (tally, chance) = try Self.probe(others, by: try collect(originals, expecting: Self.count))
    #expect(tally.values > Self.count * 9 / 10 && tally.candidates > Self.count * 9 / 10, "\(tally.candidates)")
    let expected = Double(tally.candidates) * chance + tally.chanceOfNumbers
    #expect(tally.hits <= SuspectTally.explained(by: expected), "\(kind): \(tally.hits), and chance makes \(expected)")
  }

  /// Rows about nobody, beside originals of all kinds.
  @Test func rowsAboutNobodyAreHitByChanceAlone() throws {
    let originals = Self.kinds.flatMap { kind -> [String] in
      var planted = PlantedValues(seed: 77)
      return (0..<1_000).map { _ in planted.value(of: kind) }
    }
    var rows = ImpersonalRows(seed: 79)
    let values = (0..<500).flatMap { _ in rows.next() }
    let (tally, chance) = try Self.probe(values, by: try collect(originals, expecting: originals.count))
    #expect(tally.values == 500 * ImpersonalRows.columns.count && tally.candidates > 2_000, "\(tally.candidates)")
    let expected = Double(tally.candidates) * chance + tally.chanceOfNumbers
    #expect(tally.hits <= SuspectTally.explained(by: expected), "\(tally.hits), and chance makes \(expected)")
  }

  /// - Returns: what a prober says of the values, and how often one question is a hit by chance.
  private static func probe(
    _ values: [String], by filter: LeakFilter
  ) throws -> (tally: SuspectTally, chance: Double) {
    let part = try filter.part(0)
    #expect(filter.passes == 1)
    var prober = Prober(part)
    var tally = SuspectTally()
    for value in values {
      let found = Array(value.utf8).withUnsafeBytes { prober.probe($0, as: .text, &tally) }
      if let found { tally.hit(found, key: nil) }
    }
    return (tally, part.chance)
  }
}
