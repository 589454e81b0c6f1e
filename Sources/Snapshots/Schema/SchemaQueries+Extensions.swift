extension SchemaQueries {
  /// What extensions have brought that gives the same for the same, as the catalogue says: what SQL makes of their values
  /// may then be computed where rows are read.
  ///
  /// - A type, if its input and output, its subscripts, every cast from it and to it, every operator that takes it,
  ///   whoever made that, and what orders and hashes it are all IMMUTABLE; and if it has no modifier, which an explicit
  ///   cast could treat otherwise than an assignment. Casts and operators of its arrays, and of domains over it, count too:
  ///   columns may be of those.
  /// - An operator's or function's name, if everything outside `pg_catalog` that has it is IMMUTABLE and part of an
  ///   extension. Functions that give sets are left out, and those of several schemas.
  /// - An overload is such an operator over nothing but PostgreSQL's own types (`int[] - int` of intarray).
  /// - A namesake is a function's name that PostgreSQL has too: which one a call means hangs on types.
  static let ofExtensions = """
    WITH RECURSIVE member AS MATERIALIZED (
      SELECT d.classid, d.objid FROM pg_depend d
      WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    ), type AS MATERIALIZED (
      SELECT t.*, n.nspname FROM member m JOIN pg_type t ON t.oid = m.objid JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE m.classid = 'pg_type'::regclass AND t.typtype = 'b' AND t.typmodin = 0
    ), maker AS MATERIALIZED (
      SELECT m.oid, m.typbasetype AS of FROM pg_type m WHERE m.typtype = 'd'
      UNION ALL
      SELECT m.oid, m.typelem FROM pg_type m JOIN pg_type e ON e.oid = m.typelem
        WHERE m.typcategory = 'A' AND e.typtype <> 'c'
    ), made(base, oid) AS (
      SELECT t.oid, t.oid FROM type t
      UNION
      SELECT made.base, m.oid FROM made JOIN maker m ON m.of = made.oid
    ), used AS (
      SELECT t.oid, p.function FROM type t
        CROSS JOIN LATERAL unnest(ARRAY[t.typinput::oid, t.typoutput::oid, t.typsubscript::oid]) AS p(function)
      UNION ALL
      SELECT m.base, c.castfunc FROM made m JOIN pg_cast c ON m.oid IN (c.castsource, c.casttarget)
      UNION ALL
      SELECT m.base, o.oprcode::oid FROM made m JOIN pg_operator o ON m.oid IN (o.oprleft, o.oprright)
      UNION ALL
      SELECT t.oid, s.amproc::oid FROM type t JOIN pg_opclass k ON k.opcintype = t.oid
        JOIN pg_am a ON a.oid = k.opcmethod AND a.amname IN ('btree', 'hash')
        JOIN pg_amproc s ON s.amprocfamily = k.opcfamily
    ), pure AS (
      SELECT t.oid, t.typname, t.nspname FROM type t
      WHERE NOT EXISTS (SELECT FROM used u JOIN pg_proc p ON p.oid = u.function
        WHERE u.oid = t.oid AND p.provolatile <> 'i')
    )
    SELECT 'type' AS fact, format_type(p.oid, NULL) AS name, p.nspname AS schema, p.typname AS local FROM pure p
    UNION ALL
    SELECT CASE WHEN bool_or(o.oprleft <> ALL (foreign_types.oids) AND o.oprright <> ALL (foreign_types.oids))
      THEN 'overload' ELSE 'operator' END, o.oprname,
      array_to_string(array_agg(DISTINCT n.nspname), chr(10)), NULL
    FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
      LEFT JOIN pg_proc p ON p.oid = o.oprcode
      CROSS JOIN (SELECT array_agg(oid) AS oids FROM pg_type
        WHERE typnamespace <> 'pg_catalog'::regnamespace) AS foreign_types
      LEFT JOIN member m ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid
    WHERE o.oprnamespace <> 'pg_catalog'::regnamespace
    GROUP BY o.oprname HAVING bool_and(m.objid IS NOT NULL AND p.provolatile IS NOT DISTINCT FROM 'i')
    UNION ALL
    SELECT CASE WHEN bool_or(b.proname IS NULL) THEN 'function' ELSE 'namesake' END, p.proname, min(n.nspname), NULL
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      JOIN pg_type t ON t.oid = p.prorettype
      LEFT JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
      LEFT JOIN (SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace) b USING (proname)
    WHERE p.pronamespace <> 'pg_catalog'::regnamespace AND n.nspname <> 'information_schema'
    GROUP BY p.proname
    HAVING bool_or(b.proname IS NOT NULL) AND bool_or(m.objid IS NOT NULL)
      OR bool_and(b.proname IS NULL AND m.objid IS NOT NULL AND p.provolatile = 'i' AND p.prokind = 'f'
          AND NOT p.proretset AND (t.typnamespace = 'pg_catalog'::regnamespace OR t.oid IN (SELECT oid FROM pure)))
        AND count(DISTINCT n.nspname) = 1
    ORDER BY 1, 2
    """
}
