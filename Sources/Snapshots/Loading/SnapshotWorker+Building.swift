import Documents
import Masking
import PostgreSQL
public import Reconciliation
public import Runtime

extension SnapshotWorker {
  /// Makes a raw snapshot: the source's rows as they are, encrypted before anything of them leaves this machine.
  ///
  /// - Parameters:
  ///   - order: without anything that masks; its storage is the one of raw snapshots.
  ///   - secret: what the files are sealed with.
  public func build(
    _ order: CopyOrder, sealedWith secret: Secret, recordedIn catalogue: any SnapshotCatalogue
  ) -> Result<SnapshotWork, WorkFailure> {
    let began = ContinuousClock.now
    return working("build a raw snapshot of", order.target) { () throws(RefreshFailure) in
      guard let storage = order.storage else { throw .refused("no storage_profile is declared for raw snapshots") }
      let seal = try self.seal(secret)
      let keeper = try world.hold(order.target, in: order.workspace, catalogue)
      defer { keeper.end() }
      let recorder = SnapshotRecorder(
        catalogue: catalogue, context: context(order.workspace), target: order.target, keeper: keeper)
      let place = try ArchivePlace(storage, order.target, world)
      var notes = try sweepRows(of: order, place, catalogue, recorder)
      let run = RefreshRun(order, catalogue, world, check: { _ in nil }, progress: progress)
      let (id, content) = try make(run, place, seal, recorder)
      if let count = order.options["retain"]?.integer {
        notes += Retention(catalogue: catalogue, world: world, workspace: order.workspace, target: order.target)
          .run(retaining: count, .raw, recorder)
      }
      return SnapshotWork(
        target: order.target, snapshot: id.description, kind: .raw, destination: place.location(id),
        tables: content.tables, rows: content.rows, bytes: content.bytes, duration: ContinuousClock.now - began,
        notes: notes)
    }
  }

  /// As often as a refresh begins a copy: whoever waits to change a table that we have locked goes first, and the next
  /// instant is behind them.
  private func make(
    _ run: RefreshRun, _ place: ArchivePlace, _ seal: ArchiveSeal, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) -> (SnapshotID, SnapshotContent) {
    var attempt = 0
    while true {
      attempt += 1
      let lead = try run.lead()
      defer { lead.end() }
      let id = SnapshotID(at: try run.now())
      try recorder.begin(draft(id, run.order, lead, place, seal))
      do throws(RefreshFailure) {
        let content = try keep(lead, run.order, id, place, seal)
        try recorder.finish(id, content)
        return (id, content)
      } catch {
        if !recorder.keeper.isLost { recorder.fail(id, error.cause) }
        guard case .overtaken = error, attempt < RefreshRun.attempts, !world.interrupt.isRaised else { throw error }
      }
    }
  }

  func seal(_ secret: Secret) throws(RefreshFailure) -> ArchiveSeal {
    do { return try ArchiveSeal(secret: secret) } catch { throw .refused(error.description) }
  }

  /// Says what became of builds that did not live to say it, and removes what they left in the store.
  private func sweepRows(
    of order: CopyOrder, _ place: ArchivePlace, _ catalogue: any SnapshotCatalogue, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) -> [String] {
    let rows: [SnapshotRow]
    do { rows = try catalogue.snapshots(of: order.target, in: order.workspace) } catch { throw .store(error) }
    for row in rows where row.kind == .raw && row.state == .building {
      recorder.fail(row.id, "the run ended before the snapshot was done")
    }
    do { return place.sweep(try catalogue.snapshots(of: order.target, in: order.workspace)) } catch {
      throw .store(error)
    }
  }

  private func draft(
    _ id: SnapshotID, _ order: CopyOrder, _ lead: Lead, _ place: ArchivePlace, _ seal: ArchiveSeal
  ) -> SnapshotDraft {
    let version = lead.schema.serverVersion
    return SnapshotDraft(
      id: id, target: order.target, kind: .raw, storageProfile: place.storage.profile, location: place.location(id),
      schemaFingerprint: lead.schema.fingerprint, serverVersion: "\(version / 10_000).\(version % 10_000)",
      sealingKeyID: seal.keyID)
  }

