import Masking

/// Keys and tokens that open something, by the prefixes that their makers gave them.
public struct TokenDetector: Detector {
  public init() {}

  public let kind = "token"
  public let title = "a secret or token"
  public let formWeight = 0.95
  public let words = ColumnWords(
    strong: [
      "password", "passwd", "pwd", "passwort", "mot de passe", "contrasena", "wachtwoord", "haslo", "secret", "api key",
      "apikey", "access token", "refresh token", "auth token", "private key", "session token", "encrypted password",
      "password hash", "password digest", "otp secret", "client secret", "bearer",
    ], weak: ["token", "key", "session", "credential", "credentials", "hash", "jwt", "salt", "signature"])

  private struct Prefix {
    let text: StaticString
    /// Characters behind it, at least.
    let rest: Int
    init(_ text: StaticString, _ rest: Int) { (self.text, self.rest) = (text, rest) }
  }

  private static let prefixes: [Prefix] = [
    Prefix("AKIA", 16), Prefix("ASIA", 16), Prefix("ghp_", 36), Prefix("gho_", 36), Prefix("ghu_", 36),
    Prefix("ghs_", 36), Prefix("ghr_", 36), Prefix("github_pat_", 40), Prefix("glpat-", 20), Prefix("sk_live_", 16),
    Prefix("rk_live_", 16), Prefix("whsec_", 24), Prefix("xoxb-", 20), Prefix("xoxp-", 20), Prefix("xoxa-", 20),
    Prefix("xoxs-", 20), Prefix("AIza", 35), Prefix("ya29.", 20), Prefix("SG.", 40), Prefix("npm_", 36),
    Prefix("pypi-", 50), Prefix("sk-", 40), Prefix("dop_v1_", 64), Prefix("hvs.", 24), Prefix("shpat_", 32),
  ]

  /// Of password hashes (crypt(5)) and of what PostgreSQL itself keeps.
  private static let hashes: [Prefix] = [
    Prefix("$2a$", 50), Prefix("$2b$", 50), Prefix("$2y$", 50), Prefix("$argon2", 20), Prefix("$6$", 40),
    Prefix("$5$", 30), Prefix("$1$", 20), Prefix("$y$", 30), Prefix("pbkdf2_", 30), Prefix("$pbkdf2", 30),
    Prefix("{SSHA}", 20), Prefix("SCRAM-SHA-256$", 40),
  ]

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard value.count >= 16 else { return .none }
    if isPrivateKey(value) || isJWT(value) { return .form }
    for prefix in Self.prefixes where value.starts(withText: prefix.text) {
      let start = prefix.text.utf8CodeUnitCount
      guard value.count >= start + prefix.rest, value.count < 512, value.part(start, value.count).isKeyText else {
        continue
      }
      return value.ends(with: "example") ? .published : .form
    }
    for prefix in Self.hashes where value.starts(withText: prefix.text) {
      if value.count >= prefix.text.utf8CodeUnitCount + prefix.rest, !value.contains(0x20) { return .form }
    }
    return isRandom(value) ? .weak : .none
  }

  /// RFC 7468.
  private func isPrivateKey(_ value: UnsafeRawBufferPointer) -> Bool {
    guard value.starts(withText: "-----BEGIN ") else { return false }
    for index in 11..<min(value.count, 40) where value.starts(withText: "PRIVATE KEY-----", at: index) { return true }
    return false
  }

  /// RFC 7519: three parts of base64url, of which the first is an object: `{"`.
  private func isJWT(_ value: UnsafeRawBufferPointer) -> Bool {
    guard value.starts(withText: "eyJ"), value.count > 30 else { return false }
    var dots = 0
    for byte in value {
      if byte == UInt8(ascii: ".") {
        dots += 1
      } else if !byte.isAlphanumeric && byte != UInt8(ascii: "-") && byte != UInt8(ascii: "_")
        && byte != UInt8(ascii: "=")
      {
        return false
      }
    }
    return dots == 2
  }

  /// Text of three classes of characters without any word in it: random, and of much else, such as checksums in base64.
  private func isRandom(_ value: UnsafeRawBufferPointer) -> Bool {
    guard (24...512).contains(value.count) else { return false }
    var seen: (UInt64, UInt64) = (0, 0)
    var (classes, run, longest) = (UInt8(0), 0, 0)
    for byte in value {
      guard byte.isKeyByte else { return false }
      classes |= byte.isUpper ? 1 : byte.isLower ? 2 : byte.isDigit ? 4 : 0
      run = byte.isLower ? run + 1 : 0
      longest = max(longest, run)
      if byte < 64 { seen.0 |= 1 << UInt64(byte) } else { seen.1 |= 1 << UInt64(byte - 64) }
    }
    return classes == 7 && longest < 8 && seen.0.nonzeroBitCount + seen.1.nonzeroBitCount >= 14
  }
}

extension UInt8 {
  fileprivate var isKeyByte: Bool {
    isAlphanumeric || self == 0x2B || self == 0x2D || self == 0x2E || self == 0x2F || self == 0x3D || self == 0x5F
  }
}

extension UnsafeRawBufferPointer {
  fileprivate var isKeyText: Bool { allSatisfy(\.isKeyByte) }
}
