import Seeded
import Testing

@testable import Documents

@Suite struct YAMLWritingTests {
  @Test func isBlockStyleWithAsFewQuotesAsPossible() {
    let value: Value = [
      "targets": [
        "users": [
          "cpus": 8, "note": "a plain text", "no": "no", "number": "12", "empty": "", "groups": ["a", "b: c"],
          "query": "UPDATE users\n  SET email = NULL;\n", "nothing": .null, "none": .list([]),
          "free": .object(Fields()),
        ]
      ]
    ]
    #expect(
      YAML.text(value) == """
        targets:
          users:
            cpus: 8
            empty: ""
            free: {}
            groups:
              - a
              - "b: c"
            no: no
            none: []
            note: a plain text
            nothing: null
            number: "12"
            query: |
              UPDATE users
                SET email = NULL;

        """)
  }

  /// Values of all kinds, with the texts that other writers get wrong.
  @Test func readsBackAsTheSame() {
    var random = SeededRandom(seed: 7)
    for _ in 0..<3_000 {
      let value = Value.object(["a": random.value(depth: 3)])
      let source = Source(name: "t.yaml", bytes: Array(YAML.text(value).utf8))
      let (document, diagnostics) = YAML.read(source)
      #expect(diagnostics.isEmpty)
      #expect(document?.resolved == value, "\(YAML.text(value))")
      let hidden = YAML.text(value).unicodeScalars.filter { $0.properties.generalCategory == .format }
      #expect(hidden.isEmpty)
    }
  }
}

extension SeededRandom {
  private static let texts = [
    "", " ", "a", "no", "true", "null", "~", "12", "0x1F", "1e3", ".inf", "- a", "a: b", "a #b", "#", "*x", "&x", "!x",
    "a\nb", "a\n", "a\n\n", "\na\n", " a\nb\n", "a\n  b\n\nc\n", "tab\there\n", "it's", "\"quoted\"", "{{`X` | env}}",
    "${X}", "é ü", "emoji 🙂\n", "2027-03-31", "a ", "/path/x.pem", "@at", "`tick`", "%", "a\u{202E}b\n", "---", "...",
    "a\u{E0001}b", "so\u{AD}ft\nlines\n", "\u{FEFF}mark", "👨‍👩‍👧",
  ]

  fileprivate mutating func value(depth: Int) -> Value {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &self) {
    case 0: return .integer(Int.random(in: -1_000...1_000, using: &self))
    case 1: return .bool(Bool.random(using: &self))
    case 2: return .number(Double(Int.random(in: -100...100, using: &self)) + 0.5)
    case 3: return .null
    case 4, 5: return .string(Self.texts.randomElement(using: &self) ?? "")
    case 6: return .list((0..<Int.random(in: 0..<4, using: &self)).map { _ in value(depth: depth - 1) })
    default:
      var fields = Fields()
      for _ in 0..<Int.random(in: 0..<4, using: &self) {
        let key = Self.texts.randomElement(using: &self) ?? "k"
        fields[key.isEmpty ? "k" : key] = value(depth: depth - 1)
      }
      return .object(fields)
    }
  }
}
