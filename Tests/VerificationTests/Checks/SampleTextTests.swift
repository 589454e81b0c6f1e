import Testing

@testable import Verification

/// A sample says what a value is like, and not what it is.
@Suite struct SampleTextTests {
  @Test(arguments: [
    ("john.doe@gmail.com", "j***@g***.com"), ("7up@9gag.io", "***@***.io"), ("a@localhost", "a***@l***"),
    ("+1-555-123-4567", "+*-***-***-****"), ("4111 1111 1111 1111", "**** **** **** ****"),
    ("2024-02-29", "****-**-**"), ("John Doe", "J*** D***"), ("12 Main Street, Springfield", "*** M*** S*** …"),
    ("", "***"), ("…", "***"), ("write to john@x.com now", "w*** t*** j*** …"), ("Ångström", "Å***"),
  ])
  func mostOfItIsHidden(value: String, shown: String) {
    Array(value.utf8).withUnsafeBytes { #expect(SampleText.masked($0) == shown) }
  }

  /// No three neighbouring characters of a value are ever shown, but for the last label of a mail domain.
  @Test func noPartOfAValueIsShown() {
    var seed: UInt64 = 20_261_121
    func next(_ below: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % below
    }
    let alphabet = Array("abcXYZ019 @.-+_/é")
    for _ in 0..<5_000 {
      let value = String((0..<(1 + next(30))).map { _ in alphabet[next(alphabet.count)] })
      let shown = Array(value.utf8).withUnsafeBytes { SampleText.masked($0) }
      let letters = shown.split(separator: "@").first.map { $0.filter { $0.isLetter || $0.isNumber } } ?? ""
      #expect(letters.count <= 3, "\(value) as \(shown)")
    }
  }
}
