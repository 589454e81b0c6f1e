import Documents
import PostgreSQL
public import Reconciliation
import Runtime

extension LiveCopies {
  public func rights(_ order: CopyOrder) throws(Failure) -> CopyRights {
    do throws(QuarantineFailure) {
      return CopyRights(
        source: try sourceSide(order), destination: try destinationSide(order), scratch: try scratchSide(order))
    } catch {
      throw Failure("list the rights for", order.target, cause: error.description)
    }
  }

  private func sourceSide(_ order: CopyOrder) throws(QuarantineFailure) -> CopyRights.Side {
    let role = order.source.parameters["user"] ?? ""
    var side = CopyRights.Side(database: order.source.title, role: role, rights: [])
    let seen = SeenSource(order, world, &side.unseen)
    let grants = try RequiredGrants.statements(
      .init(database: order.source.parameters["dbname"] ?? role, role: role, schemas: seen.schemas))
    side.rights = grants.map { CopyRights.Right($0.sql, isMissing: seen.isMissing($0.right)) }
    return side
  }

  private func destinationSide(_ order: CopyOrder) throws(QuarantineFailure) -> CopyRights.Side {
    let role = order.destination.parameters["user"] ?? ""
    var side = CopyRights.Side(database: order.destination.title, role: role, rights: [])
    let seen = SeenDestination(order.destination, order.destinationName, world, &side.unseen)
    let grants = try RequiredGrants.statements(
      .init(
        database: order.destinationName, role: role, maintenanceDatabase: order.destination.maintenanceDatabase,
        exists: seen.exists ?? true, disconnects: order.options["disconnect"]?.bool ?? false))
    side.rights = grants.map { CopyRights.Right($0.sql, isMissing: seen.isMissing($0.right)) }
    return side
  }
}

extension LiveCopies {
  /// It makes and drops databases of its own there, and nothing is put in place.
  private func scratchSide(_ order: CopyOrder) throws(QuarantineFailure) -> CopyRights.Side? {
    guard let scratch = order.scratch else { return nil }
    let role = scratch.parameters["user"] ?? ""
    var side = CopyRights.Side(database: scratch.title, role: role, rights: [])
    let seen = SeenDestination(scratch, "", world, &side.unseen)
    let grants = try RequiredGrants.statements(
      .init(
        database: "", role: role, maintenanceDatabase: scratch.maintenanceDatabase, exists: false, disconnects: false))
    side.rights = grants.map { CopyRights.Right($0.sql, isMissing: seen.isMissing($0.right)) }
    return side
  }
}

/// What the source says about our role. What it was not asked, or did not answer, is unknown.
private struct SeenSource {
  private(set) var schemas: [String]
  private var missing: [RequiredGrants.Right: Bool] = [:]

  init(_ order: CopyOrder, _ world: CopyWorld, _ unseen: inout String?) {
    schemas = order.schemas.included
    do throws(RefreshFailure) {
      let session = try world.connect(order.source)
      let rows = try reaching { () throws(DatabaseError) in
        try session.query(Self.query, deadline: world.short, as: "reading the role's rights")
      }
      missing[.connecting] = false
      let declared = Set(order.schemas.included)
      let chosen = rows.filter { row in
        declared.isEmpty ? !order.schemas.excluded.contains(row[0] ?? "") : declared.contains(row[0] ?? "")
      }
      if declared.isEmpty { schemas = chosen.compactMap { $0[0] } }
      for row in chosen {
        let name = row[0] ?? ""
        missing[.using(schema: name)] = row[1] != "t"
        missing[.reading(schema: name)] = row[2] != "t"
        missing[.readingSequences(schema: name)] = row[3] != "t"
      }
    } catch { unseen = error.cause }
    if schemas.isEmpty { schemas = ["public"] }
  }

  func isMissing(_ right: RequiredGrants.Right) -> Bool? { missing[right] }

  private static let query = """
    SELECT n.nspname, pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
      NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
        AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')),
      NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND CASE
        WHEN c.relkind = 'S' THEN NOT pg_catalog.has_sequence_privilege(c.oid, 'SELECT') END)
    FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY n.nspname COLLATE "C"
    """
}

/// What the server of a destination, or of scratch databases, says about our role.
private struct SeenDestination {
  private(set) var exists: Bool?
  private var missing: [RequiredGrants.Right: Bool] = [:]

  init(_ endpoint: DatabaseEndpoint, _ name: String, _ world: CopyWorld, _ unseen: inout String?) {
    do throws(RefreshFailure) {
      let session = try world.connect(endpoint, database: endpoint.maintenanceDatabase)
      let rows = try reaching { () throws(DatabaseError) in
        try session.query(Self.query, [name], deadline: world.short, as: "reading the role's rights")
      }
      guard let row = rows.first else { return }
      missing[.connecting] = false
      missing[.creatingDatabases] = row[0] != "t"
      missing[.signalling] = row[1] != "t"
      exists = row[2] != nil
      missing[.owning] = row[2].map { $0 != "t" }
    } catch { unseen = error.cause }
  }

  func isMissing(_ right: RequiredGrants.Right) -> Bool? { missing[right] }

  private static let query = """
    SELECT r.rolcreatedb OR r.rolsuper, r.rolsuper OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'),
      (SELECT pg_catalog.pg_has_role(datdba, 'USAGE') FROM pg_catalog.pg_database WHERE datname = $1)
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
    """
}
