/// Lists of names and sentences about a database, for people to read.
enum SpokenNames {
  /// So many entries are said one by one; a last one counts the rest. A role that may write to 5,000 tables is as
  /// wrong after fifty of them.
  static let limit = 50

  static func bounded(_ entries: [String], outOf count: Int? = nil) -> [String] {
    let count = max(count ?? 0, entries.count)
    let said = entries.prefix(limit).map(visible)
    return count > said.count ? said + ["and \(count - said.count) more"] : said
  }

  /// A name may hold anything but a NUL byte. What would move a terminal's cursor, start a line or turn the direction
  /// of writing is written by its number, as `U&"\000A"` has it.
  static func visible(_ text: String) -> String {
    var spoken = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        spoken.append(contentsOf: "\\\(padded)".unicodeScalars)
      default: spoken.append(scalar)
      }
    }
    return String(spoken)
  }

  /// PostgreSQL's way to write an array of texts (manual, section 8.15.2).
  static func array(_ texts: [String]) -> String {
    let quoted = texts.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
    return "{" + quoted.joined(separator: ",") + "}"
  }
}
