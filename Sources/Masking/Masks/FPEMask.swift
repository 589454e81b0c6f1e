/// `fpe`: a keyed permutation that keeps length and alphabet (NIST SP 800-38G, FF1), so that different values always
/// have different masks.
///
/// Only characters of the alphabet are permuted; all others stay where they are. With `digits` the alphabet is 0–9.
/// With `alphanumeric` it is what the value has of digits, capital and small letters (A–Z, a–z): digits alone are
/// permuted among digits (radix 10), with letters of one case among strings that have a letter of that case (radix
/// 36), and with both cases among strings that have both (radix 62). A string that leaves its class is encrypted again
/// until it is back in it (cycle walking), so that each class is permuted in itself. So is, for integers, the class of
/// numbers with as many digits that the type holds.
///
/// Values of at least 10⁶ possibilities are served: six digits, or four with letters. A string longer than FF1 is
/// computed here in one piece (56 digits, 36 or 32 with letters) is permuted in pieces of about the same length.
struct FPEMask: Mask {
  private let cipher: BlockCipher
  private let isAlphanumeric: Bool
  private let limit: DecimalLimit
  let traits = MaskTraits(uniqueness: .preserved)

  init(_ order: MaskOrder) throws(MaskRefusal) {
    isAlphanumeric = order.text("alphabet") == "alphanumeric"
    limit = DecimalLimit(order.column.type.family)
    try order.require(
      !isAlphanumeric || !order.column.type.ignoresCase,
      "letters that differ in case only are one in `citext` and two for `fpe`; take `hash`, or the `alphabet` digits")
    try order.require(!limit.isInteger || !isAlphanumeric, "integers have no letters; take the `alphabet` digits")
    let cipher = try order.key().withBytes { BlockCipher(key: $0) }
    guard let cipher else { throw MaskRefusal("mask_key_missing", "libcrypto could not prepare a masking key") }
    self.cipher = cipher
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    let alphabet = FPEAlphabet(of: value, letters: isAlphanumeric)
    let ff1 = FF1(radix: alphabet.radix, cipher: cipher)
    guard alphabet.count >= ff1.shortest else {
      throw MaskFailure(
        "it has \(alphabet.count) \(isAlphanumeric ? "letters and digits" : "digits"), and fpe needs at least \(ff1.shortest)"
      )
    }
    let isNegative = value.first == UInt8(ascii: "-")
    let done = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: alphabet.count) { numerals in
      alphabet.read(value, into: numerals)
      // The string that came in is in its class, so that the walk ends there at the latest.
      repeat {
        guard permute(numerals, ff1) else { return false }
      } while !isInClass(numerals, alphabet, isNegative: isNegative)
      alphabet.write(numerals, like: value, to: &sink)
      return true
    }
    guard done else { throw MaskFailure("libcrypto could not encrypt it") }
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    let alphabet = FPEAlphabet(of: value, letters: isAlphanumeric)
    guard limit.isInteger else { return alphabet.count >= FF1(radix: alphabet.radix, cipher: cipher).shortest }
    let digits = value.first == UInt8(ascii: "-") ? value.part(1, value.count) : value
    return digits.count >= 6 && digits.first != 0x30 && digits.allSatisfy(\.isDigit)
  }

  /// Pieces of about the same length, each told apart by its number as tweak.
  private func permute(_ numerals: UnsafeMutableBufferPointer<UInt8>, _ ff1: FF1) -> Bool {
    let pieces = (numerals.count + ff1.longest - 1) / ff1.longest
    guard pieces > 1 else { return ff1.encrypt(numerals) }
    return (0..<pieces).allSatisfy { piece in
      let range = numerals.count * piece / pieces..<numerals.count * (piece + 1) / pieces
      let tweak = withUnsafeBytes(of: UInt32(truncatingIfNeeded: piece).bigEndian) { Array($0) }
      return ff1.encrypt(UnsafeMutableBufferPointer(rebasing: numerals[range]), tweak: tweak)
    }
  }

  private func isInClass(
    _ numerals: UnsafeMutableBufferPointer<UInt8>, _ alphabet: FPEAlphabet, isNegative: Bool
  ) -> Bool {
    guard limit.isInteger else { return alphabet.isClass(of: numerals) }
    return numerals.first != 0 && limit.allows(numerals, negative: isNegative)
  }
}
