import Documents
import Masking
import Seeded
import Testing

/// Rows of COPY's text format.
struct TextRowTests {
  private func plan(_ columns: [RowPlan.Column], key: [Int] = []) -> RowPlan {
    RowPlan(table: shop, format: .text, columns: columns, key: key)
  }

  @Test func withoutAMaskARowIsCopied() throws {
    var masker = try RowMasker(plan([column("a"), column("b")]))
    #expect(try through(&masker, "1\t\\N\n", "\\\\x\t\n") == "1\t\\N\n\\\\x\t\n")
    #expect(masker.rows == 2)
    #expect(masker.tallies.isEmpty)
  }

  @Test(arguments: [0, 1, 2])
  func aMaskTakesThePlaceOfItsValueAlone(masked: Int) throws {
    var masker = try RowMasker(plan((0..<3).map { column("c\($0)", $0 == masked ? upper : nil) }))
    let expected = (0..<3).map { $0 == masked ? "AB" : "ab" }.joined(separator: "\t") + "\n"
    #expect(try through(&masker, "ab\tab\tab\n") == expected)
  }

  @Test func theMaskSeesTheValueAndNotItsEscapes() throws {
    var masker = try RowMasker(
      plan([
        column("a", Made { value, _ throws(MaskFailure) in value == "a\tb\\c\nd\r\u{8}\u{B}\u{C}" ? "seen" : value })
      ]))
    #expect(try through(&masker, "a\\tb\\\\c\\nd\\r\\b\\v\\f\n") == "seen\n")
  }

  /// The server does not write these, and reads them.
  @Test func escapesByNumberAreRead() throws {
    var masker = try RowMasker(plan([column("a", Same())]))
    #expect(try through(&masker, "\\101\\x42\\7z\\xg\\q\n") == "AB\u{7}zxgq\n")
  }

  @Test(arguments: [
    ("\t", "\\t"), ("\n", "\\n"), ("\\N", "\\\\N"), ("\\.", "\\\\."), ("a\\", "a\\\\"),
    ("\r\u{8}\u{B}\u{C}", "\\r\\b\\v\\f"),
    ("", ""), ("é\u{1}", "é\u{1}"),
  ])
  func whatAMaskMakesIsEscaped(made: String, expected: String) throws {
    var masker = try RowMasker(plan([column("a", Made { _, _ throws(MaskFailure) in made }), column("b")]))
    #expect(try through(&masker, "x\ty\n") == "\(expected)\ty\n")
  }

  @Test func nullStaysNullAndEmptyIsNotNull() throws {
    var masker = try RowMasker(plan([column("a", Made { value, _ throws(MaskFailure) in "<\(value)>" })]))
    #expect(try through(&masker, "\\N\n", "\n", "\\\\N\n") == "\\N\n<>\n<\\\\N>\n")
    #expect(masker.tallies.first?.nulls == 1)
  }

  @Test func aMaskMayMakeNullOfEverything() throws {
    var masker = try RowMasker(plan([column("a", Nothing()), column("b")]))
    #expect(try through(&masker, "x\ty\n", "\\N\ty\n") == "\\N\ty\n\\N\ty\n")
    #expect(masker.tallies.first?.changed == 1)
    #expect(masker.tallies.first?.unrecognised == 0)
  }

  @Test func aNulByteOfAMaskIsRefused() throws {
    var masker = try RowMasker(plan([column("a", Made { _, _ throws(MaskFailure) in "x\0" })]))
    #expect(throws: RowFailure.self) { try through(&masker, "x\n") }
  }

  @Test func talliesCountWhatBecameOfEachValue() throws {
    var known = upper
    known.known = { $0 != "ODD" }
    var masker = try RowMasker(plan([column("a"), column("b", known)]))
    _ = try through(&masker, "1\tab\n", "2\tAB\n", "3\t\\N\n", "4\todd\n")
    let tally = try #require(masker.tallies.first)
    #expect(masker.tallies.count == 1 && tally.column == "b")
    #expect([tally.changed, tally.unchanged, tally.nulls, tally.unrecognised] == [2, 1, 1, 1])
  }

  @Test func theKeyIsThatOfTheRow() throws {
    var mask = Made { _, key throws(MaskFailure) in "of \(key)" }
    mask.traits.readsRowKey = true
    var masker = try RowMasker(plan([column("a", mask), column("x"), column("y")], key: [2, 1]))
    #expect(try through(&masker, "v\tone\\ttab\t2\n", "v\t3\t4\n") == "of 2,one\\ttab\tone\\ttab\t2\nof 4,3\t3\t4\n")
  }

  @Test func theKeyIsNotPutTogetherWhereNobodyAsks() throws {
    var masker = try RowMasker(
      plan([column("a", Made { _, key throws(MaskFailure) in "<\(key)>" }), column("x")], key: [1]))
    #expect(try through(&masker, "v\tone\n") == "<>\tone\n")
  }

