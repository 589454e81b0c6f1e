import Documents
import Runtime
import Seeded
import Testing

@testable import Masking

/// What holds of every mask over text.
@Suite struct MaskPropertyTests {
  static let texts: [MaskOrder] = [
    order("email"), order("email", ["preserve_domain": true], maximumLength: 60),
    order("email", uniqueAmong: 1_000_000),
    order("phone"), order("phone", ["format": "e164"]), order("phone", ["format": "international"]),
    order("redact", maximumLength: 10), order("address", maximumLength: 40),
    order("address", ["preserve_fields": ["city", "state", "zip", "country"]], maximumLength: 30), order("name"),
    order("name", ["preserve_initial": true]), order("ip"), order("ip", ["preserve_prefix": 64]),
    order("text_redaction", maximumLength: 80), order("hash"), order("hash", ["hex_length": 64]),
    order("hash", typeName: "character", maximumLength: 16), order("hash", type: .bytes, typeName: "bytea"),
    order("template", ["template": "u-{hex}@{column}.example"]), order("hash", type: .uuid, typeName: "uuid"),
  ]

  static let hostile: [[UInt8]] = [
    [], [0], [0xFF, 0xFE, 0xC0], [0xC3], [0xE2, 0x82], Array("a\u{0}b".utf8), Array("\t\n\r\\N\\.".utf8),
    Array("'; DROP TABLE users; --".utf8), Array("\u{202E}gmail@nhoj".utf8), Array("   ".utf8),
    [UInt8](repeating: 0x80, count: 300), Array(String(repeating: "é@é.", count: 200).utf8),
    [UInt8](repeating: UInt8(ascii: "9"), count: 100_000), [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000),
    Array("john.doe@gmail.com".utf8), Array("+1-555-123-4567".utf8), Array("1 Main St, Rome, GA 30161".utf8),
  ]

  @Test(arguments: texts)
  func theMaskIsRecognisedBoundedAndTheSameAgain(_ order: MaskOrder) throws {
    let (first, second) = (try mask(order), try mask(order))
    var random = SeededRandom(seed: 7)
    let drawn = (0..<300).map { _ in
      (0..<Int.random(in: 0...50, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    for value in Self.hostile + drawn {
      let result = try masked(first, value)
      #expect(try masked(second, value) == result)
      #expect(recognises(first, result), "\(order.strategy): \(String(decoding: value.prefix(60), as: UTF8.self))")
      let characters = result.withUnsafeBytes { $0.characters }
      // A value of no valid UTF-8 has no characters to count, and never reaches a mask.
      if let longest = first.traits.maximumLength {
        #expect(characters <= longest)
      } else {
        #expect(characters <= max(value.count, 1))
      }
      if let room = order.column.maximumLength { #expect(characters <= room) }
      #expect(!result.contains(0) || order.strategy == "text_redaction")
    }
  }

  /// What was in the sink before stays.
  @Test(arguments: texts)
  func theSinkIsAppendedTo(_ order: MaskOrder) throws {
    let mask = try mask(order)
    var sink = ByteSink()
    sink.append("before|")
    try Array("john.doe@gmail.com".utf8).withUnsafeBytes {
      try mask.mask($0, in: MaskedRow(key: UnsafeRawBufferPointer(start: nil, count: 0)), into: &sink)
    }
    let alone = try masked(mask, "john.doe@gmail.com")
    #expect(String(decoding: sink.bytes, as: UTF8.self) == "before|" + alone)
  }

  @Test(arguments: ["email", "name", "hash", "template", "fpe"])
  func domainsWorkspacesKeysAndSeedsAreKeptApart(_ strategy: String) throws {
    let base: Value = strategy == "template" ? ["template": "{hex}"] : [:]
    func with(_ more: Value) -> Value {
      .object(
        Fields(
          (base.object?.entries ?? []).map { ($0.key, $0.value) }
            + (more.object?.entries ?? []).map { ($0.key, $0.value) }))
    }
    let workspace = MaskingKeys(master: Secret("0123456789abcdef0123456789abcdef"), workspace: "shop2")
    let master = MaskingKeys(master: Secret("0123456789abcdef0123456789abcde0"), workspace: "shop")
    let orders = [
      order(strategy, base), order(strategy, base, domain: "users.other"), order(strategy, base, keys: workspace),
      order(strategy, base, keys: master), order(strategy, with(["seed": 0])), order(strategy, with(["seed": 12_345])),
      // The ambiguity of joined texts: workspace and domain, domain and seed.
      order(strategy, with(["seed": 1]), domain: "users.email"), order(strategy, base, domain: "users.email1"),
    ]
    let masks = try orders.map { try masked(mask($0), "4111111111111111") }
    #expect(Set(masks).count == masks.count)
    #expect(try masked(mask(order(strategy, base)), "4111111111111111") == masks[0])
  }

  @Test func strategiesOfOneDomainHaveKeysOfTheirOwn() throws {
    let email = try masked(mask(order("email", ["hex_length": 16])), "x").dropFirst(5).prefix(16)
    #expect(try masked(mask(order("hash", ["hex_length": 16])), "x") != email)
  }

  /// The peers' defect: eight digits collide at this size, in the documents' length; more of them do not.
  @Test func halfAMillionAddresses() throws {
    let (short, long) = (try mask(order("email")), try mask(order("email", uniqueAmong: 500_000)))
    #expect(short.traits.uniqueness == .probabilistic(bits: 32))
    #expect(long.traits.uniqueness == .probabilistic(bits: 60))
    var (shorts, longs): (Set<UInt64>, Set<UInt64>) = ([], [])
    shorts.reserveCapacity(500_000)
    longs.reserveCapacity(500_000)
    var sink = ByteSink()
    for number in 0..<500_000 {
      let address = Array("user.\(number)@gmail.com".utf8)
      shorts.insert(try digits(of: short, address, 8, &sink))
      longs.insert(try digits(of: long, address, 15, &sink))
    }
    #expect(longs.count == 500_000)
    // n²/2³³ = 29 pairs are expected; fewer than 5 or more than 80 would be no chance.
    #expect((5...80).contains(500_000 - shorts.count))
  }

  private func digits(of mask: any Mask, _ value: [UInt8], _ count: Int, _ sink: inout ByteSink) throws -> UInt64 {
    sink.removeAll()
    try value.withUnsafeBytes {
      try mask.mask($0, in: MaskedRow(key: UnsafeRawBufferPointer(start: nil, count: 0)), into: &sink)
    }
    return sink.bytes.part(5, 5 + count).reduce(0) { $0 << 4 | UInt64($1 < 0x3A ? $1 - 0x30 : $1 - 0x57) }
  }
}
