/// Rows that are about nobody, as many databases are full of them.
public struct ImpersonalRows {
  private var dice: PlantedValues

  public init(seed: UInt64) { dice = PlantedValues(seed: seed) }

  public static let columns = [
    "id", "checksum", "order_number", "invoice_no", "created_at", "price", "sku", "description", "log_line", "config",
    "version", "path", "barcode", "tracking", "amount", "etag", "state_code", "trace", "quantity", "shard",
  ]

  public mutating func next() -> [String] {
    [
      uuid(), dice.hex(64), "ORD-2026-\(dice.pad(dice.number(0...999_999), 6))",
      "\(dice.number(1_000_000_000...9_999_999_999))",
      timestamp(), price(), sku(), lorem(), log(), config(),
      "\(dice.number(0...20)).\(dice.number(0...40)).\(dice.number(0...9))",
      "/var/lib/app/\(dice.word())/\(dice.number(1...999)).log", ean(),
      "1Z\(dice.pad(dice.number(0...999_999_999), 9))US",
      "\(dice.number(1...999_999_999)).\(dice.pad(dice.number(0...99), 2))", "W/\"\(dice.hex(12))\"",
      dice.pick(["NEW", "PAID", "SHIPPED", "RETURNED"]), "\(dice.number(100_000_000...999_999_999))",
      "\(dice.number(1...500))",
      "\(dice.number(100_000_000_000...999_999_999_999))",
    ]
  }

  private mutating func uuid() -> String {
    "\(dice.hex(8))-\(dice.hex(4))-4\(dice.hex(3))-a\(dice.hex(3))-\(dice.hex(12))"
  }

  private mutating func timestamp() -> String {
    "2026-\(dice.pad(dice.number(1...12), 2))-\(dice.pad(dice.number(1...28), 2)) \(clock()).\(dice.pad(dice.number(0...999_999), 6))+00"
  }

  private mutating func clock() -> String {
    "\(dice.pad(dice.number(0...23), 2)):\(dice.pad(dice.number(0...59), 2)):\(dice.pad(dice.number(0...59), 2))"
  }

  private mutating func price() -> String {
    "\(dice.number(1...99)),\(dice.pad(dice.number(0...999), 3)).\(dice.pad(dice.number(0...99), 2))"
  }

  private mutating func sku() -> String {
    "\(dice.word().prefix(3).uppercased())-\(dice.pad(dice.number(0...9999), 4))-\(dice.pick(["S", "M", "L", "XL"]))"
  }

  private mutating func ean() -> String { "40\(dice.pad(dice.number(0...99_999_999_999), 11))" }

  private mutating func lorem() -> String {
    let words = [
      "lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit", "sed", "do", "eiusmod", "tempor",
      "incididunt", "ut", "labore",
    ]
    return (0..<dice.number(6...20)).map { _ in dice.pick(words) }.joined(separator: " ") + "."
  }

  private mutating func log() -> String {
    let address = dice.pick([
      "10.\(dice.number(0...255)).\(dice.number(0...255)).\(dice.number(1...254))", "127.0.0.1",
      "192.168.\(dice.number(0...255)).\(dice.number(1...254))",
    ])
    return
      "2026-11-\(dice.pad(dice.number(1...28), 2))T\(clock()).\(dice.pad(dice.number(0...999), 3))Z \(dice.pick(["INFO", "WARN", "ERROR"])) [worker-\(dice.number(1...64))] \(address) GET /api/v2/items/\(dice.number(1...99_999_999)) \(dice.pick([200, 304, 404])) \(dice.number(1...9_999))ms trace=\(dice.hex(16)) bytes=\(dice.number(100...9_999_999))"
  }

  private mutating func config() -> String {
    "{\"timeout_ms\": \(dice.number(100...90_000)), \"endpoint\": \"https://api.internal.acme.io/v\(dice.number(1...4))/\(dice.word())\", \"flags\": [\"\(dice.word())\", \"\(dice.word())\"], \"build\": \"\(dice.hex(40))\", \"limits\": {\"max\": \(dice.number(1_000_000_000...9_999_999_999)), \"since\": \"2026-01-\(dice.pad(dice.number(1...28), 2))\"}}"
  }
}
