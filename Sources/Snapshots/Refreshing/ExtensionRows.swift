import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// What extensions have put into their own tables when they were made (`pg_extension_config_dump`): pg_dump leaves those
/// rows out, so nobody copies them, and they are there beside those that are copied.
enum ExtensionRows {
  /// Before any row is copied. Only of tables that extensions have declared to hold the user's rows too.
  static func count(
    of schema: DatabaseSchema, in database: Quarantine, _ world: CopyWorld
  ) throws(RefreshFailure) -> [QualifiedName: Int] {
    let tables = Set(schema.tables.map(\.name)).intersection(schema.extensions.flatMap(\.configurationTables))
    guard !tables.isEmpty else { return [:] }
    let session = try world.connect(database.database)
    var counts: [QualifiedName: Int] = [:]
    for table in tables {
      counts[table] = try reaching { () throws(DatabaseError) in
        try session.query("SELECT count(*) FROM ONLY \(table.quoted)", deadline: world.short, as: "counting rows")
          .single.flatMap { Int($0) }
      }
    }
    return counts
  }
}

extension RefreshRun {
  /// Copies the rows, and knows what each table has to have then.
  func carryAll(_ lead: Lead, into database: Quarantine) throws(RefreshFailure) {
    let before = try ExtensionRows.count(of: lead.schema, in: database, world)
    carried = try carry(lead, into: database)
    guard !before.isEmpty else { return }
    expected = zip(lead.plan.tables, carried).map { $1.rows + (before[$0.table.name] ?? 0) }
  }
}
