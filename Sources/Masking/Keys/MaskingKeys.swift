public import Runtime

/// The keys of one workspace: derived from its master secret, which never leaves this value.
///
/// For each key domain and purpose, HKDF-SHA256 (RFC 5869) with the master secret as input keying material, the
/// workspace's name as salt, and as info the parts of `KeyPurpose`, each behind its length: two different lists of
/// parts never make the same info, as `seed + secret` would.
public struct MaskingKeys: Sendable {
  /// A master secret is at least so long: 16 random bytes cannot be guessed, and 15 characters are a password.
  public static let shortestMaster = 16
  /// A text of so few different bytes was typed, not drawn; 16 random hexadecimal digits practically always have more.
  static let fewestDifferentBytes = 6

  let master: Secret
  public let workspace: String

  public init(master: Secret, workspace: String) {
    self.master = master
    self.workspace = workspace
  }

  /// The key's public fingerprint, `key:` and 16 hexadecimal digits: it says which key made a copy and nothing about
  /// the key. Derived with a purpose of its own, which no mask has.
  ///
  /// - Throws: `mask_key_weak`.
  public func id() throws(MaskRefusal) -> String {
    let derived = try derive(KeyPurpose(domain: "", purpose: "key id", seed: nil), count: 8)
    var text = ByteSink(capacity: 32)
    derived.withBytes { bytes in
      for byte in bytes { text.append(hexadecimal: byte) }
    }
    return "key:" + String(decoding: text.bytes, as: UTF8.self)
  }

  /// Refuses a master secret that could be guessed.
  ///
  /// - Throws: `mask_key_weak`, with the way out.
  public func check() throws(MaskRefusal) {
    try withMaster { (_) throws(MaskRefusal) -> Void in }
  }

  func derive(_ purpose: KeyPurpose, count: Int = 32) throws(MaskRefusal) -> DerivedKey {
    let salt = Array(workspace.utf8)
    return try withMaster { (master) throws(MaskRefusal) -> DerivedKey in
      guard let key = DerivedKey(hkdf: master, salt: salt, info: purpose.info, count: count) else {
        throw MaskRefusal("mask_key_missing", "libcrypto could not derive a masking key")
      }
      return key
    }
  }

  /// The secret's bytes without blanks and line ends around them, so that a key from a file and the same key from a
  /// variable are one.
  private func withMaster<Result: ~Copyable>(
    _ use: (UnsafeRawBufferPointer) throws(MaskRefusal) -> Result
  ) throws(MaskRefusal) -> Result {
    let bytes = ZeroedBytes(master.withValue { Array($0.utf8) })
    // Without this the bytes could be gone, overwritten, as soon as their place is known.
    defer { withExtendedLifetime(bytes) {} }
    let trimmed = bytes.all.trimmed
    guard trimmed.count >= Self.shortestMaster else { throw .weakKey("has fewer than 16 characters") }
    guard Set(trimmed).count >= Self.fewestDifferentBytes else { throw .weakKey("repeats a few characters") }
    return try use(trimmed)
  }
}

/// What a key is for. The domain decides which columns have the same masks; the purpose keeps strategies apart, and
/// the rule's seed divides a domain.
struct KeyPurpose {
  var domain: String
  var purpose: String
  var seed: Int?

  /// The parts in turn, each behind its length in four bytes, most significant byte first.
  var info: [UInt8] {
    let parts = ["decant masking 1", domain, purpose] + (seed.map { [String($0)] } ?? [])
    return parts.flatMap { part in
      withUnsafeBytes(of: UInt32(truncatingIfNeeded: part.utf8.count).bigEndian) { Array($0) } + Array(part.utf8)
    }
  }
}

extension MaskRefusal {
  fileprivate static func weakKey(_ what: String) -> Self {
    Self("mask_key_weak", "the masking key \(what) and could be guessed; make one with `openssl rand -hex 32`")
  }
}
