import Backends
import Documents
import Foundation
import Reconciliation
import TestServers
import Testing

/// What every object store keeps of the port's promises: a folder, a real S3 server, and a gateway that does not keep
/// all of S3's promises. A server that cannot be had is skipped by `S3FaultTests`, with a line.
@Suite struct ObjectStoreConformanceTests {
  @Test(arguments: StoreWorld.allCases, [0, 1, 70_000, 3_000_000])
  func whatGoesInComesOut(_ world: StoreWorld, _ size: Int) throws {
    let stage = try world.stage()
    let path = try stage.file("in", bytes: size)
    let bytes = try stage.folder.bytes("in")
    let stored = try stage.store.put(.file(path), at: key("users/a b+c%ü/1.dat"))
    #expect(stored == StoredObject(key: key("users/a b+c%ü/1.dat"), bytes: size, sha256: sha256(bytes)))
    #expect(try stage.store.head(stored.key) == ObjectInfo(name: stored.key.description, bytes: size))
    try stage.store.get(stored.key, into: stage.folder.path + "/out", expecting: stored.sha256)
    #expect(try stage.folder.bytes("out") == bytes)
    let mode = try FileManager.default.attributesOfItem(atPath: stage.folder.path + "/out")[.posixPermissions]
    #expect(mode as? Int == 0o600)
    #expect(try stage.store.read(stored.key, mostBytes: size) == bytes)
    if size > 0 { #expect(storeError { _ = try stage.store.read(stored.key, mostBytes: size - 1) }?.kind == .damaged) }
  }

  @Test(arguments: StoreWorld.allCases) func anObjectIsReplacedAsAWhole(_ world: StoreWorld) throws {
    let stage = try world.stage()
    let store = stage.store
    for text in ["a long one", "short", ""] {
      _ = try store.put(.bytes(Array(text.utf8)), at: key("a/b"))
      #expect(try store.read(key("a/b"), mostBytes: 100) == Array(text.utf8))
    }
  }

  @Test(arguments: StoreWorld.allCases) func whatIsNotThereIsMissing(_ world: StoreWorld) throws {
    let stage = try world.stage()
    #expect(try stage.store.head(key("a/b")) == nil && stage.store.list(under: nil) == [])
    let out = stage.folder.path + "/out"
    #expect(storeError { try stage.store.get(key("a/b"), into: out, expecting: "") }?.kind == .missing)
    #expect(storeError { _ = try stage.store.read(key("a/b"), mostBytes: 1) }?.kind == .missing)
    try stage.store.delete(key("a/b"))
    _ = try stage.store.put(.bytes([1]), at: key("a/b"))
    try stage.store.delete(key("a/b"))
    #expect(try stage.store.head(key("a/b")) == nil && stage.folder.names.allSatisfy { !$0.contains("out") })
  }

  @Test(arguments: StoreWorld.allCases) func listsAreSortedAndNarrowed(_ world: StoreWorld) throws {
    let stage = try world.stage()
    let store = stage.store
    let names = ["a/1", "a/2/3", "a-b/1", "ab/1", "a/ü & <x>"]
    for name in names { _ = try store.put(.bytes(Array(name.utf8)), at: key(name)) }
    #expect(try store.list(under: nil).map(\.name) == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    #expect(try store.list(under: key("a")).map(\.name) == ["a/1", "a/2/3", "a/ü & <x>"])
    #expect(try store.list(under: key("a/2")).map(\.bytes) == [5] && store.list(under: key("b")) == [])
  }

  /// A flipped bit in what lies there, or another object in its place.
  @Test(arguments: StoreWorld.allCases) func whatWasChangedIsRefused(_ world: StoreWorld) throws {
    let stage = try world.stage()
    var bytes = [UInt8](repeating: 7, count: 5_000)
    let stored = try stage.store.put(.bytes(bytes), at: key("a/b"))
    bytes[2_500] ^= 1
    _ = try stage.store.put(.bytes(bytes), at: key("a/b"))
    let out = stage.folder.path + "/out"
    #expect(storeError { try stage.store.get(stored.key, into: out, expecting: stored.sha256) }?.kind == .damaged)
    #expect(stage.folder.names.filter { $0 != "store" } == [])
  }

  @Test(arguments: StoreWorld.allCases) func anArchiveIsThereAllAtOnceOrNot(_ world: StoreWorld) throws {
    let stage = try world.stage()
    let (prefix, id) = (key("users/one"), SnapshotID(at: Timestamp(milliseconds: 1), random: (1, 1)))
    let files = try (1...3).map { number in
      (name: key("\(number).dat"), path: try stage.file("\(number)", bytes: 10_000 * number, seed: UInt64(number)))
    }
    func manifest(_ parts: [SnapshotRow.Part]) -> ArchiveManifest {
      ArchiveManifest(snapshot: id, target: "users", kind: .sanitized, parts: parts, facts: ["policy": "sha256:1"])
    }
    // The second file is gone: what was stored before is removed, and nothing was ever visible.
    let broken = [files[0], (name: key("gone.dat"), path: stage.folder.path + "/gone"), files[1]]
    let error = storeError { _ = try stage.store.store(broken, under: prefix, manifest: manifest) }
    #expect(error != nil && error?.kind != .unknown)
    #expect(try stage.store.manifest(under: prefix) == nil && stage.store.list(under: nil) == [])
    // Without its manifest, an archive is remains.
    _ = try stage.store.put(.file(files[0].path), at: prefix.appending(key("1.dat")))
    #expect(try stage.store.archives(of: "users").remains == [prefix])
    let whole = try stage.store.store(files, under: prefix, manifest: manifest)
    #expect(try stage.store.manifest(under: prefix) == whole && stage.store.archives(of: "users").whole == [prefix])
    let folder = stage.folder.path + "/fetched"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try stage.store.fetch(whole, under: prefix, into: folder)
    for (index, file) in files.enumerated() {
      let (fetched, original) = (try stage.folder.bytes("fetched/\(file.name)"), try stage.folder.bytes("\(index + 1)"))
      #expect(fetched == original)
    }
    try stage.store.removeArchive(under: prefix)
    #expect(try stage.store.list(under: nil) == [] && stage.store.manifest(under: prefix) == nil)
  }

  /// As a run leaves it that is killed in the middle of an upload.
  @Test(arguments: StoreWorld.allCases) func whatWasNeverCompletedIsFoundAndGivenUp(_ world: StoreWorld) throws {
    let stage = try world.stage()
    let store = stage.store
    for name in ["users/one/1.dat", "users/one/b ü&<.dat", "users/one-two/1.dat"] {
      try stage.leaveUnfinished(key(name))
    }
    _ = try store.put(.bytes([1]), at: key("users/one/0.dat"))
    #expect(try store.list(under: nil).map(\.name) == ["users/one/0.dat"])
    #expect(try store.unfinished(under: nil).count == 3 && store.unfinished(under: key("users/none")) == [])
    let left = try store.unfinished(under: key("users/one"))
    #expect(left.count == 2 && left.allSatisfy { $0.isBelow(key("users/one")) })
    try store.giveUpAll(under: key("users/one"))
    #expect(try store.unfinished(under: key("users")).map { $0.isBelow(key("users/one-two")) } == [true])
    // Somebody else was quicker.
    for upload in left { try store.giveUp(upload) }
    #expect(try store.list(under: nil).map(\.name) == ["users/one/0.dat"])
  }

  @Test(arguments: StoreWorld.allCases) func aManifestThatIsNoneIsRefused(_ world: StoreWorld) throws {
    let stage = try world.stage()
    let store = stage.store
    _ = try store.put(.bytes(Array("{}".utf8)), at: key("users/x/manifest.json"))
    #expect(storeError { _ = try store.manifest(under: key("users/x")) }?.kind == .damaged)
  }
}

/// Names and manifests: pure.
@Suite struct ObjectKeyTests {
  @Test(arguments: [
    "", "/", "/etc/passwd", "a/", "a//b", "..", "a/../b", "a/./b", ".hidden", "a/.b", "a\\b", "a\u{0}b", "a\nb",
    "a\u{7f}",
    String(repeating: "a", count: 256), Array(repeating: "abc", count: 300).joined(separator: "/"),
  ]) func noKeyLeadsOut(_ text: String) { #expect(ObjectKey(text) == nil) }

  @Test(arguments: ["a", "a/b", "a..b", "a b", "ü", "019a/toc.dat", "-x"]) func plainOnesAreKeys(_ text: String) {
    #expect(ObjectKey(text)?.description == text)
  }

  @Test func anyNameIsASegment() {
    let names = ["users", "", ".", "..", "a/b", "a%2Fb", "é", "e\u{301}", ".x", "x.y", "a\u{0}"]
    let keys = names.map { ObjectKey(segment: $0) }
    #expect(Set(keys).count == names.count)
    for made in keys { #expect(ObjectKey(made.description) == made && !made.description.contains("/")) }
    #expect(keys[0].description == "users" && keys[4].description == "a%2Fb" && keys[3].description == "%2E.")
  }

  @Test func manifestsAreReadAsWritten() {
    let part = SnapshotRow.Part(name: "toc.dat", bytes: 5, sha256: String(repeating: "a", count: 64))
    let manifest = ArchiveManifest(
      snapshot: SnapshotID(at: Timestamp(milliseconds: 5), random: (1, 2)), target: "ü\"", kind: .raw, parts: [part],
      sealing: ["cipher": "x"], facts: ["rows": 7])
    #expect(ArchiveManifest(Array(manifest.text.utf8)) == manifest)
    for (old, new) in [
      ("decant-archive/1", "decant-archive/2"), ("toc.dat", "../toc.dat"), ("toc.dat", "a/b"),
      ("toc.dat", "manifest.json"),
      ("\"raw\"", "\"other\""), ("\"bytes\": 5", "\"bytes\": -5"), ("aaaa", "aaa"),
    ] {
      let text = manifest.text.replacingOccurrences(of: old, with: new)
      #expect(text != manifest.text && ArchiveManifest(Array(text.utf8)) == nil, "\(new)")
    }
  }
}
