import Documents
import Foundation
import Reconciliation
import Snapshots
import TestServers
import Testing

/// What no rule names arrives as it was: every object and every row.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct FaithfulCopyTests {
  /// One trivial rule elsewhere, so that there is something to mask.
  private static let script =
    EverythingSource.script
    + "CREATE TABLE masked (id int PRIMARY KEY, email text); INSERT INTO masked VALUES (1, 'ceo@x.com');"

  private static let maskedOnly: Value = [
    "masked": ["columns": ["email": ["strategy": "email", "domain": "anon.local"]]]
  ]

  private static let rules: Value = [
    "masked": ["columns": ["email": ["strategy": "email", "domain": "anon.local"]]],
    "users": ["columns": ["email": ["keep": "made up"], "name": ["keep": "made up"]]],
    "app.everything": ["columns": ["a_macaddr": ["keep": "made up"]]],
  ]

  private func schema(_ site: FaithfulSite, _ database: String) throws -> String {
    try site.shell("pg_dump --schema-only --restrict-key=x --no-owner --no-acl --no-comments -d \(database)")
  }

  @Test(arguments: [1, 3])
  func everythingArrivesAsItWas(workers: Int) throws {
    let site = try FaithfulSite(Self.script, schemas: EverythingSource.schemas)
    // So that the tables of a few pages are cut into ranges too.
    let result = try site.refresh(site.order(Self.rules, workers: workers))
    try #require(result.summary != nil, "\(result)")
    try site.server.run("ALTER TABLE public.masked DROP COLUMN email", database: site.source)
    #expect(try site.atCopy("SELECT email ~ '^user_[0-9a-f]+@anon.local$' FROM public.masked") == "t")
    try site.atCopy("ALTER TABLE public.masked DROP COLUMN email")

    let (there, here) = (try schema(site, site.source), try schema(site, site.destination))
    let objects = difference(there, here)
    #expect(objects == [])
    #expect(there.count > 50_000)
    let (source, copy) = (try site.atSource(AllRows.query), try site.atCopy(AllRows.query))
    let rows = difference(source, copy)
    #expect(rows == [])
    #expect(source.split(separator: "\n").count > 7_000)
    try expectBelongings(site)
  }

  /// What a dump does not tell.
  private func expectBelongings(_ site: FaithfulSite) throws {
    let sequences = """
      SELECT format('SELECT %L, last_value, is_called FROM %I.%I', c.relname, n.nspname, c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' ORDER BY 1 \\gexec
      """
    let moved = difference(try site.atSource(sequences), try site.atCopy(sequences))
    #expect(moved == [])
    let facts = """
      SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database();
      SELECT c.relname, c.relpersistence, c.relispopulated FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'm', 'S') ORDER BY 1;
      SELECT extname, extversion, extnamespace::regnamespace FROM pg_extension ORDER BY 1;
      SELECT conname, convalidated, condeferrable, condeferred FROM pg_constraint ORDER BY 1, 2;
      SELECT indexrelid::regclass::text, indisvalid, indisclustered, indisreplident FROM pg_index WHERE indexrelid > 16383 AND indexrelid::regclass::text !~ '^pg_toast' ORDER BY 1;
      """
    let changed = difference(try site.atSource(facts), try site.atCopy(facts))
    #expect(changed == [])
    // Comments may say anything about anybody; they do not come along unless somebody asks for them.
    #expect(try site.atCopy("SELECT count(*) FROM pg_description WHERE description ~ 'ceo@|Ana'") == "0")
    #expect(
      try site.atCopy("SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'public' AND tablename = 'users'") == "t")
    #expect(
      try site.atCopy(
        "SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()"
      )
        == "0", "what helped to build it is not left on it")
    #expect(try site.databases() == [site.destination])
  }

  /// The source's encoding and locale are the copy's, whatever the destination's server has by default.
  @Test func anotherEncodingArrives() throws {
    let site = try FaithfulSite("")
    try site.server.run(
      "CREATE DATABASE \(site.source)_latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
      database: "postgres")
    let latin = "\(site.source)_latin"
    try site.server.run(
      """
      SET client_encoding = UTF8; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
      CREATE TABLE masked (id int PRIMARY KEY, name text); INSERT INTO masked VALUES (1, 'Jürgen'), (2, 'ÿ');
      CREATE TABLE kept (v text, b bytea); INSERT INTO kept VALUES ('Größe', '\\xfffe'), (E'\\u00a0', '');
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(site.reader);
      """, database: latin)
    var order = site.order(["masked": ["columns": ["name": ["strategy": "name"]]]])
    var parameters = order.source.parameters
    parameters["dbname"] = latin
    order.source = DatabaseEndpoint(parameters: parameters, password: order.source.password)
    let result = try site.refresh(order)
    try #require(result.summary != nil, "\(result)")
    #expect(try site.atCopy("SHOW server_encoding") == "LATIN1")
    let rows = "SELECT encode(convert_to(v, 'UTF8'), 'hex'), b FROM kept ORDER BY 1"
    #expect(try site.atCopy(rows) == site.server.run(rows, database: latin))
  }

  /// The plan says why rows are not binary, and says nothing where they are.
  @Test func whatGoesAsTextIsSaid() throws {
    let site = try FaithfulSite("CREATE TABLE masked (id int PRIMARY KEY, email text, pay numeric)")
    func told(_ rules: Value) throws -> [String] {
      try site.copies.study(site.order(rules)).get().notes.filter { $0.code == "text_format" }.map(\.message)
    }
    #expect(try told(Self.maskedOnly) == [])
    #expect(
      try told(["masked": ["columns": ["email": ["strategy": "email"], "pay": ["strategy": "noise"]]]]) == [
        "the rows of public.masked go as text, which costs more than binary. pay: its mask reads text, and numeric has no way from its binary form to text"
      ])
  }

  /// Large objects belong to no table and are readable by nobody but their owner: the plan names them.
  @Test func largeObjectsAreRefusedByName() throws {
    let site = try FaithfulSite(
      "CREATE TABLE masked (id int PRIMARY KEY, email text); SELECT lo_create(4242); SELECT lo_create(4243);")
    let study = try site.copies.study(site.order(Self.maskedOnly)).get()
    #expect(study.notes.contains { $0.message.contains("LARGE OBJECT 4242") }, "\(study.notes)")
    let result = try site.refresh(site.order(Self.maskedOnly))
    #expect(result.summary?.notes.contains { $0.contains("LARGE OBJECT 4243") } == true, "\(result)")
    #expect(try site.atCopy("SELECT count(*) FROM pg_largeobject_metadata") == "0")
  }
}
