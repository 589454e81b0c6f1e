import Foundation

/// A secret that stands out in every form: two pieces that no encoding changes, around characters that each syntax on
/// the way (URLs, YAML, JSON, shells, SQL) has its own use for.
struct Planted: Sendable {
  let name: String
  let value: String
  private let pieces: [String]

  init(_ number: Int) {
    func piece() -> String { "q\(number)z" + String(UInt64.random(in: 1 << 60 ... .max), radix: 36) }
    name = "SECRET_\(number)"
    pieces = [piece(), piece()]
    value = pieces[0] + "@:/?#[]%\"\\ '&=+ü€" + pieces[1]
  }

  /// One that is given, and that no encoding changes in the middle.
  init(_ name: String, _ value: String) { (self.name, self.value, pieces) = (name, value, [value]) }

  var urlEncoded: String {
    value.addingPercentEncoding(
      withAllowedCharacters: .alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}")))
      ?? ""
  }

  var jsonEscaped: String {
    let text = try? JSONSerialization.data(withJSONObject: [value], options: [])
    return String(decoding: text?.dropFirst(2).dropLast(2) ?? Data(), as: UTF8.self)
  }

  /// As a literal of YAML (and JSON).
  var quoted: String {
    "\"" + value.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
  }

  /// As a literal of SQL.
  var sql: String { "'" + value.replacingOccurrences(of: "'", with: "''") + "'" }

  /// Each piece stands in the clear, URL-encoded and JSON-escaped form alike; base64 depends on what stands before, so
  /// each piece is looked for at all three positions, without the characters that its neighbours take part in.
  var traces: [[CChar]] {
    let encoded = pieces.flatMap { piece in
      (0..<3).map { shift in
        let text = Data([UInt8](repeating: 0, count: shift) + Array(piece.utf8)).base64EncodedString()
        return String(text.drop { $0 == "=" }.dropFirst(shift == 0 ? 0 : shift + 1).prefix(12))
      }
    }
    return (pieces + encoded + [urlEncoded, jsonEscaped, value]).map { Array($0.utf8CString) }
  }
}

/// The places where secrets were looked for, and what of them was found.
struct Search {
  let planted: [Planted]
  private var haystacks: [(place: String, bytes: [CChar])] = []

  init(_ planted: [Planted]) { self.planted = planted }

  mutating func add(_ place: String, _ bytes: [UInt8]) {
    // Ready for strstr(3): nothing ends it before its end.
    haystacks.append((place, bytes.map { CChar(bitPattern: $0 == 0 ? 1 : $0) } + [0]))
  }
  mutating func add(_ place: String, _ text: String) { add(place, Array(text.utf8)) }

  var size: Int { haystacks.reduce(0) { $0 + $1.bytes.count } }

  /// "SECRET_7 in plan --json"
  var leaks: [String] {
    var found: Set<String> = []
    for (place, bytes) in haystacks {
      for secret in planted where secret.traces.contains(where: { strstr(bytes, $0) != nil }) {
        found.insert("\(secret.name) in \(place)")
      }
    }
    return found.sorted()
  }
}
