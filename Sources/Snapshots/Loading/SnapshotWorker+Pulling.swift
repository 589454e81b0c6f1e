import Documents
public import Reconciliation
import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

extension SnapshotWorker {
  /// Copies an archive into another store, a folder of this machine: each part verified, and the manifest last, so that
  /// it is there as a whole or not at all.
  public func pull(
    _ row: SnapshotRow, into local: any ObjectStore, recordedIn catalogue: any SnapshotCatalogue, workspace: String
  ) -> Result<SnapshotWork, WorkFailure> {
    let began = ContinuousClock.now
    return working("pull", "\(row.target) into \(local.title)") { () throws(RefreshFailure) in
      guard row.kind == .sanitized else { throw .refused("only sanitized snapshots are given out") }
      let archive = try StoredArchive.find(row, world)
      let giving = GivingOut(catalogue: catalogue, context: context(workspace), target: row.target)
      try giving.note(.intent, "pull", row.id, to: local.title, under: nil)
      try copy(archive, into: local)
      try? giving.note(.done, "pull", row.id, to: local.title, under: nil)
      return SnapshotWork(
        target: row.target, snapshot: row.id.description, kind: row.kind,
        destination: "\(local.title)/\(archive.prefix)", tables: archive.facts.tables, rows: archive.facts.rows,
        bytes: archive.bytes, duration: ContinuousClock.now - began)
    }
  }

  private func copy(_ archive: StoredArchive, into local: any ObjectStore) throws(RefreshFailure) {
    PrivateFolder.sweep(world.scratchFolder)
    let folder = try PrivateFolder(in: world.scratchFolder)
    defer { folder.remove() }
    let (from, to) = (archive.prefix, local.place(of: archive.manifest.snapshot, target: archive.manifest.target))
    do throws(ObjectStoreError) {
      // Whoever pulls it again begins anew: nothing of a damaged one is kept.
      try local.giveUpAll(under: to)
      try local.removeArchive(under: to)
      for part in archive.manifest.parts {
        progress(CopyProgress(phase: .archive))
        let path = "\(folder.path)/part"
        let name = ObjectKey(segment: part.name)
        try archive.store.get(from.appending(name), into: path, expecting: part.sha256)
        defer { unlink(path) }
        guard try local.put(.file(path), at: to.appending(name)).sha256 == part.sha256 else {
          throw ObjectStoreError(.damaged, "store", "\(local.title)/\(to)/\(part.name)", "it is not what was sent")
        }
      }
      _ = try local.put(.bytes(Array(archive.manifest.text.utf8)), at: to.appending(ArchiveManifest.name))
    } catch {
      try? local.removeArchive(under: to)
      throw RefreshFailure(error)
    }
  }
}
