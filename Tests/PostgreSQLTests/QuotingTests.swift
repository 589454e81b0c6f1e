import PostgreSQL
import Testing

@Suite struct QuotingTests {
  @Test(arguments: [
    ("users", #""users""#), (#"a"b"#, #""a""b""#), ("Ünïcode x", #""Ünïcode x""#),
    ("a; DROP TABLE t --", #""a; DROP TABLE t --""#),
    ("\"\u{301}", "\"\"\"\u{301}\""),
  ])
  func aNameIsTakenLetterForLetter(name: String, quoted: String) throws {
    #expect(try quoteIdentifier(name) == quoted)
  }

  @Test(arguments: ["", "a\0b", "\0"])
  func whatIsNoNameIsRefused(name: String) {
    #expect(throws: UnquotableIdentifier.self) { try quoteIdentifier(name) }
  }
}
