public import Documents
public import Reconciliation
public import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Encrypts the files of a raw archive, and decrypts them: with memory that does not grow, and so that the `openssl`
/// program alone can do the latter (`docs/snapshots.md` has the commands).
///
/// Each file has keys of its own: HKDF-SHA256 of the declared secret, with a random salt, and with snapshot and file name in the
/// info, so that a file cannot take the place of another one. AES-256-CTR, then HMAC-SHA256 over the result.
public struct ArchiveSeal: Sendable {
  /// What is known about a sealed file; none of it is secret. It stands in the archive's manifest.
  public struct Sealed: Sendable, Hashable {
    /// 16 random bytes.
    public let salt: [UInt8]
    /// HMAC-SHA256 over the encrypted file.
    public let tag: [UInt8]

    public init(salt: [UInt8], tag: [UInt8]) { (self.salt, self.tag) = (salt, tag) }
  }

  private let secret: Secret
  /// `seal:` and 16 hexadecimal digits, derived from the secret; says which one it was, and nothing about it.
  public let keyID: String

  /// A secret of so many characters can be guessed only if it was chosen badly.
  public static let shortestSecret = 16

  /// Throws `.weakSecret` for one that is shorter.
  public init(secret: Secret) throws(SealError) {
    let length = secret.withValue { $0.utf8.count }
    guard length >= Self.shortestSecret else { throw .weakSecret }
    self.secret = secret
    let id = secret.withValue { hkdfSHA256(Array($0.utf8), salt: [], info: Array("decant seal 1 id".utf8), count: 8) }
    keyID = "seal:\(hexadecimal(id))"
  }

  /// Writes the encrypted form of a file into a new one, of mode 0600. The new one is removed where it fails.
  public func seal(
    _ path: String, into sealed: String, as name: String, of snapshot: SnapshotID, interrupt: Interrupt? = nil
  ) throws(SealError) -> Sealed {
    guard let salt = randomBytes(16) else { throw .library }
    let tag = try run(.sealing, path, sealed, keys(salt, name, snapshot), interrupt)
    return Sealed(salt: salt, tag: tag)
  }

  /// Writes the decrypted form into a new file of mode 0600, which has its name only once the tag was found right; else
  /// `.forged`, and no file.
  public func open(
    _ path: String, into opened: String, as name: String, of snapshot: SnapshotID, _ sealed: Sealed,
    interrupt: Interrupt? = nil
  ) throws(SealError) {
    let scratch = opened + ".partial"
    let tag = try run(.opening, path, scratch, keys(sealed.salt, name, snapshot), interrupt)
    guard isEqualInConstantTime(tag, sealed.tag) else {
      unlink(scratch)
      throw .forged(path)
    }
    guard rename(scratch, opened) == 0 else {
      let code = errno
      unlink(scratch)
      throw .file(opened, code)
    }
  }

  /// An id has no blank in it, so no two pairs of snapshot and name make one info.
  private func keys(_ salt: [UInt8], _ name: String, _ snapshot: SnapshotID) -> SealingKeys {
    secret.withValue { SealingKeys(secret: Array($0.utf8), salt: salt, info: "decant seal 1 \(snapshot) \(name)") }
  }

  private func run(
    _ direction: SealingStream.Direction, _ path: String, _ output: String, _ keys: SealingKeys, _ interrupt: Interrupt?
  ) throws(SealError) -> [UInt8] {
    guard let stream = SealingStream(keys, direction) else { throw .library }
    let from = systemOpen(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0)
    guard from >= 0 else { throw .file(path, errno) }
    defer { close(from) }
    let to = systemOpen(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard to >= 0 else { throw .file(output, errno) }
    defer { close(to) }
    do throws(SealError) {
      try pump(stream, from, to, (path, output), interrupt)
      guard fsync(to) == 0 else { throw .file(output, errno) }
      guard let tag = stream.finish() else { throw .library }
      return tag
    } catch {
      unlink(output)
      throw error
    }
  }

  private func pump(
    _ stream: SealingStream, _ from: Int32, _ to: Int32, _ names: (from: String, to: String), _ interrupt: Interrupt?
  ) throws(SealError) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 << 16, alignment: 16)
    defer { memory.deallocate() }
    let (input, output) = (
      UnsafeMutableRawBufferPointer(rebasing: memory[..<(1 << 16)]),
      UnsafeMutableRawBufferPointer(rebasing: memory[(1 << 16)...])
    )
    while true {
      if interrupt?.isRaised == true { throw .interrupted }
      let count = read(from, input.baseAddress, input.count)
      if count == 0 { return }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw .file(names.from, errno)
      }
      guard stream.add(UnsafeRawBufferPointer(rebasing: input[..<count]), into: output) else { throw .library }
      try write(UnsafeRawBufferPointer(rebasing: output[..<count]), to, names.to)
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32, _ name: String) throws(SealError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = systemWrite(descriptor, rest)
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno != EINTR {
        throw .file(name, errno)
      }
    }
  }
}

/// Why a file was not sealed, or not opened. It names files, never what is in them.
public enum SealError: Error, Sendable, Hashable, CustomStringConvertible {
  case weakSecret
  /// The tag is another: it was changed, it is another file, or the secret is another.
  case forged(String)
  case file(String, Int32)
  case interrupted
  case library

  public var description: String {
    switch self {
    case .weakSecret:
      "the secret that seals raw archives has fewer than \(ArchiveSeal.shortestSecret) characters; make one with `openssl rand -hex 32`"
    case .forged(let path): "\(path) is not what was sealed, or was sealed with another secret"
    case .file(let path, let code): "\(path): \(String(cString: strerror(code)))"
    case .interrupted: "interrupted"
    case .library: "libcrypto cannot encrypt"
    }
  }
}

extension ArchiveSeal {
  /// For the manifest: what somebody needs, besides the secret, to open the files by hand.
  public func manifest(_ files: [String: Sealed]) -> Fields {
    [
      "method": "decant seal 1", "cipher": "aes-256-ctr", "mac": "hmac-sha256", "kdf": "hkdf-sha256",
      "key_id": .string(keyID),
      "files": .object(
        Fields(
          files.sorted { $0.key < $1.key }.map { name, sealed in
            (name, .object(["salt": .string(hexadecimal(sealed.salt)), "tag": .string(hexadecimal(sealed.tag))]))
          })),
    ]
  }

  /// Reads what `manifest` writes; nothing where a file is not in it, or not rightly.
  public static func sealed(_ name: String, in manifest: Fields) -> Sealed? {
    guard manifest["method"]?.string == "decant seal 1", let file = manifest["files"]?.object?[name],
      let salt = bytes(file["salt"]?.string), let tag = bytes(file["tag"]?.string), salt.count == 16, tag.count == 32
    else { return nil }
    return Sealed(salt: salt, tag: tag)
  }

  private static func bytes(_ text: String?) -> [UInt8]? {
    guard let digits = text?.utf8, digits.count % 2 == 0 else { return nil }
    let all = Array(digits)
    let bytes = stride(from: 0, to: all.count, by: 2).compactMap {
      UInt8(String(decoding: all[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
    return bytes.count * 2 == all.count ? bytes : nil
  }
}

/// open(2) and write(2), which methods of the same names would hide.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
