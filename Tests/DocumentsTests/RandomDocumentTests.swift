import Documents
import Seeded
import Testing

struct RandomDocumentTests {
  @Test func valuesComeBackFromCanonicalAndPrettyJSON() throws {
    var random = SeededRandom(seed: 20_261_121)
    for _ in 0..<2_000 {
      let value = Self.value(depth: 4, &random)
      let text = JSON.canonical(value)
      let back = try JSON.read(text)
      #expect(back == value && back.hashValue == value.hashValue)
      #expect(JSON.canonical(back) == text)
      #expect(try JSON.read(JSON.pretty(value)) == value)
    }
  }

  @Test func canonicalJSONIsYAMLToo() {
    var random = SeededRandom(seed: 7)
    for _ in 0..<500 {
      // YAML leaves integers beyond 64 bits as text, and wants line separators escaped.
      let value = Self.value(
        depth: 3, &random, strings: ["", "a", "é", "no", "12", "a: b", "\"", "\\", "\n\t", "#", "- "])
      let source = Source(name: "a", bytes: Array(JSON.canonical(value).utf8))
      let (document, diagnostics) = YAML.read(source)
      #expect(diagnostics == [])
      #expect(document.map { JSON.canonical($0.resolved) } == JSON.canonical(value))
    }
  }

  @Test func mutatedYAMLNeverCrashesAndAlwaysHasAPlace() {
    var random = SeededRandom(seed: 42)
    let pieces = [
      "\t", "- ", ": ", "&a ", "*a", "<<: ", "{", "}", "[", "]", "'", "\"", "|\n", "!!int ", "#", "---\n", "\r", "é",
    ]
    for _ in 0..<5_000 {
      var bytes = Array(Self.sample.utf8)
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: index)
        case 2: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...20, using: &random)))
        default: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 30)], at: 0)
        }
        if bytes.isEmpty { bytes = [0x61] }
      }
      let source = Source(name: "decant.yaml", bytes: bytes)
      let (document, diagnostics) = YAML.read(source)
      for diagnostic in diagnostics {
        #expect(diagnostic.place.map { source.line(Int($0.line)) != nil && $0.column > 0 && $0.length > 0 } == true)
        #expect(!diagnostic.notes.contains { $0.hasPrefix("libyaml says") })
      }
      if diagnostics.isEmpty, let document { _ = JSON.canonical(document.resolved) }
      _ = try? JSON.read(bytes)
    }
  }

  @Test func mutatedJSONIsReadTheSameTwiceOrRefused() {
    var random = SeededRandom(seed: 43)
    let sample = Array(#"{"a":[1,2.5e3,-0,true,null,"x\u00e9\n"],"b":{"c":{},"d":[[]]},"e":"😀"}"#.utf8)
    for _ in 0..<5_000 {
      var bytes = sample
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        bytes[index] = sample.randomElement(using: &random) ?? 0
      }
      guard let value = try? JSON.read(bytes) else { continue }
      #expect((try? JSON.read(JSON.canonical(value))) == value)
    }
  }

  static let sample = """
    storage_profiles:
      prod: &prod {provider: s3, region: us-west-2, bucket: "company-\\u00e9"}
      team: {<<: *prod, bucket: 'it''s'}
    targets:
      users:
        cpus: 8
        note: |
          two
          lines
        groups: [a, b, !!str 12]
        filter: >-
          created_at > NOW()
    """

  private static func value(
    depth: Int, _ random: inout SeededRandom,
    strings: [String] = [
      "", "a", "é", "e\u{301}", "\u{FB33}", "😀", "\u{E000}", "\0", "\u{1F}", "\"", "\\", "/", "\n", "\u{2028}",
      "</script>",
    ]
  ) -> Value {
    let word = { (random: inout SeededRandom) in
      (0..<Int.random(in: 0...3, using: &random)).map { _ in strings.randomElement(using: &random) ?? "" }.joined()
    }
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .integer(Int(truncatingIfNeeded: random.next()) >> Int.random(in: 0..<64, using: &random))
    case 3:
      let number = Double(bitPattern: random.next())
      return .number(number.isFinite ? number : 0)
    case 4: return .number(Double(Int.random(in: -1_000_000...1_000_000, using: &random)) / 64)
    case 5: return .string(word(&random))
    case 6:
      return .list(
        (0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth: depth - 1, &random, strings: strings) })
    default:
      return .object(
        Fields(
          (0..<Int.random(in: 0...4, using: &random)).map { _ in
            (word(&random).replacing("\0", with: "0"), value(depth: depth - 1, &random, strings: strings))
          }))
    }
  }
}
