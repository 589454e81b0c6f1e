import Documents
import Testing

@testable import Masking

@Suite struct FF1Tests {
  /// NIST, "FF1samples" (Cryptographic Standards and Guidelines, Examples with Intermediate Values), samples 1 to 9.
  @Test(arguments: [
    (16, 10, "", "0123456789", "2433477484"), (16, 10, "39383736353433323130", "0123456789", "6124200773"),
    (16, 36, "3737373770717273373737", "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
    (24, 10, "", "0123456789", "2830668132"), (24, 10, "39383736353433323130", "0123456789", "2496655549"),
    (24, 36, "3737373770717273373737", "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
    (32, 10, "", "0123456789", "6657667009"), (32, 10, "39383736353433323130", "0123456789", "1001623463"),
    (32, 36, "3737373770717273373737", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
  ])
  func encryptsAsPublished(_ sample: (key: Int, radix: Int, tweak: String, plain: String, cipher: String)) throws {
    let key = bytes("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94").prefix(sample.key)
    let ff1 = FF1(radix: sample.radix, cipher: try cipher(Array(key)))
    var numerals = sample.plain.map { UInt8($0.hexDigitValue ?? Int($0.asciiValue ?? 0) - 87) }
    let done = numerals.withUnsafeMutableBufferPointer { ff1.encrypt($0, tweak: bytes(sample.tweak)) }
    #expect(done)
    #expect(numerals.map { String($0, radix: 36) }.joined() == sample.cipher)
  }

  @Test func domainsAreLargeEnoughAndHalvesFit() throws {
    let cipher = try cipher(Array(repeating: 1, count: 32))
    #expect([10, 36, 62].map { FF1(radix: $0, cipher: cipher).shortest } == [6, 4, 4])
    #expect([10, 36, 62].map { FF1(radix: $0, cipher: cipher).longest } == [56, 36, 32])
  }

  /// A whole domain, below the smallest that masks use: every string of four digits is met exactly once.
  @Test func permutesAWholeDomain() throws {
    let ff1 = FF1(radix: 10, cipher: try cipher(Array(repeating: 9, count: 32)))
    var met = [Bool](repeating: false, count: 10_000)
    var (unchanged, failures) = (0, 0)
    for number in 0..<10_000 {
      var digits = [number / 1_000, number / 100 % 10, number / 10 % 10, number % 10].map(UInt8.init)
      if !digits.withUnsafeMutableBufferPointer({ ff1.encrypt($0) }) { failures += 1 }
      let result = digits.reduce(0) { $0 * 10 + Int($1) }
      if met[result] { failures += 1 }
      met[result] = true
      unchanged += result == number ? 1 : 0
    }
    #expect(failures == 0)
    // A permutation drawn by chance has one fixed point on average.
    #expect(unchanged < 10)
  }

  @Test func severalThreadsEncryptAtOnce() async throws {
    let fpe = try mask(order("fpe"))
    let values = (0..<1_000).map { "4111 1111 1111 \(1_000 + $0)" }
    let alone = try values.map { try masked(fpe, $0) }
    let together = try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<4 { group.addTask { try values.map { try masked(fpe, $0) } } }
      return try await group.reduce(into: [[String]]()) { $0.append($1) }
    }
    #expect(together.allSatisfy { $0 == alone })
  }

  private func cipher(_ key: [UInt8]) throws -> BlockCipher {
    try #require(key.withUnsafeBytes { BlockCipher(key: $0) })
  }
}

@Suite struct FPEMaskTests {
  @Test func keepsLayoutLengthAndClass() throws {
    let digits = try mask(order("fpe"))
    #expect(try masked(digits, "4111-1111 1111x1111").wholeMatch(of: /\d{4}-\d{4} \d{4}x\d{4}/) != nil)
    let letters = try mask(order("fpe", ["alphabet": "alphanumeric"]))
    for (value, pattern) in [
      ("AB-1234", /[A-Z0-9]{2}-[A-Z0-9]{4}/), ("ab-1234", /[a-z0-9]{2}-[a-z0-9]{4}/), ("123456", /\d{6}/),
      ("Ab-1234", /[A-Za-z0-9]{2}-[A-Za-z0-9]{4}/),
    ] {
      let result = try masked(letters, value)
      #expect(result.wholeMatch(of: pattern) != nil && result != value)
    }
    #expect(try masked(letters, "ABCD").contains(where: \.isUppercase))
  }

  /// A sample of short strings: none has the mask of another, and none leaves its class, in which alone it is sure that
  /// the next sample's strings do not meet it.
  @Test(arguments: ["digits", "one case", "both cases"])
  func differentValuesHaveDifferentMasks(_ kind: String) throws {
    let fpe = try mask(order("fpe", kind == "digits" ? [:] : ["alphabet": "alphanumeric"]))
    var met: Set<String> = []
    var isInClass = true
    for number in 10_000..<20_000 {
      let prefix = kind == "digits" ? "7" : kind == "one case" ? "Z" : "aB"
      let result = try masked(fpe, prefix + String(number))
      isInClass = isInClass && result.contains(where: \.isUppercase) == (kind != "digits")
      isInClass = isInClass && result.contains(where: \.isLowercase) == (kind == "both cases")
      met.insert(result)
    }
    #expect(met.count == 10_000)
    #expect(isInClass)
  }

  @Test func integersStayIntegersOfTheirLength() throws {
    for (bytes, largest) in [(4, Int64(Int32.max)), (8, Int64.max)] {
      let fpe = try mask(order("fpe", type: .integer(bytes: bytes), typeName: "int"))
      var met: Set<Int64> = []
      let values = (0..<300).map { Int64($0) * 7 + 100_000 } + (0..<300).map { largest - Int64($0) }
      for value in values + values.map({ -$0 }) {
        let result = try masked(fpe, String(value))
        let number = try #require(Int64(result))
        #expect(String(number) == result && result.utf8.count == String(value).utf8.count)
        #expect(number.magnitude <= UInt64(largest))
        #expect(recognises(fpe, result))
        met.insert(number)
      }
      #expect(met.count == 1_200)
      #expect(throws: MaskFailure("it has 5 digits, and fpe needs at least 6")) { try masked(fpe, "-12345") }
    }
  }

  @Test func longValuesArePermutedInPieces() throws {
    let fpe = try mask(order("fpe"))
    for count in [56, 57, 112, 113, 1_000] {
      let value = String(repeating: "7", count: count)
      let result = try masked(fpe, value)
      #expect(result.utf8.count == count && result != value)
      let pieces = [result.prefix(20), result.suffix(20)]
      #expect(Set(pieces).count == 2)
    }
  }

  @Test func failuresSayTheLengthAndNothingElse() throws {
    let fpe = try mask(order("fpe", ["alphabet": "alphanumeric"]))
    #expect(throws: MaskFailure("it has 3 letters and digits, and fpe needs at least 4")) { try masked(fpe, "a-Bc") }
    #expect(throws: MaskFailure("it has 5 letters and digits, and fpe needs at least 6")) { try masked(fpe, "12345") }
    #expect(throws: MaskFailure("it has 0 digits, and fpe needs at least 6")) { try masked(mask(order("fpe")), "") }
  }
}
