import Foundation
import TestServers
import Testing

/// A target whose sanitized snapshots are kept in a folder, and what is needed to load them elsewhere.
final class SnapshotSite: Sendable {
  let site: DisturbedSite
  let workshop: Workshop
  let destination: String
  private let more: [String: String]

  /// - Parameters:
  ///   - refresh: further keys of the block `refresh`.
  ///   - profile: the storage profile; a folder where nothing is said.
  ///   - relay: a port through which the server is reached.
  init(
    rows: Int = 300, refresh: String = "", profile: String = "{provider: local, path: ./kept}", target: String = "",
    variables: [String: String] = [:], through relay: Int? = nil
  ) throws {
    site = try DisturbedSite(rows: rows)
    destination = site.server.uniqueName("snapshot_copy")
    more = variables
    let server = site.server
    func url(_ role: String, _ database: String) -> String {
      "\"postgresql://\(role):${PW}@127.0.0.1:\(relay ?? server.port)/\(database)?sslmode=disable\""
    }
    workshop = try Workshop(
      """
      decant:
        workspace: \(destination)
        masking: {key: "${MASKING_KEY}"}
        sealing: {key: "${SEALING_KEY}"}
      storage_profiles:
        kept: \(profile)
        raw: {provider: local, path: ./raw}
      environments:
        safe: {host: 127.0.0.1, port: \(server.port), database: \(destination)_safe, user: \(site.writer), password: "${PW}", ssl_mode: disable, readonly: true}
      sanitizations:
        pii:
          tables:
            users: {columns: {email: {strategy: email, domain: anon.example}, name: {strategy: name}}}
          checks:
            - {name: no foreign domain, query: "SELECT count(*) FROM users WHERE email NOT LIKE '%@anon.example'"}
      targets:
        shop:
          cpus: 2
          snapshot:
            src_url: \(url(site.reader, site.source))
            dst_url: \(url(site.writer, destination))
          sanitize: {policy: pii, storage_profile: kept}
          refresh: {wait: 2s\(refresh)}
      \(target)
      """)
  }

  static let sealingKey = "sealed with q7zseal0123456789"
  static let maskingKey = "q7zmask" + String(repeating: "0123456789abcdef", count: 4)

  var variables: [String: String] {
    [
      "PW": DisturbedSite.password, "MASKING_KEY": Self.maskingKey, "SEALING_KEY": Self.sealingKey,
      "PGBINDIR": site.server.binaries, "TMPDIR": workshop.folder,
    ].merging(more) { $1 }
  }

  @discardableResult
  func run(_ words: String..., expecting status: Int32 = 0, _ change: [String: String] = [:]) throws -> Ended {
    let ended = try workshop.run(words, variables.merging(change) { $1 })
    #expect(ended.status == status, "\(words): \(ended.all)")
    return ended
  }

  /// For `--to`.
  func url(_ database: String, role: String? = nil, host: String = "127.0.0.1") -> String {
    "postgresql://\(role ?? site.writer):${PW}@\(host):\(site.server.port)/\(database)?sslmode=disable"
  }

  func dump(_ database: String) throws -> String {
    let said = try workshop.shell(
      "'\(site.server.binaries)/pg_dump' -h '\(site.server.socketFolder)' -p \(site.server.port) -U \(site.server.user) --no-owner --no-acl \(database) | grep -v restrict",
      ["PGPASSWORD": site.server.password])
    #expect(said.status == 0, "\(said.error)")
    return said.output
  }

  /// Files below a folder of the workshop, by name.
  func files(_ folder: String) -> [String] {
    let all = FileManager.default.subpaths(atPath: "\(workshop.folder)/\(folder)") ?? []
    return all.filter { !$0.hasSuffix("/") && isFile("\(folder)/\($0)") }.sorted()
  }

  private func isFile(_ name: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: "\(workshop.folder)/\(name)", isDirectory: &isFolder)
      && !isFolder.boolValue
  }

  /// The archives that lie there, the newest first.
  func archives(_ folder: String = "kept") -> [String] {
    files(folder).filter { $0.hasSuffix("/manifest.json") }.map { String($0.split(separator: "/")[1]) }.sorted()
      .reversed()
  }

  /// Databases that were made on the way, and private folders.
  func remains() throws -> [String] {
    let databases = try site.server.run(
      "SELECT datname FROM pg_database WHERE datname LIKE '\(destination.prefix(30))%\\_\\_decant%'",
      database: "postgres")
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: workshop.folder)) ?? []
    return databases.split(separator: "\n").map(String.init) + folders.filter { $0.hasPrefix("decant-private") }
  }
}
