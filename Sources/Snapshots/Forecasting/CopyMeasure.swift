import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// Measures what a copy would take: its tables at the source, and what is there already at the destination.
struct CopyMeasure {
  let order: CopyOrder
  let plan: CopyPlan
  let world: CopyWorld
  let catalogue: any SnapshotCatalogue

  /// The tables that hold rows, in the plan's order.
  func tables(in session: Session) throws(RefreshFailure) -> [CopyForecast.Table] {
    let oids = ArrayLiteral.of(plan.tables.map { "\($0.table.oid)" })
    let rows = try reaching { () throws(DatabaseError) in
      try session.query(Self.sizes, [oids], deadline: world.short, as: "measuring the source")
    }
    var known: [UInt32: (bytes: Int, indexes: Int)] = [:]
    for row in rows {
      guard let oid = row[0].flatMap({ UInt32($0) }) else { continue }
      known[oid] = (row[1].flatMap { Int($0) } ?? 0, row[2].flatMap { Int($0) } ?? 0)
    }
    let shares = KeptShare(reader: PatientReader(order.source, world))
    return plan.tables.map { table in
      let size = known[table.table.oid] ?? (table.estimatedBytes, 0)
      let (share, isMeasured) = shares.of(table)
      return CopyForecast.Table(
        name: table.table.name.description, rows: table.estimatedRows, bytes: size.bytes, indexBytes: size.indexes,
        share: share, isShareMeasured: isMeasured)
    }
  }

  func space(_ tables: [CopyForecast.Table], in session: Session) throws(RefreshFailure) -> CopySpace {
    let other = try reaching { () throws(DatabaseError) in
      try session.query(
        Self.beside, [ArrayLiteral.of(order.schemas.included), ArrayLiteral.of(order.schemas.excluded)],
        deadline: world.short,
        as: "measuring the source")
    }.single.flatMap { Int($0) }
    var space = CopySpace(
      tables: tables.reduce(0) { $0 + $1.copiedBytes }, indexes: tables.reduce(0) { $0 + $1.copiedIndexBytes },
      other: other ?? 0, present: try? present(),
      budget: order.options["disk_budget"]?.string.flatMap(ByteCount.bytes))
    if order.options["keep_template"]?.bool ?? false { space.template = space.copy }
    return space
  }

  /// Bytes of the destination and of what is kept beside it: its template, and a finished copy that waits for its place.
  /// What a killed run has left is not among it, because the next run removes it first.
  private func present() throws(RefreshFailure) -> Int {
    let session = try world.connect(order.destination, database: order.destination.maintenanceDatabase)
    let rows = try reaching { () throws(DatabaseError) in
      try session.query(Self.databases, [order.destinationName], deadline: world.short, as: "measuring the destination")
    }
    let finished: Set<String>
    do {
      finished = Set(
        try catalogue.snapshots(of: order.target, in: order.workspace).filter { $0.state == .ready }.map(
          \.id.description))
    } catch { throw .store(error) }
    return rows.reduce(0) { sum, row in
      guard let name = row[0], let bytes = row[2].flatMap({ Int($0) }) else { return sum }
      if name == order.destinationName { return sum + bytes }
      guard let read = ScratchName(name: name, comment: row[1] ?? ""), read.destination == order.destinationName,
        read.role == .template || read.role == .copy && finished.contains(read.id)
      else { return sum }
      return sum + bytes
    }
  }

  /// `pg_table_size` is of heap, TOAST and maps.
  private static let sizes = """
    SELECT c.oid, pg_catalog.pg_table_size(c.oid), pg_catalog.pg_indexes_size(c.oid) FROM pg_catalog.pg_class c
    WHERE c.oid = ANY ($1::pg_catalog.oid[])
    """

  /// Every database has catalogues of its own; large objects, which lie among them, are never copied.
  private static let beside = """
    SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid))
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = 'pg_catalog' AND NOT c.relisshared
        AND c.relname NOT IN ('pg_largeobject', 'pg_largeobject_metadata')
      OR c.relkind = 'm' AND n.nspname !~ '^pg_' AND n.nspname <> ALL ($2::pg_catalog.text[])
        AND (pg_catalog.cardinality($1::pg_catalog.text[]) = 0 OR n.nspname = ANY ($1::pg_catalog.text[]))
    """

  private static let databases = """
    SELECT datname, pg_catalog.shobj_description(oid, 'pg_database'),
      CASE WHEN pg_catalog.has_database_privilege(oid, 'CONNECT') THEN pg_catalog.pg_database_size(oid) END
    FROM pg_catalog.pg_database WHERE datname = $1 OR datname LIKE '%\\_\\_decant\\_%'
    """
}
