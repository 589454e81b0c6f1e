import Documents
import Testing

/// Bytes that are no text, and texts made to exhaust a reader.
struct YAMLLimitsTests {
  static let bytes: [(bytes: [UInt8], expected: String)] = [
    ([0x61, 0x3A, 0x20, 0xFF], "1:4 invalid_utf8"),
    (Array("a: é\nbé: ".utf8) + [0xC0, 0x80], "2:5 invalid_utf8"),
    (Array("a: ".utf8) + [0xED, 0xA0, 0x80], "1:4 invalid_utf8"),
    (Array("a: ".utf8) + [0xF4, 0x90, 0x80, 0x80], "1:4 invalid_utf8"),
    (Array("a: ".utf8) + [0xE2, 0x82], "1:4 invalid_utf8"),
    (Array("a: 1\r\nb: ".utf8) + [0x80], "2:4 invalid_utf8"),
    (Array("a: 1\rb: ".utf8) + [0x80], "2:4 invalid_utf8"),
    ([0xEF, 0xBB, 0xBF] + Array("a: ".utf8) + [0x80], "1:4 invalid_utf8"),
    ([0xFF, 0xFE, 0x61, 0x00], "1:1 not_utf8"),
    ([0xFE, 0xFF, 0x00, 0x61], "1:1 not_utf8"),
    ([0x61, 0x00, 0x3A, 0x00], "1:1 not_utf8"),
    ([0x00, 0x61], "1:1 not_utf8"),
    ([0x00, 0x00, 0xFE, 0xFF], "1:1 not_utf8"),
    (Array("a: b".utf8) + [0x00], "1:5 control_character"),
    (Array("a: ".utf8) + [0x1B] + Array("[31m".utf8), "1:4 control_character"),
    (Array("# ".utf8) + [0xEF, 0xBF, 0xBF], "1:3 control_character"),
  ]

  @Test(arguments: bytes)
  func bytesAreRefusedAtTheirPlace(bytes: [UInt8], expected: String) {
    #expect(read(bytes) == [expected])
  }

  @Test func charactersOfAllPlanesPass() {
    let text = "é: \"😀\u{2027}\u{E000}\u{FFFD}\u{A0}\"\t# ü"
    #expect(read(Array(text.utf8)) == [])
  }

  @Test func sixtyFourLevelsPassAndOneMoreDoesNot() {
    #expect(read(nested(64)) == [])
    #expect(read(nested(65)) == ["1:65 too_deep"])
    #expect(read(Array(String(repeating: "[", count: 200_000).utf8)) == ["1:65 too_deep"])
    #expect(read(Array(String(repeating: "- ", count: 200_000).utf8)) == ["1:129 too_deep"])
    #expect(read(Array((String(repeating: "- ", count: 64) + "a").utf8)) == [])
  }

  @Test func aliasesAddToTheDepth() {
    let half = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    let open = { String(repeating: "[", count: $0) }
    let close = { String(repeating: "]", count: $0) }
    // The anchor's 40 levels below the mapping and 23 lists are 64; one list more is too many.
    #expect(read(Array("a: &a \(half)\nb: \(open(23))*a\(close(23))".utf8)) == [])
    #expect(read(Array("a: &a \(half)\nb: \(open(24))*a\(close(24))".utf8)) == ["2:28 too_deep"])
    // The depth of an alias within an anchor counts in that anchor too.
    let chain = "a: &a \(half)\nb: &b \(open(10))*a\(close(10))\nc: \(open(20))*b\(close(20))"
    #expect(read(Array(chain.utf8)) == ["3:24 too_deep"])
  }

  @Test func mergedContentCountsAsDeepAsItStands() {
    let deep = String(repeating: "{a: ", count: 62) + "1" + String(repeating: "}", count: 62)
    #expect(read(Array("a: &a {k: \(deep)}\nb: {<<: *a}".utf8)) == ["2:9 too_deep"])
  }

  @Test func anAliasBombIsRefusedBeforeItUnfolds() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    #expect(read(Array(text.utf8)) == ["5:45 alias_limit"])
  }

  @Test func aliasesBelowTheLimitPass() {
    let aliases = String(repeating: "*a, ", count: 33_000)
    #expect(read(Array("a: &a [1, 2]\nb: [\(aliases)]".utf8)) == [])
    let more = String(repeating: "*a, ", count: 33_334)
    #expect(read(Array("a: &a [1, 2]\nb: [\(more)]".utf8)) == ["2:133337 alias_limit"])
  }

  @Test func sixtyFourMegabytesAreTheLimit() {
    // Read as far as its first byte, which is wrong: the size itself is not what is refused.
    let largest = [UInt8](repeating: 0xFF, count: YAML.sizeLimit)
    #expect(read([0x80] + largest.dropFirst()) == ["1:1 invalid_utf8"])
    #expect(read(largest + [0x0A]) == ["1:1 file_too_large"])
  }

  @Test func readingStopsAfterAThousandErrors() {
    let said = read(Array(String(repeating: "- *x\n", count: 5_000).utf8))
    #expect(said.count == YAML.diagnosticLimit + 1 && said.last == "1001:3 too_many_errors")
  }

  @Test func tenThousandKeysOfOneMappingAreComparedOnce() {
    let text = (0..<10_000).map { "key_of_some_length_\($0): 1\n" }.joined() + "key_of_some_length_7: 2\n'17': 3\n17: 4"
    #expect(read(Array(text.utf8)) == ["10001:1 duplicate_key", "10003:1 duplicate_key"])
  }

  private func nested(_ depth: Int) -> [UInt8] {
    Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
  }

  private func read(_ bytes: [UInt8]) -> [String] {
    YAML.read(Source(name: "decant.yaml", bytes: bytes)).diagnostics.map { diagnostic in
      "\(diagnostic.place?.line ?? 0):\(diagnostic.place?.column ?? 0) \(diagnostic.code)"
    }
  }
}
