import Documents
import Testing

@testable import Masking

/// Every problem a policy can have with its schema: the spec that has it, a change of the schema where it needs one, and
/// what is said.
@Suite struct PolicyProblemTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var code: String
    var severity: CopyProblem.Severity
    var spec: Value
    var path: String
    /// Words of the message: the way out among them.
    var says: [String]
    var change: @Sendable (inout DatabaseSchema) -> Void = { _ in }
    var testDescription: String { "\(code) at \(path)" }
  }

  @Test(arguments: cases)
  func isSaidWithItsPlaceAndItsWayOut(_ example: Case) throws {
    let plan = Shop.plan(example.spec, example.change)
    let found = plan.problems.filter { $0.code == example.code }
    let problem = try #require(found.first { $0.path == example.path }, "\(plan.problems)")
    #expect(problem.severity == example.severity)
    for words in example.says { #expect(problem.message.contains(words), "\(problem.message)") }
    #expect(plan.canRun == (example.severity != .error))
  }

  @Test func allProblemsComeAtOnce() {
    let plan = Shop.plan([
      "tables": [
        "user": ["columns": ["email": ["strategy": "hash"]]],
        "users": ["columns": ["emial": ["strategy": "hash"], "phon": ["keep": "x"]], "filter": "creatd_at > now()"],
      ], "exclude_tables": ["logs"],
    ])
    #expect(
      plan.problems.map(\.code).sorted() == [
        "unknown_column", "unknown_column", "unknown_column", "unknown_table", "unknown_table",
      ])
    #expect(plan.problems.allSatisfy { $0.severity == .error })
  }

  @Test func aPolicyWithoutMistakesHasNothingToSay() {
    let plan = Shop.plan(rule("users", "phone", ["keep": "an example"]))
    #expect(plan.problems == [])
    #expect(plan.canRun)
  }

  static let cases: [Case] = names + masks + rows

  private static let hash: Value = ["strategy": "hash"]

  private static let names: [Case] = [
    Case(
      code: "unknown_table", severity: .error, spec: rule("user", "email", hash), path: "tables.user",
      says: ["`user`", "did you mean `users`?"]),
    Case(
      code: "unknown_table", severity: .error, spec: ["exclude_tables": ["audit_log"]], path: "exclude_tables",
      says: ["did you mean `audit_logs`?"]),
    Case(
      code: "unknown_column", severity: .error, spec: rule("users", "emial", hash), path: "tables.users.columns.emial",
      says: ["public.users", "did you mean `email`?"]),
    Case(
      code: "ambiguous_table", severity: .error, spec: rule("users", "email", hash), path: "tables.users",
      says: ["`app.users` or `public.users`"]
    ) { $0.tables.insert(Table(name: QualifiedName("app", "users"), columns: []), at: 0) },
    Case(
      code: "path_into_no_json", severity: .error, spec: rule("users", "nick.first", hash),
      path: "tables.users.columns.nick.first", says: ["type text", "only json and jsonb"]),
    Case(
      code: "rule_on_partition", severity: .error, spec: rule("events_a", "who", hash), path: "tables.events_a",
      says: ["public.events_a is a partition", "public.events hold"], change: partitioned),
    Case(
      code: "partition_excluded", severity: .error, spec: ["exclude_tables": ["events_a"]], path: "exclude_tables",
      says: ["exclude that one", "`filter`"], change: partitioned),
    Case(
      code: "unknown_column", severity: .error, spec: ["virtual_references": ["orders.mail": ["to": "users.email"]]],
      path: "virtual_references.orders.mail", says: ["`table.column`"]),
    Case(
      code: "unknown_table", severity: .error,
      spec: ["virtual_references": ["orders.contact_email": ["to": "usrs.email"]]],
      path: "virtual_references.orders.contact_email.to", says: ["did you mean `users.email`?"]),
    Case(
      code: "rule_on_excluded", severity: .error,
      spec: ["tables": ["audit_logs": ["filter": "id > 3"]], "exclude_tables": ["public.audit_logs"]],
      path: "tables.audit_logs", says: ["`exclude_tables`", "or the rules"]),
    Case(
      code: "reference_outside", severity: .warning, spec: [:], path: "tables.orders",
      says: ["`orders_shop_fkey`", "other.shops", "include the schema"]
    ) {
      $0.foreignKeys.append(
        ForeignKey(
          name: "orders_shop_fkey", from: Shop.name("orders"), columns: ["id"], to: QualifiedName("other", "shops"),
          referencedColumns: ["id"]))
    },
    Case(
      code: "reference_chains", severity: .error, spec: rows("t0", ["filter": "id > 3"]), path: "tables.t0",
      says: ["256 chains", "filter tables that are nearer"]
    ) { schema in
      // Nine levels of references, two ways from each to the next: 2^9 chains.
      for level in 0...9 {
        schema.tables.append(Shop.table("t\(level)", [Shop.column("a", Shop.integer), Shop.column("b", Shop.integer)]))
      }
      for level in 1...9 { schema.foreignKeys += ["a", "b"].map { Shop.key("t\(level)", $0, "t\(level - 1)") } }
    },
    Case(
      code: "reference_to_itself", severity: .error, spec: ["virtual_references": ["users.nick": ["to": "users.nick"]]],
      path: "virtual_references.users.nick", says: ["itself"]),
    Case(
      code: "foreign_table", severity: .warning, spec: rule("audit_logs", "at", ["keep": "x"]),
      path: "tables.audit_logs",
      says: ["never copied"]
    ) { $0.change("audit_logs") { $0.storage = .foreign } },
  ]

  @Sendable private static func partitioned(_ schema: inout DatabaseSchema) {
    schema.tables.append(
      Shop.table("events", [Shop.column("who"), Shop.column("kind")]) {
        $0.storage = .partitioned
        $0.partitionKey = ["kind"]
      })
    schema.tables.append(
      Shop.table("events_a", [Shop.column("kind"), Shop.column("who")]) { $0.partitionOf = Shop.name("events") })
  }

  private static let masks: [Case] = [
    Case(
      code: "mask_type", severity: .error, spec: rule("users", "created_at", ["strategy": "email"]),
      path: "tables.users.columns.created_at", says: ["timestamp with time zone", "these do"]),
    Case(
      code: "mask_null", severity: .error, spec: rule("users", "email", ["strategy": "null"]),
      path: "tables.users.columns.email", says: ["NOT NULL", "take `redact`"]),
    Case(
      code: "mask_lossy_unique", severity: .error, spec: rule("users", "email", ["strategy": "redact"]),
      path: "tables.users.columns.email", says: ["`users_email_key`", "take `hash`, `email` or `fpe`"]),
    Case(
      code: "mask_lossy_unique", severity: .error, spec: rule("users", "nick", ["strategy": "redact"]),
      path: "tables.users.columns.nick", says: ["`users_nick_lower`", "`\"null\"`"]),
    Case(
      code: "mask_probably_unique", severity: .note, spec: rule("users", "email", ["strategy": "hash"]),
      path: "tables.users.columns.email", says: ["1,000,000 rows", "birthday bound", "e-18"]),
    Case(
      code: "mask_too_short", severity: .error, spec: rule("users", "email", ["strategy": "hash", "hex_length": 8]),
      path: "tables.users.columns.email", says: ["birthday bound", "`hex_length` of 15 or more", "grows by itself"]),
    Case(
      code: "mask_unique_expression", severity: .warning, spec: rule("users", "nick", ["strategy": "fpe"]),
      path: "tables.users.columns.nick", says: ["`users_nick_lower`", "not proved"]),
    Case(
      code: "mask_unique_expression", severity: .warning,
      spec: rule("users", "email", ["strategy": "custom", "expression": "lower(email)"]),
      path: "tables.users.columns.email", says: ["nobody can prove"]),
    Case(
      code: "mask_length", severity: .error, spec: rule("users", "code", ["strategy": "name"]),
      path: "tables.users.columns.code", says: ["holds 10 characters", "up to 24", "take `fpe`"]),
    Case(
      code: "mask_length", severity: .warning,
      spec: rule("users", "code", ["strategy": "template", "template": "{row}"]),
      path: "tables.users.columns.code", says: ["nothing bounds"]),
    Case(
      code: "mask_check", severity: .warning, spec: rule("users", "phone", ["strategy": "hash"]),
      path: "tables.users.columns.phone", says: ["`phone_form`", "could refuse its masks"]),
    Case(
      code: "mask_check", severity: .warning, spec: rule("users", "phone", ["strategy": "hash"]),
      path: "tables.users.columns.phone", says: ["the domain's constraint `mail_form`"]
    ) {
      $0.change("users") { table in
        let place = table.columns.firstIndex { $0.name == "phone" } ?? 0
        table.columns[place].type.domainChecks = [
          CheckConstraint(name: "mail_form", definition: "CHECK ((VALUE ~ '@'::text))", columns: [])
        ]
        table.checks = []
      }
    },
    Case(
      code: "mask_exclusion", severity: .warning, spec: rule("users", "phone", ["strategy": "hash"]),
      path: "tables.users.columns.phone", says: ["`no_twice`"]
    ) {
      $0.change("users") {
        $0.exclusions = [
          CheckConstraint(name: "no_twice", definition: "EXCLUDE USING hash (phone WITH =)", columns: ["phone"])
        ]
      }
    },
    Case(
      code: "generated_from_masked", severity: .note, spec: rule("users", "email", ["strategy": "hash"]),
      path: "tables.users.columns.email", says: ["shown", "from the masked email"]),
    Case(
      code: "rule_on_generated", severity: .error, spec: rule("users", "shown", ["strategy": "hash"]),
      path: "tables.users.columns.shown", says: ["mask those instead", "`email`"]),
    Case(
      code: "identity_masked", severity: .note, spec: rule("users", "id", ["strategy": "fpe"]),
      path: "tables.users.columns.id", says: ["sequence"]
    ) { $0.change("users") { $0.columns[0].origin = .identity(always: true) } },
    Case(
      code: "partition_key_masked", severity: .error, spec: rule("events", "kind", ["strategy": "hash"]),
      path: "tables.events.columns.kind", says: ["another partition", "keep the column"], change: partitioned),
    Case(
      code: "rule_overlap", severity: .error,
      spec: [
        "tables": ["users": ["columns": ["profile": ["strategy": "redact"], "profile.mail": ["strategy": "hash"]]]]
      ],
      path: "tables.users.columns.profile.mail", says: ["take one of them away"]),
    Case(
      code: "key_conflict", severity: .error,
      spec: [
        "tables": [
          "users": ["columns": ["id": ["strategy": "fpe"]]], "orders": ["columns": ["user_id": ["keep": "a number"]]],
        ]
      ],
      path: "tables.users.columns.id", says: ["public.orders.user_id", "`fpe`", "kept as it is", "it follows"]),
    Case(
      code: "key_conflict", severity: .error,
      spec: [
        "tables": [
          "users": ["columns": ["id": ["strategy": "hash", "hex_length": 30]]],
          "orders": ["columns": ["user_id": ["strategy": "hash", "hex_length": 40]]],
        ]
      ],
      path: "tables.users.columns.id", says: ["with other options"]),
    Case(
      code: "key_follows", severity: .note, spec: rule("users", "id", ["strategy": "fpe"]),
      path: "tables.users.columns.id",
      says: [
        "public.orders.user_id", "public.audit_logs.user_id", "masked like public.users.id", "orders_user_id_fkey",
      ]),
    Case(
      code: "key_not_deterministic", severity: .error, spec: rule("orders", "user_id", ["strategy": "noise"]),
      path: "tables.orders.columns.user_id", says: ["come out alike", "take `hash` or `fpe`"]),
    Case(
      code: "clear_rows_on_destination", severity: .error,
      spec: rule("users", "phone", ["strategy": "custom", "function": "CREATE FUNCTION …"]),
      path: "tables.users.columns.phone", says: ["`expression`", "sanitize.dst_url", "a waiver"]),
    Case(
      code: "unknown_column", severity: .error,
      spec: rule("users", "phone", ["strategy": "shuffle_within", "by": ["nik"]]),
      path: "tables.users.columns.phone.by", says: ["did you mean `nick`?"]),
    Case(
      code: "row_subquery", severity: .error,
      spec: rule("users", "phone", ["strategy": "custom", "expression": "(SELECT 1)"]),
      path: "tables.users.columns.phone.expression", says: ["no subquery"]),
  ]

  private static func rows(_ table: String, _ members: Value) -> Value {
    ["tables": .object(Fields([(table, members)]))]
  }

  private static func filter(_ code: String, _ text: String, _ says: [String]) -> Case {
    Case(
      code: code, severity: .error, spec: rows("users", ["filter": .string(text)]), path: "tables.users.filter",
      says: says)
  }

  private static let rows: [Case] = [
    filter("sql_syntax", "created_at >", ["no SQL expression"]),
    filter("sql_syntax", "true; DROP TABLE users", ["one expression"]),
    filter("sql_syntax", "true) OR (true", ["no SQL"]),
    filter("sql_syntax", "true ORDER BY 1", ["no SQL"]),
    filter("unknown_column", "creatd_at > now()", ["did you mean `created_at`?"]),
    filter("unknown_column", "orders.id = 3", ["behind `users.`"]),
    filter("unknown_function", "lowr(nick) = 'a'", ["did you mean `lower`?"]),
    filter("row_volatile", "random() < 0.1", ["`random`"]),
    filter("row_subquery", "id IN (SELECT user_id FROM orders)", ["`virtual_references`"]),
    filter("row_aggregate", "count(*) > 1", ["`count`"]),
    filter("row_window", "count(*) OVER () > 1", ["window"]),
    filter("row_clock", "created_at > 'yesterday'", ["write `now()`"]),
    filter("row_clock", "created_at > 'TODAY'::date", ["CURRENT_DATE - 1"]),
    filter("row_clock", "age(created_at) > '1 day'", ["age(CURRENT_DATE"]),
    Case(
      code: "sampling_column", severity: .error,
      spec: rows("users", ["sample_rate": .number(0.1), "sampling_method": "stratified"]),
      path: "tables.users.sampling_method", says: ["`stratify_by`"]),
    Case(
      code: "sampling_column", severity: .error,
      spec: rows("audit_logs", ["sample_rate": .number(0.1), "sampling_method": "time-based"]),
      path: "tables.audit_logs.sampling_method", says: ["several columns of times", "`stratify_by`"]),
    Case(
      code: "sampling_column", severity: .error,
      spec: rows("order_items", ["sample_rate": .number(0.1), "sampling_method": "time-based"]),
      path: "tables.order_items.sampling_method", says: ["no column of dates", "`sampling_method: random`"]),
    Case(
      code: "sampling_column", severity: .error,
      spec: rows("users", ["sample_rate": .number(0.1), "sampling_method": "time-based", "stratify_by": "nick"]),
      path: "tables.users.stratify_by", says: ["newest rows"]),
    Case(
      code: "reference_cycle", severity: .error, spec: rows("users", ["filter": "id > 3"]), path: "tables.users",
      says: ["public.staff → public.staff", "staff_boss_id_fkey", "public.staff.boss_id", "`\"null\"`"]),
    Case(
      code: "excluded_referenced", severity: .error, spec: ["exclude_tables": ["orders"]], path: "exclude_tables",
      says: ["every row of public.order_items", "exclude public.order_items too"]),
    Case(
      code: "excluded_referenced", severity: .warning,
      spec: ["exclude_tables": ["users", "orders", "order_items", "staff"]],
      path: "exclude_tables", says: ["of public.audit_logs only rows without", "`\"null\"`"]),
  ]
}
