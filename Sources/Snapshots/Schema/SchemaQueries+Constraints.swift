extension SchemaQueries {
  /// Unique indexes column by column, without those of `INCLUDE`. An invalid one is not copied (`pg_dump` has the same
  /// condition), so it cannot refuse a row of the copy.
  static let uniqueKeys =
    relations + """
      SELECT r.oid, c.relname AS name, i.indisprimary AS primary, a.attname AS column_name
      FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid
        CROSS JOIN LATERAL generate_series(0, i.indnkeyatts - 1) AS place(number)
        LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = i.indkey[place.number] AND a.attnum > 0
      WHERE i.indisunique AND (i.indisvalid OR r.relkind = 'p')
      ORDER BY r.oid, c.relname COLLATE "C", place.number
      """

  /// CHECK and EXCLUDE constraints, a row per column and at least one.
  static let checks =
    relations + """
      SELECT r.oid, k.contype AS kind, k.conname AS name, pg_get_constraintdef(k.oid) AS definition,
        a.attname AS column_name
      FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid
        LEFT JOIN LATERAL unnest(k.conkey) AS place(number) ON true
        LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = place.number AND a.attnum > 0
      WHERE k.contype IN ('c', 'x')
      ORDER BY r.oid, k.conname COLLATE "C", a.attnum
      """

  /// Foreign keys column by column. Those that PostgreSQL made for partitions out of another one (`conparentid`) say
  /// nothing of their own.
  static let foreignKeys =
    relations + """
      SELECT k.oid, k.conname AS name, r.nspname AS schema, r.relname AS table_name, a.attname AS column_name,
        n.nspname AS to_schema, p.relname AS to_table, b.attname AS to_column, k.confdeltype AS on_delete,
        k.confupdtype AS on_update, k.convalidated AS validated, k.condeferrable AS deferrable,
        format('OPERATOR(%I.%s)', m.nspname, o.oprname) AS operator
      FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid JOIN pg_class p ON p.oid = k.confrelid
        JOIN pg_namespace n ON n.oid = p.relnamespace
        CROSS JOIN LATERAL unnest(k.conkey, k.confkey, k.conpfeqop) WITH ORDINALITY AS pair(own, other, op, number)
        JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = pair.own
        JOIN pg_attribute b ON b.attrelid = p.oid AND b.attnum = pair.other
        JOIN pg_operator o ON o.oid = pair.op JOIN pg_namespace m ON m.oid = o.oprnamespace
      WHERE k.contype = 'f' AND k.conparentid = 0
      ORDER BY r.nspname COLLATE "C", r.relname COLLATE "C", k.conname COLLATE "C", pair.number
      """

  /// With the column that each belongs to: `OWNED BY` is an automatic dependency, identity an internal one.
  static let sequences =
    relations + """
      SELECT s.nspname AS schema, s.relname AS name, n.nspname AS table_schema, t.relname AS table_name,
        a.attname AS column_name
      FROM selected s
        LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
          AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
        LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace n ON n.oid = t.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
      WHERE s.relkind = 'S'
      ORDER BY s.nspname COLLATE "C", s.relname COLLATE "C"
      """

  /// Every type that the columns (`$1`, an array of oids) use, and the types that these are made of. `typelem` is also
  /// set where a fixed-length type can be subscripted (point), which is no array.
  static let types = """
    WITH RECURSIVE used(oid) AS (
      SELECT unnest($1::oid[])
      UNION
      SELECT part.oid FROM used JOIN pg_type t ON t.oid = used.oid CROSS JOIN LATERAL (
        SELECT t.typbasetype WHERE t.typbasetype <> 0
        UNION ALL SELECT t.typelem WHERE t.typelem <> 0 AND t.typlen = -1
        UNION ALL SELECT g.rngsubtype FROM pg_range g WHERE t.oid IN (g.rngtypid, g.rngmultitypid)
        UNION ALL SELECT a.atttypid FROM pg_attribute a
          WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
      ) AS part(oid)
    )
    SELECT t.oid, 'type' AS fact, format_type(t.oid, NULL) AS name, n.nspname AS schema, t.typname AS local,
      t.typtype AS kind, t.typbasetype AS base, CASE WHEN t.typlen = -1 THEN t.typelem ELSE 0 END AS element,
      t.typtypmod AS modifier, t.typnotnull AS not_null,
      (SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
          AND d.refclassid = 'pg_extension'::regclass LIMIT 1) AS extension,
      NULL::oid AS part, 0::real AS position
    FROM used JOIN pg_type t ON t.oid = used.oid JOIN pg_namespace n ON n.oid = t.typnamespace
    UNION ALL
    SELECT e.enumtypid, 'label', e.enumlabel, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, e.enumsortorder
    FROM used JOIN pg_enum e ON e.enumtypid = used.oid
    UNION ALL
    SELECT used.oid, 'part', a.attname, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, a.atttypid, a.attnum
    FROM used JOIN pg_type t ON t.oid = used.oid JOIN pg_attribute a ON a.attrelid = t.typrelid
    WHERE t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT used.oid, 'part', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, g.rngsubtype, 0
    FROM used JOIN pg_range g ON used.oid IN (g.rngtypid, g.rngmultitypid)
    UNION ALL
    SELECT used.oid, 'check', k.conname, NULL, pg_get_constraintdef(k.oid), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
    FROM used JOIN pg_constraint k ON k.contypid = used.oid WHERE k.contype = 'c'
    ORDER BY 1, fact, position, name
    """

  /// A row per extension and configuration table.
  static let extensions = """
    SELECT e.extname AS name, n.nspname AS schema, e.extversion AS version,
      coalesce((SELECT v.trusted FROM pg_available_extension_versions v
        WHERE v.name = e.extname AND v.version = e.extversion), false) AS trusted,
      m.nspname AS table_schema, c.relname AS table_name
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
      LEFT JOIN LATERAL unnest(e.extconfig) AS configuration(oid) ON true
      LEFT JOIN pg_class c ON c.oid = configuration.oid AND c.relkind IN ('r', 'p')
      LEFT JOIN pg_namespace m ON m.oid = c.relnamespace
    ORDER BY e.extname COLLATE "C", m.nspname COLLATE "C", c.relname COLLATE "C"
    """

  /// Functions and operators that have the name of one of PostgreSQL's own, arguments of nothing but its own types, and
  /// are no part of an extension, which only who may make objects in the whole database makes.
  static let namesakes = """
    WITH alike AS MATERIALIZED (
      SELECT p.oid, 'pg_proc'::regclass AS class, p.proname AS name, p.pronamespace AS namespace,
        p.proargtypes::oid[] AS arguments, EXISTS (SELECT FROM pg_proc b WHERE b.proname = p.proname
          AND b.proargtypes = p.proargtypes AND b.pronamespace = 'pg_catalog'::regnamespace) AS has_same_arguments
      FROM pg_proc p
      WHERE p.pronamespace <> 'pg_catalog'::regnamespace AND EXISTS (SELECT FROM pg_proc b
        WHERE b.proname = p.proname AND b.pronamespace = 'pg_catalog'::regnamespace)
      UNION ALL
      SELECT o.oid, 'pg_operator'::regclass, o.oprname, o.oprnamespace,
        CASE WHEN o.oprleft = 0 THEN ARRAY[o.oprright] ELSE ARRAY[o.oprleft, o.oprright] END,
        EXISTS (SELECT FROM pg_operator b WHERE b.oprname = o.oprname AND b.oprleft = o.oprleft
          AND b.oprright = o.oprright AND b.oprnamespace = 'pg_catalog'::regnamespace)
      FROM pg_operator o
      WHERE o.oprnamespace <> 'pg_catalog'::regnamespace AND EXISTS (SELECT FROM pg_operator b
        WHERE b.oprname = o.oprname AND b.oprnamespace = 'pg_catalog'::regnamespace)
    ), namesake AS MATERIALIZED (
      SELECT a.*, n.nspname AS schema FROM alike a JOIN pg_namespace n ON n.oid = a.namespace
      WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_(toast|temp)'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = a.class AND d.objid = a.oid
          AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')
        AND NOT EXISTS (SELECT FROM unnest(a.arguments) AS argument(oid) JOIN pg_type t USING (oid)
          WHERE t.typnamespace <> 'pg_catalog'::regnamespace)
    )
    """

  /// Of functions of one name the most harmful: `i`, `s` and `v` sort that way. Namesakes of PostgreSQL's own stand with
  /// their schema, because a bare name is not to mean them. Operators that are not PostgreSQL's own have no volatility.
  static let routines =
    namesakes + """
      SELECT p.proname AS name, s.schema, max(p.provolatile::text) AS volatility,
        CASE WHEN bool_and(t.typnamespace = 'pg_catalog'::regnamespace) AND bool_and(p.pronamespace <> t.typnamespace)
          THEN array_to_string(array_agg(DISTINCT m.nspname), chr(10)) END AS schemas
      FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype JOIN pg_namespace m ON m.oid = p.pronamespace
        LEFT JOIN namesake s ON s.oid = p.oid AND s.class = 'pg_proc'::regclass
      GROUP BY p.proname, s.schema
      UNION ALL
      SELECT DISTINCT o.oprname, NULL, NULL, NULL FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
      WHERE n.nspname <> 'pg_catalog'
      """

  /// Namesakes that a call of PostgreSQL's own can mean instead, although `pg_catalog` comes first: for `varchar` a
  /// function of `varchar` fits better than the built-in one of `text`, and a constant without a type fits anything
  /// (manual, "Function Type Resolution"). One with the same arguments never does.
  static let shadows =
    namesakes + """
      SELECT s.name, format('%s.%s(%s)', s.schema, s.name,
          (SELECT string_agg(format_type(a.oid, NULL), ', ' ORDER BY a.number)
            FROM unnest(s.arguments) WITH ORDINALITY AS a(oid, number))) AS title
      FROM namesake s WHERE NOT s.has_same_arguments
      ORDER BY 1, 2
      """
}
