/// A text form of PostgreSQL's arrays (manual, section 8.15.2): a thousand rows travel as a dozen parameters.
public enum ArrayLiteral {
  /// Every element is quoted, so that none can be taken for NULL or end the array.
  public static func of(_ elements: some Sequence<String?>) -> String {
    var bytes: [UInt8] = [UInt8(ascii: "{")]
    for element in elements {
      if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
      if let element { append(element, to: &bytes) } else { bytes.append(contentsOf: "NULL".utf8) }
    }
    bytes.append(UInt8(ascii: "}"))
    return String(decoding: bytes, as: UTF8.self)
  }

  public static func of(_ elements: some Sequence<Int?>) -> String { of(elements.map { $0.map(String.init) }) }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
