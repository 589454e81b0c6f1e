extension YAML {
  /// A value as YAML in block style, which `read` reads back as the same value.
  ///
  /// Text stands plain only where the core schema takes it for text, in quotes otherwise, and as a literal block where
  /// it has several lines. The text ends with a line break.
  public static func text(_ value: Value) -> String {
    var writer = YAMLWriter()
    writer.write(value, depth: 0)
    return writer.text
  }
}

extension Value {
  fileprivate var hasMembers: Bool {
    switch self {
    case .object(let fields): !fields.isEmpty
    case .list(let items): !items.isEmpty
    default: false
    }
  }
}

private struct YAMLWriter {
  private(set) var text = ""

  mutating func write(_ value: Value, depth: Int) {
    switch value {
    case .object(let fields) where !fields.isEmpty:
      for entry in fields.entries { member(entry, depth) }
    case .list(let items) where !items.isEmpty:
      for item in items { element(item, depth) }
    default: text += "\(scalar(value))\n"
    }
  }

  private mutating func member(_ entry: Fields.Entry, _ depth: Int) {
    text += "\(indent(depth))\(scalar(.string(entry.key))):"
    follow(entry.value, depth)
  }

  private mutating func element(_ item: Value, _ depth: Int) {
    text += "\(indent(depth))-"
    follow(item, depth)
  }

  /// What stands behind a key or a dash: on the same line, or deeper on the next.
  private mutating func follow(_ value: Value, _ depth: Int) {
    switch value {
    case _ where value.hasMembers:
      text += "\n"
      write(value, depth: depth + 1)
    case .string(let lines) where isBlock(lines): block(lines, depth + 1)
    default: text += " \(scalar(value))\n"
    }
  }

  private func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

  private func scalar(_ value: Value) -> String {
    switch value {
    case .string(let text) where isPlain(text): text
    case .number(let number) where !number.isFinite: number.isNaN ? ".nan" : number < 0 ? "-.inf" : ".inf"
    // JSON is YAML (YAML 1.2.2, section 1.2), so what needs quotes is written as JSON.
    default: harmless(JSON.canonical(value))
    }
  }

  /// What turns the direction of writing or cannot be seen, escaped as YAML has it: eight digits, because a pair of
  /// surrogates is no character there (section 5.7).
  private func harmless(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: JSON.isActing) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      guard JSON.isActing(scalar) else { return result.unicodeScalars.append(scalar) }
      let digits = String(scalar.value, radix: 16, uppercase: true)
      result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
  }

  /// Without quotes only what can be nothing else: words of letters, digits and a few signs that mean nothing there.
  private func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "/"),
      text.utf8.allSatisfy({ isLetter($0) || (48...57).contains($0) || "_-./@ ".utf8.contains($0) }),
      text.utf8.last != UInt8(ascii: " ")
    else { return false }
    return Node.Scalar(text: text, reading: .byCoreSchema).value == .string(text)
  }

  private func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }

  /// Lines of printable text that neither begin with a space nor leave the number of last line breaks in doubt.
  private func isBlock(_ text: String) -> Bool {
    text.contains("\n") && text.first != " " && text.first != "\n" && text.hasSuffix("\n") && !text.hasSuffix("\n\n")
      && text.unicodeScalars.allSatisfy {
        $0 == "\n" || (0x20...0x7E).contains($0.value)
          || $0.value > 0xA0 && $0.value < 0x2000 && !JSON.isActing($0)
      }
  }

  private mutating func block(_ lines: String, _ depth: Int) {
    text += " |\n"
    for line in lines.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      text += line.isEmpty ? "\n" : "\(indent(depth))\(line)\n"
    }
  }
}
