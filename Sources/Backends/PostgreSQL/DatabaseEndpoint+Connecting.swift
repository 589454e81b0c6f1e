public import PostgreSQL
public import Reconciliation
import Runtime

extension DatabaseEndpoint {
  /// "host:port/database", by what was declared.
  var subject: String {
    let host = parameters["host"] ?? parameters["hostaddr"] ?? "(default socket)"
    let database = parameters["dbname"] ?? parameters["user"] ?? "(account's name)"
    return "\(host):\(parameters["port"] ?? "5432")/\(database)"
  }

  /// The declared name of the database; libpq takes the user's where there is none.
  var databaseName: String { parameters["dbname"] ?? parameters["user"] ?? "" }

  /// True where both say the same server and database in the same words.
  func isSpelledLike(_ other: DatabaseEndpoint) -> Bool {
    ["host", "hostaddr"].allSatisfy { parameters[$0] == other.parameters[$0] } && subject == other.subject
  }

  /// How libpq is told of it, or of another database of its server.
  public func connectionParameters(database: String?) throws(DatabaseFailure) -> ConnectionParameters {
    var keywords = parameters
    if let database { keywords["dbname"] = database }
    do {
      return try ConnectionParameters(
        keywords.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, password: password)
    } catch {
      throw DatabaseFailure(.unreachable, subject, error.description)
    }
  }
}

extension DatabaseFailure {
  /// The driver's error as kinds see it. Its message holds no value of a row and no secret already.
  init(_ error: DatabaseError, at subject: String) {
    self.init(Self.kind(of: error), subject, sqlState: error.sqlstate, error.message)
  }

  private static func kind(of error: DatabaseError) -> Kind {
    let isConnecting = error.operation == "connect"
    switch error.kind {
    case .timedOut: return .timedOut
    case .interrupted: return .interrupted
    case .databaseMissing: return isConnecting ? .databaseMissing : .statement
    case .refusedLogin: return .loginRefused
    // The right to connect to this database is missing (42501), or there is no room for one more connection.
    case .server where isConnecting: return error.sqlstate == "42501" ? .loginRefused : .unreachable
    case .misused: return isConnecting ? .unreachable : .statement
    case .server, .outcomeUnknown, .rolledBack: return .statement
    case .untrusted: return .untrusted
    case .unreachable, .connectionLost, .protocolViolation, .closed: return .unreachable
    }
  }
}

extension ServerFacts {
  init(_ session: Session, database: String, role: String, cluster: Cluster) {
    self.init(
      version: session.serverVersion, tls: TLS(session), database: database, role: role, cluster: cluster)
  }
}

extension ServerFacts.TLS {
  fileprivate init(_ session: Session) {
    switch session.tls {
    case .off: self = .off
    case .unixSocket: self = .unixSocket
    case .on(let version, _):
      self = .on(
        protocol: version, verifiesAuthority: session.verified != .nothing, verifiesName: session.verified == .name)
    }
  }
}
