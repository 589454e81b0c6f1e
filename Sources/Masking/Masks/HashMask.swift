/// `hash`: keyed hexadecimal, the same for the same value.
///
/// What is hashed is the value byte by byte; of `character(n)` without its padding, of `citext`, whose references do not
/// mind it, without the case of ASCII letters. A `uuid` becomes a valid UUID of
/// version 8 (RFC 9562, section 5.8) with 122 keyed bits, a `bytea` becomes bytes.
struct HashMask: Mask {
  private enum Form { case text, bytes, uuid }

  private let hash: KeyedHash
  private let digits: Int
  private let form: Form
  private let foldsCase: Bool
  let traits: MaskTraits

  init(_ order: MaskOrder) throws(MaskRefusal) {
    foldsCase = order.column.type.ignoresCase
    switch order.column.type.family {
    case .uuid:
      (form, digits) = (.uuid, 32)
      try order.require(order.integer("hex_length") == nil, "a UUID has one length; take `hex_length` away")
      traits = MaskTraits(uniqueness: .probabilistic(bits: 122), maximumLength: 36)
    case .bytes:
      form = .bytes
      // Two digits are a byte, so that an odd length is rounded up.
      digits = (try order.hexadecimalLength(usual: 16, fixed: 0) + 1) / 2 * 2
      traits = MaskTraits(uniqueness: .probabilistic(bits: 4 * digits), maximumLength: 2 + digits)
    default:
      form = .text
      digits = try order.hexadecimalLength(usual: 16, fixed: 0)
      traits = MaskTraits(
        uniqueness: .probabilistic(bits: 4 * digits), maximumLength: digits, foldsText: foldsCase)
    }
    hash = try order.hash()
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    let digest = foldsCase ? hash.digest(lowercasing: value) : hash.digest(value)
    switch form {
    case .text: digest.append(hexadecimal: digits, to: &sink)
    case .bytes:
      sink.append("\\x")
      digest.append(hexadecimal: digits, to: &sink)
    case .uuid: digest.appendUUID(to: &sink)
    }
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    switch form {
    case .text: value.count == digits && value.isHexadecimal(from: 0, count: digits)
    case .bytes:
      value.count == 2 + digits && value.starts(with: [0x5c, 0x78]) && value.isHexadecimal(from: 2, count: digits)
    case .uuid: value.isUUIDOfVersion8
    }
  }
}

extension Digest {
  /// `xxxxxxxx-xxxx-8xxx-yxxx-xxxxxxxxxxxx`, where y is one of 8, 9, a and b.
  fileprivate func appendUUID(to sink: inout ByteSink) {
    let high = number(0) & 0xFFFF_FFFF_FFFF_0FFF | 0x8000
    let low = number(1) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    for place in 0..<32 {
      if place == 8 || place == 12 || place == 16 || place == 20 { sink.append(UInt8(ascii: "-")) }
      let digit = UInt8(truncatingIfNeeded: (place < 16 ? high : low) >> UInt64(60 - 4 * (place & 15))) & 15
      sink.append(digit + (digit < 10 ? 0x30 : 0x57))
    }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate var isUUIDOfVersion8: Bool {
    guard count == 36, self[14] == UInt8(ascii: "8") else { return false }
    switch self[19] {
    case UInt8(ascii: "8"), UInt8(ascii: "9"), UInt8(ascii: "a"), UInt8(ascii: "b"): break
    default: return false
    }
    return indices.allSatisfy { index in
      switch index {
      case 8, 13, 18, 23: self[index] == UInt8(ascii: "-")
      default: isHexadecimal(from: index, count: 1)
      }
    }
  }
}
