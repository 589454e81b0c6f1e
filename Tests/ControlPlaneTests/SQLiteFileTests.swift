import Foundation
import Reconciliation
import Runtime
import TestServers
import Testing

@testable import ControlPlane

/// The file itself: its rights, what is refused, and what a failing disk leaves behind.
@Suite struct SQLiteFileTests {
  private let site: SQLiteSite
  init() throws { site = try SQLiteSite() }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }
  private func bytes(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

  @Test func onlyItsOwnerMayReadIt() throws {
    let path = site.folder + "/a/b/control.db"
    let store = try SQLiteStore(path: path)
    _ = try store.shopLease()
    #expect(try mode(site.folder + "/a") == 0o700 && mode(site.folder + "/a/b") == 0o700)
    let files = try FileManager.default.contentsOfDirectory(atPath: site.folder + "/a/b")
    #expect(files.count == 4, "database, -wal, -shm and the lease's file: \(files)")
    for file in files { #expect(try mode(site.folder + "/a/b/" + file) == 0o600, "\(file)") }
  }

  @Test func namesThatMeanSomethingToSQLiteAreOnlyNames() throws {
    for name in [":memory:", "file:x?mode=memory", "100%.db", "a#b"] {
      let path = "\(site.folder)/\(name)"
      let store = try SQLiteStore(path: path)
      let lease = try store.shopLease()
      _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease)
      store.close()
      #expect(FileManager.default.fileExists(atPath: path))
      #expect(try SQLiteStore(path: path).records(in: "shop").count == 1)
    }
  }

  @Test func whatWasCommittedIsDurable() throws {
    let connection = try SQLiteConnection.open(controlPlane: site.path, patience: .after(.seconds(5)))
    #expect(try connection.text("journal_mode") == "wal")
    #expect(try connection.number("synchronous") == 2)
    #expect(try connection.number("foreign_keys") == 1)
    #expect(try connection.number("application_id") == SQLiteSchema.applicationID)
    #expect(try connection.number("user_version") == SQLiteSchema.version)
  }

  @Test func aNewerSchemaIsRefusedWithASentence() throws {
    try site.store().close()
    try site.plain().run("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99")
    let before = bytes(site.path)
    let failure = storeError { _ = try site.store() }?.failure
    #expect(failure?.cause == "a newer Decant has written it (schema 99, this one knows \(SQLiteSchema.version))")
    #expect(failure?.hint == "update decant")
    #expect(bytes(site.path) == before)
  }

  enum Foreign: CaseIterable { case text, otherDatabase, otherDatabaseInWAL, otherMark, short }

  @Test(arguments: Foreign.allCases) func aForeignFileIsLeftAsItIs(_ foreign: Foreign) throws {
    // Kept open: the other program is at work.
    var other: PlainSQL?
    switch foreign {
    case .text: try Data(String(repeating: "not a database\n", count: 500).utf8).write(to: URL(filePath: site.path))
    case .short: try Data("x".utf8).write(to: URL(filePath: site.path))
    case .otherDatabase, .otherDatabaseInWAL, .otherMark:
      other = try site.plain()
      if foreign == .otherDatabaseInWAL { try other?.run("PRAGMA journal_mode = WAL") }
      if foreign == .otherMark { try other?.run("PRAGMA application_id = 7; PRAGMA user_version = 1") }
      try other?.run("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    }
    let files = { try FileManager.default.contentsOfDirectory(atPath: site.folder).sorted() }
    let before = (bytes(site.path), bytes(site.path + "-wal"), try files())
    let failure = storeError { _ = try site.store() }?.failure
    #expect(failure?.cause == "it is not a control plane of Decant")
    #expect(try bytes(site.path) == before.0 && bytes(site.path + "-wal") == before.1 && files() == before.2)
    withExtendedLifetime(other) {}
  }

  @Test func manyMayMakeTheFileAtOnce() throws {
    for number in 0..<25 {
      let path = "\(site.folder)/\(number).db"
      let refusals = concurrently([1, 2, 3, 4], limit: 4) { _ in
        storeError { _ = try SQLiteStore(path: path).records(in: "shop") }
      }
      #expect(refusals == [nil, nil, nil, nil])
    }
  }

  @Test func anEmptyFileIsFilled() throws {
    try Data().write(to: URL(filePath: site.path))
    #expect(try site.store().records(in: "shop") == [])
  }

  @Test func aDamagedFileIsAnErrorAndNotEmpty() throws {
    let store = try site.store()
    let lease = try store.shopLease()
    _ = try store.commit((0..<200).map { .put(Address("target", "t\($0)"), "{}", seen: 0) }, as: .alice, under: lease)
    store.close()
    var data = try #require(bytes(site.path))
    for index in data.indices where index >= 4_096 { data[index] = 0x5a }
    try data.write(to: URL(filePath: site.path))
    let failure = storeError { _ = try site.store().records(in: "shop") }?.failure
    #expect(failure?.hint == "restore the file from a backup")
  }

  @Test func aClosedStoreSaysSo() throws {
    let store = try site.store()
    let lease = try store.shopLease()
    store.close()
    let cause = "the control plane was closed"
    #expect(storeError { _ = try store.records(in: "shop") }?.failure?.cause == cause)
    #expect(storeError { _ = try store.auditLog(of: "shop") }?.failure?.cause == cause)
    #expect(storeError { _ = try store.commit([], as: .alice, under: lease) }?.failure?.cause == cause)
    #expect(storeError { try store.release(lease) }?.failure?.cause == cause)
    #expect(throws: Never.self) { try site.store().shopLease("bob") }
  }

  /// The limit on pages is how SQLite itself pretends a full disk.
  @Test func aFullFileFailsAndChangesNothing() throws {
    let store = try site.store()
    let lease = try store.shopLease()
    _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease)
    let before = (try store.records(in: "shop"), try store.auditLog(of: "shop"))
    _ = try store.use("limit", "pages") { try $0.number("max_page_count = 1") }
    let big = String(repeating: "x", count: 100_000)
    let error = storeError { _ = try store.commit([.put(users, big, seen: 1)], as: .alice, under: lease) }
    #expect(error?.failure?.cause == "database or disk is full (SQLite 13)")
    #expect(error.map { !"\($0)".contains("xxx") } == true)
    #expect(try store.records(in: "shop") == before.0 && store.auditLog(of: "shop") == before.1)
    _ = try store.use("limit", "pages") { try $0.number("max_page_count = 1000000") }
    #expect(try store.commit([.put(users, big, seen: 1)], as: .alice, under: lease) == [.written(revision: 2)])
  }

  @Test(.enabled(if: SmallDisk.isPossible, "mounting a file system takes root and its rights"))
  func aFullDiskFailsAndChangesNothing() throws {
    let disk = try SmallDisk()
    let store = try SQLiteStore(path: disk.folder + "/control.db")
    let lease = try store.shopLease()
    _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease)
    let before = (try store.records(in: "shop"), try store.auditLog(of: "shop"))
    let big = String(repeating: "x", count: 2_000_000)
    let error = storeError { _ = try store.commit([.put(users, big, seen: 1)], as: .alice, under: lease) }
    #expect(error?.failure?.hint == "make room on the disk and try again", "\(String(describing: error))")
    #expect(try store.records(in: "shop") == before.0 && store.auditLog(of: "shop") == before.1)
    #expect(try store.commit([.put(users, "[]", seen: 1)], as: .alice, under: lease) == [.written(revision: 2)])
    store.close()
  }

  @Test(.enabled(if: SmallDisk.isPossible, "mounting a file system takes root and its rights"))
  func aReadOnlyFolderIsAnError() throws {
    let disk = try SmallDisk()
    let path = disk.folder + "/control.db"
    let store = try SQLiteStore(path: path)
    let lease = try store.shopLease()
    store.close()
    try disk.remount("ro")
    let unwritable = "the file and its folder have to be writable for the user who runs decant"
    let error = storeError { try SQLiteStore(path: path).append([], to: "shop", under: lease) }
    #expect(error?.failure?.hint == unwritable, "\(String(describing: error))")
    #expect(storeError { _ = try SQLiteStore(path: disk.folder + "/other.db") }?.failure?.hint == unwritable)
    #expect(
      storeError { _ = try SQLiteStore(path: disk.folder + "/new/control.db") }?.failure?.operation
        == "create the folder")
  }

  /// Only then can a transaction that failed at its end still come to light: see `SQLiteError.leavesCommitOpen`.
  @Test func onlyAFailedSyncLeavesACommitOpen() {
    let (ioerr, write, fsync, shmmap) = (Int32(10), Int32(10 | 3 << 8), Int32(10 | 4 << 8), Int32(10 | 21 << 8))
    #expect([ioerr, fsync, shmmap].allSatisfy { SQLiteError(code: $0).leavesCommitOpen })
    #expect([write, 13, 5, 8, 11, 19].allSatisfy { !SQLiteError(code: $0).leavesCommitOpen })
  }
}
