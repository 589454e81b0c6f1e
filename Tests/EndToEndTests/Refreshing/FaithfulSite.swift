import Backends
import ControlPlane
import Documents
import Foundation
import Reconciliation
import Runtime
import Snapshots
import TestServers
import Testing

/// A source and a destination, each with a role that has exactly the rights which a refresh needs: SELECT on the one,
/// CREATEDB and no superuser on the other.
final class FaithfulSite: Sendable {
  let server: PostgreSQLServer
  /// The destination's server.
  let far: PostgreSQLServer
  /// The source's database, the destination's name, and the two roles.
  let source, destination, reader, writer: String
  let workshop: Workshop
  let store = MemoryStore()

  static let password = "pass word's"

  /// - Parameters:
  ///   - script: makes the source, as superuser.
  ///   - schemas: those that the source's role may read.
  init(_ script: String, schemas: [String] = ["public"], far: PostgreSQLServer? = nil) throws {
    server = try .shared()
    self.far = try far ?? .shared()
    workshop = try Workshop()
    source = try server.createDatabase(named: "faithful_source")
    destination = server.uniqueName("faithful_copy")
    (reader, writer) = (server.uniqueName("faithful_reader"), server.uniqueName("faithful_writer"))
    try server.run(script, database: source)
    try server.run("CREATE ROLE \(reader) LOGIN PASSWORD \(Self.literal(Self.password))", database: "postgres")
    try self.far.run(
      "CREATE ROLE \(writer) LOGIN CREATEDB PASSWORD \(Self.literal(Self.password))", database: "postgres")
    try server.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database: source)
    for schema in schemas {
      let name = PostgreSQLServer.quoted(schema)
      try server.run(
        """
        GRANT USAGE ON SCHEMA \(name) TO \(reader); GRANT SELECT ON ALL TABLES IN SCHEMA \(name) TO \(reader);
        GRANT SELECT ON ALL SEQUENCES IN SCHEMA \(name) TO \(reader);
        """, database: source)
    }
  }

  static func literal(_ text: String) -> String { "'" + text.replacingOccurrences(of: "'", with: "''") + "'" }

  /// Asks as superuser; unaligned output.
  @discardableResult
  func atSource(_ sql: String) throws -> String { try server.run(sql, database: source) }

  @discardableResult
  func atCopy(_ sql: String) throws -> String { try far.run(sql, database: destination) }

  /// The databases of the destination's role: the copy, and whatever is left beside it.
  func databases() throws -> [String] {
    try far.run(
      "SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = '\(writer)' ORDER BY 1", database: "postgres"
    ).split(separator: "\n").map(String.init)
  }

  /// A line of bash with the programs of PostgreSQL, as superuser on the destination's server.
  @discardableResult
  func shell(_ line: String, on server: PostgreSQLServer? = nil) throws -> String {
    let server = server ?? far
    let (exitCode, output) = try Program.play(
      "/bin/bash", ["-o", "pipefail", "-c", line],
      environment: [
        "PATH": "\(server.binaries):/usr/bin:/bin", "PGHOST": server.socketFolder, "PGPORT": "\(server.port)",
        "PGUSER": server.user, "PGPASSWORD": server.password, "LC_ALL": "C",
      ])
    try #require(exitCode == 0, "\(line)\n\(output.prefix(2_000))")
    return output
  }
}

/// By way of the program.
extension FaithfulSite {
  var variables: [String: String] {
    ["RO_PASS": Self.password, "DEV_PASS": Self.password, "MASKING_KEY": "a key for tests that nobody has guessed yet"]
  }

  /// - Parameter relay: a port through which the server is reached, without encryption.
  private func url(
    _ role: String, _ variable: String, _ server: PostgreSQLServer, _ database: String, through relay: Int? = nil
  ) -> String {
    if let relay { return "\"postgresql://\(role):${\(variable)}@127.0.0.1:\(relay)/\(database)?sslmode=disable\"" }
    return
      "\"postgresql://\(role):${\(variable)}@localhost:\(server.port)/\(database)?sslmode=verify-full&sslrootcert=\(server.authority)\""
  }

