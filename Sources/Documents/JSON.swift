/// JSON (RFC 8259): read through json-c, written by ourselves.
public enum JSON {
  /// Objects and lists within one another.
  public static let depthLimit = 64
}

/// Why a text is not JSON, and where: line and column from 1, columns in Unicode scalars.
public struct JSONError: Error, Hashable, CustomStringConvertible {
  public let message: String
  public let line: Int
  public let column: Int

  public var description: String { "\(message), at line \(line), column \(column)" }
}

extension JSONError {
  /// `offset` counts bytes of `bytes`, from 0.
  init(_ message: String, at offset: Int, of bytes: [UInt8]) {
    let before = bytes.prefix(max(0, offset))
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    self.message = message
    line = 1 + before.count { $0 == UInt8(ascii: "\n") }
    column = 1 + before[start...].count { $0 & 0xC0 != 0x80 }
  }
}
