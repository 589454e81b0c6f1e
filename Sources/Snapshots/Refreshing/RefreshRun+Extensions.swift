import Masking
import PostgreSQL
import Runtime

extension RefreshRun {
  /// What extensions have put into their own tables when they were made: pg_dump leaves it out, and so do we. Nothing
  /// where no table is one of theirs.
  func rowsOfExtensions(_ quarantine: Quarantine, _ lead: Lead) throws(RefreshFailure) -> [Int]? {
    let theirs = Set(lead.schema.extensions.flatMap(\.configurationTables))
    let tables = lead.plan.tables.map(\.table.name)
    guard tables.contains(where: theirs.contains) else { return nil }
    let session = try world.connect(quarantine.database)
    return try tables.map { table throws(RefreshFailure) in
      guard theirs.contains(table) else { return 0 }
      return try reaching { () throws(DatabaseError) in
        try session.query("SELECT count(*) FROM ONLY \(table.quoted)", deadline: world.short, as: "counting rows")
          .single.flatMap { Int($0) } ?? 0
      }
    }
  }
}
