import Masking
import PostgreSQL
import Snapshots
import TestServers
import Testing

/// Every kind of value that PostgreSQL has, copied and compared row by row with where it came from.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct FeatureMatrixTests {
  private static let schema = """
    CREATE EXTENSION IF NOT EXISTS hstore; CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION IF NOT EXISTS ltree;
    CREATE TYPE public.mood AS ENUM ('sad', 'so, so', 'happy "very"');
    CREATE TYPE public.place AS (street text, number int, moods public.mood[]);
    CREATE DOMAIN public.short AS text CHECK (length(VALUE) < 100);
    CREATE TYPE public.span AS RANGE (subtype = float8);
    CREATE TABLE public.everything (
      a_bool bool, a_int2 int2, a_int4 int4, a_int8 int8, a_float4 float4, a_float8 float8, a_numeric numeric, a_money money,
      a_text text, a_varchar varchar(50), a_char char(5), a_name name, a_citext citext, a_short public.short, a_bytea bytea,
      a_date date, a_time time, a_timetz timetz, a_timestamp timestamp, a_timestamptz timestamptz, an_interval interval,
      a_uuid uuid, a_json json, a_jsonb jsonb, a_xml xml, an_inet inet, a_cidr cidr, a_macaddr macaddr,
      a_macaddr8 macaddr8, a_bit bit(3), a_varbit varbit, a_point point, a_line line, a_lseg lseg, a_box box, a_path path,
      a_polygon polygon, a_circle circle, a_tsvector tsvector, a_tsquery tsquery, a_mood public.mood,
      a_place public.place, a_int4range int4range, a_tstzrange tstzrange, a_span public.span,
      a_multirange nummultirange, an_hstore hstore, a_ltree ltree, texts text[], numbers int8[], moods public.mood[],
      places public.place[], boxes box[], "Sträßchen, ""quoted"" name" text, a_oid oid, a_lsn pg_lsn,
      made text GENERATED ALWAYS AS (a_text || '!') STORED
    );
    """

  /// Three rows of edge values each; what is not named is NULL, and the last row is all NULL.
  private static let rows = #"""
    INSERT INTO public.everything VALUES (
      true, -32768, -2147483648, -9223372036854775808, 'NaN', '-Infinity', 'NaN', '-92233720368547758.08',
      E'tab\t newline\n cr\r back\\slash \\N \\. quote" é 😀 \x01', '', 'a', 'name', 'CiText', 'short', '\x00ff5c',
      '4713-01-01 BC', '00:00:00', '23:59:59.999999-15:59', '4713-01-01 00:00:00 BC', '0001-12-31 23:59:59.999999+00 BC',
      '-178000000 years', '00000000-0000-0000-0000-000000000000', '{ "b" : 1, "a" : "\u0041\n" }',
      '{"b": 1.50, "a": [null, true, "\\"]}', 'some <b>fragment</b>', '192.168.0.1/24', '10.0.0.0/8', '08:00:2b:01:02:03',
      '08:00:2b:01:02:03:04:05', B'101', B'', '(1,2)', '{1,2,3}', '[(0,0),(1,1)]', '((0,0),(1,1))', '((0,0),(1,1),(2,0))',
      '((0,0),(1,1),(2,0))', '<(0,0),2>', 'a:1 ''b c'':2A', 'a & !b', 'so, so', ROW(E'st,"\\ r', NULL, '{sad}'), 'empty',
      '[2020-01-01 00:00+00,)', '[0.1,NaN)', '{}', '"a b"=>NULL, c=>"d\"e"', 'Top.Science', '{}', '[2:3]={1,NULL}',
      '{sad,"happy \"very\""}', ARRAY[ROW('x', 1, NULL)::public.place], '{(1,1),(0,0);(2,2),(1,1)}', 'col', 4294967295,
      'FFFFFFFF/FFFFFFFF'
    );
    INSERT INTO public.everything VALUES (
      false, 32767, 2147483647, 9223372036854775807, '-0', '5e-324', '-0.00000000000000000001', '12.30', repeat('large ', 20000),
      repeat('é', 50), 'abcde', repeat('n', 63), '', '', '', 'infinity', '24:00:00', '00:00:00+15:59', 'infinity', '-infinity',
      '1 mon -1 day 00:00:00.000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '[]', '{}', '<?xml version="1.0"?><a/>',
      '::ffff:1.2.3.4/128', '::/0', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff', B'000', B'1', '(NaN,Infinity)',
      '{0,1,-1}', '[(1,1),(1,1)]', '((1,1),(1,1))', '[(0,0),(1,1)]', '((0,0))', '<(1,1),0>', '', '', 'sad', ROW('', 0, '{}'),
      '[1,10)', '(,)', '(1,2]', '{[1,2),[5,)}', '', '', ARRAY['', 'NULL', NULL, 'a"b\c{}', E'\n']::text[],
      '{{1,2},{3,4}}', '{}', '{}', '{}', '', 0, '0/0'
    );
    INSERT INTO public.everything VALUES (
      NULL, 0, 0, 0, '0.1', 0.1::float8 + 0.2::float8, 123456789012345678901234567890.123456789, 0, '\N', '\.', '', '', 'É', '\', '\x5c4e',
      '5874897-12-31', '12:34:56.7', '12:34:56.7+05:30', '294276-12-31 23:59:59.999999', '2000-02-29 12:00:00.5+00',
      '00:00:00', '12345678-9abc-def0-1234-56789abcdef0', '"\ud83d\ude00"', '"x"', '', 'fe80::1/64', 'fe80::/10'
    );
    INSERT INTO public.everything DEFAULT VALUES;
    """#

  private let world: CopyPair

  init() throws { world = try CopyPair(Self.schema, rows: Self.rows) }

  /// PostgreSQL reads no empty `tsquery` in the binary format, though it writes one: the type is not for that format.
  private func leaveOutEmptyQuery() throws {
    try world.server.run(
      "UPDATE public.everything SET a_tsquery = 'a' WHERE a_tsquery::text = ''", database: world.from)
  }

  @Test func anEmptyTextSearchQueryCannotGoInBinary() throws {
    let failure = try #require(throws: StreamFailure.self) { try world.copy("everything", .binary) }
    guard case .destination(let error) = failure else { return #expect(Bool(false), "\(failure)") }
    #expect(error.message.contains("tsquery"))
  }

  @Test(arguments: [RowFormat.text, .binary])
  func everyTypeIsCopiedFaithfully(format: RowFormat) throws {
    if format == .binary { try leaveOutEmptyQuery() }
    #expect(try world.copy("everything", format).progress.rows == 4)
    #expect(try world.rows("everything", in: world.to) == world.rows("everything", in: world.from))
  }

  /// Each value is brought to text and back by the codec; what it loses would be seen.
  @Test func everyTypeSurvivesTheTextCodec() throws {
    let tallies = try world.copy("everything", .text) { _ in Same() }.tallies
    #expect(try world.rows("everything", in: world.to) == world.rows("everything", in: world.from))
    #expect(tallies.allSatisfy { $0.unchanged + $0.nulls == 4 && $0.changed == 0 })
  }

  @Test func everyTypeWithABinaryCodecSurvivesIt() throws {
    try leaveOutEmptyQuery()
    let tallies = try world.copy("everything", .binary) { column in
      BinaryForm(of: column.type.family) == nil ? nil : Same()
    }.tallies
    #expect(tallies.count == 20, "\(tallies.map(\.column))")
    #expect(try world.rows("everything", in: world.to) == world.rows("everything", in: world.from))
  }

  /// The text that a mask is given is PostgreSQL's own text form, whichever way the row came.
  @Test func masksSeeTheSameInBothFormats() throws {
    func sums(_ format: RowFormat) throws -> String {
      // The masks are hashes, so they go where any text fits.
      let masked = try world.columns("everything").filter { BinaryForm(of: $0.type.family) != nil }.map(\.name)
      let source = try world.session(world.from)
      var columns = try world.columns("everything").filter { masked.contains($0.name) }
      for index in columns.indices { columns[index].mask = Hashed() }
      var seen = ""
      var masker = try RowMasker(
        RowPlan(table: QualifiedName("public", "everything"), format: .text, columns: columns))
      if format == .text {
        let names = columns.map { PostgreSQLServer.quoted($0.name) }.joined(separator: ", ")
        try source.copyOut("COPY (SELECT \(names) FROM public.everything) TO STDOUT", stall: noStall) { row in
          var sink = ByteSink()
          do { try masker.mask(row, into: &sink) } catch { Issue.record(error) }
          seen += String(decoding: sink.bytes, as: UTF8.self)
        }
        return seen
      }
      let watcher = Texts(columns.indices)
      var binary = try RowMasker(
        RowPlan(
          table: QualifiedName("public", "everything"), format: .binary,
          columns: columns.map { RowPlan.Column(name: $0.name, type: $0.type) }), observer: watcher)
      let names = columns.map { PostgreSQLServer.quoted($0.name) }.joined(separator: ", ")
      try source.copyOut(
        "COPY (SELECT \(names) FROM public.everything) TO STDOUT (FORMAT binary)", stall: noStall
      ) { row in
        var sink = ByteSink()
        do { try binary.mask(row, into: &sink) } catch { Issue.record(error) }
      }
      return watcher.hashes
    }
    #expect(try sums(.text) == sums(.binary))
  }

  private final class Texts: RowObserver {
    let watched: [Int]
    var hashes = ""
    private var row: [String] = []

    init(_ watched: Range<Int>) { self.watched = Array(watched) }

    func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
      guard let original else { return row.append("\\N") }
      var sink = ByteSink()
      Hashed().mask(original, in: MaskedRow(key: UnsafeRawBufferPointer(start: nil, count: 0)), into: &sink)
      row.append(String(decoding: sink.bytes, as: UTF8.self))
    }

    func finishedRow() {
      hashes += row.joined(separator: "\t") + "\n"
      row = []
    }
  }
}

/// Values by the thousand against PostgreSQL's own way of writing them.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct BinaryCodecTests {
  @Test func manyValuesSurviveTheBinaryCodec() throws {
    let world = try CopyPair(
      """
      CREATE TABLE public.many (d date, t timestamp, z timestamptz, i inet, c cidr, u uuid, n int8, s int2, j jsonb)
      """,
      rows: """
        INSERT INTO public.many SELECT
          date '4713-01-01 BC' + (n * 2953 % 2000000)::int, timestamp '4713-01-01 BC' + n * interval '531441123457 microseconds',
          timestamptz '2000-01-01 00:00+00' - n * interval '98765432109 microseconds',
          CASE n % 3 WHEN 0 THEN inet '0.0.0.0' + n * 214013 WHEN 1 THEN inet '::' + n * 6700417::bigint * 65537
            ELSE set_masklen(inet 'fe80::' + n * 40961, (n % 129)::int) END,
          network(set_masklen(inet '255.255.255.255' - n * 9973, (n % 33)::int)), md5(n::text)::uuid,
          (n - 10000) * 461168601842738::bigint, n - 10000, jsonb_build_object('k', md5(n::text))
        FROM generate_series(0::bigint, 19999) n
        """)
    let tallies = try world.copy("many", .binary) { _ in Same() }.tallies
    #expect(tallies.count == 9)
    #expect(tallies.allSatisfy { $0.unchanged == 20_000 }, "\(tallies)")
    let query = "SELECT count(*), sum(hashtextextended(m::text, 0)) FROM public.many m"
    #expect(try world.server.run(query, database: world.to) == world.server.run(query, database: world.from))
  }

  /// The text form that masks are given is PostgreSQL's: the same column read as text by the server.
  @Test func theTextOfABinaryValueIsPostgreSQLs() throws {
    let world = try CopyPair(
      "CREATE TABLE public.both (v date, w text); CREATE TABLE public.times (v timestamptz, w text);"
        + "CREATE TABLE public.nets (v inet, w text)",
      rows: """
        SET DateStyle = 'ISO,YMD'; SET TimeZone = 'UTC';
        INSERT INTO public.both SELECT d, d::text FROM (
          SELECT date '4713-01-01 BC' + n * 397 FROM generate_series(0, 9999) n UNION ALL VALUES (date 'infinity'), ('-infinity')) s(d);
        INSERT INTO public.times SELECT t, t::text FROM (
          SELECT timestamptz '4713-01-02 00:00+00 BC' + n * interval '53144112345678 microseconds'
          FROM generate_series(0, 4000) n UNION ALL VALUES (timestamptz 'infinity'), ('-infinity'), ('0001-01-01 00:00+00')) s(t);
        INSERT INTO public.nets SELECT i, inet_out(i)::text FROM (
          SELECT inet '::' + n * 6700417::bigint * 65537 FROM generate_series(0, 4000) n
          UNION ALL SELECT ('::ffff:' || n || '.1.2.3')::inet FROM generate_series(0, 255) n
          UNION ALL SELECT ('1:0:0:' || to_hex(n) || '::' || to_hex(n % 3))::inet FROM generate_series(0, 300) n) s(i);
        """)
    for table in ["both", "times", "nets"] {
      final class Pairs: RowObserver {
        let watched = [0, 1]
        var last = ""
        var wrong: [String] = []
        var rows = 0
        func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
          let text = original.map { String(decoding: $0, as: UTF8.self) } ?? ""
          if column == 1, text != last { wrong.append("\(last) is \(text)") }
          last = text
        }
        func finishedRow() { rows += 1 }
      }
      let pairs = Pairs()
      var masker = try RowMasker(
        RowPlan(table: QualifiedName("public", table), format: .binary, columns: try world.columns(table)),
        observer: pairs)
      try world.session(world.from).copyOut(
        "COPY public.\(table) TO STDOUT (FORMAT binary)", stall: noStall
      ) { row in
        var sink = ByteSink()
        do { try masker.mask(row, into: &sink) } catch { Issue.record(error) }
      }
      #expect(pairs.rows > 4_000)
      #expect(pairs.wrong.first == nil)
    }
  }
}
