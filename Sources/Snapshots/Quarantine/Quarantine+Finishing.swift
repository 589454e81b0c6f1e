public import PostgreSQL
public import Runtime

extension Quarantine {
  /// Opens a session in it, in which no default of the role ends a statement.
  public func open() throws(QuarantineFailure) -> Session {
    try asking { () throws(DatabaseError) in try server.open(database) }
  }

  /// Removes the schema `public`, which every new database has, where the source has none and nothing is in it.
  public func dropPublicSchema(deadline: Deadline) throws(QuarantineFailure) {
    let session = try open()
    _ = try asking { () throws(DatabaseError) in
      try session.query("DROP SCHEMA IF EXISTS public RESTRICT", deadline: deadline, as: "drop the schema public")
    }
  }

  /// Counts all tables for the planner, several at once.
  public func analyze(connections: Int, deadline: Deadline) throws(QuarantineFailure) {
    let rows = try asking { () throws(DatabaseError) in
      try server.open(database).query(Self.tables, deadline: deadline, as: "list the tables")
    }
    let tables = rows.compactMap { $0[0] }
    let lanes = min(max(1, connections), max(1, tables.count))
    let quarantine = self
    let failures = concurrently(Array(0..<lanes), limit: lanes) { lane -> QuarantineFailure? in
      do throws(DatabaseError) {
        let session = try quarantine.server.open(quarantine.database)
        for table in stride(from: lane, to: tables.count, by: lanes).map({ tables[$0] }) {
          _ = try session.query("ANALYZE \(table)", deadline: deadline, as: "analyze")
        }
        return nil
      } catch { return .database(error) }
    }
    if let failure = failures.compactMap(\.self).first { throw failure }
  }

  /// The largest first, quoted by the server. Partitioned tables are counted over their partitions.
  private static let tables = """
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY pg_catalog.pg_relation_size(c.oid) DESC, c.oid
    """

  /// Lets these roles read everything in the copy, and connect to it once it is in place.
  ///
  /// - Throws: `.refused` for a role that the server does not have.
  public func grantReading(to roles: [String], deadline: Deadline) throws(QuarantineFailure) {
    guard !roles.isEmpty else { return }
    let session = try open()
    let (databaseName, grantees) = (
      try quoted(name.name),
      try roles.map { (role) throws(QuarantineFailure) in try quoted(role) }.joined(separator: ", ")
    )
    do throws(DatabaseError) {
      let rows = try session.query(Self.schemas, deadline: deadline, as: "list the schemas")
      try session.transaction(readOnly: false, deadline: deadline) { (session) throws(DatabaseError) in
        _ = try session.query(
          "GRANT CONNECT ON DATABASE \(databaseName) TO \(grantees)", deadline: deadline, as: "grant")
        for schema in rows.compactMap({ $0[0] }) {
          for privilege in ["USAGE ON SCHEMA", "SELECT ON ALL TABLES IN SCHEMA", "SELECT ON ALL SEQUENCES IN SCHEMA"] {
            _ = try session.query("GRANT \(privilege) \(schema) TO \(grantees)", deadline: deadline, as: "grant")
          }
        }
      }
    } catch {
      guard error.sqlstate == "42704" else { throw .database(error) }
      throw .refused("refresh.grants: \(error.message)")
    }
  }

  private static let schemas = """
    SELECT pg_catalog.quote_ident(nspname) FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND pg_catalog.pg_has_role(nspowner, 'USAGE') ORDER BY 1
    """
}
