/// Blanks and comments, which the parser counts to the statement behind them.
enum Blanks {
  /// The first byte from `start` on that is neither.
  static func end(in bytes: [UInt8], from start: Int) -> Int {
    var index = start
    while index < bytes.count {
      switch bytes[index] {
      case 0x09...0x0D, 0x20, UInt8(ascii: ";"): index += 1
      case UInt8(ascii: "-") where follows(UInt8(ascii: "-"), bytes, index):
        index = bytes[index...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
      case UInt8(ascii: "/") where follows(UInt8(ascii: "*"), bytes, index):
        index = endOfComment(in: bytes, from: index)
      default: return index
      }
    }
    return index
  }

  /// PostgreSQL's comments stand within one another (manual, "Comments").
  private static func endOfComment(in bytes: [UInt8], from start: Int) -> Int {
    var (index, depth) = (start, 0)
    while index + 1 < bytes.count {
      switch (bytes[index], bytes[index + 1]) {
      case (UInt8(ascii: "/"), UInt8(ascii: "*")): (index, depth) = (index + 2, depth + 1)
      case (UInt8(ascii: "*"), UInt8(ascii: "/")): (index, depth) = (index + 2, depth - 1)
      default: index += 1
      }
      if depth == 0 { return index }
    }
    return bytes.count
  }

  private static func follows(_ byte: UInt8, _ bytes: [UInt8], _ index: Int) -> Bool {
    index + 1 < bytes.count && bytes[index + 1] == byte
  }
}
