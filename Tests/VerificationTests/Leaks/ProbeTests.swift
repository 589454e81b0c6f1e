import Foundation
import Masking
import PostgreSQL
import TestServers
import Testing

@testable import Verification

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer)) struct ProbeTests {
  private static let mail = ProbedCopy.sqlMail

  /// An undeclared copy, JSON, free text, arrays, hstore-like text, rows of a type, and a search vector: every one of
  /// 2,000 values is found in each, and none where there is none.
  @Test func everyValueIsFoundInEveryKindOfColumn() throws {
    let copy = try ProbedCopy(
      """
      CREATE TYPE contact AS (mail text, n int);
      CREATE TABLE orders (id int PRIMARY KEY, contact_email text, details jsonb, raw json, note text, mails text[],
        pair contact, words tsvector, clean text, number text, town text);
      INSERT INTO orders SELECT i, upper(\(Self.mail)), jsonb_build_object('a', jsonb_build_array(jsonb_build_object('m', \(Self.mail)))),
        json_build_object(\(Self.mail), 1), 'order of ' || i || ' pieces; ask <' || \(Self.mail) || '>, then ship',
        ARRAY['x', \(Self.mail)], ROW(\(Self.mail), i)::contact, to_tsvector('simple', \(Self.mail)),
        'user_' || md5(i::text) || '@anon.example', (4000000000 + i)::text, 'Springfield' FROM generate_series(1, 2000) i;
      """)
    let array = ColumnType.Family.array(of: ColumnType(name: "text", family: .text))
    let table = try copy.table(
      "orders",
      [
        ("contact_email", .text), ("details", .jsonb), ("raw", .json), ("note", .text), ("mails", array),
        ("pair", .composite), ("words", .textSearch), ("clean", .text), ("number", .text), ("town", .text),
      ])
    let report = try copy.probe([table])
    for column in ["contact_email", "details", "raw", "note", "mails", "pair", "words"] {
      #expect(report.hits(column) == 2_000, "\(column)")
      #expect(report.finding(column)?.confirmed == 2_000 && report.finding(column)?.verdict == .leak, "\(column)")
      #expect(report.finding(column)?.keys.count == 5)
    }
    for column in ["clean", "number", "town"] { #expect(report.finding(column)?.isLeak != true, "\(column)") }
    #expect(report.values == 20_000 && report.columns == 10 && report.leaks.count == 7)
    let sentence = try #require(report.sentences.first { $0.contains("contact_email") })
    #expect(sentence.hasPrefix("orders.contact_email: all 2,000 values are originals of masked columns (id="))
    #expect(!report.sentences.joined().contains("@"))
  }

  @Test func telephoneNumbersAndNamesAreFoundInText() throws {
    var rows = ""
    for number in 1...200 {
      rows +=
        "INSERT INTO t VALUES (\(number), 'called \(ProbedCopy.phone(number).dropFirst(3)) twice', 'for \(ProbedCopy.name(number)), soon');\n"
    }
    let copy = try ProbedCopy("CREATE TABLE t (id int PRIMARY KEY, a text, b text);\n" + rows)
    let report = try copy.probe([try copy.table("t", [("a", .text), ("b", .text)])])
    // Without its country code a number is another one, and is said to be.
    #expect(report.hits("a") == 0)
    #expect(report.hits("b") == 200)
  }

  /// In a column that nobody has declared, in notes and in JSON, however people write it.
  @Test(arguments: [
    "+1 (212) 200-1003", "12122001003", "+1-212-200-1003", "1.212.200.1003", "+1 212 200 1003", "+1 212 / 200 - 1003",
  ])
  func aTelephoneNumberIsFoundWhereNobodyDeclaredOne(_ spelling: String) throws {
    let copy = try ProbedCopy(
      """
      CREATE TABLE orders (id int PRIMARY KEY, reachable text, note text, details jsonb, other text);
      INSERT INTO orders SELECT i, CASE WHEN i = 7 THEN '\(spelling)' END,
        CASE WHEN i = 8 THEN 'ring \(spelling), after 6' ELSE 'order ' || i END,
        CASE WHEN i = 9 THEN jsonb_build_object('contacts', jsonb_build_array(jsonb_build_object('tel', '\(spelling)'))) END,
        CASE WHEN i = 7 THEN '+1 (212) 200-1004' END FROM generate_series(1, 100) i;
      """)
    let filter = try collect(["+1 (212) 200-1003"])
    let table = try copy.table(
      "orders", [("reachable", .text), ("note", .text), ("details", .jsonb), ("other", .text)])
    let (server, database) = (copy.server, copy.database)
    let probe = LeakProbe(filter, tables: [table], workers: 1, stall: noStall) { () throws(DatabaseError) in
      try ProbedCopy.session(server, database)
    }
    let report = try probe.run { suspects in suspects }
    for (column, key) in [("reachable", "id=7"), ("note", "id=8"), ("details", "id=9")] {
      #expect(report.hits(column) == 1 && report.finding(column)?.verdict == .leak, "\(column)")
      #expect(report.finding(column)?.keys == [key], "\(column)")
    }
    #expect(report.hits("other") == 0 && report.leaks.count == 3)
    #expect(!report.sentences.joined().contains("200"))
  }

  @Test func aMaskThatReturnsItsInputIsCaughtAndRareSelfMasksAreNot() throws {
    let copy = try ProbedCopy(
      """
      CREATE TABLE users (id int PRIMARY KEY, email text, other text);
      INSERT INTO users SELECT i, \(Self.mail), CASE WHEN i = 7 THEN \(Self.mail) ELSE md5(i::text) END FROM generate_series(1, 2000) i;
      """)
    let table = try copy.table(
      "users", [("email", .text), ("other", .text)],
      declared: ["email": .masked(unchanged: 2_000, of: 2_000), "other": .masked(unchanged: 1, of: 2_000)])
    let report = try copy.probe([table])
    #expect(report.finding("email")?.verdict == .leak)
    #expect(report.finding("other")?.verdict == .unchanged && report.leaks.count == 1)
  }

  @Test func whatIsDeclaredIsToldOrLeftOut() throws {
    let copy = try ProbedCopy(
      """
      CREATE TABLE t (id int PRIMARY KEY, kept text, shuffled text);
      INSERT INTO t SELECT i, \(Self.mail), \(Self.mail) FROM generate_series(1, 100) i;
      """)
    let table = try copy.table(
      "t", [("kept", .text), ("shuffled", .text)],
      declared: ["kept": .kept(reason: "chosen in public"), "shuffled": .keepsOriginals])
    let report = try copy.probe([table])
    #expect(report.hasPassed && report.finding("kept")?.verdict == .kept)
    #expect(report.outsideByDeclaration.map(\.column) == ["shuffled"])
    #expect(
      report.notes == ["t.kept is kept (chosen in public), and 100 of its values are originals of masked columns"])
  }

  @Test func withoutTheOriginalsAHitIsUnconfirmedAndFails() throws {
    let copy = try ProbedCopy(
      """
      CREATE TABLE t (id int PRIMARY KEY, a text, b text);
      INSERT INTO t SELECT i, CASE WHEN i = 99 THEN \(Self.mail) ELSE md5(i::text) || ' and ' || md5((-i)::text) END, md5((i + 5000)::text) FROM generate_series(1, 2000) i;
      """)
    let table = try copy.table("t", [("a", .text), ("b", .text)])
    let report = try copy.probe([table], isAsked: false)
    #expect(report.finding("a")?.verdict == .unconfirmed && report.hits("b") == 0)
    #expect(
      report.sentences == [
        "t.a: 1 value is an original of masked columns (id=99); the originals could not be asked, and chance explains fewer than 1 of them; mask the column, or `keep` it with a reason"
      ])
  }

  /// Numbers drawn without regard to the originals meet some of them, as often as their density says.
  @Test func chanceExplainsNumbersThatMeetNumbers() throws {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "leaks")
    try server.run(
      """
      CREATE TABLE t (id int PRIMARY KEY, a text);
      INSERT INTO t SELECT i, (100000000 + (i::bigint * 7919777 % 900000000))::text FROM generate_series(1, 20000) i;
      """, database: database)
    let originals = (0..<90_000).map { String(100_000_000 + ($0 * 104_729 + 11) % 900_000_000) }
    let filter = try collect(originals)
    let table = Table(
      name: QualifiedName("public", "t"), columns: [Column(name: "a", type: ColumnType(name: "text", family: .text))])
    let probe = LeakProbe(
      filter, tables: [try #require(CheckedTable(table, declaration: { _ in .none }))], workers: 1, stall: noStall
    ) { () throws(DatabaseError) in try ProbedCopy.session(server, database) }
    let report = try probe.run { suspects in suspects }
    let found = try #require(report.finding("a"))
    #expect(found.hits > 0 && found.hits <= SuspectTally.explained(by: found.expectedByChance))
    #expect(found.verdict == .chance && report.hasPassed)
  }

  /// A filter that does not fit into memory is looked up part by part, and rows are counted once.
  @Test func aFilterOfSeveralPartsFindsTheSame() throws {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "leaks")
    try server.run(
      """
      CREATE TABLE t (id int PRIMARY KEY, a text, n int);
      INSERT INTO t SELECT i, CASE WHEN i % 100 = 0 THEN 'original-' || i * 50 || '@shop.example' ELSE 'x' || i END, i
        FROM generate_series(1, 1000) i;
      """, database: database)
    let folder = try scratchFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let originals = (0..<60_000).map { "original-\($0)@shop.example" }
    let filter = try collect(originals, budget: .init(bytes: 1 << 16, folder: folder.path))
    #expect(filter.passes > 3)
    let columns = [("id", ColumnType.Family.integer(bytes: 4)), ("a", .text), ("n", .integer(bytes: 4))]
    let table = Table(
      name: QualifiedName("public", "t"),
      columns: columns.map { Column(name: $0.0, type: ColumnType(name: $0.0, family: $0.1)) },
      uniqueKeys: [UniqueKey(name: "key", columns: ["id"], isPrimary: true)])
    let probe = LeakProbe(
      filter, tables: [try #require(CheckedTable(table, declaration: { _ in .none }))], workers: 2, stall: noStall
    ) { () throws(DatabaseError) in try ProbedCopy.session(server, database) }
    let report = try probe.run { suspects in suspects }
    #expect(report.columns == 1 && report.values == 1_000)
    #expect(report.finding("a")?.hits == 10 && report.finding("a")?.verdict == .leak)
    let keys = report.finding("a")?.keys ?? []
    #expect(keys.count == 5 && keys.allSatisfy { $0.hasPrefix("id=") && $0.hasSuffix("00") }, "\(keys)")
  }

  /// Tables in which nothing is looked for leave the others their shares.
  @Test func largeTablesAreSharedByAllSessions() throws {
    func table(_ name: String, _ family: ColumnType.Family, _ bytes: Int) throws -> CheckedTable {
      let columns = [Column(name: "a", type: ColumnType(name: "a", family: family))]
      return try #require(
        CheckedTable(
          Table(name: QualifiedName("public", name), columns: columns, bytes: bytes), declaration: { _ in .none }))
    }
    let tables = [try table("numbers", .integer(bytes: 8), 100 << 30), try table("texts", .text, 10 << 30)]
    let tasks = ProbeTask.all(tables, 2)
    #expect(tasks.count == 8 && tasks.allSatisfy { $0.table == 1 })
    #expect(tasks.first?.pages?.from == 0 && tasks.last?.pages?.upTo == nil)
    #expect(ProbeTask.all(tables, 1).count == 1)
  }

  @Test func theTextOfTheSchemaIsLookedThrough() throws {
    let mail = ProbedCopy.mail(17)
    let sql = """
      -- Name: mood; Type: TYPE; Schema: public; Owner: -
      CREATE TYPE public.mood AS ENUM ('glad', '\(ProbedCopy.name(4))');
      -- Name: users; Type: TABLE; Schema: public; Owner: -
      CREATE TABLE public.users (email text DEFAULT '\(mail)'::text,
        CONSTRAINT c CHECK ((email <> '\(mail)'::text)));
      -- Name: staff; Type: VIEW; Schema: hr; Owner: -
      CREATE VIEW hr.staff AS SELECT 1 AS one FROM public.users WHERE email = '\(mail)'::text;
      -- Name: COLUMN users.email; Type: COMMENT; Schema: public; Owner: -
      COMMENT ON COLUMN public.users.email IS 'like \(mail), and it''s long';
      -- Name: greet(text, integer); Type: FUNCTION; Schema: hr; Owner: -
      CREATE FUNCTION hr.greet(text, integer) RETURNS text LANGUAGE sql AS $$ SELECT '\(mail)' $$;
      -- Name: FUNCTION greet(text, integer); Type: COMMENT; Schema: hr; Owner: -
      COMMENT ON FUNCTION hr.greet(text, integer) IS 'for \(mail)';
      -- Name: ana@example.com(); Type: PROCEDURE; Schema: public; Owner: -
      CREATE PROCEDURE public."ana@example.com"() LANGUAGE sql AS $$ SELECT '\(mail)' $$;
      -- Name: clean; Type: TABLE; Schema: public; Owner: -
      CREATE TABLE public.clean (id integer DEFAULT nextval('public.clean_id_seq'::regclass));
      """
    let copy = try ProbedCopy("SELECT 1")
    let report = try copy.probe([], with: ProbedText.objects(ofSchema: Array(sql.utf8)))
    let titles = Set(report.leaks.map(\.place.title))
    #expect(
      titles == [
        "the schema's type mood", "the schema's table users", "the schema's view hr.staff",
        "the schema's comment on column users.email", "the schema's function hr.greet",
        "the schema's comment on function hr.greet", "the schema's procedure",
      ])
    #expect(!report.sentences.joined().contains("example"))
  }

  /// Ranges of pages by two sessions, and a filter of which most lies on disk.
  @Test func rangesAndPartsOnDiskGiveTheSame() throws {
    let copy = try ProbedCopy(
      """
      CREATE TABLE big (id int PRIMARY KEY, a text);
      INSERT INTO big SELECT i, CASE WHEN i % 100 = 0 THEN \(Self.mail.replacing("i *", with: "(i / 100) *").replacing("i %", with: "(i / 100) %")) ELSE repeat(md5(i::text), 6) END
        FROM generate_series(1, 200000) i;
      """)
    let size = try #require(
      Int(
        try copy.server.run("SELECT pg_relation_size('big')", database: copy.database).trimmingSuffix { $0.isNewline }))
    #expect(size > 32 << 20)
    let report = try copy.probe([try copy.table("big", [("a", .text)], bytes: size)])
    #expect(report.values == 200_000 && report.hits("a") == 2_000)
  }
}

extension String {
  fileprivate func trimmingSuffix(while isCut: (Character) -> Bool) -> String {
    var text = self
    while let last = text.last, isCut(last) { text.removeLast() }
    return text
  }
}
