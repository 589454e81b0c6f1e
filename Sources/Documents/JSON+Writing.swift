extension JSON {
  /// The one text that a value has (RFC 8785): no spaces, keys in the order of UTF-16 code units, numbers as
  /// ECMAScript writes them. Digests are taken over it.
  ///
  /// Two choices where the RFC asks for an error or for less: integers are written with all their digits, also beyond
  /// 2^53; and numbers that are not finite (which only YAML can say) are the strings ".inf", "-.inf" and ".nan".
  public static func canonical(_ value: Value) -> String {
    var output: [UInt8] = []
    write(value, into: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// The same with two spaces of indentation and a line for each member, for people. No line break at the end.
  ///
  /// Characters that act on a terminal or hide text there (controls, bidirectional and other formatting) are escaped
  /// too: the value is the same, and looking at it is harmless.
  public static func pretty(_ value: Value) -> String {
    var output: [UInt8] = []
    writePretty(value, indentation: 0, into: &output)
    return String(decoding: output, as: UTF8.self)
  }

  private static func write(_ value: Value, into output: inout [UInt8]) {
    switch value {
    case .list(let items): writeList(items, into: &output)
    case .object(let fields): writeObject(fields, into: &output)
    default: writeScalar(value, into: &output)
    }
  }

  private static func writeList(_ items: [Value], into output: inout [UInt8]) {
    output.append(UInt8(ascii: "["))
    for (index, item) in items.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      write(item, into: &output)
    }
    output.append(UInt8(ascii: "]"))
  }

  private static func writeObject(_ fields: Fields, into output: inout [UInt8]) {
    output.append(UInt8(ascii: "{"))
    for (index, entry) in fields.entries.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      write(entry.key, into: &output)
      output.append(UInt8(ascii: ":"))
      write(entry.value, into: &output)
    }
    output.append(UInt8(ascii: "}"))
  }

  private static func writePretty(_ value: Value, indentation: Int, into output: inout [UInt8]) {
    switch value {
    case .list(let items) where !items.isEmpty:
      lines(items, between: ("[", "]"), indentation, &output) { item, output in
        writePretty(item, indentation: indentation + 2, into: &output)
      }
    case .object(let fields) where !fields.isEmpty:
      lines(fields.entries, between: ("{", "}"), indentation, &output) { entry, output in
        writeHarmless(entry.key, into: &output)
        output += [UInt8(ascii: ":"), UInt8(ascii: " ")]
        writePretty(entry.value, indentation: indentation + 2, into: &output)
      }
    case .string(let text): writeHarmless(text, into: &output)
    default: write(value, into: &output)
    }
  }

  /// All of plain ASCII takes the short way; `write` escapes what is below U+0020.
  private static func writeHarmless(_ text: String, into output: inout [UInt8]) {
    if text.utf8.allSatisfy({ $0 < 0x7F }) { return write(text, into: &output) }
    output.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      if isActing(scalar) {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          output += Array("\\u".utf8) + repeatElement(UInt8(ascii: "0"), count: 4 - digits.count) + Array(digits.utf8)
        }
      } else {
        writeBare(String(scalar), into: &output)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  /// Acts on a terminal, turns the direction of writing, or cannot be seen.
  static func isActing(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x7F else { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return false
    }
  }

  private static func lines<Item>(
    _ items: [Item], between brackets: (Unicode.Scalar, Unicode.Scalar), _ indentation: Int, _ output: inout [UInt8],
    _ one: (Item, inout [UInt8]) -> Void
  ) {
    output.append(UInt8(ascii: brackets.0))
    for (index, item) in items.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      newLine(indentation + 2, &output)
      one(item, &output)
    }
    newLine(indentation, &output)
    output.append(UInt8(ascii: brackets.1))
  }

  private static func newLine(_ indentation: Int, _ output: inout [UInt8]) {
    output.append(UInt8(ascii: "\n"))
    output += repeatElement(UInt8(ascii: " "), count: indentation)
  }

  private static func writeScalar(_ value: Value, into output: inout [UInt8]) {
    switch value {
    case .bool(let truth): output += truth ? Array("true".utf8) : Array("false".utf8)
    case .integer(let number): output += Array(String(number).utf8)
    case .number(let number) where number.isFinite: write(number, into: &output)
    case .number(let number): write(number.isNaN ? ".nan" : number < 0 ? "-.inf" : ".inf", into: &output)
    case .string(let text): write(text, into: &output)
    default: output += Array("null".utf8)
    }
  }

  private static func write(_ text: String, into output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    writeBare(text, into: &output)
    output.append(UInt8(ascii: "\""))
  }

  /// Without the quotes around it.
  private static func writeBare(_ text: String, into output: inout [UInt8]) {
    for byte in text.utf8 {
      if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
        output.append(byte)
      } else {
        writeEscaped(byte, into: &output)
      }
    }
  }

  /// RFC 8785, section 3.2.2.2: the two-character escapes where JSON has them, else `\u00` and two lower-case digits.
  private static func writeEscaped(_ byte: UInt8, into output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
    default: output += Array((byte < 0x10 ? "u000" : "u00").utf8) + Array(String(byte, radix: 16).utf8)
    }
  }
}
