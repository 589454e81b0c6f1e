extension Node {
  public var scalar: Scalar? { if case .scalar(let scalar) = content { scalar } else { nil } }

  /// The node and all below it, without places.
  public var resolved: Value {
    switch content {
    case .scalar(let scalar): scalar.value
    case .sequence(let items): .list(items.map(\.resolved))
    case .mapping(let entries): .object(Fields(entries.map { ($0.key.text, $0.value.resolved) }))
    }
  }
}

extension Node.Scalar {
  /// What the text is by the core schema (YAML 1.2.2, section 10.3.2): `no`, `12:30` and `1_000` are strings.
  ///
  /// An integer that does not fit into 64 bits and a float beyond a double stay strings, so that no digit is lost.
  public var value: Value {
    switch reading {
    case .asString: .string(text)
    case .byCoreSchema: CoreSchema.value(of: text)
    case .asFloat: CoreSchema.float(text).map(Value.number) ?? .string(text)
    }
  }
}

/// The resolution of plain scalars by YAML 1.2.2, section 10.3.2.
enum CoreSchema {
  static func value(of text: String) -> Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    // Most scalars are words; only these bytes can begin a number.
    guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return .string(text) }
    if isInteger(text) { return integer(text).map(Value.integer) ?? .string(text) }
    return float(text).map(Value.number) ?? .string(text)
  }

  /// Nothing where the text is no integer, or one beyond 64 bits.
  static func integer(_ text: String) -> Int? {
    guard isInteger(text) else { return nil }
    if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8) }
    if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) }
    return Int(text)
  }

  /// `[-+]? [0-9]+`, `0o [0-7]+`, `0x [0-9a-fA-F]+`
  private static func isInteger(_ text: String) -> Bool {
    let bytes = text.utf8
    if text.hasPrefix("0o") { return isFilled(bytes.dropFirst(2)) { (0x30...0x37).contains($0) } }
    if text.hasPrefix("0x") { return isFilled(bytes.dropFirst(2)) { Character(Unicode.Scalar($0)).isHexDigit } }
    return isFilled(unsigned(bytes), isDigit)
  }

  /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, infinities and `.nan`.
  ///
  /// Nothing where the text is none of these, or is finite and beyond a double.
  static func float(_ text: String) -> Double? {
    let body = unsigned(text.utf8)
    switch String(body) {
    case ".inf", ".Inf", ".INF": return text.hasPrefix("-") ? -Double.infinity : Double.infinity
    case ".nan", ".NaN", ".NAN": return body.count == text.utf8.count ? Double.nan : nil
    default: break
    }
    let mantissa = body.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
    if mantissa.endIndex != body.endIndex {
      guard isFilled(unsigned(body[mantissa.endIndex...].dropFirst()), isDigit) else { return nil }
    }
    guard isMantissa(mantissa), let number = Double(text), number.isFinite else { return nil }
    return number
  }

  private static func isMantissa(_ bytes: Substring.UTF8View) -> Bool {
    let whole = bytes.prefix(while: isDigit)
    let rest = bytes[whole.endIndex...]
    if rest.isEmpty { return !whole.isEmpty }
    let fraction = rest.dropFirst()
    return rest.first == UInt8(ascii: ".") && fraction.allSatisfy(isDigit) && !(whole.isEmpty && fraction.isEmpty)
  }

  private static func unsigned(_ bytes: some Collection<UInt8>) -> Substring.UTF8View {
    let text = Substring(decoding: bytes, as: UTF8.self).utf8
    return text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
  }

  private static func isFilled(_ bytes: Substring.UTF8View, _ fits: (UInt8) -> Bool) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy(fits)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
