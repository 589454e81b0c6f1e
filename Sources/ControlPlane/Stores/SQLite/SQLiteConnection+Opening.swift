import Reconciliation
import Runtime

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// Opening the file of a control plane: made where there is none, brought up to date, refused where it is not ours.
extension SQLiteConnection {
  /// Leaves a foreign file, or one of a newer Decant, exactly as it is. A new file is readable by its owner only, and
  /// so is a new folder.
  ///
  /// Throws `Failure` or `SQLiteError`.
  static func open(controlPlane path: String, patience deadline: Deadline) throws -> SQLiteConnection {
    try createFolder(of: path)
    let isNew = access(path, F_OK) != 0
    if !isNew { try inspect(path) }
    let connection = try SQLiteConnection(path: path, .readWrite)
    // The file is still empty, and SQLite gives its rights on to the files beside it. Not open(2) and close(2): closing
    // would drop the locks that this process may have on the file (https://sqlite.org/howtocorrupt.html, section 2.2).
    if isNew { chmod(path, 0o600) }
    connection.waits(until: deadline)
    try connection.bringUpToDate(path)
    try connection.switchToWAL(path, until: deadline)
    try connection.run("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
    return connection
  }

  /// Looks without touching. The mark of ours is in the file itself and not only in its WAL, because the schema is made
  /// before WAL is switched on. With a rollback journal beside it, the file is in the middle of being made: then
  /// SQLite has to recover it before anything can be read.
  private static func inspect(_ path: String) throws {
    guard access(path + "-journal", F_OK) != 0 else { return }
    var status = stat()
    // SQLite takes a file of one byte for an empty one, and would write over it. Its smallest page is 512 bytes.
    guard stat(path, &status) == 0, status.st_size == 0 || status.st_size >= 512 else { throw foreign(path) }
    do {
      _ = try SQLiteConnection(path: path, .untouched).reading { try $0.version(path) }
    } catch let error as SQLiteError where error.isNotADatabase {
      throw foreign(path)
    }
  }

  /// The version of the schema; 0 for an empty file. Throws `Failure` where the file is not for us.
  ///
  /// It reads several times, so it needs a transaction around it: somebody may be making the file just now, and an
  /// empty file with tables in it would pass for a foreign one.
  private func version(_ path: String) throws -> Int {
    let mark = try number("application_id")
    let version = try number("user_version")
    if mark == 0, version == 0, try isEmpty { return 0 }
    guard mark == SQLiteSchema.applicationID else { throw foreign(path) }
    guard version <= SQLiteSchema.version else {
      throw Failure(
        "open", path,
        cause: "a newer Decant has written it (schema \(version), this one knows \(SQLiteSchema.version))",
        hint: "update decant")
    }
    return version
  }

  private var isEmpty: Bool {
    get throws(SQLiteError) { try statement("SELECT 1 FROM sqlite_schema LIMIT 1").first { _ in true } == nil }
  }

  private func bringUpToDate(_ path: String) throws {
    guard try reading({ try $0.version(path) }) < SQLiteSchema.version else { return }
    try transaction { connection in
      // Read again, now that nobody else can be doing the same.
      let version = try connection.version(path)
      for migration in SQLiteSchema.migrations[version...] { try connection.run(migration) }
      try connection.run("PRAGMA application_id = \(SQLiteSchema.applicationID)")
      try connection.run("PRAGMA user_version = \(SQLiteSchema.version)")
    }
  }

  /// SQLite does not wait for others here, because it already reads when it asks for the right to write: so we do.
  private func switchToWAL(_ path: String, until deadline: Deadline) throws {
    while try text("journal_mode") != "wal" {
      do {
        guard try text("journal_mode = WAL") == "wal" else {
          throw Failure("open", path, cause: "its file system has no shared memory, which SQLite's WAL needs")
        }
      } catch let error as SQLiteError where error.isBusy && !deadline.hasPassed {
        poll(nil, 0, 5)
      }
    }
  }

  private static func createFolder(of path: String) throws {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    let folder = String(path[..<slash])
    guard access(folder, F_OK) != 0 else { return }
    try createFolder(of: folder)
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
      throw Failure("create the folder", folder, cause: String(cString: strerror(errno)))
    }
  }
}

private func foreign(_ path: String) -> Failure {
  Failure(
    "open", path, cause: "it is not a control plane of Decant",
    hint: "it was left as it is; name another file in `control_plane.url`")
}
