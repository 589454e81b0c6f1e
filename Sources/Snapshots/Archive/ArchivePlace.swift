import Documents
import PostgreSQL
import Reconciliation
import Runtime

/// Where the archives of a target are kept, opened: uploads, and what is swept and pruned there.
struct ArchivePlace {
  let storage: CopyOrder.Storage
  let target: String
  let store: any ObjectStore
  private let world: CopyWorld

  /// Nothing is connected to yet; throws where there is no way to it.
  init(_ storage: CopyOrder.Storage, _ target: String, _ world: CopyWorld) throws(RefreshFailure) {
    (self.storage, self.target, self.world) = (storage, target, world)
    do { store = try world.store(storage, world.interrupt) } catch { throw .world(error) }
  }

  func prefix(_ id: SnapshotID) -> ObjectKey { store.place(of: id, target: target) }

  /// As people say it.
  func location(_ id: SnapshotID) -> String { "\(store.title)/\(prefix(id))/" }

  /// Dumps a database into a private folder, stores every part, and the manifest last. Where anything fails, nothing was
  /// visible, and nothing of it stays here.
  ///
  /// - Parameters:
  ///   - tools: new enough for the database's server.
  ///   - beside: may put another file into the folder of the dump, and gives its name: pg_restore passes over it.
  func keep(
    _ database: ConnectionParameters, as id: SnapshotID, _ kind: SnapshotRow.Kind, _ facts: ArchiveFacts, jobs: Int,
    with tools: ClientTools, beside: (_ folder: String) throws(RefreshFailure) -> String? = { _ in nil },
    uploading: () throws(RefreshFailure) -> Void
  ) throws(RefreshFailure) -> [SnapshotRow.Part] {
    PrivateFolder.sweep(world.scratchFolder)
    let folder = try PrivateFolder(in: world.scratchFolder)
    defer { folder.remove() }
    var archive: Archive
    do throws(QuarantineFailure) {
      archive = try Archive.make(
        of: database, in: "\(folder.path)/archive", .init(jobs: jobs, compression: Self.compression), with: tools,
        ToolPatience(.stall(world.stall), interrupt: world.interrupt))
    } catch { throw .quarantine(error) }
    if let name = try beside(archive.folder) {
      let part: ArchivePart
      do throws(QuarantineFailure) {
        part = try ArchivePart.read(name, in: archive.folder, unless: world.interrupt)
      } catch { throw .quarantine(error) }
      archive = Archive(folder: archive.folder, parts: archive.parts + [part])
    }
    try uploading()
    return try store(archive, as: id, kind, facts)
  }

  /// gzip's quickest: the dump is on the way of a refresh, and a higher one costs more time than it saves in bytes.
  private static let compression = 1

  private func store(
    _ archive: Archive, as id: SnapshotID, _ kind: SnapshotRow.Kind, _ facts: ArchiveFacts
  ) throws(RefreshFailure) -> [SnapshotRow.Part] {
    let files = try archive.parts.map { part throws(RefreshFailure) in
      guard let name = ObjectKey(part.name) else {
        throw .refused("pg_dump made a file that cannot be stored: \(part.name)")
      }
      return (name: name, path: "\(archive.folder)/\(part.name)")
    }
    return try upload(files, as: id) { parts in
      ArchiveManifest(snapshot: id, target: target, kind: kind, parts: parts, facts: facts.json)
    } expecting: { part in
      archive.parts.contains { $0.name == part.name && $0.sha256 == part.sha256 && $0.size == part.bytes }
    }
  }

  /// - Parameter isRight: whether what was stored is what was to be stored.
  func upload(
    _ files: [(name: ObjectKey, path: String)], as id: SnapshotID,
    manifest: ([SnapshotRow.Part]) -> ArchiveManifest, expecting isRight: (SnapshotRow.Part) -> Bool
  ) throws(RefreshFailure) -> [SnapshotRow.Part] {
    do throws(ObjectStoreError) {
      // Under the lease nobody else stores here: it is of a run that was killed and is gone on with. Where it stays, it is
      // in nobody's way.
      try? store.giveUpAll(under: prefix(id))
      let whole = try store.store(files, under: prefix(id), manifest: manifest)
      guard whole.parts.allSatisfy(isRight) else {
        throw ObjectStoreError(.damaged, "store", location(id), "what was stored is not what was dumped")
      }
      return whole.parts
    } catch {
      if error.kind != .unknown { clean(id) }
      throw RefreshFailure(error)
    }
  }

  /// Through a store of its own, which Ctrl-C does not stop: what is left would cost room until the next run.
  private func clean(_ id: SnapshotID) {
    guard let cleaner = try? world.store(storage, nil) else { return }
    try? cleaner.removeArchive(under: prefix(id))
  }
}

extension RefreshFailure {
  init(_ error: ObjectStoreError) { self = error.kind == .interrupted ? .interrupted : .storage(error) }
}

/// What is removed from stores: by retention, and what runs have left that did not live to do it.
extension ArchivePlace {
  /// Removes what lies there of snapshots that the catalogue knows as failed or pruned. What is not of ours is left
  /// alone: another workspace may keep a target of the same name in the same place.
  func sweep(_ rows: [SnapshotRow]) -> [String] {
    let gone = Set(rows.filter { $0.state == .failed || $0.state == .pruned }.map { prefix($0.id) })
    guard !gone.isEmpty else { return [] }
    var notes: [String] = []
    do throws(ObjectStoreError) {
      let there = try store.archives(of: target)
      for prefix in there.whole + there.remains where gone.contains(prefix) { try store.removeArchive(under: prefix) }
    } catch { notes.append("what earlier runs had left in \(store.title) could not be removed: \(error.description)") }
    do throws(ObjectStoreError) {
      for upload in try store.unfinished(under: ObjectKey(segment: target)) where gone.contains(where: upload.isBelow) {
        try store.giveUp(upload)
      }
    } catch {
      notes.append("unfinished uploads of earlier runs in \(store.title) could not be removed: \(error.description)")
    }
    return notes
  }
}

/// Lets go of archives beyond the number that is declared.
struct Retention {
  let catalogue: any SnapshotCatalogue
  let world: CopyWorld
  let workspace: String
  let target: String

  /// The row goes first: from then on nobody is given what is being removed. What could not be removed, a later run
  /// sweeps. Gives a sentence for each archive.
  func run(
    retaining count: Int, _ kind: SnapshotRow.Kind, _ recorder: SnapshotRecorder
  ) -> [String] {
    let rows: [SnapshotRow]
    do { rows = try catalogue.snapshots(of: target, in: workspace) } catch {
      return ["older archives were not pruned: \(error.description)"]
    }
    return rows.filter { $0.kind == kind }.prunable(retaining: count).map { prune($0, recorder) }
  }

  private func prune(_ row: SnapshotRow, _ recorder: SnapshotRecorder) -> String {
    do throws(RefreshFailure) {
      let profile = row.draft.storageProfile ?? ""
      let place = try ArchivePlace(CopyOrder.Storage(profile: profile, spec: .null), target, world)
      try recorder.prune(row.id)
      do { try place.store.removeArchive(under: place.prefix(row.id)) } catch { throw RefreshFailure(error) }
      return "the archive of \(row.startedAt) was pruned (\(row.id))"
    } catch { return "the archive of \(row.startedAt) was not pruned: \(error.cause)" }
  }
}
