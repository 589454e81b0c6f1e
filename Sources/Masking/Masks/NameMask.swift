/// `name`: `User-<HEX>`, or with `preserve_initial` `J-User-<HEX>`, the same for the same name.
///
/// The normal form that is hashed is the name without blanks around it and with ASCII letters in lower case; letters
/// beyond ASCII are compared as they are. The initial is the first character where that is a letter of any script
/// (ASCII in upper case, combining marks behind it dropped); a name that begins with anything else has no initial.
struct NameMask: Mask {
  private let hash: KeyedHash
  private let digits: Int
  private let keepsInitial: Bool
  let traits: MaskTraits

  private static let prefix = Array("User-".utf8)

  init(_ order: MaskOrder) throws(MaskRefusal) {
    keepsInitial = order.flag("preserve_initial") ?? false
    let fixed = Self.prefix.count + (keepsInitial ? 2 : 0)
    digits = try order.hexadecimalLength(usual: keepsInitial ? 6 : 8, fixed: fixed)
    hash = try order.hash()
    traits = MaskTraits(
      uniqueness: .probabilistic(bits: 4 * digits), leak: .words, maximumLength: fixed + digits, foldsText: true)
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    let name = value.trimmed
    if keepsInitial, let initial = Initial(of: name) {
      initial.append(to: &sink)
      sink.append(UInt8(ascii: "-"))
    }
    sink.append("User-")
    hash.digest(lowercasing: name).append(hexadecimal: digits, upperCase: true, to: &sink)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    if isMask(value) { return true }
    guard keepsInitial, let initial = Initial(of: value), initial.isInMasks else { return false }
    let rest = value.part(initial.length, value.count)
    return rest.first == UInt8(ascii: "-") && isMask(rest.part(1, rest.count))
  }

  private func isMask(_ value: UnsafeRawBufferPointer) -> Bool {
    value.count == Self.prefix.count + digits && value.starts(with: Self.prefix)
      && value.isHexadecimal(from: Self.prefix.count, count: digits, upperCase: true)
  }
}

/// The first character of a text, where it is a letter.
private struct Initial {
  private let scalar: Unicode.Scalar
  /// Bytes of it in UTF-8.
  let length: Int

  init?(of text: UnsafeRawBufferPointer) {
    guard let first = text.first else { return nil }
    if first < 0x80 {
      guard first.isLetter else { return nil }
      (scalar, length) = (Unicode.Scalar(first), 1)
      return
    }
    var bytes = text.makeIterator()
    var decoder = Unicode.UTF8()
    guard case .scalarValue(let scalar) = decoder.decode(&bytes), scalar.properties.isAlphabetic else { return nil }
    (self.scalar, length) = (scalar, Unicode.UTF8.width(scalar))
  }

  /// Masks have ASCII initials in upper case only.
  var isInMasks: Bool { scalar.isASCII ? UInt8(ascii: scalar).isUpper : true }

  func append(to sink: inout ByteSink) {
    if scalar.isASCII { return sink.append(UInt8(ascii: scalar) & 0xDF) }
    for byte in Unicode.UTF8.encode(scalar) ?? .init() { sink.append(byte) }
  }
}
