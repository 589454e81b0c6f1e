import Documents
import PostgreSQL
public import Reconciliation
public import Runtime

extension SnapshotWorker {
  /// Loads a snapshot of the catalogue.
  ///
  /// - Parameter secret: what a raw one was sealed with; without it, only sanitized ones are loaded.
  public func load(
    _ row: SnapshotRow, _ order: LoadOrder, openedWith secret: Secret? = nil,
    recordedIn catalogue: any SnapshotCatalogue
  ) -> Result<SnapshotWork, WorkFailure> {
    working("load into", order.destination.title) { () throws(RefreshFailure) in
      let keeper = order.isOwnDestination ? try world.hold(order.target, in: order.workspace, catalogue) : nil
      defer { keeper?.end() }
      let archive = try StoredArchive.find(row, world)
      let giving = GivingOut(catalogue: catalogue, context: context(order.workspace), target: order.target)
      try giving.note(.intent, "load", row.id, to: order.destination.title, under: keeper?.lease)
      let (work, number) = try load(
        archive, order, try secret.map { secret throws(RefreshFailure) in try seal(secret) })
      if let keeper {
        let recorder = SnapshotRecorder(
          catalogue: catalogue, context: context(order.workspace), target: order.target, keeper: keeper)
        try record(row.id, number, order, recorder)
      }
      try? giving.note(.done, "load", row.id, to: order.destination.title, under: keeper?.lease)
      return work
    }
  }

  /// Loads a snapshot that was pulled; nothing but the destination is asked.
  public func load(
    pulled manifest: ArchiveManifest, from store: any ObjectStore, _ order: LoadOrder
  ) -> Result<SnapshotWork, WorkFailure> {
    working("load into", order.destination.title) { () throws(RefreshFailure) in
      try load(try StoredArchive(manifest, in: store), order).work
    }
  }

  private func record(
    _ id: SnapshotID, _ number: UInt32, _ order: LoadOrder, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) {
    let session = try? world.connect(try maintenance(of: order.destination).parameters)
    let place = SnapshotRow.Publication(
      clusterIdentifier: session.flatMap { DatabaseIdentity.read(in: $0, world.short) }?.cluster,
      databaseNumber: "\(number)", databaseName: order.destinationName)
    do throws(RefreshFailure) { try recorder.publish(id, place) } catch {
      throw .unknown(
        "\(order.destination.title) was loaded, and that could not be written down: \(error.cause). Load it again")
    }
  }

  /// Makes a database of the archive beside the destination, and puts it in its place. Gives its number too.
  private func load(
    _ archive: StoredArchive, _ order: LoadOrder, _ seal: ArchiveSeal? = nil
  ) throws(RefreshFailure) -> (work: SnapshotWork, number: UInt32) {
    let began = ContinuousClock.now
    let server = try maintenance(of: order.destination)
    try SourceGuard(order: order, origin: archive.facts.source, world: world).expectOther(server)
    var notes = try sweep(server, for: order.destinationName)
    PrivateFolder.sweep(world.scratchFolder)
    let folder = try PrivateFolder(in: world.scratchFolder)
    defer { folder.remove() }
    progress(CopyProgress(phase: .archive))
    let files = try fetch(archive, seal, into: folder)
    let name = try workName(order.destinationName)
    let lock = try quarantineFailing { () throws(QuarantineFailure) in try OwnerLock(name, on: server) }
    defer { lock.end() }
    let quarantine = try make(name, archive, order, server)
    do throws(RefreshFailure) {
      notes += try fill(quarantine, files, archive, order)
      folder.remove()
      progress(CopyProgress(phase: .publish))
      notes += try put(quarantine, order)
    } catch {
      if case .unknown = error { throw error }
      try? quarantine.uninterrupted.drop()
      throw error
    }
    let work = SnapshotWork(
      target: order.target, snapshot: archive.manifest.snapshot.description, kind: archive.manifest.kind,
      destination: order.destination.title, tables: archive.facts.tables, rows: archive.facts.rows,
      bytes: archive.facts.databaseBytes ?? 0, duration: ContinuousClock.now - began, notes: notes)
    return (work, quarantine.oid)
  }

