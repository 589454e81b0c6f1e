import Documents
import Foundation
import HTTP
import Reconciliation
import Runtime
import TestServers
import Testing

@testable import Backends

/// S3 on real servers: signatures, parts, and what networks do.
@Suite struct S3ServerTests {
  private static func settings(
    stall: Duration = .seconds(20), partSize: Int = 5 << 20, attempts: Int = 3, interrupt: Interrupt? = nil
  ) -> S3Store.Settings {
    var settings = S3Store.Settings(interrupt: interrupt)
    (settings.stall, settings.partSize, settings.attempts) = (stall, partSize, attempts)
    return settings
  }

  @Suite(.enabled(if: ObjectServer.Kind.moto.unavailable == nil, StoreWorld.noMoto)) struct Moto {
    /// Its verifier mistakes encoded characters (boto3's own `Prefix="a/"` is refused), so the names here are plain.
    @Test func aMockThatChecksSignaturesAgrees() throws {
      let server = try ObjectServer.shared(.moto)
      let stage = StoreStage(
        store: try StoreWorld.s3(settings(), prefix: "moto", server: server), folder: try TemporaryFolder("objects"))
      for size in [0, 10, 12 << 20] {
        let path = try stage.file("in", bytes: size)
        let stored = try stage.store.put(.file(path), at: key("one"))
        try stage.store.get(key("one"), into: path + ".out", expecting: stored.sha256)
        #expect(try stage.store.head(key("one"))?.bytes == size)
      }
      try stage.store.delete(key("one"))
      #expect(try stage.store.head(key("one")) == nil)
      let stranger = try StoreWorld.s3(settings(), prefix: "moto", server: server, secretKey: "planted-secret")
      let error = storeError { _ = try stranger.put(.bytes([1]), at: key("two")) }
      #expect(error?.kind == .denied && error?.description.contains("SignatureDoesNotMatch") == true)
      #expect(error?.description.contains("planted-secret") == false)
    }
  }

  @Suite(.enabled(if: ObjectServer.Kind.rclone.unavailable == nil, StoreWorld.noRclone)) struct Rclone {
    @Test func partsBecomeOneObject() throws { try S3ServerTests.partsBecomeOneObject(.rclone) }
  }

