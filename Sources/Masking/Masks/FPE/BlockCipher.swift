private import CLibCrypto
private import Synchronization

/// AES (FIPS 197) of single blocks with one key.
///
/// An `EVP_CIPHER_CTX` serves one thread at a time, so that there are as many as threads that ever met here.
final class BlockCipher: Sendable {
  /// `@unchecked Sendable`: a context is in the list of free ones or with the one thread that took it out.
  private struct Context: @unchecked Sendable {
    let pointer: OpaquePointer
  }

  private let first: Context
  private let free: Mutex<[Context]>

  /// - Parameter key: 16, 24 or 32 bytes.
  init?(key: UnsafeRawBufferPointer) {
    let algorithm: OpaquePointer? =
      switch key.count {
      case 16: EVP_aes_128_ecb()
      case 24: EVP_aes_192_ecb()
      case 32: EVP_aes_256_ecb()
      default: nil
      }
    guard let algorithm, let context = EVP_CIPHER_CTX_new() else { return nil }
    first = Context(pointer: context)
    free = Mutex([])
    let bytes = key.assumingMemoryBound(to: UInt8.self).baseAddress
    guard EVP_EncryptInit_ex(context, algorithm, nil, bytes, nil) == 1, EVP_CIPHER_CTX_set_padding(context, 0) == 1
    else { return nil }
  }

  /// Frees what holds the key; libcrypto overwrites it.
  deinit {
    EVP_CIPHER_CTX_free(first.pointer)
    for context in free.withLock({ $0 }) { EVP_CIPHER_CTX_free(context.pointer) }
  }

  /// Hands out a context for as many blocks as one value needs.
  ///
  /// - Returns: nothing where libcrypto has no memory.
  func withBlocks<Result>(_ use: (borrowing Blocks) -> Result) -> Result? {
    let taken = free.withLock { $0.popLast() } ?? copy()
    guard let taken else { return nil }
    defer { free.withLock { $0.append(taken) } }
    return use(Blocks(context: taken.pointer))
  }

  /// `first` is never used but to make others, by any thread.
  private func copy() -> Context? {
    guard let context = EVP_CIPHER_CTX_new() else { return nil }
    guard EVP_CIPHER_CTX_copy(context, first.pointer) == 1 else {
      EVP_CIPHER_CTX_free(context)
      return nil
    }
    return Context(pointer: context)
  }

  struct Blocks: ~Copyable {
    fileprivate let context: OpaquePointer

    /// The block encrypted. That of libcrypto fails for no block of 16 bytes.
    func encrypt(_ block: UInt128) -> UInt128 {
      var (input, output, length) = (block.bigEndian, UInt128(0), Int32(0))
      let done = withUnsafeBytes(of: &input) { input in
        withUnsafeMutableBytes(of: &output) { output in
          EVP_EncryptUpdate(
            context, output.assumingMemoryBound(to: UInt8.self).baseAddress, &length,
            input.assumingMemoryBound(to: UInt8.self).baseAddress, 16)
        }
      }
      precondition(done == 1 && length == 16, "libcrypto could not encrypt a block")
      return UInt128(bigEndian: output)
    }
  }
}
