import Runtime
import Testing

@testable import Masking

@Suite struct KeysTests {
  /// RFC 5869, appendix A, tests 1 to 3.
  @Test(arguments: [
    (
      "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    ),
    (
      hex(0x00...0x4f), hex(0x60...0xaf), hex(0xb0...0xff),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    ),
    (
      "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    ),
  ])
  func derivesAsTheStandardSays(_ vector: (String, String, String, String)) throws {
    let output = bytes(vector.3)
    try bytes(vector.0).withUnsafeBytes { secret in
      let key = DerivedKey(hkdf: secret, salt: bytes(vector.1), info: bytes(vector.2), count: output.count)
      guard let key else { throw NoMask() }
      #expect(key.withBytes { Array($0) } == output)
    }
  }

  /// RFC 4231, section 4, those whose key is within a block, as ours are; keys as given, padded to a block by HMAC.
  @Test(arguments: [
    (
      String(repeating: "0b", count: 20), "4869205468657265",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      hex(0x01...0x19), String(repeating: "cd", count: 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
  ])
  func hashesAsTheStandardSays(_ vector: (String, String, String)) throws {
    let hash = try #require(keyedHash(bytes(vector.0)))
    #expect(text(bytes(vector.1).withUnsafeBytes { hash.digest($0) }) == vector.2)
  }

  @Test func hashesLowerCaseInPiecesAsInOne() throws {
    let hash = try #require(keyedHash(Array("a key of thirty-two bytes or so.".utf8)))
    for count in [0, 1, 255, 256, 257, 511, 512, 513, 100_000] {
      let mixed = (0..<count).map { UInt8(ascii: $0 % 3 == 0 ? "A" : "b") }
      let lower = mixed.map { $0 == UInt8(ascii: "A") ? UInt8(ascii: "a") : $0 }
      let (left, right) = (
        mixed.withUnsafeBytes { hash.digest(lowercasing: $0) }, lower.withUnsafeBytes { hash.digest($0) }
      )
      #expect(text(left) == text(right))
    }
  }

  @Test func hexadecimalDigitsAreThoseOfTheBytes() throws {
    let hash = try #require(keyedHash([1, 2, 3]))
    let digest = [UInt8]("x".utf8).withUnsafeBytes { hash.digest($0) }
    let whole = text(digest)
    for count in 0...64 {
      var sink = ByteSink()
      digest.append(hexadecimal: count, upperCase: true, to: &sink)
      #expect(String(decoding: sink.bytes, as: UTF8.self) == whole.prefix(count).uppercased())
    }
    #expect(digest.number(0) == UInt64(whole.prefix(16), radix: 16))
    #expect(digest.number(3) == UInt64(whole.suffix(16), radix: 16))
  }

  @Test func partsAreNeverTakenForOthers() throws {
    let infos = [
      KeyPurpose(domain: "ab", purpose: "c", seed: nil), KeyPurpose(domain: "a", purpose: "bc", seed: nil),
      KeyPurpose(domain: "ab", purpose: "c", seed: 1), KeyPurpose(domain: "ab", purpose: "c1", seed: nil),
      KeyPurpose(domain: "", purpose: "abc", seed: nil), KeyPurpose(domain: "abc", purpose: "", seed: nil),
    ].map(\.info)
    #expect(Set(infos).count == infos.count)
  }

  @Test func everythingThatAKeyIsForChangesIt() throws {
    func first(_ keys: MaskingKeys, _ domain: String, _ purpose: String, _ seed: Int?) throws -> [UInt8] {
      try keys.derive(KeyPurpose(domain: domain, purpose: purpose, seed: seed)).withBytes { Array($0) }
    }
    let other = MaskingKeys(master: Secret("0123456789abcdef0123456789abcdeF"), workspace: "shop")
    let elsewhere = MaskingKeys(master: Secret("0123456789abcdef0123456789abcdef"), workspace: "shop2")
    let all = try [
      first(testKeys, "d", "email", nil), first(testKeys, "e", "email", nil), first(testKeys, "d", "name", nil),
      first(testKeys, "d", "email", 0), first(testKeys, "d", "email", 1), first(other, "d", "email", nil),
      first(elsewhere, "d", "email", nil),
    ]
    #expect(Set(all).count == all.count)
    #expect(try first(testKeys, "d", "email", nil) == all[0])
  }

  @Test func theIdIsPublicAndTellsKeysApart() throws {
    let id = try testKeys.id()
    #expect(id.hasPrefix("key:") && id.utf8.count == 20)
    #expect(try testKeys.id() == id)
    let padded = MaskingKeys(master: Secret(" 0123456789abcdef0123456789abcdef\n"), workspace: "shop")
    #expect(try padded.id() == id)
    let other = MaskingKeys(master: Secret("0123456789abcdef0123456789abcdeg"), workspace: "shop")
    #expect(try other.id() != id)
  }

  @Test(arguments: ["", "short", "0123456789abcde", "   0123456789abcde   ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])
  func aWeakMasterIsRefusedWithTheWayOut(_ master: String) {
    let keys = MaskingKeys(master: Secret(master), workspace: "shop")
    #expect {
      try keys.check()
    } throws: { error in
      guard let refusal = error as? MaskRefusal else { return false }
      return refusal.code == "mask_key_weak" && refusal.message.contains("openssl rand -hex 32")
        && (master.isEmpty || !refusal.message.contains(master))
    }
    #expect(refusal(order("email", keys: keys)) == "mask_key_weak")
  }

  @Test func severalThreadsHashAtOnce() async throws {
    let hash = try #require(keyedHash([7, 7, 7]))
    let values = (0..<2_000).map { Array("value \($0)".utf8) }
    let alone = values.map { $0.withUnsafeBytes { text(hash.digest($0)) } }
    let together = await withTaskGroup(of: [String].self) { group in
      for _ in 0..<4 { group.addTask { values.map { $0.withUnsafeBytes { text(hash.digest($0)) } } } }
      return await group.reduce(into: [[String]]()) { $0.append($1) }
    }
    #expect(together.allSatisfy { $0 == alone })
  }
}

private func keyedHash(_ key: [UInt8]) -> KeyedHash? { KeyedHash(key: DerivedKey(copying: key)) }

private func text(_ digest: Digest) -> String {
  var sink = ByteSink()
  digest.append(hexadecimal: 64, to: &sink)
  return String(decoding: sink.bytes, as: UTF8.self)
}

func hex(_ range: ClosedRange<Int>) -> String {
  range.map { String($0 + 256, radix: 16).suffix(2) }.joined()
}

func bytes(_ hexadecimal: String) -> [UInt8] {
  let digits = Array(hexadecimal)
  return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
}
