import Documents
public import Reconciliation
import Runtime

/// An archive in a store, with what its manifest says.
public struct StoredArchive: Sendable {
  public let store: any ObjectStore
  public let manifest: ArchiveManifest
  let facts: ArchiveFacts

  /// Throws where the manifest says too little to load the archive by.
  init(_ manifest: ArchiveManifest, in store: any ObjectStore) throws(RefreshFailure) {
    guard let facts = ArchiveFacts(manifest.facts) else {
      throw .refused("the manifest of \(manifest.snapshot) in \(store.title) does not say how its database is made")
    }
    (self.store, self.manifest, self.facts) = (store, manifest, facts)
  }

  var prefix: ObjectKey { store.place(of: manifest.snapshot, target: manifest.target) }
  var bytes: Int { manifest.parts.reduce(0) { $0 + $1.bytes } }

  /// The archive of a snapshot that the catalogue knows. What lies there has to be what the catalogue says.
  static func find(_ row: SnapshotRow, _ world: CopyWorld) throws(RefreshFailure) -> StoredArchive {
    guard let content = row.content, !content.parts.isEmpty, let profile = row.draft.storageProfile else {
      throw .refused(
        "no archive is kept of the snapshot \(row.id); declare sanitize.storage_profile, and the next refresh keeps one"
      )
    }
    let place = try ArchivePlace(CopyOrder.Storage(profile: profile, spec: .null), row.target, world)
    let manifest: ArchiveManifest?
    do { manifest = try place.store.manifest(under: place.prefix(row.id)) } catch { throw RefreshFailure(error) }
    guard let manifest else {
      throw .refused("the archive \(place.location(row.id)) is not there any more, though nobody pruned it")
    }
    guard manifest.parts == content.parts, manifest.snapshot == row.id, manifest.kind == row.kind,
      manifest.target == row.target
    else { throw .refused("the manifest in \(place.location(row.id)) is not the one that was written there") }
    return try StoredArchive(manifest, in: place.store)
  }

  /// The archives of a target in a store that no catalogue speaks of: what was pulled. The newest first.
  public static func all(of target: String, in store: any ObjectStore) -> Result<[ArchiveManifest], WorkFailure> {
    do throws(ObjectStoreError) {
      var found: [ArchiveManifest] = []
      for prefix in try store.archives(of: target).whole {
        guard let manifest = try store.manifest(under: prefix), manifest.target == target else { continue }
        found.append(manifest)
      }
      return .success(found.sorted { $0.snapshot > $1.snapshot })
    } catch { return .failure(WorkFailure(.error, error.description)) }
  }
}
