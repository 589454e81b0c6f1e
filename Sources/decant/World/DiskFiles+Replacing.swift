import Reconciliation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension DiskFiles {
  /// Writes the whole file or nothing: beside it first, synced to disk, then renamed. Readable by its owner only.
  ///
  /// - Parameters:
  ///   - kind: what it has to be where it is there already: `plan file`. An empty file is replaced too.
  ///   - isOne: tells such a file by how it begins.
  static func replace(
    _ path: String, with bytes: [UInt8], aKind kind: String, _ isOne: ([UInt8]) -> Bool
  ) throws(Failure) {
    try refuseForeign(path, kind, isOne)
    let (folder, name) = split(path)
    let draft = "\(folder)/.\(name).\(Run.newID())"
    do throws(Failure) {
      try writeSynced(bytes, to: draft, of: path)
      guard rename(draft, path) == 0 else { throw failure("write", path) }
    } catch {
      unlink(draft)
      throw error
    }
    sync(folder)
  }

  private static func refuseForeign(_ path: String, _ kind: String, _ isOne: ([UInt8]) -> Bool) throws(Failure) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw failure("write", path)
    }
    if status.st_mode & S_IFMT == S_IFREG, isOne(try contents(of: path, limit: 64)) { return }
    throw Failure("write", path, cause: "it is there already and is no \(kind)", hint: "name another file")
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (slash == path.startIndex ? "/." : String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  /// What goes wrong is said of the file that was asked for.
  private static func writeSynced(_ bytes: [UInt8], to draft: String, of path: String) throws(Failure) {
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("write", path) }
    defer { close(descriptor) }
    try writeAll(bytes, to: descriptor, of: path)
    guard fsync(descriptor) == 0 else { throw failure("write", path) }
  }

  /// The name is on disk too. A file system that cannot do this has no more to give.
  private static func sync(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
