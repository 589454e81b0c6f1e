import Masking

/// A table of many types with edge values, on the server and as the schema that is read from it.
enum EdgeTable {
  static let schema = DatabaseSchema(
    serverVersion: 150_000,
    tables: [
      Table(
        name: QualifiedName("public", "t"),
        columns: [
          column("id", "integer", .integer(bytes: 4), isNullable: false),
          column("name", "text", .text), column("email", "character varying(24)", .text, 24),
          column("pad", "character(6)", .text, 6), column("req", "text", .text, isNullable: false),
          column("n", "integer", .integer(bytes: 4)), column("small", "smallint", .integer(bytes: 2)),
          column("big", "bigint", .integer(bytes: 8)), column("price", "numeric(8,2)", .numeric),
          column("amount", "numeric", .numeric), column("ratio", "double precision", .float(bytes: 8)),
          column("flag", "boolean", .boolean), column("born", "date", .date),
          column("at", "timestamp(0) without time zone", .timestamp),
          column("atz", "timestamp with time zone", .timestampWithTimeZone), column("span", "interval", .interval),
          column("tags", "text[]", .array(of: ColumnType(name: "text", family: .text))),
          column("nums", "bigint[]", .array(of: ColumnType(name: "bigint", family: .integer(bytes: 8)))),
          column("doc", "jsonb", .jsonb), column("ip", "inet", .network), column("uid", "uuid", .uuid),
          column("raw", "bytea", .bytes), column("flags", "bit(4)", .bits), column("more", "bit varying(6)", .bits),
          column("mood", "public.mood", .enumeration(labels: ["sad", "ok", "happy"])),
          Column(
            name: "mail",
            type: ColumnType(
              name: "public.mail", family: .text, domains: [QualifiedName("public", "mail")]), maximumLength: 16,
            declaration: "public.mail"),
          Column(
            name: "above",
            type: ColumnType(
              name: "public.above", family: .integer(bytes: 4), domains: [QualifiedName("public", "above")]),
            declaration: "public.above"),
        ])
    ])

  private static func column(
    _ name: String, _ declaration: String, _ family: ColumnType.Family, _ length: Int? = nil, isNullable: Bool = true
  ) -> Column {
    Column(
      name: name, type: ColumnType(name: declaration, family: family), isNullable: isNullable, maximumLength: length,
      declaration: declaration)
  }

  static let columns = schema.tables[0].columns.map(\.name)

