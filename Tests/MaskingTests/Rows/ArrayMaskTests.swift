import Masking
import Testing

struct ArrayMaskTests {
  private static let mask = ArrayMask(of: upper)

  @Test(arguments: [
    ("{}", "{}"), ("{a}", "{A}"), ("{a,b}", "{A,B}"), ("{NULL,a,null}", "{NULL,A,NULL}"), (#"{"null"}"#, #"{"NULL"}"#),
    (#"{"a b","c,d"}"#, #"{"A B","C,D"}"#), (#"{"a\"b","c\\d"}"#, #"{"A\"B","C\\D"}"#),
    ("{{a,b},{c,d}}", "{{A,B},{C,D}}"), ("[2:3]={a,b}", "[2:3]={A,B}"), ("[0:0][-1:0]={{a,b}}", "[0:0][-1:0]={{A,B}}"),
    (#"{""}"#, #"{""}"#), (#"{"{x}"}"#, #"{"{X}"}"#), (#"{a\,b}"#, #"{"A,B"}"#), ("{é}", "{É}"),
  ])
  func elementsAreMaskedWhereTheyAre(array: String, expected: String) throws {
    #expect(try Self.mask.masked(array) == expected)
  }

  @Test(arguments: ["", "{", "}", "a", "{a", #"{"a"#, #"{"a\"#, "{a}}", "=[1:2]{a}", #"{a\"#])
  func whatIsNoArrayIsRefused(text: String) {
    #expect(throws: MaskFailure.self) { try Self.mask.masked(text) }
    #expect(!Self.mask.knows(text))
  }

  @Test func anElementMayBecomeNull() throws {
    #expect(try ArrayMask(of: Nothing()).masked(#"{a,"b c",NULL}"#) == "{NULL,NULL,NULL}")
    #expect(ArrayMask(of: Nothing()).knows("{NULL,NULL}"))
    #expect(!ArrayMask(of: Nothing()).knows("{NULL,a}"))
  }

  @Test func theGrammarIsThatOfEveryElement() {
    var known = upper
    known.known = { $0 == $0.uppercased() }
    let mask = ArrayMask(of: known)
    #expect(mask.knows(#"{A,NULL,"B C",{D}}"#))
    #expect(!mask.knows(#"{A,{"B c"}}"#))
    #expect(mask.knows("{}"))
  }

  @Test func aBoxHasAnotherDelimiter() throws {
    #expect(try ArrayMask(of: upper, delimiter: UInt8(ascii: ";")).masked("{(a,b);(c,d)}") == "{(A,B);(C,D)}")
  }

  @Test func manyLevelsCostNoStack() throws {
    let deep = String(repeating: "{", count: 200_000) + "a" + String(repeating: "}", count: 200_000)
    #expect(try Self.mask.masked(deep).contains("A"))
  }
}
