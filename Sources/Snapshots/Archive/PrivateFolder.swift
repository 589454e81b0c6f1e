#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A folder of mode 0700 for what is on its way between a database and a store, gone when it is let go.
///
/// A lock on a file in it tells that its owner lives; the system takes it away with the process, so that the next run
/// can tell, and remove, what one that was killed has left.
final class PrivateFolder {
  let path: String
  private let lock: Int32
  private var isThere = true

  private static let beginning = "decant-private-"
  private static let lockName = "lock"

  init(in parent: String) throws(RefreshFailure) {
    var template = Array("\(parent)/\(Self.beginning)XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .refused("no private folder can be made in \(parent): \(systemError())")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // It gets its name when it is locked: where there is one that nobody holds, its owner is dead.
    let making = "\(path)/.\(Self.lockName)"
    lock = open(making, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(making, "\(path)/\(Self.lockName)") == 0 else {
      let reason = systemError()
      remove()
      throw .refused("\(path) cannot be locked: \(reason)")
    }
  }

  deinit {
    remove()
    if lock >= 0 { close(lock) }
  }

  /// Removes it with everything in it; what cannot be removed now, a later run sweeps.
  func remove() {
    guard isThere else { return }
    isThere = false
    Self.removeTree(path)
  }

  /// A folder in it, which is made.
  func makeFolder(_ name: String) throws(RefreshFailure) -> String {
    let folder = "\(path)/\(name)"
    guard mkdir(folder, 0o700) == 0 else { throw .refused("\(folder) cannot be made: \(systemError())") }
    return folder
  }

  static func removeFile(_ path: String) { unlink(path) }

  /// Removes folders of our user whose owner does not live any more.
  static func sweep(_ parent: String) {
    guard let names = try? ArchivePart.names(in: parent) else { return }
    for name in names where name.hasPrefix(beginning) {
      let folder = "\(parent)/\(name)"
      var facts = stat()
      guard lstat(folder, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR, facts.st_uid == geteuid() else { continue }
      guard isAbandoned(folder, since: facts) else { continue }
      removeTree(folder)
    }
  }

  /// Whoever has just made one may not have come to its lock yet.
  private static func isAbandoned(_ folder: String, since facts: stat) -> Bool {
    let lock = open("\(folder)/\(lockName)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard lock >= 0 else { return errno == ENOENT && time(nil) - lastChange(facts) > 60 }
    defer { close(lock) }
    return flock(lock, LOCK_EX | LOCK_NB) == 0
  }

  private static func lastChange(_ facts: stat) -> Int {
    #if canImport(Glibc)
      facts.st_mtim.tv_sec
    #else
      facts.st_mtimespec.tv_sec
    #endif
  }

  /// Links are removed and not followed.
  private static func removeTree(_ path: String) {
    var facts = stat()
    guard lstat(path, &facts) == 0 else { return }
    guard facts.st_mode & S_IFMT == S_IFDIR else {
      unlink(path)
      return
    }
    for name in (try? ArchivePart.names(in: path)) ?? [] { removeTree("\(path)/\(name)") }
    rmdir(path)
  }
}
