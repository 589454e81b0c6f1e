import Foundation
import Masking
import Reconciliation
import TestServers
import Testing

/// Lifted SQL over the types of extensions, by what the catalogue says of them: row by row what it is in place.
@Suite(.enabled(if: PostgreSQLServer.isAvailable), .timeLimit(.minutes(30))) struct LiftedExtensionsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var extensions: [String]
    /// What is made before the table.
    var before = ""
    var type: String
    var values: [String]
    var texts: [String]

    var testDescription: String { "\(extensions.joined(separator: ", ")): \(type)" }
  }

  static let cases = [
    Case(
      extensions: ["hstore"], type: "hstore",
      values: ["email=>ana@x.example, plan=>gold", "plan=>NULL", "", "a=>1, b=>2, email=>NULL"],
      texts: [
        "UPDATE t SET v = v - 'email'", "UPDATE t SET v = v - 'email'::text WHERE v ? 'email'",
        "UPDATE t SET v = v - ARRAY['email', 'a']", "UPDATE t SET v = v || 'email=>none'",
        "UPDATE t SET v = v || hstore('email', 'user' || id), w = v -> 'plan'",
        "DELETE FROM t WHERE v -> 'plan' = 'gold'",
        "DELETE FROM t WHERE v @> 'plan=>gold' OR exist(v, 'b')",
        "UPDATE t SET v = delete(v, 'email'), w = akeys(v)::text",
        "UPDATE t SET w = v::text, n = cardinality(avals(v))", "DELETE FROM t WHERE v = ''::hstore OR v IS NULL",
        "UPDATE t SET v = slice(v, ARRAY['plan']) WHERE defined(v, 'plan')",
        "UPDATE t SET v = 'x=>y', w = (v::json)::text",
        "UPDATE t SET v = v - 'email'::text; DELETE FROM t WHERE v ? 'email'; UPDATE t SET w = v -> 'plan', v = NULL",
        "UPDATE t SET w = CASE v WHEN 'plan=>NULL' THEN 'one' ELSE nullif(v, '')::text END",
        "UPDATE t SET w = v['plan']",
        "UPDATE t SET w = jsonb_build_object('v', v)::text, n = id WHERE v IS DISTINCT FROM 'plan=>NULL'",
        "UPDATE t SET v = w", "UPDATE t SET w = skeys(v)", "UPDATE t SET w = v || 1",
      ]),
    Case(
      extensions: ["ltree"], type: "ltree", values: ["Top.People.Ana", "Top", "", "Top.Science.Astronomy"],
      texts: [
        "UPDATE t SET v = subpath(v, 0, 1) WHERE nlevel(v) > 1", "DELETE FROM t WHERE v <@ 'Top.People'",
        "DELETE FROM t WHERE v ~ '*.Science.*' OR v ? ARRAY['*.Ana', 'Top']::lquery[]", "UPDATE t SET v = v || 'x'",
        "UPDATE t SET v = 'Top' || v, n = index(v, 'People')", "DELETE FROM t WHERE v @ 'Ana & Top' OR v = ''",
        "UPDATE t SET w = ltree2text(v), v = text2ltree('u' || id)",
        "UPDATE t SET w = (v > 'Top.M')::text, n = nlevel(lca(v, 'Top.People'))",
        "DELETE FROM t WHERE v IN ('Top', 'None') OR v BETWEEN 'Top.A' AND 'Top.Z'",
        "UPDATE t SET w = greatest(v, 'Top.P')::text",
      ]),
    Case(
      extensions: ["cube", "earthdistance"], type: "cube", values: ["(1,2,3)", "(0,0),(1,1)", "(0.1)"],
      texts: [
        "UPDATE t SET v = cube(ARRAY[0, 0]), n = cube_dim(v)", "DELETE FROM t WHERE v && '(0,0),(2,2)'",
        "UPDATE t SET w = (v -> 1)::text || cube_distance(v, '(0)')",
        "UPDATE t SET w = (v <-> '(5,5)')::text, v = cube_enlarge(v, 1, 2)",
        "DELETE FROM t WHERE v = '(0.1)'::cube OR cube_is_point(v)", "UPDATE t SET w = v::text",
        "UPDATE t SET w = ('(1,2)'::point <@> '(3,4)'::point)::text",
      ]),
    Case(
      extensions: ["seg"], type: "seg", values: ["1 .. 2", "5(+-)0.3", "<7"],
      texts: [
        "DELETE FROM t WHERE v && '1.5 .. 6'", "UPDATE t SET w = seg_center(v)::text, v = '0 .. 1' WHERE v < '4'",
        "UPDATE t SET w = v::text WHERE v @> '1.5'",
      ]),
    Case(
      extensions: ["isn"], type: "isbn13", values: ["978-0-393-04002-9", "978-1-4028-9462-6"],
      texts: [
        "UPDATE t SET v = '978-0-11-000222-4' WHERE v = '9780393040029'", "UPDATE t SET w = isbn(v)::text || v",
        "DELETE FROM t WHERE v > isbn13('978-0-11-000222-4')", "UPDATE t SET w = v::ean13::text WHERE is_valid(v)",
      ]),
    Case(
      extensions: ["intarray"], type: "int[]", values: ["{1,2,3}", "{}", "{3,1}"],
      texts: [
        "UPDATE t SET v = v - 1", "UPDATE t SET v = v + ARRAY[7], n = icount(v)",
        "DELETE FROM t WHERE v @@ '1 & 3'::query_int",
        "UPDATE t SET v = sort(v, 'desc') & ARRAY[1, 3]", "DELETE FROM t WHERE v @> ARRAY[1] AND v && ARRAY[3]",
        "UPDATE t SET n = # v",
        "UPDATE t SET v = uniq(v | 9), n = idx(v, 3)", "UPDATE t SET n = n - 1",
      ]),
    Case(
      extensions: ["hstore", "ltree", "citext", "cube", "intarray", "pg_trgm", "fuzzystrmatch"], type: "hstore",
      values: ["Email=>Ana@x.example", "a=>b"],
      texts: [
        "UPDATE t SET v = v - 'Email'::text, w = upper(v -> 'Email')",
        "DELETE FROM t WHERE (v -> 'Email')::citext = 'ANA@x.example'",
        "UPDATE t SET w = soundex(v -> 'Email') || levenshtein(w, 'x')",
        "UPDATE t SET w = similarity(w, v -> 'a')::text",
        "UPDATE t SET v = hstore('k', ('a.b'::ltree || 'c')::text), n = n % 2",
      ]),
  ]

  static let contrib = "PostgreSQL's contrib is not installed (apt-get install postgresql-contrib)"

  static func areThere(_ extensions: [String]) -> Bool {
    let list = try? PostgreSQLServer.shared().run("SELECT name FROM pg_available_extensions", database: "postgres")
    return Set((list ?? "").split(separator: "\n").map(String.init)).isSuperset(of: extensions)
  }

  @Test(.enabled(if: areThere(cases.flatMap(\.extensions)), Comment(rawValue: contrib)), arguments: cases + made)
  func whatIsLiftedIsWhatIsDoneInPlace(_ tried: Case) throws {
    let (server, database) = try prepared(tried)
    let schema = try SnapshotsTests.schema(server, database)
    for text in tried.texts { try compare(text, schema, server, database) }
  }

  @Test(.enabled(if: areThere(failing.extensions), Comment(rawValue: contrib)))
  func whatADomainForbidsFailsWhereRowsAreRead() throws {
    let (server, database) = try prepared(Self.failing)
    let schema = try SnapshotsTests.schema(server, database)
    for text in Self.failing.texts {
      #expect(run("SET search_path = public; \(text)", server, database) == nil, "\(text)")
      let lifting = try Lifting.lift(text, over: schema, searchPath: ["public"])
      let table = try #require(lifting.isWhole ? lifting[QualifiedName("public", "t")] : nil, "\(lifting.statements)")
      let select = table.select(["v"], at: nil)
      #expect(run("SET search_path = pg_catalog, public; \(select)", server, database) == nil, "\(text)")
    }
  }

  /// A database with the table of the case.
  private func prepared(_ tried: Case) throws -> (server: PostgreSQLServer, database: String) {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "lifting_extensions")
    try server.run(
      """
      \(tried.extensions.map { "CREATE EXTENSION \($0);" }.joined(separator: "\n"))
      \(tried.before);
      CREATE TABLE t (id int PRIMARY KEY, v \(tried.type), w text, n int);
      \(tried.values.enumerated().map { "INSERT INTO t VALUES (\($0), '\($1)', 'word \($0)', \($0 * 3));" }.joined())
      INSERT INTO t VALUES (99);
      """, database: database)
    return (server, database)
  }

  private func compare(
    _ text: String, _ schema: DatabaseSchema, _ server: PostgreSQLServer, _ database: String
  ) throws {
    let lifting = try Lifting.lift(text, over: schema, searchPath: ["public"])
    let inPlace = run(
      "SET search_path = public; BEGIN; \(text); SELECT id, v, w, n FROM t ORDER BY id; ROLLBACK", server, database)
    // What the source would not prepare is an error of the plan, and fails in place.
    for proof in lifting.statements.compactMap(\.proof) {
      let isProved = run("SET search_path = public; PREPARE proof AS \(proof)", server, database) != nil
      guard isProved else { return #expect(inPlace == nil, "\(text)") }
    }
    #expect(inPlace != nil, "\(text)")
    guard lifting.isWhole else { Issue.record("\(text): \(lifting.statements.map(\.outcome))"); return }
    let table = lifting[QualifiedName("public", "t")]
    let path = lifting.needsSearchPath ? "pg_catalog, public" : "pg_catalog"
    let select = table?.select(["id", "v", "w", "n"], at: nil) ?? "SELECT id, v, w, n FROM public.t"
    let lifted = run("SET search_path = \(path); SELECT * FROM (\(select)) AS s ORDER BY id", server, database)
    #expect(lifted == inPlace, "\(text)\n\(select)")
  }

  private func run(_ sql: String, _ server: PostgreSQLServer, _ database: String) -> String? {
    try? server.run(sql, database: database)
  }

  /// What the catalogue does not say: statements that it keeps from being lifted, and those that it does not.
  struct Doubt: Sendable, CustomTestStringConvertible {
    var change: String
    var lifted: [String] = []
    var refused = ["UPDATE t SET v = v - 'email'", "DELETE FROM t WHERE v ? 'x'"]
    var reason = ""

    var testDescription: String { change }
  }

  /// An operator over the type, over arrays of it or over a domain, whoever made it.
  private static func operatorThatMayDoAnything(over type: String) -> String {
    "CREATE FUNCTION eq(\(type), text) RETURNS bool LANGUAGE sql VOLATILE AS 'SELECT true'; CREATE OPERATOR ~~~ (LEFTARG = \(type), RIGHTARG = text, FUNCTION = eq)"
  }

  /// One function that is not IMMUTABLE, wherever it stands, and the type is as unknown as before.
  static let doubts = [
    Doubt(change: "ALTER FUNCTION hstore_in(cstring) STABLE"),
    Doubt(change: "ALTER FUNCTION hstore_to_json(hstore) VOLATILE"),
    Doubt(change: "ALTER FUNCTION isdefined(hstore, text) STABLE; " + operatorThatMayDoAnything(over: "hstore")),
    Doubt(
      change: operatorThatMayDoAnything(over: "hstore[]"),
      refused: ["DELETE FROM t WHERE v ? 'x'", "DELETE FROM t WHERE many[1] ? 'x'"]),
    Doubt(change: operatorThatMayDoAnything(over: "bag"), refused: ["DELETE FROM t WHERE own ? 'x'"]),
    Doubt(change: "ALTER FUNCTION hstore_cmp(hstore, hstore) STABLE"),
    Doubt(change: "ALTER EXTENSION hstore SET SCHEMA apart"),
    // `%` of pg_trgm is STABLE, and hangs on a setting of whoever asks. Alone it is PostgreSQL's own where rows are
    // read, and an error there; beside hstore, whose schema has to be looked into, it would be pg_trgm's.
    Doubt(
      change: "CREATE EXTENSION pg_trgm",
      lifted: ["DELETE FROM t WHERE v ? 'x' AND n > 3", "DELETE FROM t WHERE many[1] ? 'x' OR own ? 'x'"],
      refused: ["DELETE FROM t WHERE v ? 'x' AND w % 'abc'"], reason: "% is an operator of an extension too"),
  ]

  @Test(.enabled(if: areThere(["hstore", "pg_trgm"]), Comment(rawValue: contrib)), arguments: doubts)
  func whatTheCatalogueDoesNotSayIsNotLifted(_ doubt: Doubt) throws {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "lifting_impure")
    try server.run(
      """
      CREATE EXTENSION hstore; CREATE SCHEMA apart; CREATE DOMAIN bag AS hstore;
      CREATE TABLE t (id int PRIMARY KEY, v hstore, many hstore[], own bag, w text, n int); \(doubt.change)
      """, database: database)
    let schema = try SnapshotsTests.schema(server, database)
    for text in doubt.lifted + doubt.refused {
      let lifting = try Lifting.lift(text, over: schema, searchPath: ["public"])
      #expect(lifting.isWhole == doubt.lifted.contains(text), "\(text): \(lifting.statements)")
      guard doubt.refused.contains(text), !doubt.reason.isEmpty else { continue }
      #expect("\(lifting.statements.map(\.outcome))".contains(doubt.reason), "\(lifting.statements)")
    }
  }
}
