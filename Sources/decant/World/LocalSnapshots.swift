import Backends
import Reconciliation
import Runtime
import Snapshots

extension LocalOptions {
  /// A folder that is laid out like any other store.
  func store(_ interrupt: Interrupt) -> any ObjectStore { LocalFiles(root: path, interrupt: interrupt) }

  /// `XDG_CACHE_HOME` counts where it is set (XDG Base Directory Specification).
  private var path: String {
    if let folder { return folder.hasPrefix("/") ? folder : FilePath.joined(DiskFiles.currentFolder, folder) }
    if let cache = Environment.variable("XDG_CACHE_HOME"), cache.hasPrefix("/") { return "\(cache)/decant/snapshots" }
    return "\(Environment.variable("HOME") ?? DiskFiles.currentFolder)/.cache/decant/snapshots"
  }

  func pulled(of target: String, in store: any ObjectStore) throws(Failure) -> [PulledSnapshot] {
    do {
      return try StoredArchive.all(of: target, in: store).get().map { manifest in
        PulledSnapshot(
          manifest: manifest, folder: "\(store.title)/\(store.place(of: manifest.snapshot, target: target))")
      }
    } catch { throw Failure("list", store.title, cause: error.sentence) }
  }

  func pulled(_ reference: String, of target: String, in store: any ObjectStore) throws(Failure) -> PulledSnapshot {
    let all = try pulled(of: target, in: store)
    do { return try all.named(reference, of: target) } catch {
      let cause = all.isEmpty ? "nothing was pulled into \(store.title)" : error.description
      throw Failure("find", "a snapshot of \(target)", cause: cause, hint: "bring one here with: decant pull \(target)")
    }
  }
}
