import Foundation
private import Synchronization

/// A throw-away S3 server of this test process, by `scripts/test-s3.sh`: one of each kind, stopped when the process ends.
public final class ObjectServer: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case radosgw
    case moto
    case rclone

    /// Why there can be none here, and how to get one.
    public var unavailable: String? { ObjectServer.missing[self] ?? nil }
  }

  public let port: Int
  public let accessKey: String
  public let secretKey: String

  public static func shared(_ kind: Kind) throws -> ObjectServer {
    try servers.withLock { servers in
      if let known = servers[kind] { return try known.get() }
      let made = Result { try ObjectServer(kind) }
      servers[kind] = made
      return try made.get()
    }
  }

  private static let servers = Mutex<[Kind: Result<ObjectServer, any Error>]>([:])

  private static let missing: [Kind: String?] = Dictionary(
    uniqueKeysWithValues: Kind.allCases.map { kind in
      let answer = try? Program.play(
        "/bin/bash", [script, "where", kind.rawValue], environment: ProcessInfo.processInfo.environment)
      guard let answer else { return (kind, "skipped: no bash here") }
      let reason = answer.output.trimmingCharacters(in: .whitespacesAndNewlines)
      return (kind, answer.exitCode == 0 ? nil : "skipped: \(reason)")
    })

  private init(_ kind: Kind) throws {
    let folder = "/tmp/decant-s3-\(getpid())-\(kind)-\(UInt32.random(in: 0 ... .max))"
    _ = try Program.run("/bin/bash", [Self.script, folder, "start", kind.rawValue, "\(getpid())"])
    let lines = try String(contentsOfFile: "\(folder)/facts", encoding: .utf8).split(separator: "\n")
    func fact(_ key: String) throws -> String {
      guard let line = lines.first(where: { $0.hasPrefix("\(key)=") }) else {
        throw ServerFailure("the server's facts have no \(key)")
      }
      return String(line.dropFirst(key.count + 1))
    }
    port = Int(try fact("port")) ?? 0
    accessKey = try fact("access_key")
    secretKey = try fact("secret_key")
    Self.folders.withLock { $0.append(folder) }
    atexit { ObjectServer.stopAtExit() }
  }

  private static let folders = Mutex<[String]>([])

  private static func stopAtExit() {
    for folder in folders.withLock({ $0 }) { _ = try? Program.run("/bin/bash", [script, folder, "stop"]) }
  }

  private static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../scripts/test-s3.sh").standardizedFileURL.path
}
