/// YAML 1.2 with the core schema, read through libyaml's events into nodes that know their places.
public enum YAML {
  /// Mappings and sequences within one another, aliases followed.
  public static let depthLimit = 64
  /// Nodes that all aliases of a document may stand for together. Ten lines of aliases to aliases are a billion nodes.
  public static let aliasLimit = 100_000
  /// Bytes of one source.
  public static let sizeLimit = 64 << 20
  /// Errors of one source after which reading stops; a file with more is no declaration.
  public static let diagnosticLimit = 1_000

  /// Reads one document.
  ///
  /// There is no document in an empty source, in one of comments only, and where a diagnostic of severity error says
  /// that reading had to stop (syntax, encoding, limits). After errors that can be passed over (a key twice, an unknown
  /// anchor or tag) reading goes on, and the document is what is left; it is not to be used, but may be checked further.
  /// A source with `---` alone holds the value null.
  public static func read(_ source: Source) -> (document: Node?, diagnostics: [Diagnostic]) {
    if let refusal = TextScan.refusal(of: source) { return (nil, [refusal]) }
    var reader = TreeReader(source)
    let document = reader.read()
    return (document, reader.diagnostics)
  }
}

extension TextScan {
  /// What is wrong with the text before its grammar matters.
  fileprivate static func refusal(of source: Source) -> Diagnostic? {
    let bytes = source.bytes
    if bytes.count > YAML.sizeLimit {
      return .tooLarge(bytes.count, at: Place(source: source, line: 1, column: 1))
    }
    if let encoding = wideEncoding(of: bytes) {
      return .wideEncoding(encoding, at: Place(source: source, line: 1, column: 1))
    }
    if let offset = invalidUTF8(in: bytes) {
      return .invalidUTF8(bytes[offset], at: source.place(ofByte: offset))
    }
    if let offset = unprintable(in: bytes) {
      let scalar = String(decoding: bytes[offset...].prefix(4), as: UTF8.self).unicodeScalars.first
      return .unprintable(scalar?.value ?? 0, at: source.place(ofByte: offset))
    }
    return nil
  }

  /// By byte order mark, or by the zero byte that an ASCII character has there (YAML 1.2.2, section 5.2).
  private static func wideEncoding(of bytes: [UInt8]) -> String? {
    guard bytes.count >= 2 else { return nil }
    switch (bytes[0], bytes[1]) {
    case (0xFE, 0xFF), (0xFF, 0xFE): return "UTF-16"
    case (0, 0): return "UTF-32"
    case (0, 1...0x7F), (1...0x7F, 0): return "UTF-16"
    default: return nil
    }
  }
}

extension Diagnostic {
  fileprivate static func tooLarge(_ size: Int, at place: Place) -> Diagnostic {
    Diagnostic(
      .error, "file_too_large", "the file is over \(YAML.sizeLimit >> 20) MB and is not read", at: place,
      notes: ["it has \(size) bytes; a declaration of ten thousand objects has about 3 million"])
  }

  fileprivate static func wideEncoding(_ encoding: String, at place: Place) -> Diagnostic {
    Diagnostic(.error, "not_utf8", "the file is \(encoding); only UTF-8 is read", at: place, label: "save it as UTF-8")
  }

  fileprivate static func invalidUTF8(_ byte: UInt8, at place: Place) -> Diagnostic {
    Diagnostic(
      .error, "invalid_utf8", "the byte 0x\(hexadecimal(UInt32(byte), 2)) is not valid UTF-8 here", at: place,
      label: "save the file as UTF-8")
  }

  fileprivate static func unprintable(_ code: UInt32, at place: Place) -> Diagnostic {
    let digits = hexadecimal(code, 4)
    return Diagnostic(
      .error, "control_character", "the character U+\(digits) cannot stand in a YAML file", at: place,
      label: code == 0xFEFF ? "remove it" : "remove it, or write `\\u\(digits)` inside double quotes")
  }

  private static func hexadecimal(_ number: UInt32, _ width: Int) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