  /// Every part, checked against the manifest.
  func fetch(
    _ archive: StoredArchive, _ seal: ArchiveSeal?, into folder: PrivateFolder
  ) throws(RefreshFailure) -> Archive {
    if let seal, archive.manifest.kind == .raw { return try open(archive, seal, into: folder) }
    guard archive.manifest.kind == .sanitized, archive.manifest.sealing.isEmpty else {
      throw .refused("it is a raw snapshot, which is given out only where that is asked for")
    }
    let place = try folder.makeFolder("archive")
    do { try archive.store.fetch(archive.manifest, under: archive.prefix, into: place) } catch {
      throw RefreshFailure(error)
    }
    return Archive(
      folder: place,
      parts: archive.manifest.parts.map { ArchivePart(name: $0.name, size: $0.bytes, sha256: $0.sha256) })
  }

  private func make(
    _ name: ScratchName, _ archive: StoredArchive, _ order: LoadOrder, _ server: MaintenanceConnection
  ) throws(RefreshFailure) -> Quarantine {
    let template = order.options["template"]?.string ?? "template0"
    return try quarantineFailing { () throws(QuarantineFailure) in
      try Quarantine.create(name, like: archive.facts.locale, template: template, on: server)
    }
  }

  private func fill(
    _ quarantine: Quarantine, _ files: Archive, _ archive: StoredArchive, _ order: LoadOrder
  ) throws(RefreshFailure) -> [String] {
    progress(CopyProgress(phase: .rows, rows: 0))
    let session = try world.connect(quarantine.server.parameters)
    let template = try order.options["template"]?.string.map { name throws(RefreshFailure) in
      try world.connect(quarantine.server.beside(name))
    }
    let reach = try reaching { () throws(DatabaseError) in
      try DestinationReach.read(in: session, template: template, deadline: world.short)
    }
    let tools = try Structure.tools(session.serverVersion, world)
    return try quarantineFailing { () throws(QuarantineFailure) in
      let leftOut = try files.restore(
        into: quarantine, RestoreScope(extensions: reach.extensions, presentSchemas: reach.presentSchemas),
        jobs: order.workers, with: tools, ToolPatience(.stall(world.stall), interrupt: world.interrupt))
      if !archive.facts.hasPublic { try quarantine.dropPublicSchema(deadline: world.short) }
      try quarantine.analyze(connections: order.workers, deadline: .after(.seconds(3_600)))
      let grants = order.options["grants"]?.list?.compactMap(\.string) ?? []
      try quarantine.grantReading(to: grants, deadline: world.short)
      let refused = try quarantine.carryOverGrants(deadline: world.short)
      return leftOut.map(\.sentence) + refused.map { "not carried over from the previous database: \($0)" }
    }
  }

  /// What takes the place of the destination, by the two renames of a refresh.
  func put(_ quarantine: Quarantine, _ order: LoadOrder) throws(RefreshFailure) -> [String] {
    let publication = Publication(
      of: quarantine, patience: order.waitingTime, disconnects: order.disconnects)
    do throws(QuarantineFailure) {
      let outcome = try publication.publish()
      return outcome.notCarriedOver.map { "not carried over from the previous database: \($0)" }
        + (outcome.remaining.map { ["the previous database \($0) could not be dropped yet"] } ?? [])
    } catch {
      if case .occupied(let occupants) = error {
        throw .refused(
          "others are connected to it: \(occupants.map(\.description).joined(separator: "; ")). It is as it was; end them, or say --disconnect"
        )
      }
      switch try? Publication(of: quarantine.uninterrupted).isInPlace() {
      case true?: return []
      case false?: throw .quarantine(error)
      case nil: throw .unknown("whether \(order.destination.title) was replaced is not known: \(error.description)")
      }
    }
  }
}

extension LoadOrder {
  /// `refresh.wait`: how long sessions that are connected to the destination are waited for.
  var waitingTime: Duration {
    options["wait"]?.string.flatMap(DurationText.seconds).map { .seconds($0) } ?? RefreshRun.patience
  }
}

extension SnapshotWorker {
  /// What this run calls the database that it makes for a destination.
  func workName(_ destination: String) throws(RefreshFailure) -> ScratchName {
    guard let name = ScratchName(destination: destination, id: "\(OrphanSweep.mark)\(world.run)") else {
      throw .refused("a database for \(destination) cannot be named")
    }
    return name
  }

  /// Removes what runs have left on a server that did not live to do it.
  ///
  /// - Parameter destination: what other roles have left of it is told; nothing where nobody is told.
  func sweep(
    _ server: MaintenanceConnection, for destination: String? = nil
  ) throws(RefreshFailure) -> [String] {
    let sweep = OrphanSweep(server: server, destination: destination)
    return try quarantineFailing { () throws(QuarantineFailure) in try sweep.run() }.notes
  }
}
