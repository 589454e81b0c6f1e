private import CLibCrypto

/// HMAC-SHA256 (RFC 2104) with one key, whose two states were made ahead.
///
/// `@unchecked Sendable`: the states are written once, in `init`; every call works on copies of its own.
final class KeyedHash: @unchecked Sendable {
  /// The inner state, then the outer one.
  private let states: UnsafeMutablePointer<SHA256_CTX>

  /// - Parameter key: at most 64 bytes, a block of SHA-256; longer keys, which RFC 2104 hashes first, do not occur.
  init?(key: borrowing DerivedKey) {
    states = .allocate(capacity: 2)
    states.initialize(repeating: SHA256_CTX(), count: 2)
    let states = states
    let done = key.withBytes { bytes in
      bytes.count <= 64 && Self.begin(states, bytes, 0x36) && Self.begin(states + 1, bytes, 0x5c)
    }
    guard done else { return nil }
  }

  deinit {
    OPENSSL_cleanse(states, 2 * MemoryLayout<SHA256_CTX>.stride)
    states.deallocate()
  }

  private static func begin(_ state: UnsafeMutablePointer<SHA256_CTX>, _ key: UnsafeRawBufferPointer, _ pad: UInt8)
    -> Bool
  {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { block in
      for index in block.indices { block[index] = (index < key.count ? key[index] : 0) ^ pad }
      defer { OPENSSL_cleanse(block.baseAddress, block.count) }
      return decant_sha256_begin(state) == 1 && decant_sha256_add(state, block.baseAddress, 64) == 1
    }
  }

  func digest(_ bytes: UnsafeRawBufferPointer) -> Digest {
    var digest = Digest()
    digest.fill { decant_hmac(states, states + 1, bytes.baseAddress, bytes.count, $0) }
    return digest
  }

  /// The digest of the bytes with ASCII letters in lower case, without a copy of the whole.
  func digest(lowercasing bytes: UnsafeRawBufferPointer) -> Digest {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { chunk in
      if bytes.count <= chunk.count {
        lowercase(bytes, into: chunk)
        return digest(UnsafeRawBufferPointer(start: chunk.baseAddress, count: bytes.count))
      }
      var state = states[0]
      var rest = bytes
      while rest.count > 0 {
        let part = rest.part(0, min(rest.count, chunk.count))
        lowercase(part, into: chunk)
        _ = decant_sha256_add(&state, chunk.baseAddress, part.count)
        rest = rest.part(part.count, rest.count)
      }
      var digest = Digest()
      digest.fill { decant_hmac_end(&state, states + 1, $0) }
      return digest
    }
  }
}

@inline(__always)
private func lowercase(_ bytes: UnsafeRawBufferPointer, into chunk: UnsafeMutableBufferPointer<UInt8>) {
  for index in 0..<bytes.count { chunk[index] = bytes[index].lowercased }
}

/// 32 bytes that nobody without the key can tell from chance.
struct Digest {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  @inline(__always)
  fileprivate mutating func fill(_ write: (UnsafeMutablePointer<UInt8>?) -> Void) {
    withUnsafeMutableBytes(of: &words) { write($0.assumingMemoryBound(to: UInt8.self).baseAddress) }
  }

  /// The 64-bit number at a place (0…3), most significant byte first.
  @inline(__always)
  func number(_ index: Int) -> UInt64 {
    switch index {
    case 0: UInt64(bigEndian: words.0)
    case 1: UInt64(bigEndian: words.1)
    case 2: UInt64(bigEndian: words.2)
    default: UInt64(bigEndian: words.3)
    }
  }

  /// A number below `bound`, as good as evenly spread (Lemire's multiplication; off by less than bound/2⁶⁴).
  func number(below bound: UInt64) -> UInt64 { number(0).multipliedFullWidth(by: bound).high }

  /// Appends the first `count` hexadecimal digits, at most 64.
  @inline(__always)
  func append(hexadecimal count: Int, upperCase: Bool = false, to sink: inout ByteSink) {
    var left = min(count, 64)
    var index = 0
    while left > 0 {
      let number = number(index >> 1)
      let half = UInt32(truncatingIfNeeded: index & 1 == 0 ? number >> 32 : number)
      withUnsafeBytes(of: hexadecimalDigits(of: half, upperCase).bigEndian) { sink.append($0.part(0, min(8, left))) }
      left -= 8
      index += 1
    }
  }
}

/// Eight digits at once, the first in the most significant byte: each half byte in a byte of its own, plus "0", plus
/// the distance from ":" to "a" or "A" where it is above nine.
@inline(__always)
private func hexadecimalDigits(of number: UInt32, _ upperCase: Bool) -> UInt64 {
  var spread = UInt64(number)
  spread = ((spread & 0xFFFF_0000) << 16) | (spread & 0xFFFF)
  spread = ((spread & 0x0000_FF00_0000_FF00) << 8) | (spread & 0x0000_00FF_0000_00FF)
  spread = ((spread & 0x00F0_00F0_00F0_00F0) << 4) | (spread & 0x000F_000F_000F_000F)
  let letters = ((spread &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
  return spread &+ 0x3030_3030_3030_3030 &+ letters &* (upperCase ? 7 : 39)
}

extension ByteSink {
  mutating func append(hexadecimal byte: UInt8) {
    for digit in [byte >> 4, byte & 15] { append(digit + (digit < 10 ? 0x30 : 0x57)) }
  }
}
