import Masking

func column(
  _ name: String, _ declaration: String = "text", _ family: ColumnType.Family = .text, length: Int? = nil,
  nullable: Bool = true, origin: Column.Origin = .stored, domain: QualifiedName? = nil, reads: [String] = []
) -> Column {
  let plain = String(declaration.split(separator: "(")[0])
  return Column(
    name: name, type: ColumnType(name: plain, family: family, domains: domain.map { [$0] } ?? []), isNullable: nullable,
    origin: origin, maximumLength: length, declaration: declaration, reads: reads)
}

func table(_ name: String, in schema: String = "public", _ columns: [Column]) -> Table {
  Table(name: QualifiedName(schema, name), columns: columns)
}

let id = column("id", "integer", .integer(bytes: 4), nullable: false)

/// The databases of the team workflows, as their columns are named in the SQL there.
enum TeamSchemas {
  static let users = DatabaseSchema(
    serverVersion: 150_000,
    tables: [
      table(
        "users",
        [
          id, column("email", "character varying(255)", length: 255, nullable: false),
          column("first_name", "character varying(100)", length: 100),
          column("last_name", "character varying(100)", length: 100),
          column("phone", "character varying(20)", length: 20),
          column("ssn", "character(11)", length: 11), column("date_of_birth", "date", .date), column("address"),
          column("city"), column("postal_code", "character varying(10)", length: 10),
          column("created_at", "timestamp with time zone", .timestampWithTimeZone),
        ]),
      table("user_sessions", [id, column("token")]), table("password_reset_tokens", [id, column("token")]),
      table("audit_logs", [id, column("action"), column("created_at", "timestamp without time zone", .timestamp)]),
      table("payment_methods", [id, column("card_number"), column("cardholder_name"), column("billing_address")]),
    ],
    foreignKeys: [
      ForeignKey(
        name: "sessions_user", from: QualifiedName("public", "user_sessions"), columns: ["id"],
        to: QualifiedName("public", "users"), referencedColumns: ["id"], onDelete: .cascade)
    ])

  static let orders = DatabaseSchema(
    serverVersion: 150_000,
    tables: [
      table(
        "orders",
        [
          id, column("customer_id", "bigint", .integer(bytes: 8)), column("customer_email"), column("shipping_address"),
          column("billing_address"), column("order_notes"),
        ]),
      table("payments", [id, column("payment_method_details", "jsonb", .jsonb), column("transaction_id")]),
    ])

  static let warehouse = DatabaseSchema(
    serverVersion: 150_000,
    tables: [
      table(
        "dim_customers", in: "dimensions",
        [
          column("customer_id", "integer", .integer(bytes: 4)), column("customer_name"), column("email_domain"),
          column("phone_area_code", "character(3)", length: 3),
        ]),
      table("fact_orders", in: "facts", [id, column("customer_ip", "inet", .network), column("user_agent")]),
    ])
}

/// A database with everything that keeps a statement from being lifted.
enum House {
  static func name(_ name: String) -> QualifiedName { QualifiedName("public", name) }

  static let schema: DatabaseSchema = {
    var schema = plain
    schema.shadows = ["reverse": "public.reverse(varchar)"]
    return schema
  }()

  private static let plain: DatabaseSchema = {
    var guarded = table("guarded", [id, column("a")])
    guarded.triggers = [Trigger(name: "log_it", firesOnUpdate: true, firesOnDelete: false)]
    var ruled = table("ruled", [id, column("a")])
    ruled.rules = ["instead"]
    var events = table("events", [id, column("day", "date", .date), column("note")])
    events.storage = .partitioned
    events.partitionKey = ["day"]
    var first = events
    (first.name, first.storage, first.partitionKey, first.partitionOf) = (name("events_1"), .heap, [], events.name)
    var second = first
    second.name = name("events_2")
    var child = table("child", [id, column("a"), column("b")])
    child.inherits = [name("parent")]
    let numbers = table(
      "t",
      [
        id, column("a"), column("b", "character varying(5)", length: 5), column("n", "integer", .integer(bytes: 4)),
        column("req", nullable: false), column("doc", "jsonb", .jsonb),
        column("tags", "text[]", .array(of: ColumnType(name: "text", family: .text))),
        column("short", "character varying(3)[]", .array(of: ColumnType(name: "character varying", family: .text))),
        column("made", "integer", .integer(bytes: 4), origin: .generated(expression: "n + 1"), reads: ["n"]),
        column("key", "bigint", .integer(bytes: 8), origin: .identity(always: true)),
        column("ci", "public.citext", .text), column("place", "public.geometry", .other),
        column("at", "timestamp without time zone", .timestamp), column("day", "date", .date),
        column("mood", "public.mood", .enumeration(labels: ["ok"])), column("Odd \"name", "text COLLATE \"C\""),
        column("user"), column("now"),
      ])
    return DatabaseSchema(
      serverVersion: 150_000,
      tables: [
        numbers, guarded, ruled, events, first, second, table("parent", [id, column("a")]), child,
        table("users", [id, column("email")]), table("orders", [id, column("user_id", "integer", .integer(bytes: 4))]),
        table("notes", [id, column("user_id", "integer", .integer(bytes: 4))]),
        table("users", in: "app", [id, column("email")]),
      ],
      foreignKeys: [
        ForeignKey(
          name: "orders_user", from: name("orders"), columns: ["user_id"], to: name("users"), referencedColumns: ["id"],
          onDelete: .cascade, onUpdate: .cascade),
        ForeignKey(
          name: "notes_user", from: name("notes"), columns: ["user_id"], to: name("users"), referencedColumns: ["id"]),
      ],
      extensions: [DatabaseSchema.Extension(name: "citext", schema: "public", version: "1.6", isTrusted: true)],
      functions: [
        "scramble": .immutable, "peek": .stable, "wreck": .volatile, "random": .volatile, "reverse": .volatile,
        "lower": .immutable,
      ], ownOperators: ["=", "<", "~~", "@"])
  }()

  static func lift(_ text: String, searchPath: [String] = ["public"]) throws -> Lifting {
    try Lifting.lift(text, over: schema, searchPath: searchPath, views: [name("people")])
  }

  /// What becomes of each statement: the tables, or the reason.
  static func outcomes(_ text: String) throws -> [String] {
    try lift(text).statements.map { statement in
      switch statement.outcome {
      case .lifted(let tables): "lifted: \(tables.map(\.name).joined(separator: " "))"
      case .passedOver(let reason): "passed over: \(reason)"
      case .notLifted(let reason): reason
      }
    }
  }
}
