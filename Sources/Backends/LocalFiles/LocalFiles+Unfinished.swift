public import Reconciliation

/// Files that were in the making when their run was killed.
extension LocalFiles {
  public func unfinished(under prefix: ObjectKey?) throws(ObjectStoreError) -> [UnfinishedUpload] {
    var found: [UnfinishedUpload] = []
    try walk(prefix?.description ?? "") { name, _ in
      let file = name.split(separator: "/").last ?? ""
      if file.hasPrefix("."), file.hasSuffix(FileInMaking.ending) { found.append(UnfinishedUpload(name: name, id: "")) }
    }
    return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  public func giveUp(_ upload: UnfinishedUpload) throws(ObjectStoreError) { try remove("\(root)/\(upload.name)") }
}
