import Foundation
import Testing

@testable import Snapshots

/// Folders that hold rows on their way: gone with their owner, and swept where the owner was killed.
@Suite(.timeLimit(.minutes(30))) struct PrivateFolderTests {
  private let parent = "/tmp/decant-folders-\(UUID().uuidString)"
  private let manager = FileManager.default

  init() throws { try manager.createDirectory(atPath: parent, withIntermediateDirectories: true) }

  private func names() throws -> [String] { try manager.contentsOfDirectory(atPath: parent).sorted() }

  /// As one that was killed has left it.
  private func orphan(_ name: String, hasLock: Bool = true, age: TimeInterval = 0) throws -> String {
    let folder = "\(parent)/decant-private-\(name)"
    try manager.createDirectory(atPath: "\(folder)/archive/deep", withIntermediateDirectories: true)
    try Data("row".utf8).write(to: URL(filePath: "\(folder)/archive/deep/1.dat"))
    if hasLock { try Data().write(to: URL(filePath: "\(folder)/lock")) }
    try manager.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: folder)
    return folder
  }

  @Test func itIsForItsOwnerAlone() throws {
    defer { try? manager.removeItem(atPath: parent) }
    var folder: PrivateFolder? = try PrivateFolder(in: parent)
    let path = try #require(folder?.path)
    #expect(try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o700)
    #expect(try manager.contentsOfDirectory(atPath: path) == ["lock"])
    let inner = try #require(try folder?.makeFolder("clear"))
    try Data("row".utf8).write(to: URL(filePath: "\(inner)/1.dat"))
    folder = nil
    #expect(try names() == [])
    #expect(throws: RefreshFailure.self) { try PrivateFolder(in: "\(parent)/none") }
  }

  /// Also at once: nobody has to wait until what was left is old.
  @Test func whatTheDeadLeftIsSwept() throws {
    defer { try? manager.removeItem(atPath: parent) }
    for (name, age) in [("young", 0.0), ("older", 3_600)] { _ = try orphan(name, age: age) }
    _ = try orphan("killed-before-its-lock", hasLock: false, age: 120)
    PrivateFolder.sweep(parent)
    #expect(try names() == [])
  }

  @Test func whatTheLivingHaveStays() throws {
    defer { try? manager.removeItem(atPath: parent) }
    let mine = try PrivateFolder(in: parent)
    // Another process that lives has its lock, however old its folder is.
    let other = try orphan("other", age: 86_400)
    let holder = try ChildProcess(
      "/usr/bin/flock", ["--no-fork", "\(other)/lock", "/bin/sleep", "1000"], environment: [:], descriptors: [0, 1, 2])
    #expect(Self.isHeld("\(other)/lock"))
    // Whoever has just made one may not have come to its lock yet.
    let fresh = try orphan("fresh", hasLock: false)
    PrivateFolder.sweep(parent)
    for folder in [mine.path, other, fresh] { #expect(manager.fileExists(atPath: folder), "\(folder)") }
    #expect(manager.fileExists(atPath: "\(other)/archive/deep/1.dat"))
    _ = holder.end()
    PrivateFolder.sweep(parent)
    #expect(!manager.fileExists(atPath: other))
    #expect(manager.fileExists(atPath: mine.path))
  }

  /// What only looks like one, and what a link leads to.
  @Test func nothingElseIsTouched() throws {
    defer { try? manager.removeItem(atPath: parent) }
    let elsewhere = "\(parent)/elsewhere"
    try manager.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
    try Data("kept".utf8).write(to: URL(filePath: "\(elsewhere)/file"))
    try Data().write(to: URL(filePath: "\(elsewhere)/lock"))
    try manager.createSymbolicLink(atPath: "\(parent)/decant-private-link", withDestinationPath: elsewhere)
    try Data().write(to: URL(filePath: "\(parent)/decant-private-file"))
    let folder = try orphan("with-a-link")
    try manager.createSymbolicLink(atPath: "\(folder)/archive/link", withDestinationPath: elsewhere)
    PrivateFolder.sweep(parent)
    #expect(try names() == ["decant-private-file", "decant-private-link", "elsewhere"])
    #expect(try manager.contentsOfDirectory(atPath: elsewhere).sorted() == ["file", "lock"])
    PrivateFolder.sweep("\(parent)/none")
  }

  /// Waits until some other process holds it.
  private static func isHeld(_ path: String) -> Bool {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    defer { close(descriptor) }
    for _ in 0..<3_000 {
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { return true }
      flock(descriptor, LOCK_UN)
      usleep(10_000)
    }
    return false
  }
}
