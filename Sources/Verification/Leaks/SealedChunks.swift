private import CLibCrypto
import Masking

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// AES-256-GCM over a stream of bytes in chunks of a megabyte, each with its own tag.
///
/// The nonce is the number of the chunk, with a mark on the last: chunks that were swapped, left out or cut off do not
/// open. The key is the file's own. What stands before the chunks is authenticated with every one of them.
final class SealedChunks {
  static let size = 1 << 20
  static let tagSize = 16

  enum Direction: Int32 { case opening, sealing }

  private let context: OpaquePointer
  private let direction: Direction
  private let header: [UInt8]
  private var number: UInt64 = 0
  /// One chunk with its tag behind it.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size + tagSize, alignment: 16)

  init?(_ keys: LeakKeys, salt: [UInt8], header: [UInt8], _ direction: Direction) {
    guard let context = EVP_CIPHER_CTX_new() else { return nil }
    self.context = context
    self.header = header
    self.direction = direction
    let began = keys.withFileKey(salt: salt) { key in
      EVP_CipherInit_ex(
        context, EVP_aes_256_gcm(), nil, key.assumingMemoryBound(to: UInt8.self).baseAddress, nil, direction.rawValue)
    }
    guard began == 1 else { return nil }
  }

  deinit {
    EVP_CIPHER_CTX_free(context)
    buffer.deallocate()
  }

  static func count(of bytes: Int) -> Int { max(1, (bytes + size - 1) / size) }

  /// Writes one chunk; false where libcrypto fails or the descriptor takes no more.
  func write(_ plain: UnsafeRawBufferPointer, isLast: Bool, to descriptor: Int32) -> Bool {
    guard plain.count <= Self.size, begin(isLast), update(plain, into: buffer.baseAddress) else { return false }
    var length: Int32 = 0
    var none: UInt8 = 0
    guard EVP_CipherFinal_ex(context, &none, &length) == 1,
      EVP_CIPHER_CTX_ctrl(
        context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagSize), buffer.baseAddress.map { $0 + plain.count })
        == 1
    else { return false }
    return Self.writeAll(UnsafeRawBufferPointer(buffer).slice(0, plain.count + Self.tagSize), to: descriptor)
  }

  /// Reads one chunk; false where its tag does not fit.
  func read(into plain: UnsafeMutableRawBufferPointer, isLast: Bool, from descriptor: Int32) -> Bool {
    let length = plain.count + Self.tagSize
    guard plain.count <= Self.size,
      Self.readAll(UnsafeMutableRawBufferPointer(rebasing: buffer[..<length]), from: descriptor),
      begin(isLast), update(UnsafeRawBufferPointer(buffer).slice(0, plain.count), into: plain.baseAddress)
    else { return false }
    var none: UInt8 = 0
    var rest: Int32 = 0
    return EVP_CIPHER_CTX_ctrl(
      context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagSize), buffer.baseAddress.map { $0 + plain.count }) == 1
      && EVP_CipherFinal_ex(context, &none, &rest) == 1
  }

  private func begin(_ isLast: Bool) -> Bool {
    var nonce = [UInt8](repeating: 0, count: 12)
    nonce[0] = isLast ? 1 : 0
    for index in 0..<8 { nonce[4 + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * (7 - index))) }
    number += 1
    var length: Int32 = 0
    return EVP_CipherInit_ex(context, nil, nil, nil, nonce, direction.rawValue) == 1
      && EVP_CipherUpdate(context, nil, &length, header, Int32(clamping: header.count)) == 1
  }

  private func update(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer?) -> Bool {
    guard bytes.count > 0 else { return true }
    var length: Int32 = 0
    return EVP_CipherUpdate(
      context, output?.assumingMemoryBound(to: UInt8.self), &length,
      bytes.assumingMemoryBound(to: UInt8.self).baseAddress, Int32(clamping: bytes.count)) == 1 && length == bytes.count
  }

  static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = systemWrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count > 0 { done += count } else if errno != EINTR { return false }
    }
    return true
  }

  static func readAll(_ bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = systemRead(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count > 0 { done += count } else if count == 0 || errno != EINTR { return false }
    }
    return true
  }
}

/// write(2) and read(2), which methods of the same names would hide.
private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, start, count)
}
private func systemRead(_ descriptor: Int32, _ start: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, start, count)
}
