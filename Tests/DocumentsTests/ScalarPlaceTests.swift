import Documents
import Seeded
import Testing

/// Where a byte of a scalar's text stands, in every form that a scalar can have.
struct ScalarPlaceTests {
  /// The line and column of the first `X` of the value of `k`, or nothing where it is not followed.
  private func place(_ yaml: String) throws -> String? {
    let (document, diagnostics) = YAML.read(Source(name: "a", bytes: Array(yaml.utf8)))
    #expect(diagnostics.isEmpty, "\(yaml)")
    guard case .mapping(let entries)? = document?.content, case .scalar(let scalar)? = entries.first?.value.content,
      let index = scalar.text.utf8.firstIndex(of: UInt8(ascii: "X"))
    else { return nil }
    let offset = scalar.text.utf8.distance(from: scalar.text.startIndex, to: index)
    return entries.first?.value.place(ofByte: offset).map { "\($0.line):\($0.column)" }
  }

  @Test(arguments: [
    ("k: aX", "1:5"), ("k: a\n  b\n\n  X", "4:3"), ("k: 'it''s X'", "1:11"), ("k: 'ä\n  ö X'", "2:5"),
    ("k: \"a\\tb\\u00e4 X\"", "1:16"), ("k: \"a \\\n   b X\"", "2:6"), ("k: \"a\n\n  b X\"", "3:5"),
    ("k: |\n  a\n   ä X\n", "3:6"), ("k: |-\n  a\n\n  X", "4:3"), ("k: |+ # note\n    X\n\n\nz: 1", "2:5"),
    ("k: |\n\n\n  X\n", "4:3"), ("k: |\r\n  a\r\n  X\r\n", "3:3"), ("k: >\n  a\n  X\n", "3:3"),
    ("k: >\n  a\n\n  b X\nz: 1\n", "4:5"), ("k: >-\n  a\n    b\n  c X\n", "4:5"), ("k: >\n\n  X\n", "3:3"),
    ("k: >\n  a\n\n\n    b\n\n  X\n", "7:3"), ("k: &anchor !!str |\n  a X\n", "2:5"), ("k: !!str 'a X'", "1:13"),
    ("{k: a X, l: 2}", "1:7"), ("\u{FEFF}k: X", "1:4"), ("k:\n  - 1\nl: X", nil),
  ])
  func isExact(_ yaml: String, _ expected: String?) throws { #expect(try place(yaml) == expected, "\(yaml)") }

  /// An indentation that is said in the header is not followed, and says so.
  @Test func whatIsNotFollowedIsNothing() throws { #expect(try place("k: |2\n   X\n") == nil) }

  /// Whatever is given is right: the byte at the place is the byte of the text.
  @Test func whatIsGivenIsRight() throws {
    let pieces = ["a", "X", " ", "  ", "\n", "\n\n", "\n  ", "\n    ", "''", "ä", "#", "- ", ": "]
    var random = SeededRandom(seed: 7)
    var given = 0
    for _ in 0..<5_000 {
      let body = (0..<Int.random(in: 1...12, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        .joined()
      for yaml in [
        "k: |\n  a\(body)\nz: 1\n", "k: >\n  a\(body)\nz: 1\n", "k: '\(body)'\n", "k: \"\(body)\"\n", "k: a\(body)\n",
      ] {
        let source = Source(name: "a", bytes: Array(yaml.utf8))
        guard case .mapping(let entries)? = YAML.read(source).document?.content, let value = entries.first?.value,
          case .scalar(let scalar) = value.content
        else { continue }
        for (offset, byte) in scalar.text.utf8.enumerated() where byte == UInt8(ascii: "X") || byte == UInt8(ascii: "a")
        {
          guard let place = value.place(ofByte: offset) else { continue }
          given += 1
          let line = source.line(Int(place.line)).map { Array($0.unicodeScalars) } ?? []
          #expect(line[Int(place.column) - 1].value == UInt32(byte), "\(yaml)")
        }
      }
    }
    #expect(given > 10_000)
  }
}