  /// Dumps at the leader's instant, and seals file by file: the clear ones are in a private folder, for as short as can be.
  private func keep(
    _ lead: Lead, _ order: CopyOrder, _ id: SnapshotID, _ place: ArchivePlace, _ seal: ArchiveSeal
  ) throws(RefreshFailure) -> SnapshotContent {
    PrivateFolder.sweep(world.scratchFolder)
    let folder = try PrivateFolder(in: world.scratchFolder)
    defer { folder.remove() }
    progress(CopyProgress(phase: .archive))
    let tools = try Structure.tools(lead.schema.serverVersion, world)
    let patience = ToolPatience(.stall(world.stall), interrupt: world.interrupt)
    try lead.expectNobodyWaits(world)
    let clear: Archive
    do throws(QuarantineFailure) {
      clear = try Archive.make(
        of: lead.source, in: "\(folder.path)/clear", .init(jobs: order.workers, compression: 1), with: tools, patience,
        at: lead.leader.snapshot.id, leavingOut: lead.schemas.leftOut)
    } catch {
      // Its own locks may be what it did not get.
      if case .tool = error { try lead.expectNobodyWaits(world) }
      throw .quarantine(error)
    }
    let facts = try self.facts(lead, id)
    let sealed = try sealAll(clear, into: folder, id, seal)
    let digests = Dictionary(sealed.map { ($0.part.name, $0.part) }) { first, _ in first }
    let parts = try place.upload(
      sealed.map { (name: ObjectKey(segment: $0.part.name), path: $0.path) }, as: id,
      manifest: { parts in
        ArchiveManifest(
          snapshot: id, target: order.target, kind: .raw, parts: parts,
          sealing: seal.manifest(Dictionary(sealed.map { ($0.part.name, $0.tag) }) { first, _ in first }),
          facts: facts.json)
      }, expecting: { digests[$0.name]?.sha256 == $0.sha256 })
    return SnapshotContent(tables: facts.tables, rows: facts.rows, parts: parts)
  }

  private struct SealedFile {
    let part: ArchivePart
    let path: String
    let tag: ArchiveSeal.Sealed
  }

  private func sealAll(
    _ clear: Archive, into folder: PrivateFolder, _ id: SnapshotID, _ seal: ArchiveSeal
  ) throws(RefreshFailure) -> [SealedFile] {
    let place = try folder.makeFolder("sealed")
    var files: [SealedFile] = []
    for part in clear.parts {
      let path = "\(place)/\(part.name)"
      let tag: ArchiveSeal.Sealed
      do {
        tag = try seal.seal(
          "\(clear.folder)/\(part.name)", into: path, as: part.name, of: id, interrupt: world.interrupt)
      } catch { throw .refused(error.description) }
      PrivateFolder.removeFile("\(clear.folder)/\(part.name)")
      let read = try quarantineFailing { () throws(QuarantineFailure) in
        try ArchivePart.read(part.name, in: place, unless: world.interrupt)
      }
      files.append(SealedFile(part: read, path: path, tag: tag))
    }
    return files
  }

  /// Rows are counted at the same instant: a dump does not tell how many it holds.
  private func facts(_ lead: Lead, _ id: SnapshotID) throws(RefreshFailure) -> ArchiveFacts {
    let session = lead.leader.session
    return try reaching { () throws(DatabaseError) in
      var rows = 0
      for table in lead.plan.tables {
        rows +=
          try session.query(
            "SELECT count(*) FROM ONLY \(table.table.name.quoted)", deadline: .after(.seconds(3_600)),
            as: "counting rows"
          ).single.flatMap { Int($0) } ?? 0
      }
      return ArchiveFacts(
        locale: try DatabaseLocale.read(in: session, deadline: world.short), hasPublic: lead.schemas.hasPublic,
        source: DatabaseIdentity.read(in: try again(lead.source), world.short),
        schemaFingerprint: lead.schema.fingerprint, tables: lead.plan.tables.count, rows: rows, instant: id.moment)
    }
  }

  /// A refused question would end the leader's transaction.
  private func again(_ parameters: ConnectionParameters) throws(DatabaseError) -> Session {
    try Session(connecting: parameters, deadline: .after(world.connectTimeout), interrupt: world.interrupt)
  }
}
