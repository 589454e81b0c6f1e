private import CLibCrypto

/// MD5 (RFC 1321) of bytes that come piece by piece: S3 says what it got in `ETag` by it. Nothing is secured with it.
///
/// The one owner of an `EVP_MD_CTX *`; used by one thread at a time.
public final class MD5Stream {
  private let context: OpaquePointer?
  private let isOffered: Bool

  public init() {
    context = EVP_MD_CTX_new()
    // A libcrypto in FIPS mode has no MD5.
    isOffered = EVP_DigestInit_ex(context, EVP_md5(), nil) == 1
    if !isOffered { ERR_clear_error() }
  }

  deinit { EVP_MD_CTX_free(context) }

  public func add(_ bytes: UnsafeRawBufferPointer) {
    if isOffered { EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) }
  }

  /// 16 bytes; nothing where libcrypto offers no MD5. Once.
  public func finish() -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: 16)
    var length: UInt32 = 0
    guard isOffered, EVP_DigestFinal_ex(context, &output, &length) == 1 else { return nil }
    return output
  }
}
