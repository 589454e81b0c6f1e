import Foundation
import TestServers
import Testing

/// A published copy with its sealed filter, and the dump of it from which it is made whole again after each damage.
final class VerifiedSite: Sendable {
  let site: DisturbedSite
  let workshop: Workshop
  let destination: String

  /// What `verify --json` has said, taken apart.
  struct Found {
    var status: Int32
    var said: String
    /// By check: `passed`, `failed`, `not_checked`.
    var results: [String: String] = [:]
    var places: [String: [String]] = [:]
    var summaries: [String: String] = [:]
  }

  /// - Parameters:
  ///   - columns: further rules of the table `users`.
  ///   - checks: further checks.
  init(_ name: String, rows: Int = 300, columns: String = "", checks: String = "") throws {
    site = try DisturbedSite(rows: rows)
    destination = site.server.uniqueName("verified_\(name)")
    let server = site.server
    try server.run(
      """
      ALTER TABLE users ADD area text; UPDATE users SET area = 'area ' || id % 3;
      ALTER TABLE orders ADD note text; UPDATE orders SET note = 'order ' || id; ANALYZE;
      """, database: site.source)
    workshop = try Workshop(
      """
      decant: {workspace: shop, masking: {key: "${MASKING_KEY}"}}
      storage_profiles: {kept: {provider: local, path: ./kept}}
      sanitizations:
        pii:
          tables:
            users: {columns: {email: {strategy: email, domain: anon.example}, name: {strategy: name}\(columns)}}
          risk: [{table: users, quasi_identifiers: [area], k: 20}]
          checks:
            - {name: no foreign domain, query: "SELECT count(*) FROM users WHERE email NOT LIKE '%@anon.example'"}
            \(checks)
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
    try shell("pg_dump", "\(destination) > whole.sql")
  }

  var variables: [String: String] {
    [
      "READER": site.reader, "WRITER": site.writer, "SOURCE_PW": DisturbedSite.password, "PW": DisturbedSite.password,
      "MASKING_KEY": String(repeating: "0123456789abcdef", count: 4), "PGBINDIR": site.server.binaries,
      "TMPDIR": workshop.folder, "ADMIN_PW": site.server.password,
    ]
  }

  private func shell(_ program: String, _ rest: String) throws {
    let server = site.server
    let said = try workshop.shell(
      "'\(server.binaries)/\(program)' -h '\(server.socketFolder)' -p \(server.port) -U \(server.user) \(rest)",
      ["PGPASSWORD": server.password])
    #expect(said.status == 0, "\(said.all)")
  }

  /// The copy as it was published. Its number among the databases stays, because it is known by it.
  func restore() throws {
    try run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC")
    try shell("psql", "-qX -v ON_ERROR_STOP=1 -o restored.log -f whole.sql \(destination)")
    try run("ANALYZE")
  }

  /// As a superuser.
  @discardableResult
  func run(_ sql: String) throws -> String { try site.server.run(sql, database: destination) }

  func url(_ database: String) -> String {
    "postgresql://\(site.server.user):${ADMIN_PW}@127.0.0.1:\(site.server.port)/\(database)?sslmode=disable"
  }

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
      found.summaries[name] = check["summary"] as? String
      found.places[name] = (check["findings"] as? [[String: Any]])?.compactMap { $0["place"] as? String }
    }
    return found
  }

  /// Databases and private folders that were made on the way.
  func remains() throws -> [String] {
    let folders = try FileManager.default.contentsOfDirectory(atPath: workshop.folder)
    return try scratchDatabases() + folders.filter { $0.hasPrefix("decant-private") }
  }

  func scratchDatabases() throws -> [String] {
    let databases = try site.server.run(
      "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE 'decant: % for \(destination)%'",
      database: "postgres")
    // The published copy has the hint too; it has its own name.
    return databases.split(separator: "\n").map(String.init).filter { $0 != destination }
  }
}
