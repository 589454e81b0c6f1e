import Foundation
import TestServers
import Testing

/// A published copy with its sealed filter, kept as a template so that it can be damaged again and again.
final class VerifiedSite: Sendable {
  let site: DisturbedSite
  let workshop: Workshop
  let destination: String
  private let template: String

  /// What `verify --json` has said, taken apart.
  struct Found {
    var status: Int32
    var said: String
    /// By check: `passed`, `failed`, `not_checked`.
    var results: [String: String] = [:]
    var places: [String: [String]] = [:]
  }

  init(_ name: String, rows: Int = 300, policy: String = "") throws {
    site = try DisturbedSite(rows: rows)
    destination = site.server.uniqueName("verified_\(name)")
    template = "\(destination)_whole"
    let server = site.server
    try server.run(
      """
      ALTER TABLE users ADD area text; UPDATE users SET area = 'area ' || id % 3;
      ALTER TABLE orders ADD note text; UPDATE orders SET note = 'order ' || id; VACUUM FULL;
      """, database: site.source)
    workshop = try Workshop(
      """
      decant: {workspace: shop, masking: {key: "${MASKING_KEY}"}}
      storage_profiles: {kept: {provider: local, path: ./kept}}
      sanitizations:
        pii:
          tables:
            users: {columns: {email: {strategy: email, domain: anon.example}, name: {strategy: name}}}
            \(policy)
          risk: [{table: users, quasi_identifiers: [area], k: 20}]
          checks:
            - {name: no foreign domain, query: "SELECT count(*) FROM users WHERE email NOT LIKE '%@anon.example'"}
      targets:
        shop:
          cpus: 2
          snapshot:
            src_url: "postgresql://${READER}:${SOURCE_PW}@127.0.0.1:\(server.port)/\(site.source)?sslmode=disable"
            dst_url: "postgresql://${WRITER}:${PW}@127.0.0.1:\(server.port)/\(destination)?sslmode=disable"
          sanitize: {policy: pii, storage_profile: kept}

      """)
    let made = try workshop.run(["refresh", "shop"], variables)
    #expect(made.status == 0, "\(made.all)")
    try server.run("CREATE DATABASE \(template) TEMPLATE \(destination)", database: "postgres")
  }

  var variables: [String: String] {
    [
      "READER": site.reader, "WRITER": site.writer, "SOURCE_PW": DisturbedSite.password, "PW": DisturbedSite.password,
      "MASKING_KEY": String(repeating: "0123456789abcdef", count: 4), "PGBINDIR": site.server.binaries,
      "TMPDIR": workshop.folder,
    ]
  }

  /// The copy as it was published; its number among the databases is kept, because it is known by it.
  func restore() throws {
    try run(
      """
      DROP SCHEMA public CASCADE;
      """)
    let said = try workshop.shell(
      "'\(site.server.binaries)/pg_dump' -h '\(site.server.socketFolder)' -p \(site.server.port) -U \(site.server.user) \(template) | '\(site.server.binaries)/psql' -qX -v ON_ERROR_STOP=1 -h '\(site.server.socketFolder)' -p \(site.server.port) -U \(site.server.user) \(destination)",
      ["PGPASSWORD": site.server.password])
    #expect(said.status == 0, "\(said.all)")
    try run("ANALYZE")
  }

  /// As a superuser.
  @discardableResult
  func run(_ sql: String) throws -> String { try site.server.run(sql, database: destination) }

  func verify(
    _ words: [String] = ["shop"], asSuperuser: Bool = false, withoutSource: Bool = false,
    _ change: [String: String] = [:]
  ) throws -> Found {
    var variables = variables.merging(change) { $1 }
    if asSuperuser { (variables["WRITER"], variables["PW"]) = (site.server.user, site.server.password) }
    if withoutSource { variables["SOURCE_PW"] = nil }
    let ended = try workshop.run(["verify"] + words + ["--json"], variables)
    var found = Found(status: ended.status, said: ended.all)
    let report = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
    let verification = (report?["verifications"] as? [[String: Any]])?.first
    for check in (verification?["found"] as? [String: Any])?["checks"] as? [[String: Any]] ?? [] {
      guard let name = check["check"] as? String else { continue }
      found.results[name] = check["result"] as? String
      found.places[name] = (check["findings"] as? [[String: Any]])?.compactMap { $0["place"] as? String }
    }
    return found
  }
}
