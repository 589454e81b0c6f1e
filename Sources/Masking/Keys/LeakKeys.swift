/// The two keys of the leak check, derived from a masking master with purposes that no mask has: one for the hash of
/// originals, one that seals the filter made of them.
///
/// Neither key leaves this value as more than a view for the duration of a call.
///
/// `@unchecked Sendable`: both keys are written in `init` and only read afterwards.
public final class LeakKeys: @unchecked Sendable {
  private let hash: DerivedKey
  private let seal: DerivedKey
  /// `MaskingKeys.id()`; nothing for keys that were drawn for one run.
  public let id: String?

  init(hash: consuming DerivedKey, seal: consuming DerivedKey, id: String?) {
    self.hash = hash
    self.seal = seal
    self.id = id
  }

  /// Keys that are gone with the run, for a copy whose masks need no key: what is sealed with them nobody opens later.
  ///
  /// - Parameter random: at least 32 bytes from the system's generator.
  public init(random: [UInt8]) {
    hash = DerivedKey(copying: Array(random.prefix(16)))
    seal = DerivedKey(copying: random)
    id = nil
  }

  /// 16 bytes, the key of SipHash.
  public func withHashKey<Result>(_ use: (UnsafeRawBufferPointer) -> Result) -> Result { hash.withBytes(use) }

  /// The AES-256 key of one file: HKDF-SHA256 of the sealing key with the file's own random salt, so that no two files
  /// have one key and nonces may be counted.
  public func withFileKey<Result>(salt: [UInt8], _ use: (UnsafeRawBufferPointer) -> Result) -> Result? {
    seal.withBytes { (secret) -> Result? in
      guard let key = DerivedKey(hkdf: secret, salt: salt, info: Array("decant leak filter 1".utf8), count: 32) else {
        return nil
      }
      return key.withBytes(use)
    }
  }
}

extension MaskingKeys {
  /// - Throws: `mask_key_weak`.
  public func leakKeys() throws(MaskRefusal) -> LeakKeys {
    LeakKeys(
      hash: try derive(KeyPurpose(domain: "", purpose: "leak hash", seed: nil), count: 16),
      seal: try derive(KeyPurpose(domain: "", purpose: "leak seal", seed: nil)), id: try id())
  }
}
