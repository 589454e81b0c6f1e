import Seeded
import Testing

@testable import Verification

@Suite struct DetectorRecallTests {
  static let count = 10_000

  @Test(arguments: PlantedValues.checkedKinds + PlantedValues.formedKinds)
  func findsPlantedValues(_ kind: String) {
    var planted = PlantedValues(seed: 7)
    let asked = detector(kind)
    let least: ValueMatch = PlantedValues.checkedKinds.contains(kind) ? .checked : .form
    let found = (0..<Self.count).count { _ in asked.match(planted.value(of: kind)) >= least }
    #expect(found >= Self.count * 99 / 100, "\(kind): \(found) of \(Self.count)")
  }

  /// In the place of a word, behind what such a number is called.
  @Test(arguments: PlantedValues.checkedKinds + ["email", "phone", "us_ssn", "ip", "url_user", "token"])
  func findsThemInTextAndJSON(_ kind: String) {
    var planted = PlantedValues(seed: 8)
    let finder = Classifier()
    let name = detector(kind).words.strong.first { !$0.contains(" ") } ?? "card"
    let count = 500
    var (inText, inJSON) = (0, 0)
    for _ in 0..<count {
      let value = planted.value(of: kind)
      let text = "The customer wrote on Monday: my \(name) is \(value), please call me back."
      if finder.kind(of: text) == kind { inText += 1 }
      if finder.kind(of: "{\"a\": [1, {\"note\": \"\(text)\"}], \"ok\": true}") == kind { inJSON += 1 }
    }
    #expect(inText >= count * 99 / 100, "\(kind): \(inText) of \(count) in text")
    #expect(inJSON >= count * 99 / 100, "\(kind): \(inJSON) of \(count) in JSON")
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
