import Masking
import PostgreSQL
public import Reconciliation
import Runtime

extension LiveCopies {
  public func forecast(
    _ order: CopyOrder, _ options: TrialOptions
  ) -> Result<CopyForecast, DatabaseFailure> {
    do throws(RefreshFailure) {
      let source = try read(order)
      let measure = CopyMeasure(order: order, plan: source.plan, world: world, catalogue: catalogue)
      let tables = try measure.tables(in: source.session)
      var space = try measure.space(tables, in: source.session)
      let snapshots = try known(order)
      if order.storage != nil { space.archive = snapshots.newestFirst.first(where: \.isArchived)?.content?.bytes }
      let study = try judged(order, source, space)
      let kind: SnapshotRow.Kind = order.masks ? .sanitized : .raw
      let trial = MaskTrial(plan: source.plan, options: options, reader: PatientReader(order.source, world))
      var forecast = CopyForecast(
        study: study, tables: tables, columns: source.plan.columns(beside: study.personal), samples: trial.run(),
        space: space, pace: CopyPace(of: snapshots, kind, target: order.target))
      forecast.warnings = [source.plan.untried].compactMap { $0 }
      if source.isPlacedOnScratch { forecast.scratchBytes = space.copy }
      do throws(RefreshFailure) { forecast.sessions = try connected(to: order) } catch {
        if case .interrupted = error { throw error }
        forecast.warnings.append("who is connected to \(order.destination.title) is not known: \(error.cause)")
      }
      return .success(forecast)
    } catch {
      return .failure(error.asFailure(at: order.source.title))
    }
  }

  private func known(_ order: CopyOrder) throws(RefreshFailure) -> [SnapshotRow] {
    do { return try catalogue.snapshots(of: order.target, in: order.workspace) } catch { throw .store(error) }
  }

  /// The catalogue knows a copy by the number of its database: another one may have its name by now. Where a run was
  /// killed before it could write that down, the comment of the database names the snapshot.
  public func standing(_ order: CopyOrder) throws(Failure) -> DestinationStanding {
    do throws(RefreshFailure) {
      let session = try world.connect(order.destination, database: order.destination.maintenanceDatabase)
      let rows = try reaching { () throws(DatabaseError) in
        try session.query(Self.destination, [order.destinationName], deadline: world.short, as: "look for a database")
      }
      guard let row = rows.first else { return .absent }
      let (number, id) = (row[0] ?? "", row[1].flatMap { ScratchHint(comment: $0) }?.id)
      let cluster = DatabaseIdentity.read(in: session, world.short)?.cluster
      let known: [SnapshotRow]
      do { known = try catalogue.snapshots(of: nil, in: order.workspace) } catch { throw .store(error) }
      let copy = known.newestFirst.first { snapshot in
        if snapshot.id.description == id, snapshot.isGood { return true }
        guard let place = snapshot.publication, place.databaseNumber == number else { return false }
        let isSameCluster = place.clusterIdentifier.flatMap { there in cluster.map { $0 == there } } ?? true
        return place.databaseName == order.destinationName && isSameCluster
      }
      return copy.map { .copy(snapshot: $0.id.description, of: $0.id.moment) } ?? .other
    } catch {
      throw Failure("look at", order.destination.title, cause: error.cause)
    }
  }

  private static let destination = """
    SELECT oid, pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = $1
    """
}

extension SnapshotRow {
  fileprivate var isArchived: Bool { kind == .sanitized && content?.parts.isEmpty == false }
}

extension CopyOrder {
  /// A raw snapshot is made without anything that masks.
  fileprivate var masks: Bool { policy != nil || !statements.isEmpty }
}

extension CopyPlan {
  /// Columns with a rule or changed by a statement, and those that look personal; of partitions once.
  fileprivate func columns(beside personal: [PersonalColumn]) -> [CopyForecast.Column] {
    var found: [CopyForecast.Column] = []
    var seen: Set<QualifiedName> = []
    let looks = Dictionary(personal.map { (ColumnName(QualifiedName($0.schema, $0.table), $0.column), $0) }) {
      first, _ in
      first
    }
    for table in tables.sorted(by: { $0.root < $1.root }) where seen.insert(table.root).inserted {
      for column in table.columns {
        let look = looks[ColumnName(table.root, column.column.name)]
        let strategy = column.strategy(beside: table.liftedColumns)
        guard strategy != nil || look != nil else { continue }
        found.append(
          CopyForecast.Column(
            table: table.root.asRulesHaveIt, column: column.column.name, type: column.column.declaration,
            strategy: strategy, looks: look?.looks.first?.title, isUncovered: look?.isUncovered ?? false))
      }
    }
    return found
  }
}

extension CopyPlan {
  /// What runs on the copied rows is not among what was tried on the source's.
  fileprivate var untried: String? {
    let count = remaining.count + quarantined.count
    guard count > 0 else { return nil }
    return
      "\(count == 1 ? "one statement runs" : "\(count) statements run") on rows that were copied already; what is changed by that is not among the masks that were tried"
  }
}

extension CopyPlan.Column {
  fileprivate func strategy(beside lifted: Set<String>) -> String? {
    strategy ?? (lifted.contains(column.name) ? "SQL" : path != nil || keepReason != nil ? "keep" : nil)
  }
}
