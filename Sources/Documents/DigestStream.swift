private import CLibCrypto

/// SHA-256 of bytes that come piece by piece. The one owner of an `EVP_MD_CTX *`; used by one thread at a time.
public final class DigestStream {
  private let context: OpaquePointer?
  /// How many bytes came so far.
  public private(set) var count = 0

  public init() {
    context = EVP_MD_CTX_new()
    // It fails only where libcrypto has no SHA-256 or no memory; no digest may then pass for one.
    precondition(EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "libcrypto offers no SHA-256")
  }

  deinit { EVP_MD_CTX_free(context) }

  public func add(_ bytes: UnsafeRawBufferPointer) {
    precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "libcrypto stopped hashing")
    count += bytes.count
  }

  /// Ends it: 64 lower-case hexadecimal digits. Once.
  public func finish() -> String {
    var output = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    precondition(EVP_DigestFinal_ex(context, &output, &length) == 1 && length == 32, "libcrypto stopped hashing")
    return hexadecimal(output)
  }
}
