import Documents
import Reconciliation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Plan files on disk.
enum PlanStorage {
  /// A plan of 100,000 objects has about 100 MB.
  static let sizeLimit = 1 << 30

  static func read(_ path: String) throws(Failure) -> [UInt8] { try DiskFiles.contents(of: path, limit: sizeLimit) }

  /// Writes the whole file or nothing: beside it first, synced to disk, then renamed. Readable by its owner only. Only a
  /// plan file or an empty file is replaced.
  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    try refuseForeign(path)
    try DiskFiles.makeFolder(of: path)
    try replace(path, with: bytes)
  }

  /// Puts a file in the place of another, or leaves that one as it is.
  static func replace(_ path: String, with bytes: [UInt8]) throws(Failure) {
    let (folder, name) = split(path)
    let draft = "\(folder)/.\(name).\(Run.newID())"
    do throws(Failure) {
      try writeSynced(bytes, to: draft, of: path)
      guard rename(draft, path) == 0 else { throw DiskFiles.failure("write", path) }
    } catch {
      unlink(draft)
      throw error
    }
    sync(folder)
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (slash == path.startIndex ? "/." : String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  private static func refuseForeign(_ path: String) throws(Failure) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw DiskFiles.failure("write", path)
    }
    if status.st_mode & S_IFMT == S_IFREG, PlanFile.isBegun(by: try DiskFiles.contents(of: path, limit: 64)) { return }
    throw Failure("write", path, cause: "it is there already and is no plan file", hint: "name another file")
  }

  /// What goes wrong is said of the file that was asked for.
  private static func writeSynced(_ bytes: [UInt8], to draft: String, of path: String) throws(Failure) {
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw DiskFiles.failure("write", path) }
    defer { close(descriptor) }
    try DiskFiles.writeAll(bytes, to: descriptor, of: path)
    guard fsync(descriptor) == 0 else { throw DiskFiles.failure("write", path) }
  }

  /// The name is on disk too. A file system that cannot do this has no more to give.
  private static func sync(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
