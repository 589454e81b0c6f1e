import Documents
import PostgreSQL
import Reconciliation
import Runtime

extension VerifyingRun {
  /// Where databases are made that are only looked at: on the scratch server, else beside the destination.
  var workbench: DatabaseEndpoint { order.copy.scratch ?? order.copy.destination }

  /// The order of a copy that is made there, and whose SQL runs there: a scratch server may see rows as they are, unless it
  /// is the destination's own.
  ///
  /// - Returns: the order, and whether it is such a server.
  func onWorkbench() throws(RefreshFailure) -> (copy: CopyOrder, isApart: Bool) {
    var copy = order.copy
    copy.destination = workbench
    guard let scratch = copy.scratch else { return (copy, false) }
    copy.scratch = nil
    let isApart = try isApart(scratch)
    if isApart { copy.waived.insert(QuarantineSQL.waivable) }
    return (copy, isApart)
  }

  /// Where it cannot be told, it is taken for the destination's.
  private func isApart(_ scratch: DatabaseEndpoint) throws(RefreshFailure) -> Bool {
    do throws(RefreshFailure) {
      return try running(scratch).startedAt != running(order.copy.destination).startedAt
    } catch {
      if case .interrupted = error { throw error }
      return false
    }
  }

  private func running(_ endpoint: DatabaseEndpoint) throws(RefreshFailure) -> RunningServer {
    let session = try world.connect(endpoint, database: endpoint.maintenanceDatabase)
    return try reaching { () throws(DatabaseError) in try RunningServer.read(in: session, deadline: world.short) }
  }

  /// Makes a database, gives it to `body` and takes it away again, also after Ctrl-C. Its name is that of another
  /// destination, so that no refresh or load takes it for its own waste.
  func inScratch<Answer>(
    like locale: (Session) throws(DatabaseError) -> DatabaseLocale, template: String,
    _ body: (Quarantine) throws(RefreshFailure) -> Answer
  ) throws(RefreshFailure) -> Answer {
    let server = try worker.maintenance(of: workbench)
    _ = try worker.sweep(server)
    let name = try worker.workName("\(order.copy.destinationName) (verify)")
    let session = try reaching { () throws(DatabaseError) in try server.open() }
    let locale = try reaching { () throws(DatabaseError) in try locale(session) }
    let lock = try worker.quarantineFailing { () throws(QuarantineFailure) in try OwnerLock(name, on: server) }
    defer { lock.end() }
    // By its name, before it is there: a run that ends between making and preparing it takes it away too.
    let planned = Quarantine(name: name, oid: 0, server: server)
    defer { try? planned.uninterrupted.drop() }
    let made = try worker.quarantineFailing { () throws(QuarantineFailure) in
      try Quarantine.create(name, like: locale, template: template, on: server)
    }
    return try body(made)
  }

  var template: String { order.copy.options["template"]?.string ?? "template0" }
}

extension VerifyingRun {
  /// A stored snapshot, restored and looked at as if it had been published.
  func verifySnapshot(_ reference: String, _ folder: PrivateFolder) throws(RefreshFailure) -> VerifiedCopy {
    let row = try named(reference)
    let archive = try StoredArchive.find(row, world)
    worker.progress(CopyProgress(phase: .archive))
    let files = try worker.fetch(archive, nil, into: folder)
    return try inScratch(
      like: { _ in archive.facts.locale }, template: template
    ) { database throws(RefreshFailure) in
      try restore(files, archive, into: database)
      var known = facts(row)
      if known.rows == nil { known.rows = archive.facts.rows }
      return try examine(workbench.naming(database.name.name), known, folder)
    }
  }

  private func named(_ reference: String) throws(RefreshFailure) -> SnapshotRow {
    let (target, workspace) = (order.copy.target, order.copy.workspace)
    let rows: [SnapshotRow]
    do { rows = try catalogue.snapshots(of: target, in: workspace) } catch { throw .store(error) }
    do throws(SnapshotNotFound) { return try rows.named(reference, .sanitized, of: target) } catch {
      throw .refused(error.description)
    }
  }

  private func restore(
    _ files: Archive, _ archive: StoredArchive, into database: Quarantine
  ) throws(RefreshFailure) {
    worker.progress(CopyProgress(phase: .rows, rows: 0))
    let session = try world.connect(database.server.parameters)
    let prepared = order.copy.options["template"]?.string
    let template = try prepared.map { name throws(RefreshFailure) in try world.connect(database.server.beside(name)) }
    let reach = try reaching { () throws(DatabaseError) in
      try DestinationReach.read(in: session, template: template, deadline: world.short)
    }
    let tools = try Structure.tools(session.serverVersion, world)
    let jobs = order.copy.workers
    try worker.quarantineFailing { () throws(QuarantineFailure) in
      _ = try files.restore(
        into: database, RestoreScope(extensions: reach.extensions, presentSchemas: reach.presentSchemas), jobs: jobs,
        with: tools, ToolPatience(.stall(world.stall), interrupt: world.interrupt))
      if !archive.facts.hasPublic { try database.dropPublicSchema(deadline: world.short) }
      try database.analyze(connections: jobs, deadline: .after(.seconds(3_600)))
    }
  }
}
