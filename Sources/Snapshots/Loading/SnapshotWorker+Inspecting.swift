import Documents
import PostgreSQL
public import Reconciliation
import Runtime

/// What is known of a load before it is begun.
public struct LoadOutlook: Sendable, Hashable {
  public var tables: Int
  public var rows: Int
  /// Of the database that it was made of; nothing for a raw one.
  public var databaseBytes: Int?
  /// Of the files, which lie on this machine for a while.
  public var archiveBytes: Int
  /// Bytes of the database that would be replaced; nothing where there is none, or it could not be asked.
  public var presentBytes: Int?
  /// Who is connected to it.
  public var occupants: [String] = []
  /// Why nothing would be loaded: it is a source, or read-only, or that could not be found out.
  public var refused: String?
  /// What could not be looked at.
  public var unseen: String?
}

extension SnapshotWorker {
  /// Looks at the archive's manifest and at the destination, and writes nothing.
  public func outlook(_ row: SnapshotRow, _ order: LoadOrder) -> Result<LoadOutlook, WorkFailure> {
    working("look at", "the snapshot \(row.id)") { () throws(RefreshFailure) in
      outlook(try StoredArchive.find(row, world), order)
    }
  }

  /// The same of what was pulled.
  public func outlook(
    pulled manifest: ArchiveManifest, from store: any ObjectStore, _ order: LoadOrder
  ) -> Result<LoadOutlook, WorkFailure> {
    working("look at", "the snapshot \(manifest.snapshot)") { () throws(RefreshFailure) in
      outlook(try StoredArchive(manifest, in: store), order)
    }
  }

  private func outlook(_ archive: StoredArchive, _ order: LoadOrder) -> LoadOutlook {
    var outlook = LoadOutlook(
      tables: archive.facts.tables, rows: archive.facts.rows, databaseBytes: archive.facts.databaseBytes,
      archiveBytes: archive.bytes)
    do throws(RefreshFailure) {
      let server = try maintenance(of: order.destination)
      try look(at: order, server, &outlook)
      try SourceGuard(order: order, origin: archive.facts.source, world: world).expectOther(server)
    } catch {
      if case .refused(let sentence) = error { outlook.refused = sentence } else { outlook.unseen = error.cause }
    }
    return outlook
  }

  private func look(
    at order: LoadOrder, _ server: MaintenanceConnection, _ outlook: inout LoadOutlook
  ) throws(RefreshFailure) {
    let session = try reaching { () throws(DatabaseError) in try server.open() }
    let rows = try reaching { () throws(DatabaseError) in
      try session.query(Self.destination, [order.destinationName], deadline: world.short, as: "look at the destination")
    }
    guard let row = rows.first, let number = row[0].flatMap({ UInt32($0) }) else { return }
    outlook.presentBytes = row[1].flatMap { Int($0) }
    outlook.occupants = try reaching { () throws(DatabaseError) in
      try Occupant.read(of: number, in: session, world.short)
    }.map(\.description)
  }

  private static let destination = """
    SELECT oid, CASE WHEN pg_catalog.has_database_privilege(oid, 'CONNECT') THEN pg_catalog.pg_database_size(oid) END
    FROM pg_catalog.pg_database WHERE datname = $1
    """
}
