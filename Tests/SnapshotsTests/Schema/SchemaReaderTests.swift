import Masking
import PostgreSQL
import Reconciliation
import Snapshots
import TestServers
import Testing

@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct SchemaReaderTests {
  private static let made = Result {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "matrix")
    try server.run(TableMatrix.sql, database: database)
    return (database, try schema(server, database, SchemaSelection(included: ["app", "hidden"], excluded: ["hidden"])))
  }
  let server: PostgreSQLServer
  let database: String
  let read: DatabaseSchema

  init() throws {
    server = try PostgreSQLServer.shared()
    (database, read) = try Self.made.get()
  }

  private func table(_ name: String) throws -> Table { try #require(read[QualifiedName("app", name)]) }

  private func column(_ name: String) throws -> Column { try #require(try table("users")[name]) }

  @Test func everyTableThatHoldsOrNamesRowsIsRead() {
    #expect(
      read.tables.map(\.name.name) == [
        "animals", "dogs", "empty", "events", "events_new", "events_new_a", "events_new_b", "events_old", "hashed",
        "hashed_0", "nicks", "orders", "pairs", "remote", "scratch", "users", TableMatrix.long,
      ])
    #expect(TableMatrix.long.utf8.count == 63)
    #expect(read[QualifiedName("app", TableMatrix.long)]?.columns.map(\.name) == [#"Ein "Wort""#])
    #expect(read.serverVersion >= 140_000)
  }

  @Test func storageAndFamilies() throws {
    #expect(try table("events").storage == .partitioned)
    #expect(try table("events").partitionKey == ["at"])
    #expect(try table("events_new").partitionKey == ["kind"])
    #expect(try table("events_new_b").partitionOf == QualifiedName("app", "events_new"))
    #expect(try table("events_new_a").partitionBound == "FOR VALUES IN ('a')")
    #expect(try table("hashed").partitionKey == ["id", "kind"])
    #expect(try table("dogs").inherits == [QualifiedName("app", "animals")])
    #expect(try table("dogs").partitionOf == nil)
    #expect(try table("remote").storage == .foreign)
    #expect(try table("scratch").isUnlogged)
    #expect(try table("scratch").hasRowSecurity)
    #expect(try table("animals").estimatedRows == 1000)
    #expect(try table("animals").bytes > 0)
    #expect(try table("scratch").estimatedRows == nil)
    #expect(try table("empty").columns == [])
  }

  @Test func columnsKnowTheirTypes() throws {
    #expect(try column("email").type.family == .text)
    #expect(try column("email").type.domains == [QualifiedName("app", "mail"), QualifiedName("app", "label")])
    #expect(try column("email").type.domainChecks.count == 2)
    #expect(try column("email").maximumLength == 20)
    #expect(try column("email").isNullable == false)
    #expect(try column("email").type.name == "app.mail")
    #expect(try column("nick").type.family == .text)
    #expect(try column("code").maximumLength == 4)
    #expect(try column("code").declaration == #"character(4) COLLATE pg_catalog."C""#)
    #expect(try column("price").declaration == "numeric(10,2)")
    #expect(try column("tags").maximumLength == 7)
    #expect(try column("attributes").type.family == .other)
    #expect(try column("home").type.family == .composite)
    #expect(try column("reach").type.family == .range)
    #expect(try column("id").origin == .identity(always: true))
    guard case .array(let element) = try column("moods").type.family else {
      Issue.record("moods is no array")
      return
    }
    #expect(element.family == .enumeration(labels: ["sad", "it's ok", "happy"]))
    #expect(try table("users").columns.allSatisfy(\.type.isBinaryTested))
    #expect(try column("age").isNullable)
  }

  @Test func generatedColumnsNameWhatTheyRead() throws {
    let shown = try column("shown")
    guard case .generated(let expression) = shown.origin else {
      Issue.record("shown is not generated")
      return
    }
    #expect(expression.contains("upper"))
    #expect(shown.reads == ["age", "code"])
  }

  @Test func keysAndConditions() throws {
    let keys = Dictionary(uniqueKeysWithValues: try table("users").uniqueKeys.map { ($0.name, $0) })
    #expect(keys["users_pkey"] == UniqueKey(name: "users_pkey", columns: ["id"], isPrimary: true))
    #expect(keys["users_nick"]?.columns == [nil, "id"])
    #expect(keys["users_nick"]?.readColumns == ["age", "id", "nick"])
    #expect(keys["users_included"]?.columns == ["code"])
    #expect(keys["users_email_key"]?.columns == ["email"])
    #expect(try table("orders").uniqueKeys.map(\.columns).contains(["a", "b"]))
    #expect(try table("events_new_a").uniqueKeys.first?.columns == ["id", "at", "kind"])
    #expect(try table("users").checks.map(\.name) == ["bound", "users_age_check"])
    #expect(try table("users").checks.first?.columns.sorted() == ["age", "code"])
    #expect(try table("orders").exclusions.first?.definition.hasPrefix("EXCLUDE") == true)
    #expect(try table("orders").triggers == [Trigger(name: "touched", firesOnUpdate: true, firesOnDelete: false)])
    #expect(try table("pairs").rules == ["swallow"])
  }

  @Test func foreignKeysKeepTheirPairsAndOperators() throws {
    let keys = Dictionary(uniqueKeysWithValues: read.foreignKeys.map { ($0.name, $0) })
    let user = try #require(keys["orders_user_id_fkey"])
    #expect(user.onDelete == .cascade)
    #expect(user.onUpdate == .setNull)
    #expect(user.operators == ["OPERATOR(pg_catalog.=)"])
    let nick = try #require(keys["nick_known"])
    #expect(!nick.isValidated)
    #expect(nick.operators == ["OPERATOR(public.=)"])
    let pair = try #require(read.foreignKeys.first { $0.from.name == "pairs" })
    #expect(pair.columns == ["y", "x"])
    #expect(pair.referencedColumns == ["b", "a"])
    #expect(read.foreignKeys.count == 3)
  }

  @Test func sequencesExtensionsAndRoutines() {
    let owners = Dictionary(uniqueKeysWithValues: read.sequences.map { ($0.name.name, $0.owner?.description) })
    #expect(owners == ["free": nil, "orders_id_seq": "app.orders.id", "users_id_seq": "app.users.id"])
    let trusted = Dictionary(uniqueKeysWithValues: read.extensions.map { ($0.name, $0.isTrusted) })
    #expect(trusted == ["citext": true, "hstore": true, "pageinspect": false, "plpgsql": true])
    #expect(read.functions["shout"] == .immutable)
    // A bare name means PostgreSQL's own, and not the volatile one of the same name.
    #expect(read.functions["upper"] == .immutable)
    #expect(read.hiddenFunctions == [QualifiedName("app", "upper"): .volatile])
    #expect(read.shadows["upper"] == "app.upper(integer)" && read.shadows["shout"] == nil)
    #expect(read.ownFunctions["shout"] == ["app"] && read.ownFunctions["upper"] == nil)
    #expect(read.functions["now"] == .stable)
    #expect(read.functions["random"] == .volatile)
    #expect(read.ownOperators.contains("@@@"))
    #expect(!read.ownOperators.contains("+"))
  }

  @Test func selectionsAreKept() throws {
    let all = try schema(server, database)
    #expect(all[QualifiedName("hidden", "t")] != nil)
    #expect(!all.tables.contains { $0.name.schema.hasPrefix("pg_") || $0.name.schema == "information_schema" })
    let without = try schema(server, database, SchemaSelection(excluded: ["app"]))
    #expect(without.tables.map(\.name.name) == ["t"])
  }

  /// Whoever may connect may read what a database is made of; rows are another matter.
  @Test func noRightIsNeeded() throws {
    let role = server.uniqueName("nobody")
    try server.run("CREATE ROLE \(role) LOGIN PASSWORD '\(role)'", database: database)
    let seen = try schema(server, database, SchemaSelection(included: ["app"]), role: role)
    #expect(seen.tables == read.tables)
    #expect(seen.fingerprint == read.fingerprint)
  }

  @Test func theFingerprintIsOfTheShapeAndNothingElse() throws {
    let copy = server.uniqueName("matrix_copy")
    try server.run("CREATE DATABASE \(copy) TEMPLATE \(database)", database: "postgres")
    let selection = SchemaSelection(included: ["app"])
    #expect(try schema(server, copy, selection).fingerprint == read.fingerprint)
    try server.run(
      """
      INSERT INTO app.animals SELECT 'y' FROM generate_series(1, 100000); ANALYZE app.animals;
      DROP TABLE app.scratch; CREATE UNLOGGED TABLE app.scratch (x int);
      ALTER TABLE app.scratch ENABLE ROW LEVEL SECURITY;
      """, database: copy)
    #expect(try schema(server, copy, selection).fingerprint == read.fingerprint)
    var seen = [read.fingerprint]
    for change in Self.changes {
      try server.run(change, database: copy)
      let next = try schema(server, copy, selection).fingerprint
      #expect(!seen.contains(next), "\(change)")
      seen.append(next)
    }
  }

  private static let changes = [
    "ALTER TABLE app.users ALTER price TYPE numeric(12,2)", "ALTER TABLE app.scratch ADD y text",
    "ALTER TABLE app.scratch ALTER y SET NOT NULL", "ALTER TABLE app.scratch SET LOGGED",
    "ALTER TABLE app.animals RENAME name TO title",
    "CREATE UNIQUE INDEX ON app.animals (lower(title)) WHERE title > 'z'",
    "ALTER TABLE app.pairs DROP CONSTRAINT pairs_y_x_fkey", "ALTER TABLE app.users ADD CHECK (price > 0)",
    "ALTER TYPE app.mood ADD VALUE 'new'", "ALTER DOMAIN app.label DROP CONSTRAINT label_check",
    "ALTER TABLE app.orders ENABLE TRIGGER off", "DROP RULE swallow ON app.pairs",
    "ALTER TABLE app.dogs NO INHERIT app.animals",
    "ALTER TABLE app.events DETACH PARTITION app.events_old", "ALTER TABLE app.scratch DISABLE ROW LEVEL SECURITY",
    "ALTER SEQUENCE app.free OWNED BY app.scratch.x", "DROP EXTENSION pageinspect",
  ]
}
