/// FF1 of NIST SP 800-38G: a keyed permutation of the strings of one length over an alphabet.
struct FF1: Sendable {
  /// The smallest number of strings that are permuted (SP 800-38G Revision 1, section 5): among fewer, an attacker
  /// could try them all.
  static let smallestDomain = 1_000_000

  let radix: Int
  private let cipher: BlockCipher

  init(radix: Int, cipher: BlockCipher) {
    self.radix = radix
    self.cipher = cipher
  }

  /// The fewest numerals with a domain that is not too small.
  var shortest: Int {
    var (length, domain) = (1, radix)
    while domain < Self.smallestDomain { (length, domain) = (length + 1, domain * radix) }
    return length
  }

  /// Half a string is a number of at most 96 bits, so that sums with what a block gives stay within 128.
  var longest: Int {
    var (half, number) = (0, UInt128(1))
    while number * UInt128(radix) <= 1 << 96 { (half, number) = (half + 1, number * UInt128(radix)) }
    return 2 * half
  }

  /// Encrypts numerals (0 ..< radix) in place, by algorithm 7.
  ///
  /// - Parameters:
  ///   - numerals: from 2 to `longest`; whoever calls keeps to `shortest`.
  ///   - tweak: no secret; at most 255 bytes.
  /// - Returns: whether it was done.
  func encrypt(_ numerals: UnsafeMutableBufferPointer<UInt8>, tweak: [UInt8] = []) -> Bool {
    guard numerals.count >= 2, numerals.count <= longest, tweak.count < 256 else { return false }
    let (left, right) = (numerals.count / 2, numerals.count - numerals.count / 2)
    let moduli = (power(left), power(right))
    // b: bytes of the larger half; d: bytes of a block that are used.
    let bytes = ((moduli.1 - 1).significantBits + 7) / 8
    let used = 4 * ((bytes + 3) / 4) + 4
    return cipher.withBlocks { blocks in
      let start = blocks.encrypt(firstBlock(numerals.count, tweak: tweak.count))
      var (a, b) = (number(numerals[..<left]), number(numerals[left...]))
      for round in 0..<10 {
        let mac = tagged(tweak, round: round, number: b, bytes, after: start, blocks)
        let modulus = round & 1 == 0 ? moduli.0 : moduli.1
        (a, b) = (b, sum(a, mac >> UInt128(8 * (16 - used)), modulo: modulus))
      }
      write(a, to: numerals[..<left])
      write(b, to: numerals[left...])
      return true
    } ?? false
  }

  /// P: version 1, method 2, addition 1, the radix, ten rounds, half the length, the lengths of string and tweak.
  private func firstBlock(_ count: Int, tweak: Int) -> UInt128 {
    let head = UInt64(0x01_02_01) << 40 | UInt64(radix) << 16 | UInt64(10) << 8 | UInt64(count / 2 & 255)
    return UInt128(head) << 64 | UInt128(count) << 32 | UInt128(tweak)
  }

  /// The CBC-MAC of P and Q: the tweak, zeros up to whole blocks, the round, and the number in `bytes` bytes.
  private func tagged(
    _ tweak: [UInt8], round: Int, number: UInt128, _ bytes: Int, after start: UInt128,
    _ blocks: borrowing BlockCipher.Blocks
  ) -> UInt128 {
    let tail = UInt128(round) << UInt128(8 * bytes) | number
    if tweak.isEmpty { return blocks.encrypt(start ^ tail) }
    let length = (tweak.count + bytes + 1 + 15) / 16 * 16
    var mac = start
    for offset in stride(from: 0, to: length, by: 16) {
      var block: UInt128 = 0
      for index in offset..<offset + 16 { block = block << 8 | UInt128(index < tweak.count ? tweak[index] : 0) }
      // Round and number are at most 13 bytes, so that they are within the last block.
      mac = blocks.encrypt(mac ^ (offset + 16 == length ? block | tail : block))
    }
    return mac
  }

  /// Small numbers, which cards and telephone numbers are, are divided by one instruction.
  private func sum(_ a: UInt128, _ y: UInt128, modulo modulus: UInt128) -> UInt128 {
    if y >> 64 == 0, modulus >> 63 == 0 {
      let modulus = UInt64(truncatingIfNeeded: modulus)
      return UInt128((UInt64(truncatingIfNeeded: a) + UInt64(truncatingIfNeeded: y) % modulus) % modulus)
    }
    return (a + y % modulus) % modulus
  }

  private func power(_ exponent: Int) -> UInt128 {
    (0..<exponent).reduce(UInt128(1)) { product, _ in product * UInt128(radix) }
  }

  private func number(_ numerals: Slice<UnsafeMutableBufferPointer<UInt8>>) -> UInt128 {
    var result: UInt128 = 0
    for numeral in numerals { result = result * UInt128(radix) + UInt128(numeral) }
    return result
  }

  private func write(_ number: UInt128, to numerals: Slice<UnsafeMutableBufferPointer<UInt8>>) {
    var rest = number
    for index in numerals.indices.reversed() {
      if rest >> 64 == 0 {
        let (quotient, digit) = UInt64(truncatingIfNeeded: rest).quotientAndRemainder(dividingBy: UInt64(radix))
        (numerals.base[index], rest) = (UInt8(truncatingIfNeeded: digit), UInt128(quotient))
      } else {
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: UInt128(radix))
        (numerals.base[index], rest) = (UInt8(truncatingIfNeeded: digit), quotient)
      }
    }
  }
}

extension UInt128 {
  fileprivate var significantBits: Int { 128 - leadingZeroBitCount }
}
