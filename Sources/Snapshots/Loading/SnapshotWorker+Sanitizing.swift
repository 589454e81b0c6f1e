import Documents
import PostgreSQL
public import Reconciliation
public import Runtime

extension SnapshotWorker {
  /// Makes a sanitized snapshot of a raw one: decrypted into a private folder, restored into a scratch database, and
  /// copied from there as a refresh copies from a source. The destination stays as it is.
  ///
  /// - Parameters:
  ///   - order: as for a refresh of the target.
  ///   - scratch: the server of the scratch database, which holds the rows as they are.
  public func sanitize(
    _ raw: SnapshotRow, _ order: CopyOrder, on scratch: DatabaseEndpoint, openedWith secret: Secret,
    recordedIn catalogue: any SnapshotCatalogue, check: @escaping @Sendable (DatabaseEndpoint) -> Verification?
  ) -> Result<(work: SnapshotWork?, verification: Verification?), WorkFailure> {
    let began = ContinuousClock.now
    return working("sanitize", order.target) { () throws(RefreshFailure) in
      guard order.storage != nil else {
        throw .refused("no sanitize.storage_profile is declared, so there is no place for it")
      }
      let archive = try StoredArchive.find(raw, world)
      let seal = try self.seal(secret)
      let server = try maintenance(of: scratch)
      _ = try sweep(server)
      // Under the name of another destination, so that no refresh of this one takes it for waste.
      let name = try workName("\(order.destinationName) (raw)")
      let lock = try quarantineFailing { () throws(QuarantineFailure) in try OwnerLock(name, on: server) }
      defer { lock.end() }
      let planned = Quarantine(name: name, oid: 0, server: server)
      defer { try? planned.uninterrupted.drop() }
      let database = try quarantineFailing { () throws(QuarantineFailure) in
        try Quarantine.create(name, like: archive.facts.locale, on: server)
      }
      try restore(archive, seal, into: database, workers: order.workers)
      var stand = order
      stand.source = scratch.naming(database.name.name)
      var world = world
      world.manner = .archiving
      let run = RefreshRun(stand, catalogue, world, check: check, progress: progress)
      (run.origin, run.instant) = (archive.facts.source, raw.id.moment)
      return try outcome(of: run.run(), order, began)
    }
  }

  private func outcome(
    of result: CopyResult, _ order: CopyOrder, _ began: ContinuousClock.Instant
  ) throws(RefreshFailure) -> (work: SnapshotWork?, verification: Verification?) {
    switch result {
    case .published(let summary), .waiting(let summary, _, _):
      let work = SnapshotWork(
        target: order.target, snapshot: summary.snapshot, kind: .sanitized,
        destination: "storage_profile.\(order.storage?.profile ?? "")", tables: summary.tables, rows: summary.rows,
        bytes: summary.bytes, duration: ContinuousClock.now - began, notes: summary.notes)
      return (work, nil)
    case .refused(_, let verification?): return (nil, verification)
    case .refused(let sentence, nil), .failed(let sentence, _), .unknown(let sentence), .stale(let sentence):
      throw .refused(sentence)
    case .leaseHeld(let lease): throw .store(.held(lease))
    case .interrupted: throw .interrupted
    }
  }

  private func restore(
    _ archive: StoredArchive, _ seal: ArchiveSeal, into database: Quarantine, workers: Int
  ) throws(RefreshFailure) {
    PrivateFolder.sweep(world.scratchFolder)
    let folder = try PrivateFolder(in: world.scratchFolder)
    defer { folder.remove() }
    progress(CopyProgress(phase: .archive))
    let files = try open(archive, seal, into: folder)
    let session = try world.connect(database.server.parameters)
    let reach = try reaching { () throws(DatabaseError) in
      try DestinationReach.read(in: session, deadline: world.short)
    }
    let tools = try Structure.tools(session.serverVersion, world)
    try quarantineFailing { () throws(QuarantineFailure) in
      _ = try files.restore(
        into: database, RestoreScope(extensions: reach.extensions), jobs: workers, with: tools,
        ToolPatience(.stall(world.stall), interrupt: world.interrupt))
      if !archive.facts.hasPublic { try database.dropPublicSchema(deadline: world.short) }
      try database.analyze(connections: workers, deadline: .after(.seconds(3_600)))
    }
  }

  /// File by file; the sealed one goes as soon as it is open.
  func open(
    _ archive: StoredArchive, _ seal: ArchiveSeal, into folder: PrivateFolder
  ) throws(RefreshFailure) -> Archive {
    guard archive.manifest.sealing["key_id"]?.string == seal.keyID else {
      throw .refused("the snapshot was sealed with another key than decant.sealing.key is now")
    }
    let place = try folder.makeFolder("clear")
    var parts: [ArchivePart] = []
    for part in archive.manifest.parts {
      guard let sealed = ArchiveSeal.sealed(part.name, in: archive.manifest.sealing) else {
        throw .refused("the manifest does not say how \(part.name) is sealed")
      }
      let path = "\(folder.path)/part"
      do {
        try archive.store.get(
          archive.prefix.appending(ObjectKey(segment: part.name)), into: path, expecting: part.sha256)
      } catch { throw RefreshFailure(error) }
      defer { PrivateFolder.removeFile(path) }
      do {
        try seal.open(
          path, into: "\(place)/\(part.name)", as: part.name, of: archive.manifest.snapshot, sealed,
          interrupt: world.interrupt)
      } catch { throw .refused(error.description) }
      parts.append(
        try quarantineFailing { () throws(QuarantineFailure) in
          try ArchivePart.read(part.name, in: place, unless: world.interrupt)
        })
    }
    return Archive(folder: place, parts: parts)
  }
}
