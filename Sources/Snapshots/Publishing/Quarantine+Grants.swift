import PostgreSQL
public import Runtime

extension Quarantine {
  /// Gives the roles the rights on schemas, tables, columns, sequences and functions that they have in the copy that is
  /// to be replaced. What is not in the new copy is passed over.
  ///
  /// Grants of the source are never copied: who may read production has nothing to do with who may read a copy.
  ///
  /// - Returns: what could not be granted; each one line. Empty where there is no destination yet.
  public func carryOverGrants(deadline: Deadline) throws(QuarantineFailure) -> [String] {
    let rows: Rows
    do throws(DatabaseError) {
      rows = try server.open(server.beside(name.destination)).query(
        Self.grants, deadline: deadline, as: "read the grants")
    } catch {
      if error.kind == .databaseMissing { return [] }
      throw .database(error)
    }
    guard !rows.isEmpty else { return [] }
    let session = try open()
    return try asking { () throws(DatabaseError) in
      try session.transaction(readOnly: false, deadline: deadline) { (session) throws(DatabaseError) in
        var refused: [String] = []
        for row in rows {
          guard let error = try attempt(row[0] ?? "", in: session, deadline) else { continue }
          if !Self.isGone(error) { refused.append("\(row[1] ?? ""): \(error.message)") }
        }
        return refused
      }
    }
  }

  /// Runs one statement in a savepoint and gives the server's refusal.
  private func attempt(_ sql: String, in session: Session, _ deadline: Deadline) throws(DatabaseError) -> DatabaseError?
  {
    _ = try session.query("SAVEPOINT granted", deadline: deadline, as: "grant")
    do throws(DatabaseError) {
      _ = try session.query(sql, deadline: deadline, as: "grant")
      _ = try session.query("RELEASE SAVEPOINT granted", deadline: deadline, as: "grant")
      return nil
    } catch {
      guard session.isOpen, error.kind == .server else { throw error }
      _ = try session.query("ROLLBACK TO SAVEPOINT granted", deadline: deadline, as: "grant")
      return error
    }
  }

  /// No such table, column, schema, function or type.
  private static func isGone(_ error: DatabaseError) -> Bool {
    ["42P01", "42703", "3F000", "42883", "42704"].contains(error.sqlstate)
  }

  /// The statements, made by the server, which quotes the names. What an object grants to PUBLIC by default is taken away
  /// first, because a list that is there says everything. Only of what our role owns, and of nothing that an extension
  /// has made.
  private static let grants = """
    WITH objects(kind, target, list, owner, part, place) AS (
      SELECT 'SCHEMA', pg_catalog.quote_ident(nspname), nspacl, nspowner, NULL, 1
      FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
      UNION ALL
      SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, pg_catalog.format('%I.%I', n.nspname, relname),
        relacl, relowner, NULL, 2
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      UNION ALL
      SELECT 'TABLE', pg_catalog.format('%I.%I', n.nspname, relname), attacl, relowner, pg_catalog.quote_ident(attname), 3
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = attrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
      WHERE attacl IS NOT NULL AND NOT attisdropped
      UNION ALL
      SELECT CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
        pg_catalog.format('%I.%I(%s)', n.nspname, proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
        proacl, proowner, NULL, 4
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
      WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    ), granted AS (
      SELECT * FROM objects WHERE list IS NOT NULL AND pg_catalog.pg_has_role(owner, 'USAGE')
    )
    SELECT statement, what FROM (
      SELECT place, target, 0 AS turn, pg_catalog.format('REVOKE ALL ON %s %s FROM PUBLIC', kind, target) AS statement,
        pg_catalog.format('grants on %s', target) AS what
      FROM granted WHERE part IS NULL
      UNION ALL
      SELECT place, target, 1, pg_catalog.format('GRANT %s%s ON %s %s TO %s%s', x.privilege_type, ' (' || part || ')', kind,
          target, coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC'),
          CASE WHEN x.is_grantable AND x.grantee <> 0 THEN ' WITH GRANT OPTION' ELSE '' END),
        pg_catalog.format('%s on %s', x.privilege_type, target)
      FROM granted, pg_catalog.aclexplode(list) x LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
      WHERE x.grantee <> owner AND (x.grantee = 0 OR r.oid IS NOT NULL)
    ) statements ORDER BY place, target COLLATE "C", turn
    """
}
