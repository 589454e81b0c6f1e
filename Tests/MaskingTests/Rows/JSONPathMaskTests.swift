import Masking
import Testing

struct JSONPathMaskTests {
  private func mask(_ paths: String...) -> JSONPathMask {
    JSONPathMask(paths.map { (path: $0.isEmpty ? [] : $0.split(separator: ".").map(String.init), mask: upper) })
  }

  @Test(arguments: [
    (#"{"contact": {"email": "a@b", "id": "x"}}"#, #"{"contact": {"email": "A@B", "id": "x"}}"#),
    (
      #"{ "contact" : [ {"email":"a"} , {"email":"b"}, [{"email":"c"}] ] }"#,
      #"{ "contact" : [ {"email":"A"} , {"email":"B"}, [{"email":"C"}] ] }"#
    ),
    (
      #"{"contact": {"email": ["a", null, true, {"x": "b"}]}}"#,
      #"{"contact": {"email": ["A", null, true, {"x": "B"}]}}"#
    ),
    (#"{"contact": "email"}"#, #"{"contact": "email"}"#), ("{}", "{}"), ("[]", "[]"), ("null", "null"),
    (#""a""#, #""a""#),
    (#"{"email": "a", "x": {"contact": {"email": "b"}}}"#, #"{"email": "a", "x": {"contact": {"email": "b"}}}"#),
    (
      #"{"contact": {"email": "a"}, "contact": {"email": "b"}}"#,
      #"{"contact": {"email": "A"}, "contact": {"email": "B"}}"#
    ),
    (#"{"c\u006fntact": {"em\u0061il": "a\u0062\n\/\"\\"}}"#, #"{"c\u006fntact": {"em\u0061il": "AB\u000a/\"\\"}}"#),
    (#"{"contact": {"email": "\ud83d\ude00x"}}"#, #"{"contact": {"email": "😀X"}}"#),
    (#"{"x": "{\"contact\": {\"email\": \"a\"}}"}"#, #"{"x": "{\"contact\": {\"email\": \"a\"}}"}"#),
    (#"{"contact": {"email": ""}}"#, #"{"contact": {"email": ""}}"#),
  ])
  func theLeavesUnderAPathAreMasked(document: String, expected: String) throws {
    #expect(try mask("contact.email").masked(document) == expected)
  }

  @Test func anEmptyPathIsTheWholeDocument() throws {
    #expect(try mask("").masked(#"[ "a", {"b": "c"} ]"#) == #"[ "A", {"b": "C"} ]"#)
    #expect(try mask("").masked(#""a""#) == #""A""#)
  }

  @Test func aPathBelowAnotherHasItsOwnMask() throws {
    let both = JSONPathMask([(["a"], upper), (["a", "b"], Made { _, _ throws(MaskFailure) in "*" })])
    #expect(try both.masked(#"{"a": {"b": "x", "c": "y"}}"#) == #"{"a": {"b": "*", "c": "Y"}}"#)
  }

  @Test(arguments: [("12", "12"), ("-1.5e3", "-1.5e3"), ("12 a", "\"12 a\""), ("012", "\"012\""), ("", "\"\"")])
  func aNumberStaysOneWhereTheMaskMakesOne(made: String, expected: String) throws {
    let mask = JSONPathMask([(["n"], Made { _, _ throws(MaskFailure) in made })])
    #expect(try mask.masked(#"{"n": 7}"#) == "{\"n\": \(expected)}")
    // What was a string stays a string.
    #expect(try mask.masked(#"{"n": "7"}"#) == "{\"n\": \"\(made)\"}")
  }

  @Test func aLeafMayBecomeNull() throws {
    #expect(try JSONPathMask([(["a"], Nothing())]).masked(#"{"a": ["x", 1]}"#) == #"{"a": [null, null]}"#)
    #expect(JSONPathMask([(["a"], Nothing())]).knows(#"{"a": [null]}"#))
    #expect(!JSONPathMask([(["a"], Nothing())]).knows(#"{"a": "x"}"#))
  }

  @Test(arguments: [
    "", "{", #"{"a""#, #"{"a":"#, #"{"a":"x"#, "[1,", "[1", #"{"a" 1}"#, "{1:2}", #"{"a":"\q"}"#, #"{"a":"\u12"}"#,
    "[] []", "]",
    #"{"a":1}}"#, #"{"a":"x\"#,
  ])
  func whatIsNoDocumentIsRefused(text: String) {
    #expect(throws: MaskFailure.self) { try mask("a").masked(text) }
    #expect(!mask("a").knows(text))
  }

  @Test func manyLevelsAreSkippedWithoutStackOrRefused() throws {
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(try mask("a").masked("{\"b\": \(deep), \"a\": \"x\"}").hasSuffix(#""a": "X"}"#))
    #expect(throws: MaskFailure.self) { try mask("a").masked("{\"a\": \(deep)}") }
  }

  @Test func theGrammarIsThatOfEveryLeaf() {
    var known = upper
    known.known = { $0 == $0.uppercased() }
    let mask = JSONPathMask([(["a"], known)])
    #expect(mask.knows(#"{"a": ["X", 1], "b": "clear"}"#))
    #expect(!mask.knows(#"{"a": ["X", "y"]}"#))
  }

  @Test func leavesAreGivenToWhoeverAsks() throws {
    var found: [String] = []
    try Array(#"{"a": ["x\ty", 1, null], "b": "z"}"#.utf8).withUnsafeBytes { bytes in
      try mask("a").leaves(of: bytes) { leaf, _ in found.append(String(decoding: leaf, as: UTF8.self)) }
    }
    #expect(found == ["x\ty", "1"])
  }
}
