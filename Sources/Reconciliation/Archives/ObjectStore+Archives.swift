/// Archives: some parts and a manifest under one prefix, visible all at once.
extension ObjectStore {
  /// Where the archive of a snapshot lies: `users/019a…`.
  public func place(of snapshot: SnapshotID, target: String) -> ObjectKey {
    ObjectKey(segment: target).appending(ObjectKey(segment: snapshot.description))
  }

  /// Stores every part, each verified, and then the manifest: only with it the archive is there.
  ///
  /// `files` are paths by the parts' names; `manifest` makes the manifest of what was stored. Where anything fails, what was
  /// stored so far is removed, as far as that can be done, and nothing was ever visible.
  public func store(
    _ files: [(name: ObjectKey, path: String)], under prefix: ObjectKey,
    manifest: ([SnapshotRow.Part]) -> ArchiveManifest, progress: (SnapshotRow.Part) -> Void = { _ in }
  ) throws(ObjectStoreError) -> ArchiveManifest {
    var parts: [SnapshotRow.Part] = []
    do throws(ObjectStoreError) {
      for file in files {
        let stored = try put(.file(file.path), at: prefix.appending(file.name))
        let part = SnapshotRow.Part(name: file.name.description, bytes: stored.bytes, sha256: stored.sha256)
        progress(part)
        parts.append(part)
      }
      let whole = manifest(parts)
      _ = try put(.bytes(Array(whole.text.utf8)), at: prefix.appending(ArchiveManifest.name))
      return whole
    } catch {
      // An archive that may be visible is left alone: whoever reads it again finds it whole.
      if error.kind != .unknown { remove(files.prefix(parts.count + 1).map(\.name), under: prefix) }
      throw error
    }
  }

  /// As far as it goes: the error that led here is the one to tell.
  private func remove(_ names: [ObjectKey], under prefix: ObjectKey) {
    for name in [ArchiveManifest.name] + names { try? delete(prefix.appending(name)) }
  }

  /// Nothing where there is no archive.
  public func manifest(under prefix: ObjectKey) throws(ObjectStoreError) -> ArchiveManifest? {
    let bytes: [UInt8]
    do { bytes = try read(prefix.appending(ArchiveManifest.name), mostBytes: ArchiveManifest.mostBytes) } catch {
      if error.kind == .missing { return nil }
      throw error
    }
    guard let manifest = ArchiveManifest(bytes) else {
      throw ObjectStoreError(.damaged, "read", "\(title)/\(prefix)/manifest.json", "it is not a manifest of an archive")
    }
    return manifest
  }

  /// Gets every part into the folder, each checked against the manifest. The folder has to be there.
  public func fetch(
    _ manifest: ArchiveManifest, under prefix: ObjectKey, into folder: String,
    progress: (SnapshotRow.Part) -> Void = { _ in }
  ) throws(ObjectStoreError) {
    for part in manifest.parts {
      guard let name = ObjectKey(part.name) else {
        throw ObjectStoreError(.damaged, "get", "\(title)/\(prefix)", "a part has a name that cannot be")
      }
      try get(prefix.appending(name), into: "\(folder)/\(part.name)", expecting: part.sha256)
      progress(part)
    }
  }

  /// The manifest first: from then on the archive is not there, and what is left of it is swept with the rest.
  public func removeArchive(under prefix: ObjectKey) throws(ObjectStoreError) {
    try delete(prefix.appending(ArchiveManifest.name))
    for object in try list(under: prefix) {
      guard let key = object.key else { continue }
      try delete(key)
    }
  }

  /// Takes away what was begun below a prefix and never completed. Only for whoever knows that nobody stores there.
  public func giveUpAll(under prefix: ObjectKey) throws(ObjectStoreError) {
    for upload in try unfinished(under: prefix) { try giveUp(upload) }
  }

  /// Prefixes below which there is an archive, and those below which only the rest of one is.
  public func archives(of target: String) throws(ObjectStoreError) -> (whole: [ObjectKey], remains: [ObjectKey]) {
    var found: [ObjectKey: Bool] = [:]
    for object in try list(under: ObjectKey(segment: target)) {
      let segments = object.name.split(separator: "/")
      guard segments.count == 3, let prefix = ObjectKey("\(segments[0])/\(segments[1])") else { continue }
      found[prefix] = found[prefix] == true || segments[2] == ArchiveManifest.name.description
    }
    return (found.filter(\.value).keys.sorted(), found.filter { !$0.value }.keys.sorted())
  }
}
