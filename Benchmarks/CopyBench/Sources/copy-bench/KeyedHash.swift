import CLibCrypto
import Glibc
import Masking

/// A prefix, 16 hexadecimal digits of an HMAC-SHA256, and a suffix.
///
/// `@unchecked Sendable`: an instance is made for one stream's plan and used by that stream's thread alone.
final class KeyedHash: Mask, @unchecked Sendable {
  private let before, after: [UInt8]
  private let context: OpaquePointer?
  private let digest = UnsafeMutablePointer<UInt8>.allocate(capacity: 64)

  init(_ before: String, _ after: String) {
    (self.before, self.after) = (Array(before.utf8), Array(after.utf8))
    let key = [UInt8](repeating: 7, count: 32)
    let mac = EVP_MAC_fetch(nil, "HMAC", nil)
    context = EVP_MAC_CTX_new(mac)
    var name = Array("SHA256".utf8CString)
    let parameters = name.withUnsafeMutableBufferPointer { name in
      [OSSL_PARAM_construct_utf8_string("digest", name.baseAddress, 0), OSSL_PARAM_construct_end()]
    }
    _ = EVP_MAC_init(context, key, 32, parameters)
  }

  deinit {
    EVP_MAC_CTX_free(context)
    digest.deallocate()
  }

  var traits: MaskTraits { MaskTraits(uniqueness: .probabilistic(bits: 64)) }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    _ = EVP_MAC_init(context, nil, 0, nil)
    _ = EVP_MAC_update(context, value.baseAddress?.assumingMemoryBound(to: UInt8.self), value.count)
    var length = 0
    _ = EVP_MAC_final(context, digest, &length, 64)
    sink.append(before)
    for index in 0..<8 {
      sink.append(Self.digit(digest[index] >> 4))
      sink.append(Self.digit(digest[index] & 15))
    }
    sink.append(after)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    guard value.count == before.count + 16 + after.count else { return false }
    for index in before.indices where value[index] != before[index] { return false }
    for index in after.indices where value[before.count + 16 + index] != after[index] { return false }
    for index in before.count..<(before.count + 16) {
      let byte = value[index]
      guard byte >= 0x30 && byte <= 0x39 || byte >= 0x61 && byte <= 0x66 else { return false }
    }
    return true
  }

  private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x61 + nibble - 10 }
}
