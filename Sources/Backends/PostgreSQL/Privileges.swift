import PostgreSQL

/// Everything that lets a role write.
///
/// A right counts when the role has it, when PUBLIC has it, and when any role has it that this one may become:
/// `has_table_privilege` misses memberships with NOINHERIT, but SET ROLE does not. So the access lists themselves are
/// read, for every role of which the session's user is a member.
///
/// Not counted, because every role can do it and a copy is not harmed by it: temporary tables, and large objects.
enum Privileges {
  /// The worst first, then by name; at most `SpokenNames.limit`, and then how many more. For a superuser nothing else
  /// is said.
  static func sentences(_ rows: Rows, me: String) -> [String] {
    let found = rows.map { row in
      (what: row["what"] ?? "", sentence: sentence(row, me: me))
    }
    if let first = found.first, first.what == "superuser" { return SpokenNames.bounded([first.sentence]) }
    return SpokenNames.bounded(found.map(\.sentence), outOf: rows.first?["total"].flatMap { Int($0) })
  }

  private static func sentence(_ row: Rows.Row, me: String) -> String {
    let what = [row["what"], row["object"]].compactMap(\.self).joined(separator: " ")
    guard let through = row["through"] else { return what + " (through PUBLIC)" }
    return through == me ? what : "\(what) (through \(through))"
  }

  /// `aclexplode` of a missing list gives nothing, which is right: its default holds only the owner's rights, and
  /// PUBLIC's to connect, to use temporary tables and to read. `pg_settings` may be updated by PUBLIC, which sets a
  /// parameter of the session and writes nothing.
  static let query = """
    WITH mine AS (
      SELECT * FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER')
    ), grantee AS (
      SELECT oid, rolname FROM mine UNION ALL SELECT 0, NULL
    ), space AS (
      SELECT *, quote_ident(nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
    ), relation AS (
      SELECT c.oid, c.relkind, c.relowner, c.relacl, format('%I.%I', s.nspname, c.relname) AS name
      FROM pg_class c JOIN space s ON s.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v', 'S') AND c.oid <> 'pg_catalog.pg_settings'::regclass
    ), here AS (
      SELECT *, quote_ident(datname) AS name FROM pg_database WHERE datname = current_database()
    ), found(rank, what, object, through) AS (
      SELECT a.rank, a.what, NULL, m.rolname FROM mine m, LATERAL (VALUES
        (0, 'superuser', m.rolsuper), (1, 'may create roles', m.rolcreaterole),
        (2, 'may create databases', m.rolcreatedb), (3, 'may start replication', m.rolreplication),
        (4, 'bypasses row-level security', m.rolbypassrls)) a(rank, what, has)
      WHERE a.has
      UNION ALL
      SELECT 5, 'member of', p.rolname, m.rolname
      FROM pg_auth_members a JOIN mine m ON m.oid = a.member JOIN pg_roles p ON p.oid = a.roleid
      WHERE p.rolname IN
        ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program', 'pg_maintain')
      UNION ALL
      SELECT 6, 'owns database', h.name, m.rolname FROM here h JOIN mine m ON m.oid = h.datdba
      UNION ALL
      SELECT 7, 'CREATE on database', h.name, g.rolname
      FROM here h, aclexplode(h.datacl) x JOIN grantee g ON g.oid = x.grantee
      WHERE x.privilege_type = 'CREATE' AND x.grantee <> h.datdba
      UNION ALL
      SELECT 8, 'owns schema', s.name, m.rolname FROM space s JOIN mine m ON m.oid = s.nspowner
      UNION ALL
      SELECT 9, 'CREATE on schema', s.name, g.rolname
      FROM space s, aclexplode(s.nspacl) x JOIN grantee g ON g.oid = x.grantee
      WHERE x.privilege_type = 'CREATE' AND x.grantee <> s.nspowner
      UNION ALL
      SELECT 10, CASE r.relkind WHEN 'S' THEN 'owns sequence' WHEN 'v' THEN 'owns view'
        WHEN 'm' THEN 'owns materialized view' WHEN 'f' THEN 'owns foreign table' ELSE 'owns table' END,
        r.name, m.rolname
      FROM relation r JOIN mine m ON m.oid = r.relowner
      WHERE r.relkind <> 'S' OR NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid
          AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
      UNION ALL
      SELECT 11, string_agg(DISTINCT x.privilege_type, ', ')
          || CASE r.relkind WHEN 'S' THEN ' on sequence' ELSE ' on' END, r.name, g.rolname
      FROM relation r, aclexplode(r.relacl) x JOIN grantee g ON g.oid = x.grantee
      WHERE x.privilege_type <> 'SELECT' AND x.grantee <> r.relowner
      GROUP BY r.oid, r.relkind, r.name, g.rolname
      UNION ALL
      SELECT 12, x.privilege_type || ' (' || array_to_string((array_agg(DISTINCT quote_ident(a.attname)))[1:5], ', ')
          || CASE WHEN count(DISTINCT a.attnum) > 5 THEN ', …' ELSE '' END || ') on', r.name, g.rolname
      FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid, aclexplode(a.attacl) x
        JOIN grantee g ON g.oid = x.grantee
      WHERE NOT a.attisdropped AND x.privilege_type <> 'SELECT' AND x.grantee <> r.relowner
      GROUP BY r.oid, r.name, x.privilege_type, g.rolname
    )
    SELECT what, object, through, count(*) OVER () AS total FROM found
    ORDER BY rank, object COLLATE "C", what COLLATE "C", through IS DISTINCT FROM session_user, through COLLATE "C"
    LIMIT \(SpokenNames.limit)
    """
}
