import Documents
import Runtime
import Testing

@testable import Masking

@Suite struct MaskOrderTests {
  @Test func typesThatAreNotServedAreRefusedWithThoseThatWouldBe() {
    for (strategy, type) in [
      ("email", ColumnType.Family.integer(bytes: 4)), ("phone", .numeric), ("redact", .json), ("name", .jsonb),
      ("hash", .json), ("date", .text), ("ip", .uuid), ("fpe", .integer(bytes: 2)), ("noise", .text),
      ("generalize", .boolean), ("text_redaction", .jsonb), ("template", .bytes), ("address", .other),
      ("email", .array(of: ColumnType(name: "text", family: .text))), ("noise", .money),
    ] {
      #expect(refusal(order(strategy, ["template": "x"], type: type)) == "mask_type", "\(strategy)")
    }
    #expect {
      try order("email", type: .integer(bytes: 4), typeName: "integer").mask()
    } throws: { error in
      (error as? MaskRefusal)?.message
        == "the strategy `email` does not serve columns of the type `integer`; these do: `custom`, `null`, `fpe`, `shuffle_within`, `noise`, `generalize`"
    }
  }

  @Test func aKeyIsNeededWhereMasksAreKeyed() {
    for (strategy, type) in [
      ("email", ColumnType.Family.text), ("name", .text), ("hash", .text), ("fpe", .text), ("ip", .network),
      ("date", .date), ("noise", .numeric), ("shuffle_within", .text),
    ] { #expect(refusal(order(strategy, type: type, keys: nil)) == "mask_key_missing", "\(strategy)") }
    #expect(refusal(order("template", ["template": "{hex}"], keys: nil)) == "mask_key_missing")
    for strategy in ["phone", "redact", "address", "text_redaction", "null", "preserve"] {
      #expect(refusal(order(strategy, keys: nil)) == nil, "\(strategy)")
    }
    #expect(refusal(order("template", ["template": "x"], keys: nil)) == nil)
    #expect(refusal(order("generalize", ["step": 10], type: .numeric, keys: nil)) == nil)
  }

  @Test func nullNeedsAColumnThatMayBeNull() throws {
    #expect(refusal(order("null", isNullable: false)) == "mask_null")
    #expect(try mask(order("null")).traits.makesNull)
    #expect(!recognises(try mask(order("null")), ""))
  }

  @Test func anUnknownStrategyIsRefused() { #expect(refusal(order("md5")) == "mask_unknown") }

  @Test func theBoundIsThatOfBirthdays() {
    #expect(BirthdayBound.probability(of: 500_000, bits: 32) == 1)
    #expect(abs(BirthdayBound.probability(of: 1_000, bits: 32) - 1e6 / 8_589_934_592) < 1e-12)
    for count in [1, 2, 1_000, 500_000, 1_000_000, 100_000_000] {
      let length = BirthdayBound.hexadecimalLength(for: count)
      #expect(BirthdayBound.probability(of: count, bits: 4 * length) <= 1e-6)
      #expect(length == 1 || BirthdayBound.probability(of: count, bits: 4 * (length - 1)) > 1e-6)
    }
    #expect(BirthdayBound.hexadecimalLength(for: 1_000_000) == 15)
  }

  @Test func theHexadecimalLengthGrowsAndShrinksAsItMay() throws {
    func bits(_ order: MaskOrder) throws -> MaskTraits.Uniqueness { try mask(order).traits.uniqueness }
    #expect(try bits(order("name")) == .probabilistic(bits: 32))
    #expect(try bits(order("name", uniqueAmong: 10)) == .probabilistic(bits: 32))
    #expect(try bits(order("name", uniqueAmong: 1_000_000)) == .probabilistic(bits: 60))
    #expect(try bits(order("name", ["hex_length": 9], uniqueAmong: 1_000_000)) == .probabilistic(bits: 36))
    #expect(try bits(order("name", maximumLength: 10)) == .probabilistic(bits: 20))
    #expect(try mask(order("name", maximumLength: 10)).traits.maximumLength == 10)
    #expect(refusal(order("name", maximumLength: 8)) == "mask_length")
    #expect(refusal(order("name", maximumLength: 19, uniqueAmong: 1_000_000)) == "mask_length")
    #expect(try bits(order("name", maximumLength: 20, uniqueAmong: 1_000_000)) == .probabilistic(bits: 60))
    #expect(refusal(order("name", ["hex_length": 16], maximumLength: 20)) == "mask_length")
  }

  @Test func fixedTextsHaveToFit() {
    #expect(refusal(order("redact", maximumLength: 9)) == "mask_length")
    #expect(refusal(order("redact", ["replacement": "éé"], maximumLength: 2)) == nil)
    #expect(refusal(order("address", maximumLength: 17)) == "mask_length")
    #expect(refusal(order("email", ["domain": "a.very.long.domain.example"], maximumLength: 30)) == "mask_length")
    #expect(refusal(order("ip", maximumLength: 14)) == "mask_length")
    #expect(refusal(order("template", ["template": "0123456789"], maximumLength: 9)) == "mask_length")
  }

  @Test func optionsThatWouldLetValuesThroughAreRefused() {
    #expect(refusal(order("phone", ["redact_digits": 0])) == "mask_option")
    #expect(refusal(order("text_redaction", ["patterns": []])) == "mask_option")
    #expect(refusal(order("hash", ["hex_length": 0])) == "mask_option")
    #expect(refusal(order("noise", ["percent": 0], type: .numeric)) == "mask_option")
    #expect(refusal(order("date", ["jitter_days": 0], type: .date)) == "mask_option")
  }

  @Test func someTypesHaveALengthOfTheirOwn() {
    let domain = String(repeating: "a", count: 50) + ".example"
    #expect(refusal(order("email", ["domain": .string(domain)], typeName: "name")) == "mask_length")
    #expect(refusal(order("redact", typeName: "\"char\"")) == "mask_length")
  }

  @Test func paddingMeansNothing() throws {
    let hash = try mask(order("hash", typeName: "character", maximumLength: 20))
    #expect(try masked(hash, "ab   ") == masked(hash, "ab"))
    #expect(recognises(hash, try masked(hash, "ab") + "    "))
    let plain = try mask(order("hash"))
    #expect(try masked(plain, "ab ") != masked(plain, "ab"))
  }

  /// Where the server takes two texts for one, a reference from one to the other has to hold afterwards too.
  @Test func whatTheTypeTakesForOneHasOneMask() throws {
    for (strategy, options) in [("hash", [:]), ("template", ["template": "{hex}"])] as [(String, Value)] {
      let folding = try mask(order(strategy, options, typeName: "public.citext"))
      #expect(try masked(folding, "John") == masked(folding, "jOHN"))
      #expect(folding.traits.foldsText)
      let exact = try mask(order(strategy, options))
      #expect(try masked(exact, "John") != masked(exact, "john"))
    }
    #expect(refusal(order("fpe", ["alphabet": "alphanumeric"], typeName: "citext")) == "mask_option")
  }

  @Test func uuidsAndBytesStayWhatTheyAre() throws {
    let uuid = try mask(order("hash", type: .uuid, typeName: "uuid"))
    let value = "550e8400-e29b-41d4-a716-446655440000"
    let result = try masked(uuid, value)
    #expect(result.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    #expect(recognises(uuid, result) && !recognises(uuid, value))
    #expect(try masked(mask(order("hash", type: .bytes)), "\\x00ff").wholeMatch(of: /\\x[0-9a-f]{16}/) != nil)
    #expect(refusal(order("hash", ["hex_length": 8], type: .uuid)) == "mask_option")
  }

  @Test func addressesKeepFamilyAndNetwork() throws {
    let whole = try mask(order("ip", type: .network, typeName: "inet"))
    let prefix = try mask(order("ip", ["preserve_prefix": 16], type: .network, typeName: "inet"))
    #expect(try masked(prefix, "192.168.7.9").wholeMatch(of: /192\.168\.\d+\.\d+/) != nil)
    #expect(try masked(prefix, "192.168.0.0/16") == "192.168.0.0/16")
    #expect(try masked(prefix, "192.168.7.0/24").wholeMatch(of: /192\.168\.\d+\.0\/24/) != nil)
    #expect(try masked(prefix, "192.168.7.9/24").hasSuffix("/24"))
    #expect(try masked(prefix, "2001:db8::1").hasPrefix("2001:"))
    #expect(try masked(whole, "::1").contains(":"))
    #expect(throws: MaskFailure.self) { try masked(whole, "10.0.0.1, 10.0.0.2") }
    let text = try mask(order("ip", ["preserve_prefix": 128], maximumLength: 15))
    for odd in ["unknown", "10.0.0.1, 10.0.0.2", "2001:db8::1", "1.2.3", "1.2.3.256", ""] {
      #expect(try masked(text, odd).wholeMatch(of: /\d+\.\d+\.\d+\.\d+/) != nil, "\(odd)")
    }
    // A prefix meant for IPv6 leaves no IPv4 address as it is.
    for host in 0..<256 {
      let value = "203.0.113.\(host)"
      let result = try masked(text, value)
      #expect(result != value && result.hasPrefix("203.0.113."))
    }
  }

  @Test(arguments: [
    "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "1:0:0:2::3", "10.0.0.0/8",
    "fe80::/10", "1:2:3:4:5:6:7:0",
  ])
  func addressesAreReadAndWrittenAlike(_ text: String) throws {
    let address = try #require(Array(text.utf8).withUnsafeBytes { IPAddress($0) })
    var sink = ByteSink()
    address.append(to: &sink)
    #expect(String(decoding: sink.bytes, as: UTF8.self) == text)
  }

  @Test(arguments: [
    "1.2.3.4.5", "1.2.3", "1..2.3", "256.1.1.1", ":::", "1::2::3", "1:2:3:4:5:6:7", "g::", "1.2.3.4/33", "::/129",
    "12345::", ":1:2:3:4:5:6:7",
  ])
  func otherTextsAreNoAddresses(_ text: String) {
    #expect(Array(text.utf8).withUnsafeBytes { IPAddress($0) } == nil)
  }

  @Test func anIPv4AddressInsideAnIPv6OneIsRead() {
    let (mixed, plain) = (
      Array("::ffff:10.0.0.1".utf8).withUnsafeBytes { IPAddress($0) },
      Array("::ffff:a00:1".utf8).withUnsafeBytes { IPAddress($0) }
    )
    #expect(mixed != nil && mixed == plain)
  }

  @Test func templates() throws {
    let id = Column(name: "id", type: ColumnType(name: "integer", family: .integer(bytes: 4)))
    let rows = try mask(order("template", ["template": "user{row}@example.com"], primaryKey: [id]))
    #expect(try masked(rows, "john@gmail.com", key: "42") == "user42@example.com")
    #expect(!rows.traits.isDeterministic && rows.traits.uniqueness == .preserved)
    #expect(rows.traits.maximumLength == 16 + 11)
    #expect(recognises(rows, "user42@example.com") && !recognises(rows, "user@example.com"))
    let both = try mask(order("template", ["template": "{column}-{hex}-{row}-{row}"], primaryKey: [id]))
    #expect(try masked(both, "x", key: "7").wholeMatch(of: /c-[0-9a-f]{16}-7-7/) != nil)
    #expect(recognises(both, "c-0123456789abcdef-7-7") && !recognises(both, "c-0123456789abcde-7-7"))
    #expect(refusal(order("template", ["template": "{row}"])) == "mask_row_key")
    #expect(try mask(order("template", ["template": "x"])).traits.uniqueness == .lossy)
    for wrong in ["{id}", "{", "}", "{{hex}}", "a{hex"] {
      #expect(refusal(order("template", ["template": .string(wrong)])) == "mask_option", "\(wrong)")
    }
    let name = Column(name: "name", type: ColumnType(name: "text", family: .text))
    let unbounded = order("template", ["template": "{row}"], maximumLength: 100, primaryKey: [name])
    #expect(refusal(unbounded) == "mask_length")
    let composite = try mask(order("template", ["template": "{row}"], primaryKey: [name, id]))
    #expect(composite.traits.uniqueness == .lossy)
  }

  @Test func expressions() throws {
    guard case .expression(let own) = try order("custom", ["expression": "'****'"]).mask() else { throw NoMask() }
    #expect(own == "'****'")
    guard case .expression(let call) = try order("custom", ["function": "app.mask_it"]).mask() else { throw NoMask() }
    #expect(call == "app.mask_it(\"c\")")
    for function in ["CREATE FUNCTION f() …", "f(x)", "a.b.c", "1f", "f; DROP TABLE t", ""] {
      #expect(refusal(order("custom", ["function": .string(function)])) == "mask_function")
    }
    guard case .kept = try order("preserve").mask() else { throw NoMask() }
  }

  @Test func shufflesByASeedOfTheirOwn() throws {
    let id = Column(name: "i\"d", type: ColumnType(name: "integer", family: .integer(bytes: 4)))
    let base = order("shuffle_within", ["by": ["i\"d"]], primaryKey: [id])
    let shuffle = try Shuffle(base)
    let sql = shuffle.expression(MaskOrder.quoted)
    #expect(
      sql.contains(
        "PARTITION BY \"i\"\"d\" ORDER BY pg_catalog.hashtextextended(ROW(\"i\"\"d\")::pg_catalog.text, \(shuffle.seed))"
      ))
    var elsewhere = base
    elsewhere.domain = "users.other"
    #expect(try Shuffle(elsewhere).seed != shuffle.seed)
    #expect(refusal(order("shuffle_within", ["by": ["nowhere"]])) == "mask_option")
  }
}
