import Foundation
import HTTP
import Reconciliation
import Runtime
import Synchronization
import TestServers
import Testing

@testable import Backends

/// A place of its own in a bucket of a real server, for archives of the real program.
final class Bucket: Sendable {
  let server: ObjectServer
  /// The same place, looked at from here.
  let store: S3Store
  private let prefix = UUID().uuidString

  private static let kind = [ObjectServer.Kind.radosgw, .moto].first { $0.unavailable == nil }

  /// Why there is none here, and how to get one.
  static let unavailable: Comment? =
    kind == nil ? Comment(rawValue: ObjectServer.Kind.radosgw.unavailable ?? "no S3 server here") : nil
  static var isAvailable: Bool { unavailable == nil }
  static let why = unavailable ?? "an S3 server is here"

  init() throws {
    server = try ObjectServer.shared(try #require(Self.kind))
    let place = try S3Place(
      provider: "minio", bucket: "decant-tests", prefix: prefix, endpoint: "http://127.0.0.1:\(server.port)")
    store = S3Store(place, S3Credentials(accessKeyID: server.accessKey, secretKey: Secret(server.secretKey)))
    try Self.isMade.withLock { isMade in
      if !isMade { _ = try store.send(S3Call(.put, nil, "make", "the bucket")) }
      isMade = true
    }
  }

  private static let isMade = Mutex(false)

  /// As a storage profile; the server's port is a variable, so that a test can put a relay before it.
  var profile: String {
    "{provider: minio, bucket: decant-tests, prefix: \(prefix), endpoint: \"http://127.0.0.1:${S3_PORT}\", access_key: \"${S3_ID}\", secret_key: \"${S3_SECRET}\"}"
  }

  var variables: [String: String] {
    ["S3_PORT": "\(server.port)", "S3_ID": server.accessKey, "S3_SECRET": server.secretKey]
  }

  /// What was begun there and never completed.
  func unfinished() throws -> [String] { try store.unfinished(under: nil).map(\.name) }

  func names() throws -> [String] { try store.list(under: nil).map(\.name) }

  func bytes(_ name: String) throws -> [UInt8] {
    try store.read(try #require(ObjectKey(name)), mostBytes: 100 << 20)
  }

  func put(_ bytes: [UInt8], at name: String) throws {
    _ = try store.put(.bytes(bytes), at: try #require(ObjectKey(name)))
  }

  func remove(_ name: String) throws { try store.delete(try #require(ObjectKey(name))) }
}
