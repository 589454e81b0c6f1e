/// Text for a terminal: nothing in it acts on the terminal, and lines are broken at words.
enum Text {
  /// What somebody else wrote, made harmless: control characters and those that turn the direction of writing are
  /// shown as `\u{…}`.
  static func shown(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isActing) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      result += isActing(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    return result
  }

  /// One word for a shell, whatever is in it.
  static func quoted(_ text: String) -> String { "'\(shown(text).replacing("'", with: "'\\''"))'" }

  /// The same without quotation marks where none are needed.
  static func word(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "-._/".utf8.contains(byte)
    }
    return isPlain && !text.isEmpty ? text : quoted(text)
  }

  private static func isActing(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
    default: false
    }
  }

  static func padded(_ text: String, to width: Int) -> String {
    let missing = width - text.count
    return missing > 0 ? text + String(repeating: " ", count: missing) : text
  }

  static func padded(leading text: String, to width: Int) -> String {
    let missing = width - text.count
    return missing > 0 ? String(repeating: " ", count: missing) + text : text
  }

  /// Lines of at most `width` characters, broken at spaces; a word that is longer stands alone.
  static func wrapped(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if line.isEmpty {
        line = String(word)
      } else if line.count + 1 + word.count <= max(20, width) {
        line += " \(word)"
      } else {
        lines.append(line)
        line = String(word)
      }
    }
    return lines + [line]
  }

  /// 1,234,567
  static func grouped(_ number: Int) -> String {
    var digits = Array(String(abs(number)))
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: index)
      index -= 3
    }
    return (number < 0 ? "-" : "") + String(digits)
  }

  /// "1 check", "3 checks"
  static func counted(_ number: Int, _ noun: String, plural: String? = nil) -> String {
    "\(grouped(number)) \(number == 1 ? noun : plural ?? "\(noun)s")"
  }

  /// "12 ms", "0.21 s", "9 min 12 s"
  static func duration(_ duration: Duration) -> String {
    let milliseconds =
      Int(duration.components.seconds) * 1_000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    if milliseconds < 100 { return "\(milliseconds) ms" }
    let hundredths = milliseconds / 10
    if milliseconds < 60_000 {
      return "\(hundredths / 100).\(padded(leading: String(hundredths % 100), to: 2).replacing(" ", with: "0")) s"
    }
    return "\(milliseconds / 60_000) min \(milliseconds / 1_000 % 60) s"
  }
}
