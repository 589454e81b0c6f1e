import Backends
import Reconciliation
import TestServers
import Testing

/// A role, and the whole sentence that a user reads about it.
struct Told: Sendable, CustomTestStringConvertible {
  let sql: String
  let sentence: String
  var testDescription: String { sql }

  init(_ sql: String, _ sentence: String) { (self.sql, self.sentence) = (sql, sentence) }
}

@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct SourceConditionTests {
  static let database = Result { try PostgreSQLServer.shared().createDatabase(named: "told") }
  static let remedy = "Give the source a role that can only read"

  @Test func aCleanSourceHoldsInEverything() throws {
    let conditions = try Conditions(source: try World("accepted").url, schemas: ["public", "app"])
    #expect(conditions.failing == [])
    #expect(conditions.unknown == [])
    #expect(
      conditions.all.map(\.code) == [
        "source_reachable", "source_version", "tls_unverified", "schemas_present", "source_readable",
        "source_role_can_write", "row_security_hides_rows", "security_definer_functions", "source_pooled",
      ])
  }

  static let writers: [Told] = [
    Told("ALTER ROLE @ro SUPERUSER", "superuser"),
    Told("ALTER ROLE @ro CREATEDB", "may create databases"),
    Told("ALTER ROLE @ro CREATEROLE", "may create roles"),
    Told("ALTER ROLE @ro REPLICATION", "may start replication"),
    Told("ALTER ROLE @ro BYPASSRLS", "bypasses row-level security"),
    Told("ALTER TABLE orders OWNER TO @ro", "owns table public.orders"),
    Told("GRANT INSERT ON orders TO @ro", "INSERT on public.orders"),
    Told("GRANT UPDATE (note) ON orders TO @ro", "UPDATE (note) on public.orders"),
    Told("GRANT TRUNCATE, TRIGGER ON orders TO @ro", "TRIGGER, TRUNCATE on public.orders"),
    Told("GRANT USAGE ON SEQUENCE orders_id_seq TO @ro", "USAGE on sequence public.orders_id_seq"),
    Told("GRANT CREATE ON SCHEMA app TO @ro", "CREATE on schema app"),
    Told("GRANT CREATE ON DATABASE @db TO @ro", "CREATE on database @db"),
    Told("GRANT pg_write_all_data TO @ro", "member of pg_write_all_data"),
    Told("GRANT pg_write_server_files TO @ro", "member of pg_write_server_files"),
    Told("GRANT pg_execute_server_program TO @ro", "member of pg_execute_server_program"),
    Told("GRANT DELETE ON orders TO PUBLIC", "DELETE on public.orders (through PUBLIC)"),
    Told(
      "CREATE ROLE @a; ALTER ROLE @ro NOINHERIT; GRANT @a TO @ro; GRANT INSERT ON orders TO @a",
      "INSERT on public.orders (through @a)"),
    Told(
      """
      CREATE TABLE t1 (); CREATE TABLE t2 (); CREATE TABLE t3 (); CREATE TABLE t4 (); CREATE TABLE t5 ();
      GRANT SELECT, INSERT ON t1, t2, t3, t4, t5 TO @ro
      """,
      "INSERT on public.t1; INSERT on public.t2; INSERT on public.t3; INSERT on public.t4; and 1 more"),
  ]

  @Test(arguments: writers)
  func aRoleThatCanWriteIsRefused(_ told: Told) throws {
    let world = try World("writer", told.sql, in: Self.database.get())
    defer { try? world.run("ALTER ROLE @ro NOSUPERUSER NOREPLICATION") }
    let conditions = try Conditions(source: world.url)
    #expect(
      conditions["source_role_can_write"]
        == world.named("error: role @ro may write: \(told.sentence). \(Self.remedy)"))
    #expect(conditions.all.first { $0.code == "source_role_can_write" }?.blocks == true)
    #expect(conditions.failing == ["source_role_can_write"])
  }

  /// The copy will take this lock, so that what is read about the role is held against what the server does.
  @Test func grantsOnEveryColumnAreNotEnough() throws {
    let world = try World(
      "columns", "REVOKE SELECT ON orders FROM @ro; GRANT SELECT (id, note, state) ON orders TO @ro",
      in: Self.database.get())
    #expect(
      try Conditions(source: world.url)["source_readable"]
        == world.named(
          "error: role @ro may read all columns of public.orders, but by grants on columns: LOCK TABLE and pg_dump are refused. GRANT SELECT on the whole tables"
        ))
    let lock = "SET ROLE @ro; BEGIN READ ONLY; SELECT FROM orders; LOCK TABLE ONLY orders IN ACCESS SHARE MODE"
    #expect(throws: (any Error).self) { try world.run(lock) }
    try world.run("GRANT SELECT ON orders TO @ro; \(lock)")
    #expect(try Conditions(source: world.url)["source_readable"] == "holds")
  }

  static let hidden: [Told] = [
    Told("CREATE POLICY mine ON orders USING (false)", "policy mine on public.orders hides rows from @ro"),
    Told(
      "CREATE POLICY w ON orders FOR INSERT WITH CHECK (true)",
      "row-level security on public.orders has no policy for @ro and hides all rows"),
  ]

  @Test(arguments: hidden)
  func hiddenRowsAreRefused(_ told: Told) throws {
    let world = try World(
      "hidden", "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; \(told.sql)", in: Self.database.get())
    #expect(
      try Conditions(source: world.url)["row_security_hides_rows"]
        == world.named(
          "error: rows would be left out without a word: \(told.sentence). Give the source a role with BYPASSRLS and waive source_role_can_write for it, or exclude the schema"
        ))
  }

  @Test func aMissingSchemaAndAnUnreadableTableAreTold() throws {
    let world = try World("schemas", "REVOKE SELECT ON app.people FROM @ro", in: Self.database.get())
    let conditions = try Conditions(source: world.url, schemas: ["app", "gone"])
    #expect(conditions["schemas_present"] == "error: schema gone is not in the source; there: app, public")
    #expect(
      conditions["source_readable"]
        == world.named(
          "error: role @ro may not read app.people. GRANT USAGE on schemas, SELECT on tables and sequences"))
  }
}

