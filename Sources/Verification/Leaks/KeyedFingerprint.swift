public import Masking

/// 128 bits that nobody without the key can tell from chance: what is known of an original instead of the original.
public struct KeyedFingerprint: Sendable, Hashable {
  public let high: UInt64
  public let low: UInt64

  @inlinable
  public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }
}

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF"; the reference
/// implementation's double length). A tenth of an HMAC for values of the length of an e-mail address.
public struct Fingerprinter: Sendable {
  private let k0: UInt64
  private let k1: UInt64

  public init(_ keys: LeakKeys) {
    (k0, k1) = keys.withHashKey { key in
      (
        UInt64(littleEndian: key.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
        UInt64(littleEndian: key.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
  }

  init(k0: UInt64, k1: UInt64) { (self.k0, self.k1) = (k0, k1) }

  public func fingerprint(_ bytes: UnsafeRawBufferPointer) -> KeyedFingerprint {
    var state = SipState(k0, k1)
    let whole = bytes.count & ~7
    var offset = 0
    while offset < whole {
      state.absorb(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      offset += 8
    }
    state.absorb(UInt64(truncatingIfNeeded: bytes.count) << 56 | Self.tail(of: bytes, from: whole))
    return state.finish()
  }

  /// The bytes behind the last whole word, at most seven, the first in the lowest place.
  @inline(__always)
  private static func tail(of bytes: UnsafeRawBufferPointer, from whole: Int) -> UInt64 {
    let rest = bytes.count - whole
    guard rest > 0 else { return 0 }
    if whole > 0 {
      // The last eight bytes, of which the first ones have been absorbed.
      let end = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
      return end >> UInt64(64 - 8 * rest)
    }
    return (0..<rest).reduce(0) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
  }
}

private struct SipState {
  private var v0, v1, v2, v3: UInt64

  @inline(__always)
  init(_ k0: UInt64, _ k1: UInt64) {
    v0 = 0x736f_6d65_7073_6575 ^ k0
    v1 = 0x646f_7261_6e64_6f6d ^ k1 ^ 0xee
    v2 = 0x6c79_6765_6e65_7261 ^ k0
    v3 = 0x7465_6462_7974_6573 ^ k1
  }

  @inline(__always)
  mutating func absorb(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  @inline(__always)
  mutating func finish() -> KeyedFingerprint {
    v2 ^= 0xee
    for _ in 0..<4 { round() }
    let high = v0 ^ v1 ^ v2 ^ v3
    v1 ^= 0xdd
    for _ in 0..<4 { round() }
    return KeyedFingerprint(high: high, low: v0 ^ v1 ^ v2 ^ v3)
  }

  @inline(__always)
  private mutating func round() {
    v0 &+= v1
    v1 = (v1 << 13 | v1 >> 51) ^ v0
    v0 = v0 << 32 | v0 >> 32
    v2 &+= v3
    v3 = (v3 << 16 | v3 >> 48) ^ v2
    v0 &+= v3
    v3 = (v3 << 21 | v3 >> 43) ^ v0
    v2 &+= v1
    v1 = (v1 << 17 | v1 >> 47) ^ v2
    v2 = v2 << 32 | v2 >> 32
  }
}
