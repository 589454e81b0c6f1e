/// The little of XML that S3 answers with: elements and text. No document type, so no entities but the five, and nothing
/// from outside; at most `depthLimit` deep. Attributes are read over.
struct XMLElement: Sendable, Hashable {
  let name: String
  /// What stands directly in it, without what its children hold.
  fileprivate(set) var text = ""
  fileprivate(set) var children: [XMLElement] = []

  static let depthLimit = 16

  subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }
  func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// Nothing where it is not such a document, whole.
  init?(_ bytes: [UInt8]) {
    var reader = XMLReader(bytes)
    guard let root = reader.document() else { return nil }
    self = root
  }

  fileprivate init(name: String) { self.name = name }
}

private struct XMLReader {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
  }

  mutating func document() -> XMLElement? {
    guard skipMisc(), let root = element(depth: 1), skipMisc(), index == bytes.count else { return nil }
    return root
  }

  /// Space, comments and instructions outside the root.
  private mutating func skipMisc() -> Bool {
    while true {
      skipSpace()
      if take("<?") {
        guard skip(past: "?>") else { return false }
      } else if take("<!--") {
        guard skip(past: "-->") else { return false }
      } else {
        return true
      }
    }
  }

  private mutating func element(depth: Int) -> XMLElement? {
    guard depth <= XMLElement.depthLimit, take("<"), let name = name() else { return nil }
    var element = XMLElement(name: name)
    guard let isEmpty = attributes() else { return nil }
    if isEmpty { return element }
    var text: [UInt8] = []
    while index < bytes.count {
      if take("</") {
        guard self.name() == name else { return nil }
        skipSpace()
        guard take(">"), isUTF8(text) else { return nil }
        element.text = String(decoding: text, as: UTF8.self)
        return element
      }
      guard content(&element, &text, depth) else { return nil }
    }
    return nil
  }

  private mutating func content(_ element: inout XMLElement, _ text: inout [UInt8], _ depth: Int) -> Bool {
    if take("<!--") { return skip(past: "-->") }
    if take("<![CDATA[") {
      let start = index
      guard skip(past: "]]>") else { return false }
      text += bytes[start..<(index - 3)]
      return true
    }
    switch bytes[index] {
    case UInt8(ascii: "<"):
      guard let child = self.element(depth: depth + 1) else { return false }
      element.children.append(child)
    case UInt8(ascii: "&"):
      guard let scalar = reference() else { return false }
      text += Array(String(scalar).utf8)
    default:
      text.append(bytes[index])
      index += 1
    }
    return true
  }

  /// Behind the name: true for `/>`, false for `>`.
  private mutating func attributes() -> Bool? {
    while index < bytes.count {
      skipSpace()
      if take("/>") { return true }
      if take(">") { return false }
      guard name() != nil else { return nil }
      skipSpace()
      guard take("=") else { return nil }
      skipSpace()
      guard index < bytes.count, bytes[index] == 0x22 || bytes[index] == 0x27 else { return nil }
      let quote = bytes[index]
      guard let end = bytes[(index + 1)...].firstIndex(of: quote) else { return nil }
      index = end + 1
    }
    return nil
  }

  private mutating func reference() -> Unicode.Scalar? {
    index += 1
    guard let end = bytes[index..<min(index + 10, bytes.count)].firstIndex(of: UInt8(ascii: ";")) else { return nil }
    let word = String(decoding: bytes[index..<end], as: UTF8.self)
    index = end + 1
    switch word {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default:
      guard word.hasPrefix("#") else { return nil }
      let digits = word.dropFirst()
      let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
      return number.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }
    }
  }

  private mutating func name() -> String? {
    let start = index
    while index < bytes.count, isNameByte(bytes[index]) { index += 1 }
    return index == start ? nil : String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    (48...58).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x2D || byte == 0x2E
      || byte == 0x5F || byte >= 0x80
  }

  private mutating func skipSpace() {
    while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard index + count <= bytes.count else { return false }
    let isHere = text.withUTF8Buffer { bytes[index..<(index + count)].elementsEqual($0) }
    if isHere { index += count }
    return isHere
  }

  private mutating func skip(past text: StaticString) -> Bool {
    while index < bytes.count {
      if take(text) { return true }
      index += 1
    }
    return false
  }

  private func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
}
