import Backends
import Reconciliation
import TestServers
import Testing

/// A role with one right too many, and what is said about it.
struct Grant: Sendable, CustomTestStringConvertible {
  let sql: String
  let sentences: [String]
  var testDescription: String { sql }

  init(_ sql: String, _ sentences: String...) { (self.sql, self.sentences) = (sql, sentences) }
}

@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct PrivilegesTests {
  static let database = Result { try PostgreSQLServer.shared().createDatabase(named: "grants") }

  @Test func aCleanRoleIsAccepted() throws {
    let world = try World("clean")
    let facts = try world.source()
    #expect(facts.writes == [])
    #expect(facts.unreadable == [])
    #expect(facts.hiddenRows == [])
    #expect(facts.definerFunctions == [])
    #expect(facts.schemas == ["app", "public"])
    #expect(facts.server.database == world.database)
    #expect(facts.server.role == world.role)
    #expect(facts.server.tls == .unixSocket)
    #expect(facts.server.version >= 140_000)
  }

  static let grants: [Grant] = [
    Grant("ALTER ROLE @ro SUPERUSER CREATEDB", "superuser"),
    Grant("ALTER ROLE @ro CREATEDB", "may create databases"),
    Grant("ALTER ROLE @ro CREATEROLE", "may create roles"),
    Grant("ALTER ROLE @ro REPLICATION", "may start replication"),
    Grant("ALTER ROLE @ro BYPASSRLS", "bypasses row-level security"),
    Grant("ALTER TABLE orders OWNER TO @ro", "owns table public.orders"),
    Grant("ALTER SCHEMA app OWNER TO @ro", "owns schema app"),
    Grant(
      "ALTER DATABASE @db OWNER TO @ro", "owns database @db", "owns schema public (through pg_database_owner)"),
    Grant("GRANT INSERT ON orders TO @ro", "INSERT on public.orders"),
    Grant("GRANT UPDATE, DELETE, INSERT ON orders TO @ro", "DELETE, INSERT, UPDATE on public.orders"),
    Grant("GRANT UPDATE (note) ON orders TO @ro", "UPDATE (note) on public.orders"),
    Grant("GRANT INSERT (state, note) ON orders TO @ro", "INSERT (note, state) on public.orders"),
    Grant("GRANT DELETE ON app.people TO @ro", "DELETE on app.people"),
    Grant("GRANT TRUNCATE ON orders TO @ro", "TRUNCATE on public.orders"),
    Grant("GRANT TRIGGER ON orders TO @ro", "TRIGGER on public.orders"),
    Grant("GRANT REFERENCES ON orders TO @ro", "REFERENCES on public.orders"),
    Grant("GRANT REFERENCES (id) ON orders TO @ro", "REFERENCES (id) on public.orders"),
    Grant("GRANT UPDATE ON SEQUENCE orders_id_seq TO @ro", "UPDATE on sequence public.orders_id_seq"),
    Grant("GRANT USAGE ON SEQUENCE orders_id_seq TO @ro", "USAGE on sequence public.orders_id_seq"),
    Grant("CREATE SEQUENCE s; ALTER SEQUENCE s OWNER TO @ro", "owns sequence public.s"),
    Grant("GRANT CREATE ON SCHEMA app TO @ro", "CREATE on schema app"),
    Grant("GRANT CREATE ON DATABASE @db TO @ro", "CREATE on database @db"),
    Grant("CREATE VIEW v AS SELECT * FROM orders; GRANT UPDATE ON v TO @ro", "UPDATE on public.v"),
    Grant("GRANT UPDATE ON pg_catalog.pg_class TO @ro", "UPDATE on pg_catalog.pg_class"),
    Grant("GRANT pg_write_all_data TO @ro", "member of pg_write_all_data"),
    Grant("GRANT pg_write_server_files TO @ro", "member of pg_write_server_files"),
    Grant("GRANT pg_execute_server_program TO @ro", "member of pg_execute_server_program"),
    Grant("GRANT INSERT ON orders TO PUBLIC", "INSERT on public.orders (through PUBLIC)"),
    Grant("GRANT CREATE ON SCHEMA public TO PUBLIC", "CREATE on schema public (through PUBLIC)"),
    Grant(
      "CREATE ROLE @a; GRANT @a TO @ro; GRANT INSERT ON orders TO @a", "INSERT on public.orders (through @a)"),
    Grant(
      "CREATE ROLE @a; ALTER ROLE @ro NOINHERIT; GRANT @a TO @ro; GRANT INSERT ON orders TO @a",
      "INSERT on public.orders (through @a)"),
    Grant(
      "CREATE ROLE @a NOINHERIT; CREATE ROLE @b; GRANT @b TO @a; GRANT @a TO @ro; ALTER TABLE orders OWNER TO @b",
      "owns table public.orders (through @b)"),
    Grant(
      "CREATE ROLE @a; GRANT pg_write_all_data TO @a; ALTER ROLE @ro NOINHERIT; GRANT @a TO @ro",
      "member of pg_write_all_data (through @a)"),
    Grant("CREATE ROLE @a CREATEROLE; GRANT @a TO @ro", "may create roles (through @a)"),
    Grant("CREATE ROLE @a SUPERUSER; GRANT @a TO @ro; GRANT INSERT ON orders TO @ro", "superuser (through @a)"),
    Grant(
      "GRANT INSERT ON orders TO @ro; GRANT CREATE ON SCHEMA app TO @ro; ALTER ROLE @ro CREATEDB",
      "may create databases", "CREATE on schema app", "INSERT on public.orders"),
    Grant(
      #"CREATE TABLE app."a "" b; DROP" (x int); GRANT INSERT ON app."a "" b; DROP" TO @ro"#,
      #"INSERT on app."a "" b; DROP""#),
    Grant(
      "CREATE TABLE app.U&\"x\\000A\\202Ey\" (x int); GRANT INSERT ON app.U&\"x\\000A\\202Ey\" TO @ro",
      "INSERT on app.\"x\\000A\\202Ey\""),
  ]

  @Test(arguments: grants)
  func aRightToWriteIsNamed(_ grant: Grant) throws {
    let world = try World("grant", grant.sql, in: Self.database.get())
    defer { try? world.run("ALTER ROLE @ro NOSUPERUSER NOREPLICATION") }
    #expect(try world.source(SchemaSelection(excluded: ["app"])).writes == grant.sentences.map(world.named))
  }

  @Test func otherRolesAndTheirTablesAreNotHeldAgainstThisOne() throws {
    let world = try World(
      "others",
      """
      CREATE ROLE @a; GRANT INSERT ON orders TO @a; ALTER TABLE app.people OWNER TO @a;
      GRANT @ro TO @a; GRANT TEMP ON DATABASE @db TO PUBLIC
      """)
    #expect(try world.source().writes == [])
  }

  @Test func theListIsBoundedAndCountsTheRest() throws {
    let world = try World(
      "many",
      """
      DO $$ BEGIN FOR i IN 1..60 LOOP
        EXECUTE format('CREATE TABLE t%s (x int); GRANT INSERT ON t%s TO @ro', lpad(i::text, 2, '0'), lpad(i::text, 2, '0'));
      END LOOP; END $$
      """)
    let writes = try world.source().writes
    #expect(writes.count == 51)
    #expect(writes.first == "INSERT on public.t01")
    #expect(writes.last == "and 10 more")
  }

  @Test func whatTheRoleHasSetForItselfChangesNothing() throws {
    let world = try World(
      "settings",
      """
      GRANT INSERT ON orders TO @ro; CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC;
      CREATE FUNCTION evil.pg_has_role(name, oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
      CREATE VIEW evil.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE false;
      ALTER ROLE @ro SET search_path = evil, pg_catalog; ALTER ROLE @ro SET quote_all_identifiers = on;
      ALTER ROLE @ro SET row_security = off
      """)
    #expect(try world.source().writes == ["INSERT on public.orders"])
  }

  @Test func definerFunctionsAreNamed() throws {
    let world = try World(
      "definer",
      """
      CREATE FUNCTION purge(n int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
      CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION closed() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
      REVOKE EXECUTE ON FUNCTION closed() FROM PUBLIC;
      """)
    #expect(try world.source().definerFunctions == ["public.purge(n integer)"])
  }

  @Test func fiveThousandTablesAreQuick() throws {
    let world = try World(
      "wide",
      """
      DO $$ BEGIN FOR i IN 1..2500 LOOP
        EXECUTE format('CREATE TABLE a%s (x int, y text)', i);
        EXECUTE format('CREATE TABLE b%s (x int, y text)', i);
        IF i % 500 = 0 THEN COMMIT; END IF;
      END LOOP; END $$;
      GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO @ro; REVOKE SELECT ON a7 FROM @ro;
      """)
    let start = ContinuousClock.now
    let facts = try world.source()
    let took = ContinuousClock.now - start
    #expect(facts.unreadable == ["public.a7"])
    #expect(facts.writes.last == "and 4951 more")
    // A third of a second where nothing else runs; what grows with the square of the tables would take minutes.
    #expect(took < .seconds(10), "took \(took)")
  }
}
