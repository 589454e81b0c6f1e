import Masking

/// An address with a dotted domain (RFC 5321, section 4.1.2), as a whole value.
public struct EmailDetector: Detector {
  private let scanner = PersonalDataScanner([.email])

  public init() {}

  public let kind = "email"
  public let title = "an e-mail"
  public let formWeight = 0.95
  public let words = ColumnWords(
    strong: [
      "email", "e mail", "emails", "mail address", "mailadresse", "courriel", "correo", "correo electronico",
      "adres mailowy", "epost", "e post", "sahkoposti", "indirizzo email", "poczta",
    ], weak: ["mail", "login", "username", "contact", "recipient", "sender"])

  public func match(_ value: UnsafeRawBufferPointer) -> ValueMatch {
    guard (6...320).contains(value.count), let at = value.lastIndex(of: UInt8(ascii: "@")), at > 0,
      let found = scanner.first(in: value), found == 0..<value.count
    else { return .none }
    return PublishedValues.isMail(value, at: at) ? .published : .form
  }
}
