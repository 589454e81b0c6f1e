private import CLibCrypto

/// Why a key cannot be used. No error says anything about what is in it.
public enum KeyError: Error, Sendable, Hashable, CustomStringConvertible {
  case noPrivateKey
  case noPublicKey
  case notEd25519
  case cannotSign

  public var description: String {
    switch self {
    case .noPrivateKey: "it holds no private key in PEM (PKCS#8) that can be read without a passphrase"
    case .noPublicKey: "it holds no public key in PEM (`-----BEGIN PUBLIC KEY-----`)"
    case .notEd25519: "its key is not an Ed25519 key"
    case .cannotSign: "libcrypto could not sign with it"
    }
  }
}

/// An Ed25519 private key (RFC 8032). It signs, and has no way to text.
public final class SigningKey {
  private let key: OwnedKey
  public let publicKey: VerifyingKey

  /// Reads PKCS#8 in PEM (RFC 7468), as `openssl genpkey -algorithm ed25519` writes it.
  public init(pem: [UInt8]) throws(KeyError) {
    // A callback of our own: that of libcrypto would ask for a passphrase on the terminal.
    guard let key = OwnedKey(pem, { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) }) else {
      throw .noPrivateKey
    }
    self.key = key
    publicKey = VerifyingKey(bytes: try key.publicBytes())
  }

  /// The signature over `message`: 64 bytes, the same for the same message.
  public func sign(_ message: [UInt8]) throws(KeyError) -> Signature {
    var bytes = [UInt8](repeating: 0, count: Signature.length)
    var length = bytes.count
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestSignInit(context, nil, nil, nil, key.pointer) == 1,
      EVP_DigestSign(context, &bytes, &length, message, message.count) == 1, length == Signature.length
    else {
      ERR_clear_error()
      throw .cannotSign
    }
    return Signature(key: publicKey, bytes: bytes)
  }
}

/// An Ed25519 public key.
public struct VerifyingKey: Sendable, Hashable {
  static let length = 32
  /// 32 bytes (RFC 8032, section 5.1.5).
  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads SubjectPublicKeyInfo in PEM, as `openssl pkey -pubout` writes it.
  public init(pem: [UInt8]) throws(KeyError) {
    guard let key = OwnedKey(pem, { PEM_read_bio_PUBKEY($0, nil, { _, _, _, _ in -1 }, nil) }) else {
      throw .noPublicKey
    }
    bytes = try key.publicBytes()
  }

  /// `ed25519:` and the first 16 digits of the SHA-256 of the key, for people.
  public var id: String { "ed25519:\(sha256(bytes).prefix(16))" }
}

/// A signature with the key that made it. That it is right says nothing about whether the key is trusted.
public struct Signature: Sendable, Hashable {
  static let length = 64
  public let key: VerifyingKey
  let bytes: [UInt8]

  init(key: VerifyingKey, bytes: [UInt8]) {
    self.key = key
    self.bytes = bytes
  }

  public func verifies(_ message: [UInt8]) -> Bool {
    guard let owned = OwnedKey(publicBytes: key.bytes) else { return false }
    let context = EVP_MD_CTX_new()
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    guard EVP_DigestVerifyInit(context, nil, nil, nil, owned.pointer) == 1 else { return false }
    return EVP_DigestVerify(context, bytes, bytes.count, message, message.count) == 1
  }

  /// `KEY SIGNATURE`, each in base64 (RFC 4648, section 4).
  public var text: String { "\(base64(key.bytes)) \(base64(bytes))" }

  /// Reads what `text` writes and nothing else: no other spelling of the same bytes is taken.
  public init?(_ text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 2, let key = bytesOf(base64: words[0], VerifyingKey.length),
      let bytes = bytesOf(base64: words[1], Signature.length)
    else { return nil }
    self.init(key: VerifyingKey(bytes: key), bytes: bytes)
  }
}

/// Owns one `EVP_PKEY *`, which is not changed once it is made.
private final class OwnedKey {
  let pointer: OpaquePointer

  init?(_ pem: [UInt8], _ read: (OpaquePointer?) -> OpaquePointer?) {
    guard let length = Int32(exactly: pem.count) else { return nil }
    let key = pem.withUnsafeBytes { bytes in
      let input = BIO_new_mem_buf(bytes.baseAddress, length)
      defer { BIO_free(input) }
      return input == nil ? nil : read(input)
    }
    // What libcrypto has to say about a text that is no key is of no use to anybody, and stays in its queue.
    ERR_clear_error()
    guard let key else { return nil }
    pointer = key
  }

  init?(publicBytes: [UInt8]) {
    guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicBytes, publicBytes.count) else {
      ERR_clear_error()
      return nil
    }
    pointer = key
  }

  deinit { EVP_PKEY_free(pointer) }

  func publicBytes() throws(KeyError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: VerifyingKey.length)
    var length = bytes.count
    guard EVP_PKEY_get_base_id(pointer) == EVP_PKEY_ED25519,
      EVP_PKEY_get_raw_public_key(pointer, &bytes, &length) == 1, length == VerifyingKey.length
    else {
      ERR_clear_error()
      throw .notEd25519
    }
    return bytes
  }
}

private func base64(_ bytes: [UInt8]) -> String {
  var output = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
  let length = EVP_EncodeBlock(&output, bytes, Int32(clamping: bytes.count))
  return String(decoding: output.prefix(Int(length)), as: UTF8.self)
}

/// Exactly `count` bytes, in their one spelling. `EVP_DecodeBlock` gives whole groups of three.
private func bytesOf(base64 text: Substring, _ count: Int) -> [UInt8]? {
  let groups = (count + 2) / 3
  guard text.utf8.count == groups * 4 else { return nil }
  var output = [UInt8](repeating: 0, count: groups * 3)
  guard EVP_DecodeBlock(&output, Array(text.utf8), Int32(clamping: text.utf8.count)) == Int32(clamping: groups * 3)
  else { return nil }
  let bytes = Array(output.prefix(count))
  return base64(bytes) == text ? bytes : nil
}
