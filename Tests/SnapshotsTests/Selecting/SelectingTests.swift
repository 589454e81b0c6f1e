import Documents
import Masking
import Seeded
import TestServers
import Testing

@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct SelectingTests {
  private static let made = Result { try SelectingShop() }
  let shop: SelectingShop

  init() throws { shop = try Self.made.get() }

  private func run(_ sql: String) throws -> String { try shop.server.run(sql, database: shop.database) }

  private func copied(_ spec: Value, _ question: String) throws -> String {
    let plan = shop.plan(spec)
    try #require(plan.canRun, "\(plan.problems)")
    return try run(try shop.script(plan) + question)
  }

  private func tables(_ tables: [(String, Value)], _ others: [(String, Value)] = []) -> Value {
    .object(Fields([("tables", Value.object(Fields(tables)))] + others))
  }

  static let virtual: (String, Value) = (
    "virtual_references",
    ["orders.contact": ["to": "users.email"], "audit_logs.note.who.email": ["to": "users.email"]]
  )

  /// Whatever is filtered and sampled, no reference of the copy leads nowhere, and the copy is the same twice.
  @Test func noPolicyLeavesAnOrphan() throws {
    var random = SeededRandom(seed: 20_261_121)
    var (partial, errors) = (0, 0)
    for number in 1...50 {
      let spec = Self.policy(&random)
      let plan = shop.plan(spec)
      guard plan.canRun else {
        errors += 1
        #expect(
          plan.problems.allSatisfy { $0.severity != .error || $0.code == "excluded_referenced" }, "\(plan.problems)")
        continue
      }
      let script = try shop.script(plan)
      #expect(try run(script + shop.orphans) == "", "policy \(number): \(JSON.canonical(spec))")
      let first = try run(Self.contents)
      #expect(try run(script + Self.contents) == first, "policy \(number)")
      if plan.tables.contains(where: \.isPartial) { partial += 1 }
    }
    #expect(errors < 15)
    #expect(partial > 30)
  }

  private static let contents = [
    "countries", "users", "orders", "order_items", "audit_logs", "staff", "events", "event_notes", "animals", "vets",
  ]
  .map { "SELECT '\($0)', count(*), sum(hashtextextended(t::text, 0)) FROM copy.\($0) t;" }.joined(separator: "\n")

  /// Filters of the source documents and others, samples of every method, exclusions.
  private static func policy(_ random: inout SeededRandom) -> Value {
    let filters: [String: [String]] = [
      "countries": ["code <> 'br'"], "animals": ["born > now() - interval '50 days'"],
      "users": ["created_at > NOW() - INTERVAL '1 year'", "plan = 'paid' -- or free", "users.country IS NULL"],
      "orders": ["state IN ('open', 'paid')", "placed_at >= CURRENT_DATE - 90"],
      "order_items": ["sku LIKE 'sku1%'"], "audit_logs": ["created_at < CURRENT_TIMESTAMP - interval '30 days'"],
      "events": ["kind = 'click' OR user_id % 2 = 0"], "event_notes": [], "vets": [],
    ]
    let strata = ["users": "plan", "orders": "state", "order_items": "sku", "audit_logs": "action", "events": "kind"]
    let ages = ["users": "created_at", "orders": "placed_at", "audit_logs": "created_at", "animals": "born"]
    var tables: [(String, Value)] = [("staff", ["columns": ["boss_id": ["strategy": "null"]]])]
    for (name, texts) in filters.sorted(by: { $0.key < $1.key }) {
      var members: [(String, Value)] = []
      if let text = texts.randomElement(using: &random), Int.random(in: 0..<3, using: &random) == 0 {
        members.append(("filter", .string(text)))
      }
      if Int.random(in: 0..<3, using: &random) == 0 {
        members.append(("sample_rate", .number([0.05, 0.3, 0.9].randomElement(using: &random) ?? 0.3)))
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
          if let column = strata[name] {
            members += [("sampling_method", "stratified"), ("stratify_by", .string(column))]
          }
        case 1: if ages[name] != nil { members.append(("sampling_method", "time-based")) }
        default: break
        }
      }
      if !members.isEmpty { tables.append((name, .object(Fields(members)))) }
    }
    let excluded = ["audit_logs", "vets", "event_notes", "countries"].filter { _ in
      Int.random(in: 0..<6, using: &random) == 0
    }
    tables.removeAll { excluded.contains($0.0) }
    let members: [(String, Value)] = [
      ("tables", .object(Fields(tables))), ("exclude_tables", .list(excluded.map { .string($0) })), virtual,
      ("global", ["seed": .integer(Int.random(in: 0..<1_000, using: &random))]),
    ]
    return .object(Fields(members))
  }

  @Test func nothingIsDoubledAndNothingMissed() throws {
    let counts = try copied([:], Self.contents)
    let here = try run(Self.contents.replacing("copy.", with: "public."))
    #expect(counts == here)
  }

  @Test func aFilterIsTheRowsItSays() throws {
    let year = tables([
      ("users", ["filter": "created_at > NOW() - INTERVAL '1 year'"]),
      ("staff", ["columns": ["boss_id": ["strategy": "null"]]]),
    ])
    // The copy's own instant, not the server's clock: 2026-06-30 12:00 less a year.
    let expected = try run("SELECT count(*) FROM users WHERE created_at > '2025-06-30 12:00+00'")
    #expect(try copied(year, "SELECT count(*) FROM copy.users") == expected)
    #expect(
      try copied(year, "SELECT count(*) FROM copy.orders")
        == run("SELECT count(*) FROM orders JOIN users u ON u.id = user_id WHERE u.created_at > '2025-06-30 12:00+00'"))
    #expect(
      try copied(year, "SELECT count(*) FROM copy.audit_logs WHERE user_id IS NULL")
        == run("SELECT count(*) FROM audit_logs WHERE user_id IS NULL"))
  }

  @Test func filtersHoldForEveryPartitionAndHeir() throws {
    let spec = tables([
      ("events", ["filter": "events.id <= 100"]), ("animals", ["filter": "born > now() - interval '20 days'"]),
    ])
    #expect(try copied(spec, "SELECT count(*), count(DISTINCT id) FROM copy.events") == "100|100")
    #expect(try copied(spec, "SELECT count(*) FROM ONLY copy.animals") == "19")
    #expect(try copied(spec, "SELECT count(*) FROM copy.dogs") == "19")
    #expect(try copied(spec, "SELECT count(*) FROM copy.vets") == "19")
    #expect(try copied(spec, "SELECT count(*) FROM copy.event_notes") == "100")
  }

  @Test func aRandomSampleIsTheShareItSays() throws {
    for (rate, low, high) in [(0.1, 240, 360), (0.5, 1380, 1620), (0.0, 0, 0), (1.0, 3000, 3000)] {
      let spec = tables([("order_items", ["sample_rate": .number(rate)])])
      let count = try #require(Int(try copied(spec, "SELECT count(*) FROM copy.order_items")))
      #expect((low...high).contains(count), "\(rate): \(count)")
    }
    func ids(_ seed: Int) throws -> String {
      try copied(
        tables([("order_items", ["sample_rate": .number(0.1)])], [("global", ["seed": .integer(seed)])]),
        "SELECT string_agg(line::text, ',' ORDER BY line) FROM copy.order_items")
    }
    #expect(try ids(1) == ids(1))
    #expect(try ids(1) != ids(2))
    // Two tables are sampled each by itself: of vets and their animals a tenth of a tenth would be left otherwise.
    let logs = try copied(
      tables([("audit_logs", ["sample_rate": .number(0.2)])]), "SELECT count(*) FROM copy.audit_logs")
    #expect((230...370).contains(Int(logs) ?? 0), "a table without a key: \(logs)")
  }

  @Test func everyStratumIsRepresented() throws {
    let spec = tables([
      ("order_items", ["sample_rate": .number(0.02), "sampling_method": "stratified", "stratify_by": "sku"])
    ])
    #expect(try copied(spec, "SELECT count(DISTINCT sku) FROM copy.order_items") == "40")
    let count = try #require(Int(try copied(spec, "SELECT count(*) FROM copy.order_items")))
    #expect((50...130).contains(count), "\(count)")
    let nulls = tables([
      ("users", ["sample_rate": .number(0.01), "sampling_method": "stratified", "stratify_by": "plan"]),
      ("staff", ["columns": ["boss_id": ["strategy": "null"]]]),
    ])
    #expect(try copied(nulls, "SELECT count(DISTINCT coalesce(plan, 'none')) FROM copy.users") == "4")
    // Of the rows that a filter and references leave, every stratum has one.
    let both = tables([
      ("order_items", ["sample_rate": .number(0.01), "sampling_method": "stratified", "stratify_by": "sku"]),
      ("orders", ["filter": "state = 'open'"]),
    ])
    #expect(
      try copied(both, "SELECT count(DISTINCT sku) FROM copy.order_items")
        == run(
          "SELECT count(DISTINCT sku) FROM order_items i LEFT JOIN orders o ON (o.shop, o.id) = (i.shop, i.order_id) WHERE i.order_id IS NULL OR state = 'open'"
        ))
  }

  @Test func aTimeBasedSampleIsTheNewestShare() throws {
    let spec = tables([("audit_logs", ["sample_rate": .number(0.1), "sampling_method": "time-based"])])
    #expect(
      try copied(
        spec,
        "SELECT count(*), min(created_at) = (SELECT min(created_at) FROM (SELECT created_at FROM public.audit_logs ORDER BY 1 DESC LIMIT 150) t) FROM copy.audit_logs"
      )
        == "150|t")
    let filtered = tables([
      ("audit_logs", ["sample_rate": .number(0.5), "sampling_method": "time-based", "filter": "action = 'act1'"])
    ])
    #expect(
      try copied(filtered, "SELECT count(*) FROM copy.audit_logs")
        == run("SELECT ceil(count(*) * 0.5)::int FROM audit_logs WHERE action = 'act1'"))
  }

  @Test func rangesMakeTheWholeAndNothingTwice() throws {
    let plan = shop.plan(tables([("order_items", ["sample_rate": .number(0.5)])]))
    let table = try #require(plan.tables.first { $0.table.name.name == "order_items" })
    #expect(table.isRanged)
    let instant = try #require(SelectingShop.instant)
    let parts = [BlockRange(first: 0, end: 3), BlockRange(first: 3, end: 7), BlockRange(first: 7, end: nil)]
      .map { table.select(range: $0, at: instant) }
    let whole = table.select(at: instant)
    let answer = try run(
      "SELECT count(*) FROM (\(parts.joined(separator: " UNION ALL "))) a; SELECT count(*) FROM (\(whole)) b; SELECT count(*) FROM ((\(whole)) EXCEPT (\(parts.joined(separator: " UNION ALL ")))) c; SELECT count(*) FROM (\(parts[1])) d"
    ).split(separator: "\n")
    #expect(answer.count == 4)
    #expect(answer[0] == answer[1])
    #expect(answer[2] == "0")
    #expect(Int(answer[3]) ?? 0 > 0)
  }

  /// Chains are anti-joins: no statement runs a query once per row.
  @Test func theServerJoinsAndNeverLoops() throws {
    let plan = shop.plan(
      tables(
        [
          ("users", ["filter": "plan = 'paid'"]),
          ("orders", ["sample_rate": .number(0.5), "sampling_method": "stratified", "stratify_by": "state"]),
          ("staff", ["columns": ["boss_id": ["strategy": "null"]]]),
        ], [Self.virtual]))
    let instant = try #require(SelectingShop.instant)
    for table in plan.tables where table.isPartial {
      let text = try run("SET enable_nestloop = off; EXPLAIN \(table.select(at: instant))")
      #expect(!text.contains("SubPlan"), "\(table.table.name): \(text)")
    }
  }
}