@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct TLSConditionTests {
  let server: PostgreSQLServer
  let world: World

  init() throws {
    world = try World("tls", in: Self.database.get())
    server = world.server
  }

  static let database = Result { try PostgreSQLServer.shared().createDatabase(named: "certified") }

  private func look(_ query: String) throws -> Conditions {
    try Conditions(source: server.url(world.database, world.role, query))
  }

  /// The name is told to libpq, the address where it is looked for is always this machine's.
  private func elsewhere(_ query: String) throws -> Conditions {
    try Conditions(
      source: server.url(world.database, world.role, "\(query)&hostaddr=127.0.0.1")
        .replacing("@localhost:", with: "@db.elsewhere.example:"))
  }

  @Test func theWholeProofHolds() throws {
    #expect(try look("sslmode=verify-full&sslrootcert=\(server.authority)")["tls_unverified"] == "holds")
  }

  @Test(arguments: ["require", "prefer", "allow"])
  func withoutARootAnybodyMayAnswer(_ mode: String) throws {
    let said = try look("sslmode=\(mode)")["tls_unverified"]
    let blind =
      "warning: the connection is encrypted, but nothing proves who answers. Give it sslmode=verify-full and sslrootcert"
    let open = "warning: the connection is not encrypted. Give it sslmode=verify-full and sslrootcert"
    #expect(said == (mode == "allow" ? open : blind))
  }

  @Test func withoutTLSEverybodyMayListen() throws {
    #expect(
      try look("sslmode=disable")["tls_unverified"]
        == "warning: the connection is not encrypted. Give it sslmode=verify-full and sslrootcert")
  }

  private static func refused(_ port: Int, _ database: String) -> String {
    "localhost:\(port)/\(database): connection to server at \"127.0.0.1\", port \(port) failed: SSL error: certificate verify failed. Either sslrootcert is not the authority that the server's certificate is from, or the certificate has expired"
  }

  @Test func aWrongAuthorityIsNotSpokenTo() throws {
    for mode in ["verify-full", "verify-ca"] {
      let conditions = try look("sslmode=\(mode)&sslrootcert=\(server.wrongAuthority)")
      #expect(conditions.all.map(\.code) == ["source_reachable"])
      #expect(
        conditions["source_reachable"]
          == "error: \(Self.refused(server.port, world.database))")
    }
  }

  @Test func aWrongNameIsRefusedOnlyByTheWholeProof() throws {
    let full = try elsewhere("sslmode=verify-full&sslrootcert=\(server.authority)")
    #expect(full.all.map(\.code) == ["source_reachable"])
    #expect(
      full["source_reachable"]
        == "error: db.elsewhere.example:\(server.port)/\(world.database): connection to server at \"127.0.0.1\", port \(server.port) failed: server certificate for \"localhost\" (and 1 other name) does not match host name \"db.elsewhere.example\""
    )
    let authority = try elsewhere("sslmode=verify-ca&sslrootcert=\(server.authority)")
    #expect(
      authority["tls_unverified"]
        == "warning: the server's certificate is checked, its name is not (sslmode=verify-ca). Give it sslmode=verify-full"
    )
  }

  @Test func anExpiredCertificateIsNotSpokenTo() throws {
    let old = try PostgreSQLServer.expired()
    for mode in ["verify-full", "verify-ca"] {
      let conditions = try Conditions(
        source: old.url("postgres", nil, "sslmode=\(mode)&sslrootcert=\(old.authority)"))
      #expect(conditions.all.map(\.code) == ["source_reachable"])
      #expect(conditions["source_reachable"] == "error: \(Self.refused(old.port, "postgres"))")
    }
    let blind = try Conditions(source: old.url("postgres", nil, "sslmode=require"))
    #expect(blind["tls_unverified"]?.contains("nothing proves who answers") == true)
  }
}