  static let sql = """
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE DOMAIN mail AS varchar(16) CHECK (VALUE LIKE '%@%');
    CREATE DOMAIN above AS int CHECK (VALUE > 0);
    CREATE TABLE t (
      id int NOT NULL, name text, email varchar(24), pad char(6), req text NOT NULL, n int, small smallint, big bigint,
      price numeric(8,2), amount numeric, ratio float8, flag boolean, born date, at timestamp(0), atz timestamptz,
      span interval, tags text[], nums bigint[], doc jsonb, ip inet, uid uuid, raw bytea, flags bit(4),
      more bit varying(6), mood mood, mail mail, above above);
    CREATE TABLE copy (LIKE t INCLUDING ALL);
    INSERT INTO t VALUES
      (1, 'Ada Lovelace', 'ada@lovelace.example', 'ab', 'r', 7, 3, 9000000000, 12.35, 1.5, 0.1, true, '1990-02-28',
       '2024-02-29 12:34:56', '2024-03-31 01:30:00.123456+00', '1 mon 2 days 03:04:05', '{a,b}', '{1,2}',
       '{"contact": {"email": "ada@x.example"}, "n": [1, null]}', '10.1.2.3/8', '00000000-0000-0000-0000-000000000001',
       '\\x00ff', B'1010', B'11', 'happy', 'ada@x', 5),
      (2, '', '', '', '', 0, 0, 0, 0, 0, 0, false, '0001-01-01', '1999-12-31 23:59:59', 'infinity', '0', '{}', '{}', '{}',
       '::1', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '', B'0000', B'', 'sad', '@', 1),
      (3, NULL, NULL, NULL, 'x', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL),
      (4, E'Öl\\u00e9 \\u4e2d\\U0001F600', 'üöä@x.example', 'ä b', E'line\\nbreak\\t\\\\', -1, -32768, -9223372036854775808,
       -999999.99, 'NaN', 'NaN', true, '0044-03-15 BC', '-infinity', '-infinity', '-1 days +00:00:01', '{NULL,"x y",""}',
       '{NULL,-9223372036854775808}', '[1, "a''b"]', '192.168.0.0/16', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
       '\\xdeadbeef', B'1111', B'101010', 'ok', 'x@y.example', 2147483647),
      (5, ' spaced  ', 'trail@x   ', 'sixsix', ' ', 2147483647, 32767, 9223372036854775807, 999999.99,
       123456789.123456789, 'Infinity', false, 'infinity', '2024-01-01 00:00:00', '1970-01-01 00:00:00+00', '99 years',
       '{{a,b},{c,d}}', '{{1,2},{3,4}}', '"text"', '0.0.0.0/0', '12345678-1234-1234-1234-123456789abc', '\\x5c27',
       B'0001', B'0', 'sad', 'a@b', 10),
      (6, 'O''Brien \\ %_', 'O''B@x.example', '''', '%', 42, 5, 12, 0.01, -0.5, -1e300, NULL, '2000-01-01',
       '2000-01-01 00:00:00', '2000-06-30 23:59:59.999999+02', '-00:00:00.5', '{NULL}', '{5}', 'null', 'fe80::1/64',
       '00000000-0000-0000-0000-000000000000', '\\x27', B'0101', B'111111', NULL, 'q@q', 3);
    INSERT INTO t SELECT g, 'user ' || g, 'u' || g || '@x.example', 'p' || g % 7, md5(g::text), g * 37 % 101 - 50, g % 12,
      g::bigint * 1000003, (g * 7.77)::numeric(8,2), g / 7.0, g / 3.0, g % 3 = 0, '2020-01-01'::date + g,
      '2021-01-01'::timestamp + g * '7 hours'::interval, '2022-01-01'::timestamptz + g * '11 hours'::interval,
      g * '1 hour'::interval, ARRAY['t' || g, NULL], ARRAY[g, g * 2], jsonb_build_object('n', g, 'email', 'e' || g),
      ('10.0.0.' || g)::inet, md5(g::text)::uuid, decode(md5(g::text), 'hex'), (g % 16)::bit(4), B'10', 'ok',
      'm' || g || '@x', g FROM generate_series(7, 40) g;
    """

  /// Gives for each case `in place|lifted`, each `ok`, `failed`, and where both are `ok`, `same` or `different`.
  static let compare = """
    CREATE FUNCTION compare(sql text, lifted text, proofs text[]) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE here text; there text; proof text; first text := 'ok'; second text := 'ok'; why text := '';
    BEGIN
      PERFORM set_config('search_path', 'public', true);
      BEGIN
        EXECUTE sql;
        EXECUTE 'SELECT string_agg(t::text, E''\\n'' ORDER BY id, t::text) FROM t' INTO here;
        RAISE EXCEPTION USING ERRCODE = 'ZZ001', MESSAGE = 'undo';
      EXCEPTION WHEN SQLSTATE 'ZZ001' THEN NULL; WHEN OTHERS THEN first := 'failed'; why := SQLERRM; END;
      BEGIN
        FOREACH proof IN ARRAY proofs LOOP
          EXECUTE 'PREPARE proof AS ' || proof;
          DEALLOCATE proof;
        END LOOP;
        PERFORM set_config('search_path', 'pg_catalog', true);
        EXECUTE 'SELECT string_agg(s::text, E''\\n'' ORDER BY id, s::text) FROM (' || lifted || ') AS s' INTO there;
        EXECUTE 'INSERT INTO public.copy ' || lifted;
        DELETE FROM public.copy;
        IF there IS NULL THEN second := 'empty'; END IF;
      EXCEPTION WHEN OTHERS THEN second := 'failed'; why := why || ' / ' || SQLERRM; END;
      RETURN CASE
        WHEN first = 'ok' AND second IN ('ok', 'empty') THEN
          CASE WHEN here IS NOT DISTINCT FROM there THEN 'same' ELSE 'different: ' || replace((SELECT left(min(h.row), 400) || ' -- ' || coalesce(left(min(o.row), 400), 'no row') FROM string_to_table(here, E'\\n') WITH ORDINALITY AS h(row, n) LEFT JOIN string_to_table(there, E'\\n') WITH ORDINALITY AS o(row, n) USING (n) WHERE h.row IS DISTINCT FROM o.row), E'\\n', ' ') END
        WHEN first = second THEN 'failed' ELSE first || ' but ' || second || ': ' || replace(why, E'\\n', ' ') END;
    END $$;
    """
}
