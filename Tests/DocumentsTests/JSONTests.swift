import Documents
import Testing

struct JSONTests {
  /// RFC 8785, appendix B: IEEE 754 bits and their text.
  static let numbers: [(bits: UInt64, text: String)] = [
    (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
    (0x8000_0000_0000_0001, "-5e-324"), (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
    (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
    (0xC340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
    (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"), (0x44B5_2D02_C7E1_4AF6, "1e+23"),
    (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"), (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
    (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"), (0x444B_1AE4_D6E2_EF50, "1e+21"),
    (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"), (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
    (0x41B3_DE43_5555_5553, "333333333.3333332"), (0x41B3_DE43_5555_5554, "333333333.33333325"),
    (0x41B3_DE43_5555_5555, "333333333.3333333"), (0x41B3_DE43_5555_5556, "333333333.3333334"),
    (0x41B3_DE43_5555_5557, "333333333.33333343"), (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
    (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
  ]

  @Test(arguments: numbers)
  func numbersAreWrittenAsECMAScriptDoes(bits: UInt64, text: String) throws {
    let number = Double(bitPattern: bits)
    #expect(JSON.canonical(.number(number)) == text)
    #expect(try JSON.read(text) == .number(number))
  }

  /// RFC 8785, section 3.2.2.
  @Test func theExampleOfTheRFC() throws {
    let text = #"""
      {
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
      }
      """#
    let canonical =
      #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
      + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
    #expect(try JSON.canonical(JSON.read(text)) == canonical)
  }

  /// RFC 8785, section 3.2.3.
  @Test func keysAreSortedByTheirUTF16Units() throws {
    let text =
      #"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","#
      + #""\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#
    let keys = ["\r", "1", "\u{80}", "\u{F6}", "\u{20AC}", "\u{1F600}", "\u{FB33}"]
    guard let fields = try JSON.read(text).object else { return #expect(Bool(false)) }
    #expect(fields.keys.map { Array($0.unicodeScalars) } == keys.map { Array($0.unicodeScalars) })
    for key in keys { #expect(fields[key] != nil) }
  }

  @Test func keysInDifferentNormalFormsAreDifferent() {
    var fields = Fields([("e\u{301}", 1), ("\u{E9}", 2)])
    #expect(fields.entries.count == 2 && fields["\u{E9}"] == 2 && fields["e\u{301}"] == 1)
    fields["\u{E9}"] = nil
    #expect(fields.entries.count == 1 && Value.string("e\u{301}") != Value.string("\u{E9}"))
  }

  @Test func fieldsKeepTheLastOfAKeyInAnyOrder() {
    let fields = Fields([("b", 1), ("a", 2), ("b", 3), ("", 4), ("a", 5)])
    #expect(fields == ["a": 5, "b": 3, "": 4] && fields.keys == ["", "a", "b"])
  }

  static let pretty: [(value: Value, text: String)] = [
    (.null, "null"), ([], "[]"), ([:], "{}"), ([1], "[\n  1\n]"),
    (
      ["b": [], "a": ["c": ["x", true]]],
      "{\n  \"a\": {\n    \"c\": [\n      \"x\",\n      true\n    ]\n  },\n  \"b\": []\n}"
    ),
  ]

  @Test(arguments: pretty)
  func prettyTextsHaveALineForEachMember(value: Value, text: String) throws {
    #expect(JSON.pretty(value) == text)
    #expect(try JSON.read(text) == value)
  }

  @Test func numbersThatAreNotFiniteAreStrings() {
    #expect(JSON.canonical([.number(.nan), .number(.infinity), .number(-.infinity)]) == #"[".nan",".inf","-.inf"]"#)
    #expect(Value.number(.nan) == Value.number(.nan) && Value.number(.infinity) != Value.number(-.infinity))
  }

  static let read: [(text: String, value: Value)] = [
    ("1", 1), (" [ ] ", []), ("-0", 0), ("-0.0", 0), ("1.0", 1), ("1e2", 100), ("\"\\u0000x\"", "\0x"), ("\"\"", ""),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("[100000000000000000000, 1]", [.number(1e20), 1]), ("\"\\ud83d\\ude00\"", "😀"), ("\"\\/\\b\\f\"", "/\u{8}\u{C}"),
    ("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"b\":3}", ["a": ["a": [["a": 1], ["a": 2]]], "b": 3]),
    ("\"\u{2028}\u{7F}\"", "\u{2028}\u{7F}"), ("0.1e-400", 0),
  ]

  @Test(arguments: read)
  func valuesAreRead(text: String, value: Value) throws { #expect(try JSON.read(text) == value) }

  static let wrong: [(text: String, expected: String)] = [
    ("", "the text ends before the value does, at line 1, column 1"),
    ("[1,\n 2", "the text ends before the value does, at line 2, column 3"),
    ("[1,]", "this character cannot stand here, at line 1, column 4"),
    ("{\"a\":1,}", "this character cannot stand here, at line 1, column 8"),
    ("[1 2]", "a `,` or the closing `]` of the list is missing here, at line 1, column 4"),
    ("[1] 2", "this character cannot stand here, at line 1, column 5"),
    ("{\"a\" 1}", "the `:` behind the key is missing here, at line 1, column 6"),
    ("{\"a\":1 \"b\":2}", "a `,` or the closing `}` of the object is missing here, at line 1, column 8"),
    ("{1:2}", "a key in double quotes is missing here, at line 1, column 2"),
    ("{'a':1}", "JSON writes strings in double quotes, at line 1, column 2"),
    ("[100000000000000000000 2]", "a `,` or the closing `]` of the list is missing here, at line 1, column 24"),
    ("NaN", "this is no value; bare words are only `true`, `false` and `null`, at line 1, column 1"),
    ("[-Infinity]", "this is not a number that JSON knows, at line 1, column 2"),
    ("True", "this is no value; bare words are only `true`, `false` and `null`, at line 1, column 1"),
    ("[1.]", "this is not a number that JSON knows, at line 1, column 2"),
    ("[01]", "this is not a number that JSON knows, at line 1, column 2"),
    ("[1e]", "this is not a number that JSON knows, at line 1, column 2"),
    ("[.5]", "this character cannot stand here, at line 1, column 2"),
    ("[1e400]", "this number is beyond what a double can hold, at line 1, column 2"),
    (
      "[99999999999999999999]",
      "this number has more digits than can be kept; write it as a string, at line 1, column 2"
    ),
    ("[\"a\tb\"]", "a line break or control character inside a string has to be escaped, at line 1, column 4"),
    ("[\"é\\q\"]", "this escape is not one that JSON knows, at line 1, column 4"),
    ("\"\\u12\"", "`\\u` wants four hexadecimal digits, at line 1, column 2"),
    ("\"\\ud800\"", "this escape is half of a surrogate pair and no character, at line 1, column 2"),
    ("\"\\ud800\\u0041\"", "this escape is half of a surrogate pair and no character, at line 1, column 2"),
    ("\"\\udc00\"", "this escape is half of a surrogate pair and no character, at line 1, column 2"),
    ("[\"abc", "the string that begins here is never closed, at line 1, column 2"),
    ("{\"a\":1,\n \"\\u0061\":2}", "the key `a` comes twice in this object, at line 2, column 2"),
    ("[{\"a\":[],\"a\":2}]", "the key `a` comes twice in this object, at line 1, column 10"),
    ("{\"a\\u0000b\":1}", "a key cannot hold the character NUL, at line 1, column 2"),
    ("[\u{B}1]", "a control character cannot stand here, at line 1, column 2"),
    ("/**/1", "this character cannot stand here, at line 1, column 1"),
    ("\u{FEFF}1", "this character cannot stand here, at line 1, column 1"),
  ]

  @Test(arguments: wrong)
  func whatIsNoJSONIsRefusedAtItsPlace(text: String, expected: String) {
    #expect { try JSON.read(text) } throws: { "\($0)" == expected }
  }

  @Test func invalidUTF8IsRefused() {
    let error = #expect(throws: JSONError.self) { try JSON.read(Array("[\"é\n".utf8) + [0xC0, 0x80]) }
    #expect(error.map { "\($0)" } == "the text is not valid UTF-8, at line 2, column 1")
  }

  @Test func sixtyFourLevelsPassAndOneMoreDoesNot() throws {
    let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    _ = try JSON.read(nested(64))
    let error = #expect(throws: JSONError.self) { try JSON.read(nested(65)) }
    #expect(error?.column == 65)
  }
}
