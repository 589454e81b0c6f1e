import Foundation
import Reconciliation
import Runtime
import TestServers
import Testing

@testable import Backends

/// What only a folder has: rights, links, disks that are full, and processes that are killed.
@Suite struct LocalFilesTests {
  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func othersMayNotRead() throws {
    let folder = try TemporaryFolder("objects")
    let store = LocalFiles(root: folder.path + "/new/store/")
    _ = try store.put(.bytes([1]), at: key("users/1/a"))
    #expect(store.title == folder.path + "/new/store")
    #expect(try mode(folder.path + "/new/store/users/1/a") == 0o600)
    for made in ["/new", "/new/store", "/new/store/users", "/new/store/users/1"] {
      #expect(try mode(folder.path + made) == 0o700)
    }
  }

  @Test func linksAreNotFollowed() throws {
    let folder = try TemporaryFolder("objects")
    let (store, manager) = (LocalFiles(root: folder.path + "/s"), FileManager.default)
    _ = try store.put(.bytes([1]), at: key("a/b"))
    try manager.createSymbolicLink(atPath: folder.path + "/s/a/link", withDestinationPath: "/etc/passwd")
    #expect(storeError { _ = try store.read(key("a/link"), mostBytes: 1 << 20) }?.kind == .denied)
    // Storing over it replaces the link, not what it leads to.
    try manager.createSymbolicLink(atPath: folder.path + "/s/a/out", withDestinationPath: folder.path + "/outside")
    _ = try store.put(.bytes([2]), at: key("a/out"))
    #expect(!manager.fileExists(atPath: folder.path + "/outside"))
    #expect(try store.list(under: nil).map(\.name) == ["a/b", "a/out"])
  }

  /// What a killed process left is not there, and neither in the way.
  @Test func halfAFileIsNoObject() throws {
    let folder = try TemporaryFolder("objects")
    let store = LocalFiles(root: folder.path)
    _ = try store.put(.bytes([1]), at: key("a/b"))
    try Data([9]).write(to: URL(filePath: folder.path + "/a/.xyz.partial"))
    #expect(try store.list(under: nil).map(\.name) == ["a/b"] && store.list(under: key("a")).count == 1)
    do { _ = try FileInMaking(folder.path + "/a/c").write([1, 2, 3]) }
    #expect(folder.names == ["a"] && (try? store.head(key("a/c"))) == .some(nil))
  }

  @Test func aFolderThatCannotBeReadIsNoEmptyOne() throws {
    guard getuid() != 0 else { return }
    let folder = try TemporaryFolder("objects")
    let store = LocalFiles(root: folder.path)
    _ = try store.put(.bytes([1]), at: key("a/b"))
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.path + "/a")
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path + "/a") }
    #expect(storeError { _ = try store.list(under: nil) }?.kind == .denied)
  }

  @Test func aFileInTheWayIsNoEmptyFolder() throws {
    let folder = try TemporaryFolder("objects")
    try Data([1]).write(to: URL(filePath: folder.path + "/store"))
    #expect(storeError { _ = try LocalFiles(root: folder.path + "/store").put(.bytes([1]), at: key("a/b")) } != nil)
  }

  @Test func anInterruptEndsIt() throws {
    let (folder, interrupt) = (try TemporaryFolder("objects"), try Interrupt())
    let path = try StoreStage(store: LocalFiles(root: "/"), folder: folder).file("in", bytes: 1_000_000)
    interrupt.raise()
    let store = LocalFiles(root: folder.path + "/s", interrupt: interrupt)
    #expect(storeError { _ = try store.put(.file(path), at: key("a")) }?.kind == .interrupted)
    #expect(try LocalFiles(root: folder.path + "/s").list(under: nil) == [])
  }

  /// No room for the new one: the old one stays as it was, and nothing else stays.
  @Test(.enabled(if: SmallDisk.isPossible, "skipped: no root here that may mount a tmpfs"))
  func aFullDiskKeepsTheOldOne() throws {
    let (folder, disk) = (try TemporaryFolder("objects"), try SmallDisk())
    let store = LocalFiles(root: disk.folder + "/s")
    let old = try store.put(.bytes([1, 2, 3]), at: key("a/b"))
    let path = try StoreStage(store: store, folder: folder).file("in", bytes: 3_000_000)
    let error = storeError { _ = try store.put(.file(path), at: old.key) }
    #expect(error?.kind == .full && error?.failure.hint != nil)
    #expect(
      storeError { try LocalFiles(root: folder.path).get(key("in"), into: disk.folder + "/x", expecting: "") }?.kind
        == .full)
    #expect(try store.read(old.key, mostBytes: 9) == [1, 2, 3] && store.list(under: nil).count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk.folder + "/s/a") == ["b"])
  }
}
