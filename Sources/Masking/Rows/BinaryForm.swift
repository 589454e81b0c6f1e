/// How a value goes from COPY's binary form (`typsend`) to its text form and back, both without loss.
///
/// Only the families whose two forms are each other's exact image are here; columns of the others are masked in the text
/// format.
public enum BinaryForm: Sendable, Hashable {
  /// Both forms are the same bytes: text and its kin, `json`, and the labels of an enumeration.
  case same
  /// The text behind a byte that says 1.
  case jsonb
  case uuid
  /// Two's complement, most significant byte first.
  case integer(bytes: Int)
  case boolean
  /// Days since 2000-01-01.
  case date
  /// Microseconds since 2000-01-01 00:00, by the clock on the wall or in UTC.
  case timestamp(inUTC: Bool)
  /// `inet` and `cidr`.
  case network

  public init?(of family: ColumnType.Family) {
    switch family {
    case .text, .json, .enumeration: self = .same
    case .jsonb: self = .jsonb
    case .uuid: self = .uuid
    case .integer(let bytes): self = .integer(bytes: bytes)
    case .boolean: self = .boolean
    case .date: self = .date
    case .timestamp: self = .timestamp(inUTC: false)
    case .timestampWithTimeZone: self = .timestamp(inUTC: true)
    case .network: self = .network
    default: return nil
    }
  }

  /// False where the bytes are not of this form.
  package func appendText(of binary: UnsafeRawBufferPointer, to sink: inout ByteSink) -> Bool {
    switch self {
    case .same: sink.append(binary)
    case .jsonb:
      guard binary.first == 1 else { return false }
      sink.append(UnsafeRawBufferPointer(rebasing: binary[1...]))
    case .uuid: return UUIDText.append(binary, to: &sink)
    case .integer(let bytes):
      guard binary.count == bytes else { return false }
      sink.append(signed: Int(binary.bigEndianInteger))
    case .boolean:
      guard binary.count == 1, binary[0] <= 1 else { return false }
      sink.append(binary[0] == 1 ? UInt8(ascii: "t") : UInt8(ascii: "f"))
    case .date:
      guard binary.count == 4 else { return false }
      CalendarText.append(days: Int32(truncatingIfNeeded: binary.bigEndianInteger), to: &sink)
    case .timestamp(let inUTC):
      guard binary.count == 8 else { return false }
      CalendarText.append(microseconds: binary.bigEndianInteger, inUTC: inUTC, to: &sink)
    case .network: return NetworkText.append(binary, to: &sink)
    }
    return true
  }

  /// False where the text is no value of the type; what was appended by then is to be thrown away.
  func appendBinary(of text: UnsafeRawBufferPointer, to sink: inout ByteSink) -> Bool {
    switch self {
    case .same: sink.append(text)
    case .jsonb:
      sink.append(1 as UInt8)
      sink.append(text)
    case .uuid: return UUIDText.appendBinary(of: text, to: &sink)
    case .integer(let bytes):
      guard let value = text.decimal else { return false }
      let room = 64 - bytes * 8
      guard (value << room) >> room == value else { return false }
      withUnsafeBytes(of: value.bigEndian) { sink.append(UnsafeRawBufferPointer(rebasing: $0[(8 - bytes)...])) }
    case .boolean:
      guard text.count == 1, text[0] == UInt8(ascii: "t") || text[0] == UInt8(ascii: "f") else { return false }
      sink.append(text[0] == UInt8(ascii: "t") ? 1 as UInt8 : 0)
    case .date:
      guard let days = CalendarText.days(text) else { return false }
      sink.append(days)
    case .timestamp(let inUTC):
      guard let microseconds = CalendarText.microseconds(text, inUTC: inUTC) else { return false }
      withUnsafeBytes(of: microseconds.bigEndian) { sink.append($0) }
    case .network: return NetworkText.appendBinary(of: text, to: &sink)
    }
    return true
  }
}

/// 32 hexadecimal digits with hyphens behind the 8th, 12th, 16th and 20th.
enum UUIDText {
  static func append(_ binary: UnsafeRawBufferPointer, to sink: inout ByteSink) -> Bool {
    guard binary.count == 16 else { return false }
    for index in 0..<16 {
      if index == 4 || index == 6 || index == 8 || index == 10 { sink.append(UInt8(ascii: "-")) }
      sink.append(hexadecimal(binary[index] >> 4))
      sink.append(hexadecimal(binary[index] & 15))
    }
    return true
  }

  static func appendBinary(of text: UnsafeRawBufferPointer, to sink: inout ByteSink) -> Bool {
    guard text.count == 36 else { return false }
    var index = 0
    while index < 36 {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard text[index] == UInt8(ascii: "-") else { return false }
        index += 1
      }
      guard let high = nibble(text[index]), let low = nibble(text[index + 1]) else { return false }
      sink.append(high << 4 | low)
      index += 2
    }
    return true
  }

  private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
  }

  private static func nibble(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Up to eight bytes as a signed number, most significant byte first.
  fileprivate var bigEndianInteger: Int64 {
    var value: Int64 = Int8(bitPattern: first ?? 0) < 0 ? -1 : 0
    for byte in self { value = value << 8 | Int64(byte) }
    return value
  }

  /// The whole of it as a decimal number with an optional sign.
  var decimal: Int64? {
    var digits = self[...]
    let isNegative = first == UInt8(ascii: "-")
    if isNegative { digits = digits.dropFirst() }
    guard !digits.isEmpty else { return nil }
    var value: Int64 = 0
    for byte in digits {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      let digit = Int64(byte - UInt8(ascii: "0"))
      let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
      // Counted downwards, because the smallest number has no positive one.
      let (sum, overflowedToo) = product.subtractingReportingOverflow(digit)
      if overflowed || overflowedToo { return nil }
      value = sum
    }
    return isNegative ? value : value == .min ? nil : -value
  }
}

extension ByteSink {
  /// A number in decimal digits, with zeros before it up to a width.
  mutating func append(signed value: Int, width: Int = 1) {
    if value < 0 { append(UInt8(ascii: "-")) }
    // From the last digit on: a division by a number that the compiler knows is a multiplication.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var rest = value.magnitude
      var first = digits.count
      repeat {
        first -= 1
        digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      for _ in 0..<max(0, width - (digits.count - first)) { append(UInt8(ascii: "0")) }
      append(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: digits[first...])))
    }
  }
}