  @Suite(.enabled(if: ObjectServer.Kind.radosgw.unavailable == nil, StoreWorld.noRadosgw)) struct Radosgw {
    @Test func partsBecomeOneObject() throws { try S3ServerTests.partsBecomeOneObject(.radosgw) }

    @Test func aWrongKeyIsDenied() throws {
      let server = try ObjectServer.shared(.radosgw)
      let stranger = try StoreWorld.s3(settings(), prefix: "x", server: server, secretKey: "planted-secret")
      for call in [{ _ = try stranger.put(.bytes([1]), at: key("a")) }, { _ = try stranger.list(under: nil) }]
        as [() throws -> Void]
      {
        #expect(storeError { try call() }?.kind == .denied)
      }
    }

    /// More objects than a page holds.
    @Test func listsAreReadToTheirEnd() throws {
      let store = try StoreWorld.s3(settings(), prefix: UUID().uuidString, server: .shared(.radosgw))
      let names = (0..<1_005).map { "p/\(10_000 + $0)" }
      _ = concurrently(names, limit: 8) { name in try? store.put(.bytes([]), at: key(name)) }
      let first = try store.page(under: key("p"), after: nil)
      #expect(first.objects.count == 1_000 && first.next != nil)
      #expect(try store.list(under: key("p")).map(\.name) == names)
    }

    /// The server has stored it, and its answer is cut: looking finds it, and nothing is said to have failed.
    @Test(arguments: ["cut", "swallowed", "garbage"]) func aLostAnswerIsLookedUp(_ fault: String) throws {
      let modes: [String: FaultProxy.Mode] = ["cut": .cutDown(1), "swallowed": .hole(1), "garbage": .garbage(0)]
      let server = try ObjectServer.shared(.radosgw)
      let proxy = try FaultProxy(toPort: server.port, try #require(modes[fault]), connections: 1)
      let prefix = UUID().uuidString
      // One attempt: what is found was found by looking, not by sending again.
      let store = try StoreWorld.s3(
        settings(stall: .seconds(2), attempts: 1), prefix: prefix, server: server, port: proxy.port)
      // Large enough to need no waiting for a go-ahead.
      let stored = try store.put(.bytes(Array(repeating: 5, count: 2_000)), at: key("a"))
      let direct = try StoreWorld.s3(prefix: prefix, server: server)
      #expect(try direct.read(key("a"), mostBytes: 2_000).count == stored.bytes)
    }

    /// Looking fails too: it is said to be unknown, and it is there.
    @Test func whatCannotBeLookedUpIsUnknown() throws {
      let server = try ObjectServer.shared(.radosgw)
      let proxy = try FaultProxy(toPort: server.port, .cutDown(1))
      let prefix = UUID().uuidString
      let store = try StoreWorld.s3(settings(attempts: 1), prefix: prefix, server: server, port: proxy.port)
      #expect(storeError { _ = try store.put(.bytes([1, 2]), at: key("a")) }?.kind == .unknown)
      #expect(try StoreWorld.s3(prefix: prefix, server: server).read(key("a"), mostBytes: 9) == [1, 2])
      #expect(storeError { _ = try store.list(under: nil) }?.kind == .unreachable)
      #expect(storeError { _ = try store.head(key("a")) }?.kind == .unreachable)
    }

    /// Refused before anything went out: nothing can be there, and nothing is unknown.
    @Test func aServerThatIsNotThereIsUnreachable() throws {
      let store = try S3Store(
        S3Place(provider: "minio", bucket: "decant-tests", endpoint: "http://127.0.0.1:\(LoopbackSocket.unusedPort())"),
        AWSCredentials(accessKeyID: "a", secretKey: Secret("b")), settings(attempts: 2))
      #expect(storeError { _ = try store.put(.bytes([1]), at: key("a")) }?.kind == .unreachable)
    }

    /// A connection that breaks in the middle of a download is made anew, and the file is whole.
    @Test(arguments: [100, 50_000]) func aCutDownloadIsDoneAgain(_ after: Int) throws {
      let server = try ObjectServer.shared(.radosgw)
      let stage = try StoreWorld.radosgw.stage()
      let (path, prefix) = (try stage.file("in", bytes: 400_000), UUID().uuidString)
      let direct = try StoreWorld.s3(prefix: prefix, server: server)
      let stored = try direct.put(.file(path), at: key("a"))
      let proxy = try FaultProxy(toPort: server.port, .cutDown(after), connections: 1)
      let store = try StoreWorld.s3(settings(), prefix: prefix, server: server, port: proxy.port)
      try store.get(key("a"), into: path + ".out", expecting: stored.sha256)
      #expect(try stage.folder.bytes("in.out") == stage.folder.bytes("in"))
      let broken = try FaultProxy(toPort: server.port, .cutDown(after))
      let never = try StoreWorld.s3(settings(), prefix: prefix, server: server, port: broken.port)
      #expect(
        storeError { try never.get(key("a"), into: path + ".never", expecting: stored.sha256) }?.kind == .unreachable)
      #expect(stage.folder.names == ["in", "in.out"])
    }

    /// Garbage in the middle of a body has the right length, and only the checksum tells.
    @Test func aSpoiledDownloadIsRefused() throws {
      let server = try ObjectServer.shared(.radosgw)
      let stage = try StoreWorld.radosgw.stage()
      let (path, prefix) = (try stage.file("in", bytes: 100_000), UUID().uuidString)
      let stored = try StoreWorld.s3(prefix: prefix, server: server).put(.file(path), at: key("a"))
      let proxy = try FaultProxy(toPort: server.port, .garbage(50_000))
      let store = try StoreWorld.s3(settings(), prefix: prefix, server: server, port: proxy.port)
      #expect(storeError { try store.get(key("a"), into: path + ".out", expecting: stored.sha256) }?.kind == .damaged)
      #expect(stage.folder.names == ["in"])
    }

    /// An upload in parts that is interrupted, or whose connection is gone, leaves nothing that anybody sees.
    @Test func anUploadThatEndsEarlyLeavesNothing() throws {
      let (server, interrupt) = (try ObjectServer.shared(.radosgw), try Interrupt())
      let (stage, prefix) = (try StoreWorld.radosgw.stage(), UUID().uuidString)
      let files = try ["1", "2"].map { (name: key($0), path: try stage.file($0, bytes: 12 << 20)) }
      let store = try StoreWorld.s3(settings(interrupt: interrupt), prefix: prefix, server: server)
      let error = storeError {
        _ = try store.store(
          files, under: key("users/x"),
          manifest: {
            ArchiveManifest(
              snapshot: SnapshotID(at: Timestamp(milliseconds: 1)), target: "users", kind: .raw, parts: $0)
          },
          progress: { _ in interrupt.raise() })
      }
      #expect(error?.kind == .interrupted)
      let cut = try FaultProxy(toPort: server.port, .cutUp(7 << 20))
      let broken = try StoreWorld.s3(settings(attempts: 1), prefix: prefix, server: server, port: cut.port)
      #expect(storeError { _ = try broken.put(.file(files[0].path), at: key("users/y/1")) } != nil)
      let direct = try StoreWorld.s3(prefix: prefix, server: server)
      #expect(try direct.list(under: nil) == [])
    }
  }

  private static func partsBecomeOneObject(_ kind: ObjectServer.Kind) throws {
    let store = try StoreWorld.s3(settings(), prefix: UUID().uuidString, server: .shared(kind))
    let stage = StoreStage(store: store, folder: try TemporaryFolder("objects"))
    for size in [(5 << 20) + 1, 10 << 20, 11 << 20] {
      let path = try stage.file("in", bytes: size, seed: UInt64(size))
      let stored = try store.put(.file(path), at: key("a/b"))
      #expect(try stored.bytes == size && stored.sha256 == sha256(stage.folder.bytes("in")))
      try store.get(key("a/b"), into: path + ".out", expecting: stored.sha256)
      #expect(try stage.folder.bytes("in.out") == stage.folder.bytes("in"))
    }
  }
}
