import Documents
import Testing

struct SourceLineTests {
  static let lines: [(line: String, shown: String)] = [
    ("host: db", "host: db"),
    ("  password: hunter2", "  password: *******"),
    ("  password: \"hun ter2\"", "  password: \"********\""),
    ("  password: ${PASS}", "  password: ${PASS}"),
    ("  password: a${PASS}b", "  password: *${PASS}*"),
    ("password: {{`P` | env}}", "password: {{`P` | env}}"),
    ("password: {file: /run/p}", "password: {file: /run/p}"),
    ("passwrod: hunter2", "passwrod: *******"),
    ("p: {user: u, password: hunter2, port: x}", "p: {user: u, password: *******, port: x}"),
    ("p: {password: \"a, b}\", port: x}", "p: {password: \"*****\", port: x}"),
    ("p: {password: ${P}, port: x}", "p: {password: ${P}, port: x}"),
    ("- {secret_key: abc}", "- {secret_key: ***}"),
    ("\"token\": \"abc\"", "\"token\": \"***\""),
    ("src_url: postgresql://u:pa:ss@h/d", "src_url: postgresql://u:*****@h/d"),
    ("src_url: \"postgresql://u:p@s/s@h/d\"", "src_url: \"postgresql://u:*****@h/d\""),
    ("url: postgresql://u:${P}@h/d?sslmode=x", "url: postgresql://u:${P}@h/d?sslmode=x"),
    ("url: postgresql://h:5432/d", "url: postgresql://h:5432/d"),
    ("url: postgresql://h/d?password=a&b\"", "url: postgresql://h/d?password=***\""),
    ("a: {x: http://a:b@c, y: http://d:e@f}", "a: {x: http://a:*@c, y: http://d:*@f}"),
    ("ssl_key: certs/key.pem", "ssl_key: certs/key.pem"),
    ("masking: {key: abc}", "masking: {key: ***}"),
    ("é: {password: ü€}", "é: {password: **}"),
  ]

  @Test(arguments: lines)
  func hidesWhatCouldBeASecretAndKeepsColumns(line: String, shown: String) {
    #expect(SourceLine.redacted(line) == shown)
    #expect(shown.unicodeScalars.count == line.unicodeScalars.count)
  }

  @Test func knowsTheKeyAbove() {
    let text =
      "a:\n  password:\n    hunter2\n  token: |\n    one\n\n    two\n  src_url:\n    postgresql://u:x\n  host:\n    db\n"
    let source = Source(name: "x", bytes: Array(text.utf8))
    let shown = (1...11).map { source.redactedLine($0) }
    #expect(
      shown == [
        "a:", "  password:", "    *******", "  token: *", "    ***", "", "    ***", "  src_url:",
        "    ****************", "  host:",
        "    db",
      ])
    #expect(
      source.hides(line: 3, column: 5) && !source.hides(line: 11, column: 5) && !source.hides(line: 99, column: 1))
  }

  @Test func aSourceShowsNothingOfItself() {
    let source = Source(name: "decant.yaml", bytes: Array("hunter2".utf8))
    var dumped = ""
    dump(Place(source: source, line: 1, column: 1), to: &dumped)
    #expect(!dumped.contains("104") && !dumped.contains("hunter2") && "\(source)" == "decant.yaml")
  }
}
