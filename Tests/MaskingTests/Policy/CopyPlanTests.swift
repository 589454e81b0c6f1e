import Documents
import Testing

@testable import Masking

@Suite struct CopyPlanTests {
  @Test func columnsAreCopiedInTheirOrderAndGeneratedOnesMadeAgain() throws {
    let users = try #require(Shop.plan([:])["users"])
    #expect(
      users.columns.map(\.column.name) == ["id", "email", "nick", "phone", "code", "created_at", "profile", "tags"])
    #expect(
      users.target == #""public"."users" ("id", "email", "nick", "phone", "code", "created_at", "profile", "tags")"#)
    #expect(users.key == [0])
    #expect(users.isRanged)
    #expect(!users.isPartial)
  }

  @Test func rowsAreReadFromOneHeapBlockByBlock() throws {
    let items = try #require(Shop.plan([:])["order_items"])
    let instant = try #require(Shop.instant)
    #expect(
      items.select(at: instant)
        == #"SELECT "order_items"."id", "order_items"."order_id" FROM ONLY "public"."order_items" AS "order_items""#)
    #expect(
      items.select(range: BlockRange(first: 0, end: 9), at: instant).hasSuffix(
        #"WHERE "order_items".ctid OPERATOR(pg_catalog.<) '(9,0)'::pg_catalog.tid"#))
    #expect(
      items.select(range: BlockRange(first: 9, end: nil), at: instant).hasSuffix(
        #"WHERE "order_items".ctid OPERATOR(pg_catalog.>=) '(9,0)'::pg_catalog.tid"#))
    #expect(items.predicate(at: instant) == nil)
  }

  @Test func namesAreTakenLetterForLetter() throws {
    let odd = #"Or"der's \ ☃"#
    let plan = Shop.plan([:]) { $0.tables.append(Table(name: QualifiedName("a\"b", odd), columns: [Shop.column(odd)])) }
    let instant = try #require(Shop.instant)
    #expect(
      plan[odd]?.select(at: instant)
        == #"SELECT "Or""der's \ ☃"."Or""der's \ ☃" FROM ONLY "a""b"."Or""der's \ ☃" AS "Or""der's \ ☃""#)
  }

  @Test func aTableWithoutColumnsHasNoList() throws {
    let plan = Shop.plan([:]) { $0.tables.append(Table(name: Shop.name("bare"), columns: [])) }
    let instant = try #require(Shop.instant)
    #expect(plan["bare"]?.select(at: instant) == #"SELECT FROM ONLY "public"."bare" AS "bare""#)
    #expect(plan["bare"]?.target == #""public"."bare""#)
  }

  @Test func excludedAndForeignTablesAreLeftOutWithTheirReason() {
    let plan = Shop.plan(["exclude_tables": ["audit_logs"]]) {
      $0.tables.append(Table(name: Shop.name("far"), storage: .foreign, columns: []))
    }
    #expect(
      plan.omitted.map { "\($0.table) \($0.reason)" }.sorted() == ["public.audit_logs excluded", "public.far foreign"])
    #expect(plan["audit_logs"] == nil)
  }

  @Test func theBiggestComesFirst() {
    let plan = Shop.plan([:]) {
      $0.change("orders") { $0.bytes = 500 }
      $0.change("users") { $0.bytes = 900 }
    }
    #expect(plan.tables.prefix(2).map(\.table.name.name) == ["users", "orders"])
  }

  @Test func binaryIsForTestedTypesOnly() throws {
    let plan = Shop.plan([:]) {
      $0.change("orders") {
        $0.columns[1].type = ColumnType(name: "public.cube", family: .other, isBinaryTested: false)
      }
    }
    #expect(plan["order_items"]?.format == .binary)
    guard case .text(let reason)? = plan["orders"]?.format else {
      Issue.record("orders is binary")
      return
    }
    #expect(reason.contains("user_id"))
    #expect(reason.contains("public.cube"))
    #expect(plan["orders"]?.rows.format == .text)
  }

  /// A partition may have its columns in another order and dropped ones before them.
  @Test func rulesOfTheParentHoldForEveryPartition() throws {
    let plan = Shop.plan(rule("events", "who", ["strategy": "hash"], [("filter", "events.kind = 'a'")])) {
      $0.tables.append(
        Shop.table("events", [Shop.column("who"), Shop.column("kind")]) {
          $0.storage = .partitioned
          $0.partitionKey = ["kind"]
        })
      $0.tables.append(
        Shop.table("events_new", [Shop.column("who"), Shop.column("kind")]) {
          $0.storage = .partitioned
          $0.partitionOf = Shop.name("events")
        })
      for leaf in ["events_a", "events_b"] {
        $0.tables.append(
          Shop.table(leaf, [Shop.column("kind"), Shop.column("who")]) {
            $0.partitionOf = Shop.name(leaf == "events_a" ? "events" : "events_new")
          })
      }
    }
    #expect(plan.canRun)
    #expect(plan["events"] == nil)
    #expect(plan["events_new"] == nil)
    let instant = try #require(Shop.instant)
    for leaf in ["events_a", "events_b"] {
      #expect(try plan.masked(leaf, "who", "x") == "hash:public.events.who(x)")
      #expect(plan[leaf]?.root == Shop.name("events"))
      let table = try #require(plan[leaf])
      #expect(
        table.select(at: instant).hasSuffix(#"FROM ONLY "public"."\#(leaf)" AS "\#(leaf)" WHERE (kind = 'a'"# + "\n)"))
    }
  }

  @Test func rulesOfAParentHoldForItsHeirs() throws {
    let plan = Shop.plan(rule("users", "nick", ["strategy": "fpe"])) {
      $0.tables.append(
        Shop.table("admins", [Shop.column("nick"), Shop.column("badge")]) { $0.inherits = [Shop.name("users")] })
    }
    #expect(try plan.masked("admins", "nick", "x") == "fpe:public.users.nick(x)")
    #expect(try plan.masked("admins", "badge", "x") == "x")
    #expect(plan.problems("key_follows").first?.message.contains("public.admins inherits from public.users") == true)
  }

  @Test func keptColumnsTellTheirReason() {
    let users = Shop.plan(rule("users", "phone", ["strategy": "preserve", "reason": "test lines only"]))["users"]
    let phone = users?.columns.first { $0.column.name == "phone" }
    #expect(phone?.keepReason == "test lines only")
    #expect(phone?.path == "tables.users.columns.phone")
    #expect(users?.columns[0].path == nil)
  }
}

@Suite struct KeyFollowingTests {
  @Test func aRuleOnAKeyFollowsItsReferencesBothWays() throws {
    let down = Shop.plan(rule("users", "id", ["strategy": "fpe"]))
    let up = Shop.plan(rule("orders", "user_id", ["strategy": "fpe"]))
    for plan in [down, up] {
      #expect(plan.canRun)
      for (table, column) in [("users", "id"), ("orders", "user_id"), ("audit_logs", "user_id"), ("staff", "user_id")] {
        #expect(try plan.masked(table, column, "7") == "fpe:public.users.id(7)")
      }
      #expect(try plan.masked("staff", "boss_id", "7") == "7")
    }
  }

  @Test func virtualReferencesAreFollowedIntoJSON() throws {
    let plan = Shop.plan([
      "tables": ["users": ["columns": ["email": ["strategy": "email"]]]],
      "virtual_references": [
        "orders.contact_email": ["to": "users.email"], "users.profile.contact.email": ["to": "public.users.email"],
      ],
    ])
    #expect(plan.canRun, "\(plan.problems)")
    #expect(try plan.masked("orders", "contact_email", "a@b") == "email:public.users.email(a@b)")
    #expect(
      try plan.masked("users", "profile", #"{"contact": {"email": "a@b", "n": 1}, "email": "kept"}"#)
        == #"{"contact": {"email": "email:public.users.email(a@b)", "n": 1}, "email": "kept"}"#)
  }

  /// The column at the root is unique and its followers are not: all of them get the length that it needs.
  @Test func followersGetTheMaskOfTheRoot() throws {
    var orders: [String: (Int?, Int?, String)] = [:]
    _ = CopyPlan(
      policy: MaskingPolicy(spec: [
        "tables": ["users": ["columns": ["email": ["strategy": "email"]]]],
        "virtual_references": ["orders.contact_email": ["to": "users.email"]],
      ]), schema: Shop.schema, keys: nil
    ) { order throws(MaskRefusal) in
      orders["\(orders.count)"] = (order.uniqueAmong, order.column.maximumLength, order.column.name)
      return try ToyMask.make(order)
    }
    #expect(orders.count == 2)
    for order in orders.values { #expect(order == (1_000_000, 40, "email")) }
  }

  /// `seed: 12345 # Same seed as users.email` of the source document.
  @Test func theSameSeedIsTheSameKeyInEveryTable() throws {
    let plan = Shop.plan([
      "tables": [
        "users": ["columns": ["email": ["strategy": "email", "seed": 12345]]],
        "orders": ["columns": ["contact_email": ["strategy": "email", "seed": 12345]]],
      ]
    ])
    #expect(try plan.masked("users", "email", "a@b") == plan.masked("orders", "contact_email", "a@b"))
    let domains = plan.tables.flatMap(\.columns).compactMap(\.domain)
    #expect(domains == ["seed", "seed"])
  }

  @Test func aDomainIsTheRulesOwnOrTheRootColumn() throws {
    let own = Shop.plan(rule("users", "phone", ["strategy": "hash", "key_domain": "people"]))
    #expect(try own.masked("users", "phone", "x") == "hash:people(x)")
    let root = Shop.plan(rule("users", "phone", ["strategy": "hash"]))
    #expect(try root.masked("users", "phone", "x") == "hash:public.users.phone(x)")
  }

  @Test func aReferenceThatIsNullEverywhereFollowsNothing() throws {
    let plan = Shop.plan([
      "tables": [
        "users": ["columns": ["id": ["strategy": "fpe"]]], "audit_logs": ["columns": ["user_id": ["strategy": "null"]]],
      ]
    ])
    #expect(plan.canRun, "\(plan.problems)")
    #expect(try plan.masked("orders", "user_id", "7") == "fpe:public.users.id(7)")
    #expect(try plan.masked("audit_logs", "user_id", "7").hasPrefix("null:"))
  }

  @Test func elementsOfArraysAreMaskedOneByOne() throws {
    let plan = Shop.plan(rule("users", "tags", ["strategy": "fpe"]))
    #expect(
      try plan.masked("users", "tags", #"{a,NULL,"b c"}"#)
        == #"{fpe:public.users.tags(a),NULL,"fpe:public.users.tags(b c)"}"#)
  }

  @Test func expressionsAreComputedByTheSourceAndCast() throws {
    let plan = Shop.plan([
      "tables": [
        "users": ["columns": ["code": ["strategy": "custom", "expression": "lower(users.nick) -- or so"]]],
        "orders": ["columns": ["placed_at": ["strategy": "shuffle_within"]]],
      ]
    ])
    #expect(plan.canRun, "\(plan.problems)")
    let instant = try #require(Shop.instant)
    #expect(plan["users"]?.select(at: instant).contains("(lower(nick) -- or so\n)::text,") == true)
    #expect(plan["users"]?.isRanged == true)
    #expect(plan["orders"]?.isRanged == false, "a window goes over the whole table")
  }

  /// What each range of pages reads again, it had better read seldom.
  @Test func whatFollowsReferencesReadsOtherTables() throws {
    let sampled = Shop.plan(["tables": ["users": ["sample_rate": .number(0.1), "sampling_method": "random"]]])
    #expect(sampled["orders"]?.readsOthers == true && sampled["orders"]?.isRanged == true)
    #expect(sampled["users"]?.readsOthers == false)
    #expect(Shop.plan(["tables": [:]])["orders"]?.readsOthers == false)
  }

  /// A key whose other columns are unique by themselves cannot lose it.
  @Test func aWiderKeyIsKeptByTheNarrowerOne() {
    let wide = UniqueKey(name: "wide", columns: ["id", "phone"])
    let kept = Shop.plan(rule("users", "phone", ["strategy": "redact"])) {
      $0.change("users") { $0.uniqueKeys.append(wide) }
    }
    #expect(kept.problems("mask_lossy_unique") == [])
    let lost = Shop.plan(rule("users", "phone", ["strategy": "redact"])) {
      $0.change("users") { $0.uniqueKeys.append(UniqueKey(name: "wide", columns: ["code", "phone"])) }
    }
    #expect(lost.problems("mask_lossy_unique").count == 1)
  }

  @Test(arguments: [
    ("CHECK ((phone IS NOT NULL))", true), ("CHECK ((char_length(phone) <= 40))", true),
    ("CHECK ((char_length(phone) < 8))", false), ("CHECK (((phone IS NOT NULL) AND (code <> ''::text)))", true),
    ("CHECK (((phone IS NOT NULL) OR (phone <> ''::text)))", false), ("CHECK ((phone ~ 'x'::text)) NOT VALID", false),
  ])
  func aCheckThatNoMaskCanFailIsNotWarnedAbout(definition: String, isProved: Bool) {
    let plan = Shop.plan(rule("users", "phone", ["strategy": "hash"])) {
      $0.change("users") { $0.checks = [CheckConstraint(name: "c", definition: definition, columns: ["phone"])] }
    }
    #expect(plan.problems("mask_check").isEmpty == isProved)
  }
}

@Suite struct RowExpressionTests {
  private func text(_ filter: String) throws -> String {
    let users = try #require(Shop.schema.tables.first { $0.name.name == "users" })
    let expression = try RowExpression(filter, of: users, named: "users", in: Shop.schema)
    return RowExpression.text(of: expression.marked, at: try #require(Shop.instant))
  }

  private static let now = "('2026-11-21 15:00:00+00'::pg_catalog.timestamptz)"

  @Test(arguments: [
    ("created_at > NOW() - INTERVAL '1 year'", "created_at > \(now) - INTERVAL '1 year'"),
    ("users.created_at > pg_catalog.now ( )", "created_at > \(now)"),
    (#""users" . "created_at" > clock_timestamp()"#, #""created_at" > \#(now)"#),
    ("created_at > CURRENT_DATE - 30", "created_at > (\(now)::date) - 30"),
    ("created_at > current_timestamp(3)", "created_at > (\(now)::timestamp(3) with time zone)"),
    ("created_at > LOCALTIMESTAMP", "created_at > (\(now)::timestamp)"),
    ("nick = 'now()'", "nick = 'now()'"), ("nick = 'today'", "nick = 'today'"),
    ("nick = 'ü' AND created_at < now()", "nick = 'ü' AND created_at < \(now)"),
    ("date_trunc('day', now()) < created_at", "date_trunc('day', \(now)) < created_at"),
  ])
  func thePresentIsTheCopysInstant(filter: String, expected: String) throws {
    #expect(try text(filter) == expected)
  }

  @Test func anInstantThatWasForgottenCannotBeSent() throws {
    let users = try #require(Shop.schema.tables.first { $0.name.name == "users" })
    #expect(try RowExpression("created_at > now()", of: users, named: "users", in: Shop.schema).marked.utf8.contains(0))
  }
}
