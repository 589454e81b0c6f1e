import Documents
import Testing

struct YAMLReadingTests {
  static let scalars: [(text: String, value: Value)] = [
    ("", .null), ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null), ("nULL", "nULL"),
    ("true", true), ("True", true), ("TRUE", true), ("tRUE", "tRUE"), ("false", false), ("False", false),
    ("FALSE", false), ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"), ("NO", "NO"),
    ("0", 0), ("12", 12), ("-12", -12), ("+12", 12), ("007", 7), ("0o17", 15), ("0o8", "0o8"), ("0x1F", 31),
    ("0xg", "0xg"), ("-0x1F", "-0x1F"), ("0x", "0x"), ("0b11", "0b11"), ("1_000", "1_000"), ("12:30:45", "12:30:45"),
    ("2026-11-02", "2026-11-02"), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", "9223372036854775808"), ("0xFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFF"),
    ("1.5", .number(1.5)), ("-.5", .number(-0.5)), ("1.", .number(1)), ("1e3", .number(1000)),
    ("1.5E-3", .number(0.0015)), ("+1e+2", .number(100)), ("1e", "1e"), (".", "."), ("+", "+"),
    ("1.2.3", "1.2.3"), ("1e400", "1e400"), (".inf", .number(.infinity)), ("-.INF", .number(-.infinity)),
    ("+.Inf", .number(.infinity)), (".nan", .number(.nan)), ("-.nan", "-.nan"), ("inf", "inf"), ("nan", "nan"),
    ("Infinity", "Infinity"), ("0x1p3", "0x1p3"), ("1 2", "1 2"), ("24h", "24h"), ("١٢", "١٢"), ("--1", "--1"),
  ]

  @Test(arguments: scalars)
  func plainScalarsFollowTheCoreSchema(text: String, value: Value) {
    let node = read("a: \(text)")
    #expect(node.resolved["a"] == value)
    guard case .mapping(let entries) = node.content else { return #expect(Bool(false)) }
    #expect(entries[0].value.scalar?.text == text)
  }

  static let documents: [(text: String, value: Value)] = [
    ("! 12", "12"), ("!!str 12", "12"), ("!!str", ""), ("!!str null", "null"), ("!!int '7'", 7), ("!!int 0x10", 16),
    ("!!float 1", .number(1)), ("!!float '.5'", .number(0.5)), ("!!bool 'true'", true), ("!!null ''", .null),
    ("!!map {a: 1}", ["a": 1]), ("!!seq [1]", [1]), ("!<tag:yaml.org,2002:str> 1", "1"),
    ("'12'", "12"), ("\"\"", ""), ("|\n 12", "12"), (">\n a\n b\n", "a b\n"), ("---", .null),
    ("a: \"\\0\"", ["a": "\0"]),
    ("a: &x 1\nb: &x 2\nc: *x", ["a": 1, "b": 2, "c": 2]), ("a: &k key\n*k : 1", ["a": "key", "key": 1]),
    ("\u{FEFF}a: 1", ["a": 1]), ("a: 1\r\nb: 2\r\n", ["a": 1, "b": 2]), ("a: 1\rb: 2", ["a": 1, "b": 2]),
    ("1: a\ntrue: b\n~: c", ["1": "a", "true": "b", "~": "c"]), ("\"\": 1", ["": 1]),
    ("{a, b: }", ["a": .null, "b": .null]),
    ("e\u{301}: 1\n\u{E9}: 2", ["e\u{301}": 1, "\u{E9}": 2]),
  ]

  @Test(arguments: documents)
  func documentsAreReadAsTheyStand(text: String, value: Value) {
    #expect(read(text).resolved == value)
  }

  static let merges: [(text: String, value: Value)] = [
    ("{<<: {a: 1}, b: 2}", ["a": 1, "b": 2]),
    ("{a: 1, <<: {a: 2, b: 3}}", ["a": 1, "b": 3]),
    ("{<<: {a: 2, b: 3}, a: 1}", ["a": 1, "b": 3]),
    ("{<<: [{a: 1}, {a: 2, b: 3}]}", ["a": 1, "b": 3]),
    ("{<<: [], a: 1}", ["a": 1]),
    ("{<<: {<<: {a: 1, c: 1}, a: 2}, b: 3}", ["a": 2, "b": 3, "c": 1]),
    ("{\"<<\": 1}", ["<<": 1]),
    (
      "x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: [*y, {c: 3}], b: 4}",
      ["x": ["a": 1], "y": ["a": 1, "b": 2], "z": ["a": 1, "b": 4, "c": 3]]
    ),
  ]

  @Test(arguments: merges)
  func mergeKeysFillWhatIsMissing(text: String, value: Value) {
    #expect(read(text).resolved == value)
  }

  @Test(arguments: ["", "\n", "# only a comment\n", "\u{FEFF}", "   \n"])
  func nothingIsNoDocument(text: String) {
    let (document, diagnostics) = YAML.read(Source(name: "decant.yaml", bytes: Array(text.utf8)))
    #expect(document == nil && diagnostics.isEmpty)
  }

  @Test func placesAreThoseOfTheText() {
    let text = """
      a: plain
      "b c": [é, 'ü ü', *x , |
        text]
      """.replacing("*x , |\n  text", with: "two\n  lines ")
    let places = places(of: read(text + "\nd: |\n  block\n"))
    #expect(
      places == [
        "1:1+1", "1:1+1", "1:4+5", "2:1+5", "2:8+1", "2:9+1", "2:12+5", "2:19+3", "4:1+1", "4:4+1",
      ])
  }

  @Test func aliasedContentKeepsItsPlace() {
    let places = places(of: read("a: &x\n  b: 1\nc: *x\nd:\n  <<: *x"))
    #expect(
      places == [
        "1:1+1", "1:1+1", "1:4+1", "2:3+1", "2:6+1", "3:1+1", "1:4+1", "2:3+1", "2:6+1", "4:1+1", "5:3+1", "2:3+1",
        "2:6+1",
      ])
  }

  @Test func whatIsLeftAfterAnErrorIsRead() {
    let source = Source(name: "decant.yaml", bytes: Array("a: 1\na: 2\nb: *x\n[c]: 3\nd: !foo 4\n<<: 5\ne: 6".utf8))
    let (document, diagnostics) = YAML.read(source)
    #expect(
      diagnostics.map(\.code) == ["duplicate_key", "unknown_anchor", "key_not_scalar", "unknown_tag", "bad_merge"])
    #expect(document?.resolved == ["a": 1, "b": .null, "d": "4", "e": 6])
  }

  @Test func aKeyIsShownWithoutControlCharacters() {
    let text = "\"\\e[31m\(String(repeating: "x", count: 80))\": 1\n\"\\e[31m\(String(repeating: "x", count: 80))\": 2"
    let diagnostics = YAML.read(Source(name: "decant.yaml", bytes: Array(text.utf8))).diagnostics
    let shown = "`\u{FFFD}[31m\(String(repeating: "x", count: 55))…`"
    #expect(diagnostics.map(\.message) == ["the key \(shown) comes twice in this mapping"])
  }

  @Test func linesOfASourceAreFoundByAnyBreak() {
    let source = Source(name: "a", bytes: Array("\u{FEFF}one\r\ntwo\rthree\n\nfive".utf8))
    #expect((1...6).map { source.line($0) } == ["one", "two", "three", "", "five", nil])
  }

  private func read(_ text: String, _ location: SourceLocation = #_sourceLocation) -> Node {
    let source = Source(name: "decant.yaml", bytes: Array(text.utf8))
    let (document, diagnostics) = YAML.read(source)
    #expect(diagnostics == [], sourceLocation: location)
    return document ?? Node(.sequence([]), at: Place(source: source, line: 1, column: 1))
  }

  private func places(of node: Node) -> [String] {
    let show = { (place: Place) in "\(place.line):\(place.column)+\(place.length)" }
    switch node.content {
    case .scalar: return [show(node.place)]
    case .sequence(let items): return [show(node.place)] + items.flatMap(places)
    case .mapping(let entries):
      return [show(node.place)] + entries.flatMap { [show($0.key.place)] + places(of: $0.value) }
    }
  }
}
