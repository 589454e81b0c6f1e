import Documents
import Foundation
import Reconciliation
import TestServers
import Testing

/// Filters and expressions over types, functions and operators that are not PostgreSQL's own, without a schema before any
/// of them, as a team writes them in its own psql.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct OwnWordsTests {
  static let script = """
    CREATE EXTENSION citext; CREATE EXTENSION hstore;
    CREATE TYPE status AS ENUM ('keep', 'drop');
    CREATE DOMAIN zip AS varchar(8) CHECK (length(VALUE) > 2);
    CREATE FUNCTION is_kept(status) RETURNS bool LANGUAGE sql STABLE AS $$ SELECT $1 = 'keep'::status $$;
    CREATE FUNCTION kept_word(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'kept ' || $1 $$;
    CREATE FUNCTION alike(text, text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT upper($1) = upper($2) $$;
    CREATE OPERATOR ~=~= (LEFTARG = text, RIGHTARG = text, FUNCTION = alike);
    CREATE TABLE of_citext (id int PRIMARY KEY, v citext, w text);
    CREATE TABLE of_hstore (id int PRIMARY KEY, v hstore);
    CREATE TABLE of_enum (id int PRIMARY KEY, v status);
    CREATE TABLE of_domain (id int PRIMARY KEY, v zip);
    CREATE TABLE of_function (id int PRIMARY KEY, v status);
    CREATE TABLE of_operator (id int PRIMARY KEY, v text);
    CREATE TABLE of_list (id int PRIMARY KEY, v citext);
    CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES of_citext);
    CREATE TABLE named (id int PRIMARY KEY, kind regclass);
    INSERT INTO of_citext VALUES (1, 'Keep', 'one'), (2, 'drop', 'two');
    INSERT INTO of_hstore VALUES (1, 'a=>keep'), (2, 'a=>drop');
    INSERT INTO of_enum VALUES (1, 'keep'), (2, 'drop'); INSERT INTO of_domain VALUES (1, 'keep'), (2, 'drop');
    INSERT INTO of_function VALUES (1, 'keep'), (2, 'drop'); INSERT INTO of_operator VALUES (1, 'KEEP'), (2, 'drop');
    INSERT INTO of_list VALUES (1, 'KeeP'), (2, 'drop');
    INSERT INTO child VALUES (1, 1), (2, 2); INSERT INTO named VALUES (1, 'child');

    """

  static let filters: [(table: String, filter: String)] = [
    ("of_citext", "v = 'KEEP'"), ("of_hstore", "v -> 'a' = 'keep' AND v ? 'a'"), ("of_enum", "v = 'keep'::status"),
    ("of_domain", "v = 'keep'::zip"), ("of_function", "is_kept(v)"), ("of_operator", "v ~=~= 'keep'"),
    ("of_list", "v IN ('KEEP', 'none') AND CASE v WHEN 'kEEp' THEN true ELSE false END"),
  ]

  private static func rules(_ more: (String, Value)...) -> Value {
    var tables = filters.map { ($0.table, ["filter": .string($0.filter)] as Value) }
    tables[0].1 = [
      "filter": .string(filters[0].filter),
      "columns": ["w": ["strategy": "custom", "expression": "kept_word(w) || CASE WHEN v = 'keep' THEN '!' END"]],
    ]
    return .object(Fields(tables + more))
  }

  @Test func aRefreshReadsThemAsTheTeamMeansThem() throws {
    let site = try FaithfulSite(Self.script)
    let summary = try #require(try site.refresh(site.order(Self.rules())).summary)
    #expect(summary.rows == 9)
    for (table, _) in Self.filters { #expect(try site.atCopy("SELECT string_agg(id::text, ',') FROM \(table)") == "1") }
    #expect(try site.atCopy("SELECT w FROM of_citext") == "kept one!")
    // A reference to a row that the filter leaves out leads nowhere, and its row is left out too.
    #expect(try site.atCopy("SELECT string_agg(id::text, ',') FROM child") == "1")
    // What is written by the search path is so only where no words of people stand.
    #expect(try site.atCopy("SELECT kind::text FROM named") == "child")
  }

  /// `include_schemas` is the search path, and the schema of an extension is behind it.
  @Test func selectedSchemasAreTheSearchPath() throws {
    let site = try FaithfulSite(
      """
      CREATE EXTENSION citext; CREATE SCHEMA app; CREATE SCHEMA other;
      CREATE FUNCTION other.pick(citext) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT false';
      CREATE FUNCTION app.pick(citext) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1::text <> 'drop' $$;
      CREATE TABLE app.people (id int PRIMARY KEY, v citext); INSERT INTO app.people VALUES (1, 'Keep'), (2, 'drop');
      """, schemas: ["public", "app"])
    let order = site.order(
      ["app.people": ["filter": "pick(v) AND v = 'KEEP'"]], schemas: SchemaSelection(included: ["app"]))
    let result = try site.refresh(order)
    #expect(result.summary?.rows == 1, "\(result)")
  }

  /// Everything that an attacker makes in a schema of the search path: with the arguments of PostgreSQL's own, with
  /// arguments that fit better, and operators of both sorts.
  static let attack = """
    CREATE FUNCTION now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '1999-01-01'::timestamptz $$;
    CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'stolen' $$;
    CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE sql AS $$ SELECT 'stolen' $$;
    CREATE FUNCTION yes(varchar, varchar) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
    CREATE FUNCTION yes(text, text) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
    CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = yes);
    CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = yes);
    CREATE TABLE victims (id int PRIMARY KEY, name varchar(20), note text, at timestamptz);
    INSERT INTO victims VALUES (1, 'Keep', 'n', '2000-01-01'), (2, 'Drop', 'm', '2000-01-01');

    """

  @Test func builtInsWinOverWhatAnAttackerMade() throws {
    let site = try FaithfulSite(Self.attack)
    let order = site.order([
      "victims": [
        "filter": "lower(name) = 'keep'::varchar AND name = 'Keep'::varchar AND at < now() AND note = 'n'::text",
        "columns": ["note": ["strategy": "custom", "expression": "lower(name) - 1"]],
      ]
    ])
    let refused = try site.refresh(order)
    guard case .failed(let why, _) = refused else { Issue.record("\(refused)"); return }
    #expect(why.contains("victims.columns.note.expression") && why.contains("the source refuses it"), "\(why)")
    let mended = site.order([
      "victims": [
        "filter": "lower(name) = 'keep'::varchar AND name = 'Keep'::varchar AND at < now() AND note = 'n'::text",
        "columns": ["note": ["strategy": "custom", "expression": "lower(name) || (date_part('year', now()) > 2000)"]],
      ]
    ])
    let result = try site.refresh(mended)
    try #require(result.summary != nil, "\(result)")
    #expect(try site.atCopy("SELECT id, name, note FROM victims") == "1|Keep|keeptrue")
  }

  /// Where an expression needs the search path, which of the two would be called is a question of types: it is not
  /// answered by guessing.
  @Test func whereTheSearchPathIsNeededNamesakesAreRefused() throws {
    let site = try FaithfulSite(Self.attack + Self.script)
    let result = try site.refresh(
      site.order(
        Self.rules(("victims", ["filter": "lower(name) = 'keep' AND at < now()"]))))
    guard case .failed(let why, _) = result else { Issue.record("\(result)"); return }
    #expect(why.contains("tables.victims.filter: the source has public.lower(character varying) beside"), "\(why)")
    #expect(why.contains("write pg_catalog.lower, or the schema of the other one"), "\(why)")
    #expect(why.contains("public.=(character varying, character varying)"), "\(why)")
    #expect(!why.contains("public.now"), "\(why)")
    #expect(try site.databases() == [])
  }

  @Test func aColumnThatIsWrittenByTheSearchPathIsRefused() throws {
    let site = try FaithfulSite(
      Self.script + "ALTER TABLE of_citext ADD kind regclass DEFAULT 'child', ADD kinds regtype[];")
    let result = try site.refresh(site.order(["of_citext": ["filter": "v = 'keep'"]]))
    guard case .failed(let why, _) = result else { Issue.record("\(result)"); return }
    #expect(why.contains("of_citext.kind (regclass)") && why.contains("of_citext.kinds (regtype[])"), "\(why)")
    let written = try site.refresh(
      site.order(["of_citext": ["filter": "v OPERATOR(public.=) 'keep'"]]))
    #expect(written.summary != nil, "\(written)")
    #expect(try site.atCopy("SELECT string_agg(id || kind::text, ',') FROM of_citext") == "1child")
  }

  /// What the source does not take is told by the plan, and not by a refresh in the night.
  @Test func thePlanSaysWhatTheSourceRefuses() throws {
    let site = try FaithfulSite(Self.script)
    try site.declare(
      """
      tables:
        of_citext: {filter: "v + 1 = 2", columns: {w: {strategy: redact}}}
        of_enum: {filter: "v = 'nowhere'::status"}
        of_hstore: {filter: "v -> 'a' = 'keep'"}
      """)
    let plan = try site.decant("plan")
    #expect(plan.status == 9, "\(plan.all)")
    #expect(
      plan.output.contains("tables.of_citext.filter: the source refuses it: operator does not exist"), "\(plan.all)")
    #expect(plan.output.contains("tables.of_enum.filter: the source refuses it"), "\(plan.all)")
    #expect(!plan.output.contains("tables.of_hstore.filter: "), "\(plan.all)")
  }
}
