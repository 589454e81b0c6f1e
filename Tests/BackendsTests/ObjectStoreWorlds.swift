import Foundation
import HTTP
import Reconciliation
import Runtime
import Synchronization
import TestServers
import Testing

@testable import Backends

/// Each kind of place that the conformance suite runs on; those that cannot be had here are skipped, and say so.
enum StoreWorld: String, CaseIterable, CustomTestStringConvertible {
  case folder
  case radosgw
  case rclone

  static let allCases: [StoreWorld] =
    [.folder] + [.radosgw, .rclone].filter { world in world.server.map { $0.unavailable == nil } ?? true }

  var testDescription: String { rawValue }
  var server: ObjectServer.Kind? { ObjectServer.Kind(rawValue: rawValue) }
  static let noRadosgw = Comment(rawValue: ObjectServer.Kind.radosgw.unavailable ?? "radosgw is available")
  static let noMoto = Comment(rawValue: ObjectServer.Kind.moto.unavailable ?? "moto is available")
  static let noRclone = Comment(rawValue: ObjectServer.Kind.rclone.unavailable ?? "rclone is available")

  /// A store of its own, empty.
  func stage(_ settings: S3Store.Settings = S3Store.Settings()) throws -> StoreStage {
    let folder = try TemporaryFolder("objects")
    guard let server else { return StoreStage(store: LocalFiles(root: folder.path + "/store"), folder: folder) }
    let store = try Self.s3(settings, prefix: UUID().uuidString, server: .shared(server))
    return StoreStage(store: store, folder: folder)
  }

  /// A store on the same bucket through another port, such as a proxy's.
  static func s3(
    _ settings: S3Store.Settings = S3Store.Settings(), prefix: String, server: ObjectServer, port: Int? = nil,
    secretKey: String? = nil
  ) throws -> S3Store {
    func store(_ port: Int, _ secretKey: String) throws -> S3Store {
      let place = try S3Place(
        provider: "minio", bucket: "decant-tests", prefix: prefix, endpoint: "http://127.0.0.1:\(port)")
      return S3Store(place, AWSCredentials(accessKeyID: server.accessKey, secretKey: Secret(secretKey)), settings)
    }
    // Whichever test comes first makes the bucket, on the straight way and with the right key.
    try made.withLock { made in
      guard made.insert(server.port).inserted else { return }
      _ = try store(server.port, server.secretKey).send(S3Call(.put, nil, "make", "the bucket"))
    }
    return try store(port ?? server.port, secretKey ?? server.secretKey)
  }

  private static let made = Mutex<Set<Int>>([])
}

struct StoreStage {
  let store: any ObjectStore
  let folder: TemporaryFolder

  /// A file with so many bytes that nothing compresses, and that differ by the seed.
  func file(_ name: String, bytes: Int, seed: UInt64 = 1) throws -> String {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    var data = Data(capacity: bytes + 8)
    while data.count < bytes {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      withUnsafeBytes(of: state) { data.append(contentsOf: $0) }
    }
    try data.prefix(bytes).write(to: URL(filePath: folder.path + "/" + name))
    return folder.path + "/" + name
  }
}

extension StoreStage {
  /// What is there of an object whose upload was killed.
  func leaveUnfinished(_ key: ObjectKey) throws {
    if let s3 = store as? S3Store {
      var call = S3Call(.post, key.description, "begin", "a test")
      call.query = [(name: "uploads", value: "")]
      _ = try s3.send(call)
      return
    }
    let path = "\(folder.path)/store/\(key)"
    let place = try #require(path.lastIndex(of: "/"))
    try FileManager.default.createDirectory(atPath: String(path[..<place]), withIntermediateDirectories: true)
    try Data("half".utf8).write(
      to: URL(filePath: "\(path[...place]).\(UUID().uuidString)\(FileInMaking.ending)"))
  }
}

extension TemporaryFolder {
  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path + "/" + name))) }
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

func key(_ text: String) -> ObjectKey {
  guard let key = ObjectKey(text) else { preconditionFailure("\(text) is no key") }
  return key
}

/// What a call threw.
func storeError(_ body: () throws -> Void) -> ObjectStoreError? {
  do { try body() } catch { return error as? ObjectStoreError }
  return nil
}
