private import CLibCrypto

/// SHA-256 (FIPS 180-4) of bytes that come piece by piece, such as those of a file that is larger than memory.
///
/// The owner of one EVP_MD_CTX, which it frees.
public final class RunningDigest {
  private let context: OpaquePointer

  public init() {
    // Neither call fails but where libcrypto has no memory or no SHA-256 at all; no digest may then pass for one.
    context = EVP_MD_CTX_new()
    precondition(EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "libcrypto offers no SHA-256")
  }

  deinit { EVP_MD_CTX_free(context) }

  public func add(_ bytes: UnsafeRawBufferPointer) {
    let done = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(done == 1, "libcrypto refuses a SHA-256 that it has begun")
  }

  /// The digest of everything so far, as lower-case hexadecimal: 64 characters. Ends it.
  public func finish() -> String {
    var output = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 32
    let done = EVP_DigestFinal_ex(context, &output, &length)
    precondition(done == 1 && length == 32, "libcrypto refuses a SHA-256 that it has begun")
    return hexadecimal(output)
  }
}
