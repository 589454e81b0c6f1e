import Backends
import Reconciliation
import TestServers
import Testing

@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct ReadabilityTests {
  static let database = Result { try PostgreSQLServer.shared().createDatabase(named: "reading") }

  @Test(arguments: [
    Grant("REVOKE SELECT ON orders FROM @ro", "public.orders"),
    Grant("REVOKE USAGE ON SCHEMA app FROM @ro", "app"),
    Grant("REVOKE SELECT ON SEQUENCE orders_id_seq FROM @ro", "public.orders_id_seq"),
    Grant("CREATE MATERIALIZED VIEW m AS SELECT 1 AS x", "public.m"),
    Grant("CREATE VIEW v AS SELECT 1 AS x"),
    Grant(
      """
      CREATE TABLE p (x int) PARTITION BY LIST (x); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
      GRANT SELECT ON p TO @ro
      """, "public.p1"),
    Grant("REVOKE SELECT ON orders FROM @ro; GRANT SELECT (id, note) ON orders TO @ro", "public.orders"),
    Grant(
      "REVOKE SELECT ON orders FROM @ro; CREATE ROLE @a; GRANT SELECT ON orders TO @a; GRANT @a TO @ro"),
    // A copy reads as the role itself, and what NOINHERIT keeps away it cannot read.
    Grant(
      """
      REVOKE SELECT ON orders FROM @ro; ALTER ROLE @ro NOINHERIT;
      CREATE ROLE @a; GRANT SELECT ON orders TO @a; GRANT @a TO @ro
      """, "public.orders"),
    Grant(#"CREATE SCHEMA "Odd ""one"; CREATE TABLE app."Two words" ()"#, #""Odd ""one""#, #"app."Two words""#),
    Grant(#"CREATE TABLE app."Two words" (x int)"#, #"app."Two words""#),
    Grant("REVOKE ALL ON ALL TABLES IN SCHEMA public, app FROM @ro; GRANT pg_read_all_data TO @ro"),
  ])
  func whatCannotBeReadIsNamed(_ grant: Grant) throws {
    #expect(try World("read", grant.sql, in: Self.database.get()).source().unreadable == grant.sentences)
  }

  @Test func grantsOnEveryColumnAreKeptApart() throws {
    let world = try World(
      "columns",
      """
      REVOKE SELECT ON orders FROM @ro; GRANT SELECT (id, note, state) ON orders TO @ro;
      REVOKE SELECT ON app.people FROM @ro; GRANT SELECT (id, email) ON app.people TO PUBLIC;
      CREATE TABLE bare (); CREATE TABLE dropped (x int, y int); GRANT SELECT (x) ON dropped TO @ro;
      ALTER TABLE dropped DROP COLUMN y
      """, in: Self.database.get())
    let facts = try world.source()
    #expect(facts.columnsOnly == ["app.people", "public.dropped", "public.orders"])
    #expect(facts.unreadable == ["public.bare"])
    #expect(try world.source(SchemaSelection(excluded: ["public"])).columnsOnly == ["app.people"])
  }

  @Test func onlySelectedSchemasMatter() throws {
    let world = try World("select", "CREATE SCHEMA vault; CREATE TABLE vault.t (x int)")
    #expect(try world.source().unreadable == ["vault"])
    #expect(try world.source(SchemaSelection(excluded: ["vault"])).unreadable == [])
    #expect(try world.source(SchemaSelection(included: ["app", "public"])).unreadable == [])
    #expect(try world.source(SchemaSelection(included: ["vault", "nowhere"])).unreadable == ["vault"])
    #expect(try world.source(SchemaSelection(included: ["app"])).schemas == ["app", "public", "vault"])
  }

  @Test func hostileNamesOfSchemasAreOnlyNames() throws {
    let name = #"a","b}\ '; DROP TABLE app.people; --"#
    let world = try World("hostile", "CREATE SCHEMA \(PostgreSQLServer.quoted(name))")
    let facts = try world.source(SchemaSelection(included: [name]))
    #expect(facts.schemas == [name, "app", "public"])
    #expect(facts.unreadable == [PostgreSQLServer.quoted(name)])
    #expect(try world.source(SchemaSelection(included: [name], excluded: [name])).unreadable == [])
    #expect(try world.source().schemas.contains("app"))
  }

  @Test(arguments: [
    Grant(
      "CREATE POLICY mine ON orders FOR SELECT TO @ro USING (false)", "policy mine on public.orders hides rows from @ro"
    ),
    Grant(
      "CREATE POLICY q ON orders USING (id > 1); CREATE POLICY p ON orders AS RESTRICTIVE USING (id > 2)",
      "policies p, q on public.orders hide rows from @ro"),
    Grant(
      "CREATE POLICY w ON orders FOR INSERT WITH CHECK (true)",
      "row-level security on public.orders has no policy for @ro and hides all rows"),
    Grant(
      "CREATE ROLE @a; CREATE POLICY other ON orders TO @a USING (true)",
      "row-level security on public.orders has no policy for @ro and hides all rows"),
    Grant("CREATE POLICY p ON orders USING (false); ALTER ROLE @ro BYPASSRLS"),
    Grant("CREATE POLICY p ON orders USING (false); ALTER TABLE orders OWNER TO @ro"),
    Grant(
      """
      CREATE POLICY p ON orders USING (false); ALTER TABLE orders OWNER TO @ro;
      ALTER TABLE orders FORCE ROW LEVEL SECURITY
      """, "policy p on public.orders hides rows from @ro"),
  ])
  func hiddenRowsAreNamed(_ grant: Grant) throws {
    let world = try World(
      "rls", "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; " + grant.sql, in: Self.database.get())
    #expect(try world.source().hiddenRows == grant.sentences.map(world.named))
    #expect(try world.source(SchemaSelection(included: ["app"])).hiddenRows == [])
  }
}
