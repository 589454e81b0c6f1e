private import CLibCrypto

/// Key material in memory of its own, which is overwritten when its owner is gone.
struct DerivedKey: ~Copyable {
  private let start: UnsafeMutableRawPointer
  private let count: Int

  /// HKDF-SHA256 (RFC 5869): extract and expand.
  ///
  /// - Returns: nothing where libcrypto refuses; it does so for more than 255 × 32 bytes.
  init?(hkdf secret: UnsafeRawBufferPointer, salt: [UInt8], info: [UInt8], count: Int) {
    start = UnsafeMutableRawPointer.allocate(byteCount: max(1, count), alignment: 16)
    self.count = count
    // From here on the memory has its owner, and `deinit` gives it back also where the derivation fails.
    guard Self.derive(secret, salt, info, into: start, count) else { return nil }
  }

  /// Key material as it is, which published test vectors need.
  init(copying key: [UInt8]) {
    start = .allocate(byteCount: max(1, key.count), alignment: 16)
    count = key.count
    key.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: start, count: count).copyBytes(from: $0) }
  }

  deinit {
    OPENSSL_cleanse(start, count)
    start.deallocate()
  }

  func withBytes<Result>(_ use: (UnsafeRawBufferPointer) -> Result) -> Result {
    use(UnsafeRawBufferPointer(start: start, count: count))
  }

  private static func derive(
    _ secret: UnsafeRawBufferPointer, _ salt: [UInt8], _ info: [UInt8], into output: UnsafeMutableRawPointer,
    _ count: Int
  ) -> Bool {
    guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nil) else { return false }
    defer {
      EVP_PKEY_CTX_free(context)
      ERR_clear_error()
    }
    var length = count
    let bytes = secret.assumingMemoryBound(to: UInt8.self)
    return EVP_PKEY_derive_init(context) == 1
      && EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1
      && EVP_PKEY_CTX_set1_hkdf_salt(context, salt, Int32(clamping: salt.count)) == 1
      && EVP_PKEY_CTX_set1_hkdf_key(context, bytes.baseAddress, Int32(clamping: bytes.count)) == 1
      && EVP_PKEY_CTX_add1_hkdf_info(context, info, Int32(clamping: info.count)) == 1
      && EVP_PKEY_derive(context, output.assumingMemoryBound(to: UInt8.self), &length) == 1 && length == count
  }
}

/// A copy of secret bytes that is overwritten when it is no longer needed.
final class ZeroedBytes {
  let all: UnsafeRawBufferPointer
  private let memory: UnsafeMutableRawBufferPointer

  init(_ bytes: [UInt8]) {
    memory = .allocate(byteCount: bytes.count, alignment: 1)
    memory.copyBytes(from: bytes)
    all = UnsafeRawBufferPointer(memory)
  }

  deinit {
    OPENSSL_cleanse(memory.baseAddress, memory.count)
    memory.deallocate()
  }
}