  /// A strategy of ours that asks for the key says so in its traits; without that it would get an empty one.
  @Test func aTemplateGetsTheKeyOfTheRow() throws {
    let id = Column(name: "id", type: ColumnType(name: "bigint", family: .integer(bytes: 8)), isNullable: false)
    let email = Column(name: "email", type: ColumnType(name: "text", family: .text))
    let table = Table(
      name: shop, columns: [id, email], uniqueKeys: [UniqueKey(name: "pk", columns: ["id"], isPrimary: true)])
    let order = MaskOrder(
      strategy: "template", options: .object(["template": .string("user-{row}@anon.local")]), column: email,
      table: table,
      keys: nil, domain: "people.email")
    guard case .masked(let mask) = try order.mask() else { return #expect(Bool(false), "a template is a mask") }
    var masker = try RowMasker(
      plan([column("email", mask), column("id", nil, .integer(bytes: 8))], key: [1]))
    #expect(try through(&masker, "ceo@example.com\t17\n") == "user-17@anon.local\t17\n")
    #expect(masker.tallies.first?.unrecognised == 0)
  }

  private static let picky = Made { _, _ throws(MaskFailure) in throw MaskFailure("it is too short") }

  @Test func aRefusalNamesTheRowByANumber() throws {
    var masker = try RowMasker(plan([column("email", Self.picky), column("id", nil, .integer(bytes: 8))], key: [1]))
    let failure = #expect(throws: RowFailure.self) { try through(&masker, "ceo@example.com\t17\n") }
    #expect(failure.map { "\($0)" } == "public.people.email, row id=17: it is too short")
  }

  @Test func aRefusalNamesNoKeyThatCouldBePersonal() throws {
    var masker = try RowMasker(plan([column("email", Self.picky), column("login")], key: [1]))
    let failure = #expect(throws: RowFailure.self) { try through(&masker, "ceo@example.com\tceo\n") }
    #expect(failure.map { "\($0)" } == "public.people.email, a row: it is too short")
  }

  @Test(arguments: ["", "a", "a\tb", "a\n"])
  func whatIsNoRowIsRefused(row: String) throws {
    var masker = try RowMasker(plan([column("a"), column("b", upper)]))
    #expect(throws: RowFailure.self) { try through(&masker, row) }
  }

  /// Random values with every byte that has a meaning, through a mask that changes nothing.
  @Test func escapingIsTheInverseOfUnescaping() throws {
    var random = SeededRandom(seed: 4)
    let letters = Array("ab\\\t\n\r\u{8}\u{B}\u{C}N.é{\"".unicodeScalars)
    var masker = try RowMasker(plan([column("a"), column("b", Same()), column("c", Same()), column("d")]))
    for _ in 0..<2_000 {
      let fields = (0..<4).map { _ in
        String(
          String.UnicodeScalarView(
            (0..<Int.random(in: 0...8, using: &random)).map { _ in
              letters[Int.random(in: 0..<letters.count, using: &random)]
            }))
      }
      let row = fields.map(Self.escaped).joined(separator: "\t") + "\n"
      let copy = try through(&masker, row)
      try #require(copy == row)
    }
  }

  private static func escaped(_ text: String) -> String {
    let letters: [Unicode.Scalar: String] = [
      "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\u{8}": "\\b", "\u{B}": "\\v", "\u{C}": "\\f",
    ]
    return text.unicodeScalars.map { letters[$0] ?? String($0) }.joined()
  }

  /// Memory is that of the longest row, however many rows there are.
  @Test func memoryStaysFlat() throws {
    func capacity(after rows: Int) throws -> Int {
      var masker = try RowMasker(plan([column("a", upper), column("b")]))
      var sink = ByteSink()
      let row = Array("some value\\twith a tab\tanother\n".utf8)
      for _ in 0..<rows {
        sink.removeAll()
        try row.withUnsafeBytes { try masker.mask($0, into: &sink) }
      }
      return sink.capacity
    }
    #expect(try capacity(after: 100) == capacity(after: 10_000))
  }

  private final class Watcher: RowObserver {
    let watched = [1, 2]
    var seen: [String] = []
    var rows = 0

    func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
      func text(_ bytes: UnsafeRawBufferPointer?) -> String {
        bytes.map { String(decoding: $0, as: UTF8.self) } ?? "NULL"
      }
      seen.append("\(column): \(text(original)) -> \(text(copied))")
    }
    func finishedRow() { rows += 1 }
  }

  @Test func anObserverSeesWhatItWatches() throws {
    let watcher = Watcher()
    var masker = try RowMasker(
      plan([column("a", upper), column("b", upper), column("c"), column("d")]), observer: watcher)
    #expect(try through(&masker, "a\tb\\tb\tc\\\\\td\n", "a\t\\N\t\\N\td\n") == "A\tB\\tB\tc\\\\\td\nA\t\\N\t\\N\td\n")
    #expect(watcher.seen == ["1: b\tb -> B\tB", "2: c\\ -> c\\", "1: NULL -> NULL", "2: NULL -> NULL"])
    #expect(watcher.rows == 2)
    #expect(masker.tallies.map(\.column) == ["a", "b"])
  }
}
