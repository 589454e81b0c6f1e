private import CLibCrypto

/// Encrypt-then-MAC over a stream: AES-256-CTR, and HMAC-SHA256 over what it gave. The one owner of its two contexts;
/// used by one thread.
///
/// CTR and not GCM, so that the `openssl` program can undo it (`openssl enc` has no authenticated modes).
public final class SealingStream {
  public enum Direction: Sendable {
    case sealing
    case opening
  }

  private let cipher: OpaquePointer?
  private let mac: OpaquePointer?
  private let direction: Direction

  /// Both keys and the first counter block, from `SealingKeys`. Nothing where libcrypto cannot.
  public init?(_ keys: SealingKeys, _ direction: Direction) {
    self.direction = direction
    cipher = EVP_CIPHER_CTX_new()
    let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)
    mac = EVP_MAC_CTX_new(algorithm)
    EVP_MAC_free(algorithm)
    guard cipher != nil, mac != nil, keys.begin(cipher, mac) else {
      ERR_clear_error()
      return nil
    }
  }

  deinit {
    EVP_CIPHER_CTX_free(cipher)
    EVP_MAC_CTX_free(mac)
  }

  /// Turns `input` into `output`, which has as many bytes; false where libcrypto failed.
  public func add(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Bool {
    guard !input.isEmpty else { return true }
    guard output.count >= input.count, let count = Int32(exactly: input.count) else { return false }
    if direction == .opening, !authenticate(input) { return false }
    var written: Int32 = 0
    let (from, to) = (input.assumingMemoryBound(to: UInt8.self), output.assumingMemoryBound(to: UInt8.self))
    guard EVP_EncryptUpdate(cipher, to.baseAddress, &written, from.baseAddress, count) == 1, written == count else {
      return false
    }
    return direction == .opening || authenticate(UnsafeRawBufferPointer(start: output.baseAddress, count: input.count))
  }

  private func authenticate(_ bytes: UnsafeRawBufferPointer) -> Bool {
    EVP_MAC_update(mac, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count) == 1
  }

  /// The tag over everything: 32 bytes. Once.
  public func finish() -> [UInt8]? {
    var (tag, count) = ([UInt8](repeating: 0, count: 32), 0)
    guard EVP_MAC_final(mac, &tag, &count, tag.count) == 1, count == 32 else { return nil }
    return tag
  }
}

/// The keys of one sealed stream: HKDF-SHA256 (RFC 5869), 80 bytes; 32 for AES, 32 for HMAC, 16 for the first counter
/// block. Overwritten when let go.
///
/// A salt is drawn for each stream, so no two streams have the same keys, and a fixed part of the derivation takes the place of
/// a stored counter block.
public final class SealingKeys {
  public static let count = 80
  private let bytes: UnsafeMutableRawBufferPointer

  /// - Parameters:
  ///   - salt: at least 16 random bytes; not secret.
  ///   - info: what the stream is; another one has other keys.
  public init(secret: [UInt8], salt: [UInt8], info: String) {
    bytes = .allocate(byteCount: Self.count, alignment: 16)
    bytes.copyBytes(from: hkdfSHA256(secret, salt: salt, info: Array(info.utf8), count: Self.count))
  }

  deinit {
    OPENSSL_cleanse(bytes.baseAddress, bytes.count)
    bytes.deallocate()
  }

  fileprivate func begin(_ cipher: OpaquePointer?, _ mac: OpaquePointer?) -> Bool {
    let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
    guard let start else { return false }
    guard EVP_EncryptInit_ex(cipher, EVP_aes_256_ctr(), nil, start, start + 64) == 1 else { return false }
    return "SHA256".withCString { name in
      var parameters = [
        OSSL_PARAM_construct_utf8_string("digest", UnsafeMutablePointer(mutating: name), 0), OSSL_PARAM_construct_end(),
      ]
      return EVP_MAC_init(mac, start + 32, 32, &parameters) == 1
    }
  }
}

/// Whether two secrets of one length are the same, in a time that does not depend on where they differ.
public func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}

/// So many bytes from the system's generator that is fit for keys and salts; nothing where it has none.
public func randomBytes(_ count: Int) -> [UInt8]? {
  var bytes = [UInt8](repeating: 0, count: count)
  return RAND_bytes(&bytes, Int32(count)) == 1 ? bytes : nil
}

/// RFC 5869, sections 2.2 and 2.3; at most 8160 bytes.
public func hkdfSHA256(_ secret: [UInt8], salt: [UInt8], info: [UInt8], count: Int) -> [UInt8] {
  let key = hmacSHA256(salt.isEmpty ? [UInt8](repeating: 0, count: 32) : salt, secret)
  var (output, block, number) = ([UInt8](), [UInt8](), UInt8(1))
  while output.count < count {
    block = hmacSHA256(key, block + info + [number])
    output += block
    number &+= 1
  }
  return Array(output.prefix(count))
}

/// HMAC-SHA256 (RFC 2104): 32 bytes.
public func hmacSHA256(_ key: [UInt8], _ message: some Sequence<UInt8>) -> [UInt8] {
  let message = Array(message)
  var output = [UInt8](repeating: 0, count: 32)
  var length = 0
  let done = EVP_Q_mac(
    nil, "HMAC", nil, "SHA256", nil, key, key.count, message, message.count, &output, output.count, &length)
  // It fails only where libcrypto has no HMAC at all; nothing may then pass for one.
  precondition(done != nil && length == 32, "libcrypto offers no HMAC-SHA256")
  return output
}
