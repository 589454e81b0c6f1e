import Foundation

/// Two hundred names that somebody could give to a table, a role or a target to harm whoever reads or runs them.
enum HostileNames {
  /// Would delete the canary, write a file, draw on a terminal, break out of a string, or mean a variable.
  private static let payloads: [String] = [
    "'", "\"", "\\", "\\\"", ";--", "'; DROP TABLE canary; --", "\"; DROP TABLE canary; --", "$$",
    "$$; DROP TABLE canary; $$", "`touch PWNED`", "$(touch PWNED)", "</script><script>alert(1)", "<!--", "\n",
    "\r\nerror: fine", "\t", "\u{1B}[31mred", "\u{1B}]0;title\u{7}", "\u{202E}gnp", "\u{2066}a\u{2069}", "\u{200B}",
    "\u{FEFF}", "\u{85}", "\u{9B}31m", "\u{7F}", "\u{2028}", "😀", "👨‍👩‍👧", "%s%n%41", "a,b}", "{{`HOME` | env}}",
    "${HOME}", "/*", "*", "../../x", "| tee PWNED", "-- ", " ", "null", "::notice::x",
  ]

  static let all: [String] = payloads.enumerated().flatMap { index, payload in
    [
      "\(index)\(payload)", "\(payload)\(index)", "\(payload) \(index) \(payload)", filled(payload, to: 63, index),
      "Ü\(payload)\(index)",
    ]
  }

  /// Exactly so many bytes of UTF-8.
  private static func filled(_ payload: String, to length: Int, _ index: Int) -> String {
    let head = "\(index) \(payload) "
    return head + String(repeating: "x", count: length - head.utf8.count)
  }

  /// In double quotes, as YAML reads it back letter by letter.
  static func yaml(_ name: String) -> String {
    "\""
      + name.unicodeScalars.map { scalar in
        let isPlain = scalar.properties.isAlphabetic || scalar.value == 32 || (48...57).contains(scalar.value)
        return isPlain ? String(scalar) : String(format: "\\U%08X", scalar.value)
      }.joined() + "\""
  }

  static func sql(_ name: String) -> String { "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }

  static func url(_ name: String) -> String { name.utf8.map { String(format: "%%%02X", $0) }.joined() }

  /// What acts on a terminal or hides text there: nothing of it may be in what is printed.
  static func acting(in text: String) -> Set<String> {
    var found: Set<String> = []
    for scalar in text.unicodeScalars where scalar != "\n" {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: found.insert("U+\(String(scalar.value, radix: 16))")
      default: break
      }
    }
    return found
  }
}
