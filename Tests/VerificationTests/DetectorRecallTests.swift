import Seeded
import Testing

@testable import Verification

/// 10,000 planted values of each detector's kind: as whole values, in free text, in nested JSON, and as columns. Of kinds
/// with a checksum, and of all others that are told by their form, at least 99 % have to be found.
@Suite struct DetectorRecallTests {
  static let count = 10_000
  /// Kinds of which a single value says what it is, wherever it stands in a text.
  static let spoken = ["email", "phone", "us_ssn", "ip", "url_user", "token"]

  private let finder = Classifier()

  private func expectNearlyAll(_ kind: String, _ place: String, isFound: (String, Int) -> Bool) {
    var planted = PlantedValues(seed: 8)
    let found = (0..<Self.count).count { isFound(planted.value(of: kind), $0) }
    #expect(found >= Self.count * 99 / 100, "\(kind): \(found) of \(Self.count) \(place)")
  }

  @Test func everyDetectorHasPlantedValues() {
    let planted = PlantedValues.checkedKinds + PlantedValues.formedKinds + ["birth_date"]
    #expect(Set(planted) == Set([any Detector].builtIn.map(\.kind)))
  }

  @Test(arguments: PlantedValues.checkedKinds + PlantedValues.formedKinds)
  func findsPlantedValues(_ kind: String) {
    let asked = detector(kind)
    let least: ValueMatch = PlantedValues.checkedKinds.contains(kind) ? .checked : .form
    expectNearlyAll(kind, "as whole values") { value, _ in asked.match(value) >= least }
  }

  /// In the place of a word, behind what such a number is called.
  @Test(arguments: PlantedValues.checkedKinds + spoken)
  func findsThemInText(_ kind: String) {
    let name = detector(kind).words.strong.first { !$0.contains(" ") } ?? "card"
    expectNearlyAll(kind, "in text") { value, _ in finder.kind(of: "My \(name) is \(value), please.") == kind }
  }

  /// Every second one is a leaf whose key says what it is, the others stand in a text that is a leaf.
  @Test(arguments: PlantedValues.checkedKinds + spoken)
  func findsThemInNestedJSON(_ kind: String) {
    let names = detector(kind).words.strong
    let word = names.first { !$0.contains(" ") } ?? "card"
    let key = (names.first ?? word).split(separator: " ").joined(separator: "_")
    expectNearlyAll(kind, "in JSON") { value, number in
      let member = number % 2 == 0 ? "\"\(key)\": \"\(value)\"" : "\"note\": \"My \(word) is \(value), please.\""
      return finder.kind(of: "{\"a\": [1, {\(member)}], \"ok\": true}") == kind
    }
  }

  /// It is told as a value, whatever the leaf is called, and not among words.
  @Test func findsHardwareAddressesAsLeavesAlone() {
    expectNearlyAll("mac", "in JSON") { value, _ in finder.kind(of: "{\"a\": [1, {\"b\": \"\(value)\"}]}") == "mac" }
  }

  /// Kinds that free text is not searched for. Two words, a street and a day say too little where nothing around them
  /// says more; of these, whole columns are told. A hardware address is told as a value.
  @Test(arguments: ["mac", "address", "name", "birth_date"])
  func looksForTheseInNoText(_ kind: String) {
    var planted = PlantedValues(seed: 8)
    let found = (0..<100).count { _ in finder.kind(of: "It says \(planted.value(of: kind)) there.") == kind }
    #expect(found == 0, "\(kind) is found in text: demand that it is found, and say so in the pages")
  }

  /// A day is a day: it takes the column's name to make it somebody's.
  @Test(arguments: [("address", "c"), ("name", "c"), ("birth_date", "date_of_birth")])
  func tellsColumnsOfThem(_ kind: String, _ column: String) throws {
    var planted = PlantedValues(seed: 8)
    let values = (0..<Self.count).map { _ in planted.value(of: kind) as String? }
    let found = try #require(finder.detections("t", column, values).first)
    let shares = found.reasons.compactMap { reason -> Double? in
      switch reason {
      case .pattern(let share), .dictionary(let share): share
      default: nil
      }
    }
    #expect(found.kind == kind && found.sampled == Self.count)
    #expect(shares.count == 1 && shares.allSatisfy { $0 >= 0.99 }, "\(kind): \(found.because)")
    if kind == "birth_date" { #expect(finder.detections("t", "shipped_on", values) == []) }
  }

  /// A changed digit in any place passes no check but that of the CPF, and that one seldom: its first check is 0 for two remainders, and its second for two more.
  @Test(arguments: PlantedValues.checkedKinds)
  func refusesAChangedDigit(_ kind: String) {
    var planted = PlantedValues(seed: 9)
    let asked = detector(kind)
    var (tried, passed) = (0, 0)
    for _ in 0..<100 {
      let value = Array(planted.value(of: kind).utf8)
      for place in value.indices where (0x30...0x39).contains(value[place]) {
        for digit in UInt8(0x30)...0x39 where digit != value[place] {
          var changed = value
          changed[place] = digit
          tried += 1
          if changed.withUnsafeBytes({ asked.match($0) }) == .checked { passed += 1 }
        }
      }
    }
    #expect(tried > 2_000)
    let most = kind == "br_cpf" ? tried / 200 : 0
    #expect(passed <= most, "\(kind): \(passed) of \(tried) changed values pass")
  }
}
