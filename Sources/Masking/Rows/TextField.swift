#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// The escapes of COPY's text format (manual, COPY, "Text Format").
enum TextField {
  static let backslash: UInt8 = 0x5C

  @inline(__always)
  static func hasEscapes(_ field: UnsafeRawBufferPointer) -> Bool {
    field.baseAddress.map { memchr($0, 0x5C, field.count) != nil } ?? false
  }

  static func unescape(_ field: UnsafeRawBufferPointer, into sink: inout ByteSink) {
    var index = 0
    while index < field.count {
      guard field[index] == backslash, index + 1 < field.count else {
        sink.append(field[index])
        index += 1
        continue
      }
      let letter = field[index + 1]
      index += 2
      switch letter {
      case UInt8(ascii: "b"): sink.append(0x08)
      case UInt8(ascii: "f"): sink.append(0x0C)
      case UInt8(ascii: "n"): sink.append(0x0A)
      case UInt8(ascii: "r"): sink.append(0x0D)
      case UInt8(ascii: "t"): sink.append(0x09)
      case UInt8(ascii: "v"): sink.append(0x0B)
      case UInt8(ascii: "0")...UInt8(ascii: "7"): sink.append(number(field, &index, from: letter, base: 8, digits: 2))
      case UInt8(ascii: "x") where index < field.count && digit(field[index], base: 16) != nil:
        sink.append(number(field, &index, from: UInt8(ascii: "0"), base: 16, digits: 2))
      default: sink.append(letter)
      }
    }
  }

  /// Up to that many further digits; the server itself never writes such escapes, but reads them.
  private static func number(
    _ field: UnsafeRawBufferPointer, _ index: inout Int, from first: UInt8, base: UInt8, digits: Int
  ) -> UInt8 {
    var value = first - UInt8(ascii: "0")
    for _ in 0..<digits {
      guard index < field.count, let next = digit(field[index], base: base) else { break }
      value = value &* base &+ next
      index += 1
    }
    return value
  }

  private static func digit(_ byte: UInt8, base: UInt8) -> UInt8? {
    let value: UInt8
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): value = byte - UInt8(ascii: "A") + 10
    default: return nil
    }
    return value < base ? value : nil
  }

  /// Escapes what was appended since `offset`, which few values need: then they are written anew by way of `scratch`.
  ///
  /// - Throws: for a NUL byte, which no text of PostgreSQL can hold.
  @inline(__always)
  static func escape(
    _ sink: inout ByteSink, from offset: Int, over scratch: inout ByteSink
  ) throws(MaskFailure) {
    var isPlain = true
    for byte in sink.bytes(from: offset) { isPlain = isPlain && byte >= 0x20 && byte != backslash }
    if isPlain { return }
    try rewrite(&sink, from: offset, over: &scratch)
  }

  private static func rewrite(
    _ sink: inout ByteSink, from offset: Int, over scratch: inout ByteSink
  ) throws(MaskFailure) {
    scratch.removeAll()
    scratch.append(sink.bytes(from: offset))
    sink.truncate(to: offset)
    for byte in scratch.bytes {
      if byte == 0 { throw MaskFailure("the mask made a NUL byte, which PostgreSQL's text cannot hold") }
      if let letter = letter(for: byte) {
        sink.append(backslash)
        sink.append(letter)
      } else {
        sink.append(byte)
      }
    }
  }

  private static func letter(for byte: UInt8) -> UInt8? {
    switch byte {
    case 0x08: UInt8(ascii: "b")
    case 0x09: UInt8(ascii: "t")
    case 0x0A: UInt8(ascii: "n")
    case 0x0B: UInt8(ascii: "v")
    case 0x0C: UInt8(ascii: "f")
    case 0x0D: UInt8(ascii: "r")
    case backslash: backslash
    default: nil
    }
  }
}
