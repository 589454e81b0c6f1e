import Backends
import Documents
import Kinds
import PostgreSQL
import Reconciliation
import Runtime
import TestServers
import Testing

/// What a user is told about a target: read from files, looked at on real servers, judged by the kind.
struct Conditions {
  let all: [Condition]

  init(
    _ yaml: String, _ databases: any Databases = LiveDatabases(limit: 4, connectTimeout: .seconds(5)),
    variables: [String: String] = [:]
  ) throws {
    var reader = DeclarationReader(
      catalogue: .decant, files: OneFile(text: yaml), root: "/shop", folderName: "shop")
    let (declaration, diagnostics) = try reader.read(file: nil)
    try #require(diagnostics.filter { $0.severity == .error }.isEmpty, "\(diagnostics.map(\.message))")
    let target = try #require(declaration.objects.first { $0.address.kind == "target" })
    let ports = Ports(
      databases: databases, at: try #require(Timestamp("2026-11-21T12:00:00Z")), variable: { variables[$0] },
      secretFile: { path throws(Failure) in throw Failure("read", path, cause: "no such file") })
    all = Target.observe(target, in: declaration, through: ports).conditions
  }

  /// A target with these URLs.
  init(source: String, destination: String? = nil, schemas: [String] = []) throws {
    let copy = destination.map { "      dst_url: '\($0)'\n" } ?? ""
    let selected =
      schemas.isEmpty ? "" : "      schema_config: {include_schemas: [\(schemas.joined(separator: ", "))]}\n"
    try self.init("targets:\n  t:\n    snapshot:\n      src_url: '\(source)'\n\(copy)\(selected)")
  }

  /// Of one code: "holds", or the sentence with what it is ("error: …", "unknown: …").
  subscript(code: String) -> String? {
    guard let condition = all.first(where: { $0.code == code }) else { return nil }
    switch condition.state {
    case .holds: return "holds"
    case .fails(let sentence): return "\(condition.severity.rawValue): \(sentence)"
    case .unknown(let sentence): return "unknown: \(sentence)"
    }
  }

  var failing: [String] { all.filter(\.isFailing).map(\.code) }
  var unknown: [String] { all.filter(\.isUnknown).map(\.code) }
}

private struct OneFile: Files {
  let text: String
  func names() -> [String] { ["decant.yaml"] }
  func read(_ path: String) -> [UInt8] { Array(text.utf8) }
}

extension World {
  /// The URL of the world's database for its reader, verified, over TCP.
  var url: String { server.url(database, role) }
}

extension PostgreSQLServer {
  /// A URL whose password is the role's name; the superuser's is its own.
  func url(_ database: String, _ role: String? = nil, _ tls: String? = nil, port: Int? = nil) -> String {
    let (name, secret) = (role ?? user, role ?? password)
    let query = tls ?? "sslmode=verify-full&sslrootcert=\(authority)"
    return "postgresql://\(name):\(secret)@localhost:\(port ?? self.port)/\(database)?\(query)"
  }
}

/// A session that stays open as long as the value lives.
struct PostgreSQLSession {
  private let session: Session

  init(_ server: PostgreSQLServer, _ database: String, _ role: String?, port: Int? = nil) throws {
    let parameters = [
      ("host", "127.0.0.1"), ("port", "\(port ?? server.port)"), ("dbname", database), ("user", role ?? server.user),
      ("sslmode", "disable"),
    ]
    session = try Session(
      connecting: try ConnectionParameters(parameters, password: Secret(role ?? server.password)),
      deadline: .after(.seconds(5)))
    _ = try session.query("SELECT 1", deadline: .after(.seconds(5)))
  }
}
