import Foundation
import Masking
import Reconciliation
import TestServers
import Testing

@testable import Snapshots

/// What makes the list of tested types true: values at the edges of each go through binary COPY into another database,
/// where the types have other oids, and come out as the same texts.
@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct BinaryTypesTests {
  /// Values by the type's name in SQL; NULL is added to each.
  static let values: [String: [String]] = [
    "bool": ["t", "f"], "bytea": ["", "\\x00ff5c"], "\"char\"": ["a", ""], "name": ["x", "ä'\"\\"],
    "int2": ["-32768", "32767"], "int4": ["-2147483648", "0"], "int8": ["-9223372036854775808", "9223372036854775807"],
    "float4": ["NaN", "-Infinity", "1e-40", "-0", "3.4028235e38"],
    "float8": ["NaN", "Infinity", "5e-324", "0.1", "-0", "1.7976931348623157e308"],
    "numeric": ["NaN", "Infinity", "-Infinity", "0.000", "-12345678901234567890.12345678901234567890", "1e1000"],
    "money": ["-92233720368547758.08", "0.01"], "oid": ["0", "4294967295"], "text": ["", "ä☃𝄞", "a\tb\\N\n\r", "\\."],
    "varchar": ["", "x "], "bpchar": ["a  "], "json": ["{\"b\":1, \"a\" : null}", "\"\\u0001\""],
    "jsonb": ["{\"a\": [1e400, null, \"ä\"]}", "null"], "jsonpath": ["$.a[*] ? (@ > 1)"],
    "xml": ["<a b=\"1\">&amp;</a>", "text"],
    "uuid": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "date": ["infinity", "-infinity", "4714-11-24 BC", "5874897-12-31"],
    "time": ["00:00:00", "24:00:00", "12:34:56.789012"],
    "timetz": ["24:00:00-15:59", "12:34:56.789012+00"],
    "timestamp": ["infinity", "4714-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999"],
    "timestamptz": ["-infinity", "4714-11-24 00:00:00+00 BC", "2026-11-21 15:00:00.000001+00"],
    "interval": ["-178000000 years", "1 mon -1 days +00:00:00.000001", "00:00:00"],
    "bit(3)": ["101"], "varbit": ["", "1", "101010101"], "inet": ["::/0", "10.0.0.1/8", "255.255.255.255", "fe80::1"],
    "cidr": ["10.0.0.0/8", "::/0"], "macaddr": ["08:00:2b:01:02:03"], "macaddr8": ["08:00:2b:01:02:03:04:05"],
    "point": ["(0,-0)", "(NaN,Infinity)"], "lseg": ["[(0,0),(1,1)]"], "path": ["[(0,0),(1,1)]", "((0,0),(1,1))"],
    "box": ["(1,1),(0,0)"], "polygon": ["((0,0),(1,1),(2,0))"], "line": ["{1,-1,0}"], "circle": ["<(0,0),1e-300>"],
    "tsvector": ["", "'a':1A 'b c':2,3"], "pg_lsn": ["0/0", "FFFFFFFF/FFFFFFFF"],
    "xid": ["4294967295"], "cid": ["1"], "xid8": ["18446744073709551615"], "tid": ["(4294967295,65535)"],
    "pg_snapshot": ["10:20:10,14,15"], "txid_snapshot": ["10:20:10,14,15"], "refcursor": ["c"],
    "int4range": ["empty", "[1,5)", "(,)"], "numrange": ["[NaN,NaN]"],
    "tstzrange": ["(-infinity,infinity)", "(,)"], "datemultirange": ["{}", "{[2026-01-01,2026-02-01),[2026-03-01,)}"],
    "int4[]": ["{}", "{{1,NULL},{3,4}}", "[-1:1]={1,2,3}"], "text[]": ["{NULL,\"NULL\",\"\",\"a\\\"b\\\\\"}"],
    "public.mood": ["sad", "it's ok"], "public.mood[]": ["{sad,NULL}"], "public.mail": ["a@b"],
    "public.place": ["(\"a,\"\"b\",sad,\"{1,2}\")", "(,,)"], "public.place[]": ["{\"(x,sad,)\"}"],
    "public.span": ["[sad,\"it's ok\"]"], "public.citext": ["ÄbC"], "public.hstore": ["\"a\"=>NULL, \"b\"=>\"x\"", ""],
    "public.tree": ["(1,\"(x,sad,)\")"],
  ]

  static let types = """
    CREATE TYPE public.mood AS ENUM ('sad', 'it''s ok');
    CREATE TYPE public.place AS (street text, mood public.mood, numbers int[]);
    CREATE TYPE public.tree AS (id int, place public.place);
    CREATE TYPE public.span AS RANGE (subtype = public.mood);
    CREATE DOMAIN public.mail AS text CHECK (VALUE ~ '@');
    CREATE EXTENSION citext; CREATE EXTENSION hstore;
    """

  @Test func everyListedTypeSurvivesBinaryCopyBetweenDatabases() throws {
    let server = try PostgreSQLServer.shared()
    let names = Self.values.keys.sorted()
    let columns = names.enumerated().map { "c\($0.offset) \($0.element)" }.joined(separator: ", ")
    let table = "SET search_path = pg_catalog, public; CREATE TABLE public.t (number int, \(columns));"
    let (one, two) = (try server.createDatabase(named: "binary_a"), try server.createDatabase(named: "binary_b"))
    // Other oids on the other side.
    try server.run(Self.types + table, database: one)
    try server.run("CREATE TYPE public.first AS ENUM ('x');" + Self.types + table, database: two)
    let inserts = names.enumerated().flatMap { place, name in
      (Self.values[name] ?? []).map { value in
        let literal = "E'" + value.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
        return "INSERT INTO t (number, c\(place)) SELECT count(*), \(literal)::\(name) FROM t;"
      }
    }
    try server.run(inserts.joined(separator: "\n"), database: one)
    let file = server.folder + "/binary.copy"
    try server.run("\\copy t TO '\(file)' (FORMAT binary)\n", database: one)
    try server.run("\\copy t FROM '\(file)' (FORMAT binary)\n", database: two)
    let question =
      "SELECT number, \(names.indices.map { "c\($0)::text" }.joined(separator: ", ")) FROM t ORDER BY number"
    #expect(try server.run(question, database: two) == server.run(question, database: one))
    let read = try schema(server, two)
    let found = try #require(read[QualifiedName("public", "t")])
    for column in found.columns { #expect(column.type.isBinaryTested, "\(column.declaration)") }
  }

  @Test func nothingIsOnTheListWithoutValues() {
    let bare = Set(Self.values.keys.map { String($0.prefix { $0 != "(" }).replacingOccurrences(of: "\"", with: "") })
    #expect(BinaryTypes.builtIn.subtracting(bare) == [])
    for type in BinaryTypes.ofExtensions { #expect(bare.contains("public.\(type[1])")) }
  }

  @Test func whatNamesObjectsByTheirOidsIsNot() throws {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "by_oid")
    try server.run(
      "CREATE EXTENSION cube; CREATE TYPE two AS (a int, b regclass); CREATE TABLE t (a regclass, b aclitem, c cube, d regtype[], e two, f int, g int2vector, h tsquery)",
      database: database)
    let table = try #require(try schema(server, database)[QualifiedName("public", "t")])
    #expect(table.columns.filter(\.type.isBinaryTested).map(\.name) == ["f"])
  }
}
