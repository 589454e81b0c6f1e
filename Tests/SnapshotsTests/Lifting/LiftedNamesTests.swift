import Foundation
import Masking
import Reconciliation
import TestServers
import Testing

/// Lifted SQL over citext, domains and functions of one's own, without their schemas: row by row what it is in place.
@Suite(.enabled(if: PostgreSQLServer.isAvailable), .serialized, .timeLimit(.minutes(30)))
struct LiftedNamesTests {
  private let server: PostgreSQLServer
  private let database: String
  private let schema: DatabaseSchema

  private static let sql = """
    CREATE EXTENSION citext; CREATE SCHEMA app; CREATE SCHEMA other;
    CREATE DOMAIN app.mail AS citext CHECK (VALUE LIKE '%@%'); CREATE DOMAIN app.zip AS varchar(8);
    CREATE FUNCTION app.hide(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'hidden ' || length($1) $$;
    CREATE FUNCTION app.fold(text) RETURNS citext LANGUAGE sql IMMUTABLE AS $$ SELECT $1::public.citext $$;
    CREATE FUNCTION app.twice(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1 || $1 $$;
    CREATE FUNCTION other.twice(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'other' $$;
    CREATE TABLE app.t (id int PRIMARY KEY, ci citext, home app.mail, w text, z app.zip, n int, zs app.zip[]);
    INSERT INTO app.t VALUES (1, 'Ada@X.example', 'Ada@home', 'one', '10115', 3), (2, 'bob@x.EXAMPLE', 'bob@Home', 'TWO', '1', 0),
      (3, NULL, NULL, NULL, NULL, NULL), (4, 'ada@x.example ', 'x@y', 'Ada@X.example', 'abc', 7);
    """

  init() throws {
    server = try PostgreSQLServer.shared()
    database = try server.createDatabase(named: "lifting_names")
    try server.run(Self.sql, database: database)
    schema = try SnapshotsTests.schema(server, database)
  }

  @Test(arguments: [
    ("DELETE FROM t WHERE ci = 'ADA@x.example'", true),
    ("DELETE FROM t WHERE ci LIKE 'ADA%' OR ci IN ('BOB@X.example')", true),
    ("DELETE FROM t WHERE home = 'BOB@home'", true), ("DELETE FROM t WHERE ci > 'b' AND ci BETWEEN 'A' AND 'C'", true),
    ("UPDATE t SET w = replace(ci, 'x.', 'Y.'), n = strpos(ci, 'X')", true),
    (
      "UPDATE t SET w = split_part(ci, 'X', 2) || translate(ci, 'ABC', '123'), ci = regexp_replace(ci, 'ADA', 'eve')",
      true
    ),
    (
      "UPDATE t SET ci = upper(ci); DELETE FROM t WHERE ci = 'bob@x.example'; UPDATE t SET w = lower(ci) || md5(ci)",
      true
    ),
    ("UPDATE t SET n = CASE ci WHEN 'ADA@X.EXAMPLE' THEN 1 ELSE 2 END, w = nullif(ci, 'BOB@x.example')", true),
    ("DELETE FROM t WHERE w::citext = 'ada@x.EXAMPLE'", true), ("UPDATE t SET w = replace(w, 'A', 'b')", false),
    ("UPDATE t SET w = hide(w) WHERE n > 1", false), ("UPDATE t SET z = 'abc'::zip, w = n::zip", false),
    ("DELETE FROM t WHERE w = 'ADA@x.example'", false), ("UPDATE t SET zs = '{abc,NULL}', w = z", false),
    ("UPDATE t SET w = (home::text || '@')::mail WHERE home = 'ADA@home'::mail", true),
  ])
  func whatIsLiftedIsWhatIsDoneInPlace(_ text: String, _ needsPath: Bool) throws {
    let lifting = try Lifting.lift(text, over: schema, searchPath: ["app", "public"])
    try #require(lifting.isWhole, "\(lifting.statements.map(\.outcome))")
    #expect(lifting.needsSearchPath == needsPath)
    let columns = ["id", "ci", "home", "w", "z", "n", "zs"]
    let table = try #require(lifting[QualifiedName("app", "t")])
    let order = "ORDER BY id"
    let lifted = try server.run(
      "SET search_path = pg_catalog\(needsPath ? ", app, public" : ""); SELECT * FROM (\(table.select(columns, at: nil))) AS s \(order)",
      database: database)
    let inPlace = try server.run(
      "SET search_path = app, public; BEGIN; \(text); SELECT \(columns.joined(separator: ", ")) FROM t \(order); ROLLBACK",
      database: database)
    #expect(lifted == inPlace)
  }

  /// Which function is meant, or of what type its value is, is not known; nor how long the elements of an array may be
  /// that a cast would cut.
  @Test(arguments: [
    "UPDATE t SET w = twice(w)", "UPDATE t SET w = 'x' WHERE fold(w) = 'ONE'", "DELETE FROM t WHERE ci = 'x'",
    "UPDATE t SET zs = ARRAY[w]",
  ])
  func whatIsNotKnownIsNotLifted(_ text: String) throws {
    let path = text.contains("ci =") ? ["app"] : ["app", "other", "public"]
    let lifting = try Lifting.lift(text, over: schema, searchPath: path)
    #expect(!lifting.isWhole, "\(lifting.statements.map(\.outcome))")
  }
}
