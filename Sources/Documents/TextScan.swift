/// Looks at the bytes of a text before a parser does, so that what is wrong with them is said with its exact position.
enum TextScan {
  /// The offset of the first byte that is not part of well-formed UTF-8 (Unicode 16, table 3-7), if there is one.
  static func invalidUTF8(in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBufferPointer { buffer in
      var index = 0
      while index < buffer.count {
        if buffer[index] < 0x80 {
          index += 1
        } else if let length = sequenceLength(buffer, index) {
          index += length
        } else {
          return index
        }
      }
      return nil
    }
  }

  /// The offset of the first character that is not printable in the sense of YAML 1.2.2, section 5.1, or that libyaml
  /// (YAML 1.1) takes for a line break where YAML 1.2 does not: U+0085, U+2028, U+2029. The bytes must be UTF-8.
  static func unprintable(in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBufferPointer { buffer in
      buffer.indices.first { index in
        let byte = buffer[index]
        if byte >= 0x20 && byte < 0x7F { return false }
        if byte < 0x80 { return byte != 0x0A && byte != 0x09 && byte != 0x0D }
        return byte >= 0xC0 && isUnprintable(buffer, index)
      }
    }
  }

  /// `index` is that of a lead byte, so that its sequence is there.
  private static func isUnprintable(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
    switch (bytes[index], bytes[index + 1]) {
    case (0xC2, 0x80...0x9F): true
    case (0xE2, 0x80): bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9
    case (0xEF, 0xBB): index > 0 && bytes[index + 2] == 0xBF
    case (0xEF, 0xBF): bytes[index + 2] >= 0xBE
    default: false
    }
  }

  private static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int? {
    let (length, second): (Int, ClosedRange<UInt8>)
    switch bytes[index] {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return nil
    }
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return nil }
    for next in index + 2..<index + max(2, length) where bytes[next] & 0xC0 != 0x80 { return nil }
    return length
  }
}