  /// Writes the declaration: one policy and the target `users`.
  ///
  /// - Parameters:
  ///   - policy: what stands under `sanitizations.shop_pii`, from column 0; empty where there is none.
  ///   - sanitize: what stands in the target's `sanitize`.
  ///   - snapshot: more lines of `snapshot`.
  ///   - top: more blocks of the declaration.
  ///   - ends: relays before the two servers.
  func declare(
    _ policy: String, sanitize: String = "{policy: shop_pii}", snapshot: String = "", workspace: String = "shop",
    target: String = "", top: String = "", through ends: (source: Int?, destination: Int?) = (nil, nil)
  ) throws {
    func indented(_ text: String, _ count: Int) -> String {
      text.split(separator: "\n").map { String(repeating: " ", count: count) + $0 + "\n" }.joined()
    }
    try workshop.write(
      """
      decant: {workspace: \(workspace), masking: {key: "${MASKING_KEY}"}}
      \(top)
      \(policy.isEmpty ? "" : "sanitizations:\n  shop_pii:\n\(indented(policy, 4))")
      targets:
        users:
          cpus: 2
          snapshot:
            src_url: \(url(reader, "RO_PASS", server, source, through: ends.source))
            dst_url: \(url(writer, "DEV_PASS", far, destination, through: ends.destination))
      \(indented(snapshot, 6))
          sanitize: \(sanitize)
          refresh: {max_age: 24h}
      \(indented(target, 4))
      """)
  }

  @discardableResult
  func decant(_ arguments: String..., with more: [String: String] = [:]) throws -> Ended {
    try workshop.run(arguments, variables.merging(more) { $1 })
  }

  /// A refresh that has to succeed.
  @discardableResult
  func refreshed() throws -> Ended {
    let ended = try decant("refresh", "users")
    try #require(ended.status == 0, "\(ended.all)")
    return ended
  }
}

/// By way of the port, where a test stands between the steps.
extension FaithfulSite {
  private func endpoint(_ role: String, _ server: PostgreSQLServer, _ database: String) -> DatabaseEndpoint {
    DatabaseEndpoint(
      parameters: [
        "host": "localhost", "port": "\(server.port)", "user": role, "dbname": database, "sslmode": "verify-full",
        "sslrootcert": server.authority,
      ], password: Secret(Self.password))
  }

  func order(_ tables: Value, schemas: SchemaSelection = SchemaSelection(), workers: Int = 2) -> CopyOrder {
    CopyOrder(
      workspace: "shop", target: "users", source: endpoint(reader, server, source),
      destination: endpoint(writer, far, destination), schemas: schemas, policy: ["tables": tables],
      policyName: "shop_pii", workers: workers, masterKey: Secret("a key for tests that nobody has guessed yet"),
      policyDigest: "sha256:test")
  }

  var copies: LiveCopies {
    get throws {
      LiveCopies(catalogue: store, world: try world())
    }
  }

  /// - Parameter folder: of the workshop, where archives are kept.
  func world(keeping folder: String = "kept") throws -> CopyWorld {
    let place = "\(workshop.folder)/\(folder)"
    return CopyWorld(
      parameters: { endpoint, database throws(DatabaseFailure) in
        try endpoint.connectionParameters(database: database)
      },
      interrupt: try Interrupt(), actor: "ana", run: "run-1", connectTimeout: .seconds(30),
      tools: ClientTools.Places(folder: server.binaries),
      store: { _, interrupt throws(Failure) in LocalFiles(root: place, interrupt: interrupt) },
      scratchFolder: workshop.folder)
  }

  func study(_ order: CopyOrder) throws -> Result<CopyStudy, DatabaseFailure> { try copies.study(order) }

  func refresh(
    _ order: CopyOrder, check: @escaping @Sendable (DatabaseEndpoint) -> Verification? = { _ in nil },
    progress: @escaping @Sendable (CopyProgress) -> Void = { _ in }
  ) throws -> CopyResult {
    try copies.refresh(order, because: "asked for", check: check, progress: progress)
  }
}

extension CopyResult {
  var summary: CopySummary? {
    if case .published(let summary) = self { summary } else { nil }
  }
}

/// Every row of every table of a database as one text, in an order of its own: equal texts are equal rows.
enum AllRows {
  static let query = #"""
    SET extra_float_digits = 3; SET search_path = pg_catalog;
    SELECT format(
      'SELECT %L || chr(9) || CASE WHEN length(r::text) > 4000 THEN length(r::text) || md5(r::text) ELSE r::text END FROM ONLY %I.%I r ORDER BY r::text COLLATE "C"',
      n.nspname || '.' || c.relname, n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relispopulated
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    \gexec
    """#
}

/// What stands in one text and not in the other, a line each.
func difference(_ source: String, _ copy: String) -> [String] {
  copy.split(separator: "\n").difference(from: source.split(separator: "\n")).map { change in
    switch change {
    case .insert(_, let line, _): "only in the copy: \(line.prefix(300))"
    case .remove(_, let line, _): "only in the source: \(line.prefix(300))"
    }
  }
}
