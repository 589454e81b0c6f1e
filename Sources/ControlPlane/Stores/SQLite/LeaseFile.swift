import Documents

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// A file that the holder of a lease keeps locked (`flock(2)`) for as long as it lives: the kernel drops the lock with
/// the process, and so the next one knows at once that a killed holder is dead.
///
/// There is one file per token, beside the database. Thus a new holder never meets the lock of an old one that was
/// slow and not dead. The lock belongs to the open file, so two holders in one process exclude each other as well, and
/// it is not inherited by the programs we start (`O_CLOEXEC`).
///
/// On a file system that is shared over a network, a lock may be local to each machine, and a live holder elsewhere
/// would look dead. We take its lease all the same: SQLite's WAL does not work over such a file system either
/// (https://sqlite.org/wal.html), so there is nothing to be kept apart, and the token refuses the old holder's writes.
final class LeaseFile: Sendable {
  private let descriptor: Int32
  let path: String

  static func path(of name: String, token: Int, beside database: String) -> String {
    "\(database)-lease-\(sha256(name).prefix(16))-\(token)"
  }

  /// Creates and locks the file; nothing where the file system has no locks (or no room): then the lease is only ended
  /// by its time.
  static func create(_ path: String) -> LeaseFile? {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return nil }
    let file = LeaseFile(descriptor, path)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      unlink(path)
      return nil
    }
    return file
  }

  /// Whether the process that locked this file is known to be gone. A file that is missing says nothing.
  static func isAbandoned(_ path: String) -> Bool {
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }

  static func remove(_ path: String) { unlink(path) }

  private init(_ descriptor: Int32, _ path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { close(descriptor) }
}
