import PostgreSQL

/// Which schemas there are, and what of the selected ones the role cannot read.
///
/// What a copy reads: the rows of tables, partitioned tables with each of their partitions, and materialised views, and
/// the state of sequences, which `pg_dump` selects from. Not views, whose definition is open to all; not foreign tables,
/// whose rows are another server's; not what an extension made for itself and brings along again.
struct Readability {
  var schemas: [String] = []
  var unreadable: [String] = []
  var columnsOnly: [String] = []
  var hiddenRows: [String] = []
  var definerFunctions: [String] = []

  init(rows: Rows, role: String) {
    for row in rows {
      let name = row["name"] ?? ""
      switch row["fact"] {
      case "schema": schemas.append(name)
      case "unreadable": unreadable.append(name)
      case "columns": columnsOnly.append(name)
      case "definer": definerFunctions.append(name)
      default: hiddenRows.append(Self.hiding(name, policies: row["policies"], Int(row["count"] ?? "") ?? 0, role))
      }
    }
    schemas.sort()
    unreadable = SpokenNames.bounded(unreadable.sorted())
    columnsOnly = SpokenNames.bounded(columnsOnly.sorted())
    hiddenRows = SpokenNames.bounded(hiddenRows.sorted())
    definerFunctions = SpokenNames.bounded(definerFunctions.sorted())
  }

  private static func hiding(_ table: String, policies: String?, _ count: Int, _ role: String) -> String {
    guard let policies else { return "row-level security on \(table) has no policy for \(role) and hides all rows" }
    return count == 1
      ? "policy \(policies) on \(table) hides rows from \(role)"
      : "policies \(policies) on \(table) hide rows from \(role)"
  }

  /// Parameters: arrays of the included and the excluded schemas.
  ///
  /// `has_table_privilege` is right here, unlike for writing: a copy reads as the role itself and never by SET ROLE.
  /// Grants on every column are not one on the table: `LOCK TABLE … IN ACCESS SHARE MODE` is refused all the same.
  /// `row_security_active` knows owners, FORCE, BYPASSRLS and superusers. A policy counts for the roles it names and
  /// those who have their privileges.
  static let query = """
    WITH own AS (
      SELECT oid, nspname::text AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    ), selected AS (
      SELECT oid, name, has_schema_privilege(oid, 'USAGE') AS usable FROM own
      WHERE (cardinality($1::text[]) = 0 OR name = ANY ($1::text[])) AND name <> ALL ($2::text[])
    ), made AS (
      SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
      WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
        AND NOT (d.classid = 'pg_class'::regclass AND d.objid = ANY (coalesce(e.extconfig, '{}')))
    ), relation AS (
      SELECT c.oid, c.relkind, c.relrowsecurity, format('%I.%I', s.name, c.relname) AS name
      FROM pg_class c JOIN selected s ON s.oid = c.relnamespace
      WHERE s.usable AND c.relkind IN ('r', 'p', 'm', 'S')
        AND c.oid NOT IN (SELECT objid FROM made WHERE classid = 'pg_class'::regclass)
    )
    SELECT 'schema' AS fact, name, NULL AS policies, NULL::bigint AS count FROM own
    UNION ALL
    SELECT 'unreadable', quote_ident(name), NULL, NULL FROM selected WHERE NOT usable
    UNION ALL
    SELECT CASE WHEN r.relkind = 'S' OR EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND NOT has_column_privilege(r.oid, a.attnum, 'SELECT')
      ) OR NOT has_any_column_privilege(r.oid, 'SELECT') THEN 'unreadable' ELSE 'columns' END, r.name, NULL, NULL
    FROM relation r
    WHERE NOT CASE r.relkind WHEN 'S' THEN has_sequence_privilege(r.oid, 'SELECT')
      ELSE has_table_privilege(r.oid, 'SELECT') END
    UNION ALL
    SELECT 'hidden', r.name, p.names, p.count FROM relation r, LATERAL (
      SELECT string_agg(quote_ident(polname), ', ' ORDER BY polname) AS names, count(*) AS count FROM pg_policy
      WHERE polrelid = r.oid AND polcmd IN ('*', 'r')
        AND (0 = ANY (polroles) OR EXISTS (SELECT FROM unnest(polroles) q WHERE pg_has_role(q, 'USAGE')))) p
    WHERE r.relrowsecurity AND row_security_active(r.oid)
    UNION ALL
    SELECT 'definer', format('%I.%I(%s)', s.name, f.proname, pg_get_function_identity_arguments(f.oid)), NULL, NULL
    FROM pg_proc f JOIN own s ON s.oid = f.pronamespace
    WHERE f.prosecdef AND f.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
      AND has_schema_privilege(s.oid, 'USAGE') AND has_function_privilege(f.oid, 'EXECUTE')
      AND NOT pg_has_role(session_user, f.proowner, 'MEMBER')
      AND f.oid NOT IN (SELECT objid FROM made WHERE classid = 'pg_proc'::regclass)
    """
}
