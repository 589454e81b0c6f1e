/// The questions that are asked about a source's schema: each gives one row per thing, so that no answer has to be
/// taken apart, and their number does not depend on that of the tables.
///
/// All but the last four take the schemas to read (`$1`, all where it is empty) and those to leave out (`$2`) as
/// arrays. System schemas are never read. What an extension made for itself it makes again in the copy; its
/// configuration tables (`extconfig`) hold rows of the user.
enum SchemaQueries {
  static let relations = """
    WITH made AS (
      SELECT d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
      WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid = 'pg_class'::regclass
        AND NOT d.objid = ANY (coalesce(e.extconfig, '{}'))
    ), selected AS (
      SELECT c.*, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND (cardinality($1::text[]) = 0 OR n.nspname = ANY ($1::text[])) AND n.nspname <> ALL ($2::text[])
        AND c.oid NOT IN (SELECT objid FROM made)
    ), relation AS (
      SELECT * FROM selected WHERE relkind IN ('r', 'p', 'f')
    )
    """

  /// `pg_relation_size` is nothing where the table was dropped since the snapshot.
  static let tables =
    relations + """
      SELECT r.oid, r.nspname AS schema, r.relname AS name, r.relkind AS kind, r.relpersistence AS persistence,
        a.amname AS method, CASE WHEN r.reltuples >= 0 THEN r.reltuples::bigint END AS rows,
        coalesce(pg_relation_size(r.oid), 0) AS bytes, r.relrowsecurity AS row_security,
        pg_get_expr(r.relpartbound, r.oid) AS bound,
        (SELECT e.extcondition[array_position(e.extconfig, r.oid)] FROM pg_extension e
          WHERE r.oid = ANY (e.extconfig) ORDER BY e.extname LIMIT 1) AS condition
      FROM relation r LEFT JOIN pg_am a ON a.oid = r.relam
      ORDER BY r.nspname COLLATE "C", r.relname COLLATE "C"
      """

  /// Parents in the order of `INHERITS`, then rules and triggers by name. `tgtype` has bit 8 for DELETE and bit 16 for
  /// UPDATE (PostgreSQL, `catalog/pg_trigger.h`).
  static let belongings =
    relations + """
      SELECT r.oid, CASE WHEN r.relispartition THEN 'partition' ELSE 'parent' END AS fact, n.nspname AS schema,
        p.relname AS name, NULL::bool AS updates, NULL::bool AS deletes, i.inhseqno AS position
      FROM relation r JOIN pg_inherits i ON i.inhrelid = r.oid JOIN pg_class p ON p.oid = i.inhparent
        JOIN pg_namespace n ON n.oid = p.relnamespace
      UNION ALL
      SELECT r.oid, 'rule', NULL, w.rulename, NULL, NULL, 0
      FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid WHERE w.ev_enabled <> 'D'
      UNION ALL
      SELECT r.oid, 'trigger', NULL, t.tgname, t.tgtype & 16 <> 0, t.tgtype & 8 <> 0, 0
      FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'
      ORDER BY oid, fact, position, name
      """

  static let columns =
    relations + """
      SELECT a.attrelid AS oid, a.attname AS name, a.atttypid AS type, a.atttypmod AS modifier,
        format_type(a.atttypid, a.atttypmod)
          || CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
             THEN (SELECT format(' COLLATE %I.%I', n.nspname, c.collname) FROM pg_collation c
               JOIN pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = a.attcollation) ELSE '' END AS declaration,
        a.attnotnull AS not_null, a.attidentity AS identity, a.attgenerated AS generated,
        CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS expression
      FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attrelid, a.attnum
      """

  /// Which columns are read by generated columns (up to PostgreSQL 14 the column depends on them, later its default),
  /// by unique indexes with an expression or a predicate, and by partition keys, whose dependency is kept the other way
  /// round.
  static let readColumns =
    relations + """
      SELECT DISTINCT 'generated' AS fact, r.oid, own.attname AS subject, read.attname AS name
      FROM relation r JOIN pg_attribute own ON own.attrelid = r.oid AND own.attgenerated <> ''
        LEFT JOIN pg_attrdef f ON f.adrelid = r.oid AND f.adnum = own.attnum
        JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
          AND (d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.objsubid = own.attnum
            OR d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid)
        JOIN pg_attribute read ON read.attrelid = r.oid AND read.attnum = d.refobjsubid
      WHERE d.refobjsubid > 0 AND d.refobjsubid <> own.attnum
      UNION
      SELECT 'index', r.oid, c.relname, read.attname
      FROM relation r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refobjid = r.oid
        JOIN pg_attribute read ON read.attrelid = r.oid AND read.attnum = d.refobjsubid
      WHERE i.indisunique AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) AND d.refobjsubid > 0
      UNION
      SELECT 'partition', r.oid, NULL, read.attname
      FROM relation r JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = r.oid
          AND d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.refobjsubid = 0 AND d.deptype = 'i'
        JOIN pg_attribute read ON read.attrelid = r.oid AND read.attnum = d.objsubid
      WHERE r.relkind = 'p' AND d.objsubid > 0
      ORDER BY 1, 2, 3, 4
      """
}
