import Foundation
import Testing

@testable import Documents
@testable import Reconciliation

/// Keys that openssl made.
enum Keys {
  struct Pair {
    let pem: [UInt8]
    let publicPEM: [UInt8]

    init(_ secret: String, _ known: String) {
      pem = Array("-----BEGIN PRIVATE KEY-----\n\(secret)\n-----END PRIVATE KEY-----\n".utf8)
      publicPEM = Array("-----BEGIN PUBLIC KEY-----\n\(known)\n-----END PUBLIC KEY-----\n".utf8)
    }
  }
  // The first is that of RFC 8410, section 10.
  static let first = Pair(
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC",
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")
  static let second = Pair(
    "MC4CAQAwBQYDK2VwBCIEIFfE6dAJBWH0XH71CX7Tcz9m1qWnvBtS7UV1GncSr8+T",
    "MCowBQYDK2VwAyEA31RDq5JaUP2zxe+MS7/NXtEd7LYZFcSNVGrdZGBOMEk=")
}

@Suite struct SignatureTests {
  @Test func aKeyFitsItsOtherHalf() throws {
    for pair in [Keys.first, Keys.second] {
      let key = try SigningKey(pem: pair.pem)
      #expect(try VerifyingKey(pem: pair.publicPEM) == key.publicKey)
      let signature = try key.sign(Array("message".utf8))
      #expect(signature.verifies(Array("message".utf8)))
      #expect(!signature.verifies(Array("massage".utf8)))
      #expect(Signature(signature.text) == signature)
    }
  }

  /// RFC 8032, section 7.1, test 1: the signature over nothing.
  @Test func theSignatureIsThatOfTheStandard() throws {
    let key: [UInt8] = [
      0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
      0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ]
    let start: [UInt8] = [
      0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72, 0x90, 0x86, 0xe2, 0xcc, 0x80, 0x6e, 0x82, 0x8a,
    ]
    let prefix: [UInt8] = [0x30, 0x2e, 0x02, 0x01, 0, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
    let pair = Keys.Pair(Data(prefix + key).base64EncodedString(), "")
    #expect(try SigningKey(pem: pair.pem).sign([]).bytes.starts(with: start))
  }

  @Test func whoSignedHasToBeTrusted() throws {
    let (first, second) = (try SigningKey(pem: Keys.first.pem), try SigningKey(pem: Keys.second.pem))
    let plain = try ReadingTests.modest()
    let signed = try PlanFile.signed(plain, by: first)
    #expect(try PlanFile.read(signed, trusting: [second.publicKey, first.publicKey]).signer == first.publicKey)
    #expect(try PlanFile.read(signed).signer == first.publicKey)
    #expect(try PlanFile.read(signed).digest == PlanFile.read(plain).digest)
    #expect(throws: PlanRefusal.untrusted(key: first.publicKey.id, trusted: 1)) {
      try PlanFile.read(signed, trusting: [second.publicKey])
    }
    #expect(throws: PlanRefusal.unsigned) { try PlanFile.read(plain, trusting: [first.publicKey]) }
    #expect(throws: PlanRefusal.noPlan) {
      try PlanFile.read(PlanFile.signed(signed, by: second), trusting: [second.publicKey])
    }
    // A trusted key's name over somebody else's signature.
    let line = String(decoding: signed.prefix { $0 != 10 }, as: UTF8.self).split(separator: " ")
    let other = try second.sign(plain).text.split(separator: " ")
    let mixed = "\(line[0]) \(line[1]) \(line[2]) \(line[3]) \(line[4]) \(other[1])\n".replacing("  ", with: " ")
    #expect(throws: PlanRefusal.badSignature) {
      try PlanFile.read(Array(mixed.utf8) + plain, trusting: [first.publicKey])
    }
  }

  @Test(arguments: [
    "", "x", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    String(decoding: Keys.first.publicPEM, as: UTF8.self),
  ])
  func whatIsNoPrivateKeyIsRefused(_ text: String) {
    #expect(throws: KeyError.noPrivateKey) { try SigningKey(pem: Array(text.utf8)) }
  }

  /// An encrypted key: nobody is asked for its passphrase.
  @Test func anEncryptedKeyIsRefused() {
    let text = """
      -----BEGIN ENCRYPTED PRIVATE KEY-----
      MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj9ie3hoPeuqAICCAAw
      DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEKGya+xuh2nyv9GbIn07lWEEQOkc
      YIeM5TLYTByQKQal9ztSZ7h20sbbXJUfBkaSWaKp4GA/lEKX8et2NMtjuEbyxXdS
      tsYxw0mzIr4hylCiwhQ=
      -----END ENCRYPTED PRIVATE KEY-----
      """
    #expect(throws: KeyError.noPrivateKey) { try SigningKey(pem: Array(text.utf8)) }
  }

  @Test func anotherKindOfKeyIsRefused() {
    let pem = """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VuBCIEIPjLylMEDmz7CRNZGvPgZnthfp1h8xAVK4KOja4DJp5I
      -----END PRIVATE KEY-----
      """
    #expect(throws: KeyError.notEd25519) { try SigningKey(pem: Array(pem.utf8)) }
    #expect(throws: KeyError.noPublicKey) { try VerifyingKey(pem: Keys.first.pem) }
  }

  /// Base64 has spare bits; only one spelling of a signature is taken.
  @Test func aSignatureHasOneSpelling() throws {
    let text = try SigningKey(pem: Keys.first.pem).sign([1]).text
    #expect(Signature(text) != nil)
    for other in [" \(text)", "\(text) ", text.replacing(" ", with: "  "), text.replacing("=", with: ""), text + "\n"] {
      #expect(Signature(other) == nil)
    }
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var spelled = Array(text)
    for index in spelled.indices {
      let kept = spelled[index]
      guard let number = digits.firstIndex(of: kept) else { continue }
      spelled[index] = digits[number ^ 1]
      #expect(Signature(String(spelled))?.verifies([1]) != true)
      spelled[index] = kept
    }
  }
}
