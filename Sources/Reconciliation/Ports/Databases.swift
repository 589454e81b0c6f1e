import Documents
public import Runtime

/// Live databases, as kinds see them. The backend opens connections, keeps to limits and deadlines, and turns what
/// happens into the values here; what they mean is for the kinds to say.
public protocol Databases: Sendable {
  /// False where nobody is to look at databases at all.
  var observes: Bool { get }

  /// Looks at a source and a destination, in read-only transactions, and whether they are one database.
  func look(at source: DatabaseEndpoint?, and destination: DatabaseEndpoint?, schemas: SchemaSelection) -> DatabasePair

  /// Runs each query alone in a read-only transaction, with at most `workers` connections; results in the same order.
  func run(_ queries: [CheckQuery], on endpoint: DatabaseEndpoint, workers: Int) -> [CheckAnswer]

  /// Runs each query on shadows of its tables with planted rows, in a transaction that is rolled back, so that nothing
  /// is written to the database's own tables; results in the same order.
  func runOnCanaries(_ queries: [CanaryQuery], on endpoint: DatabaseEndpoint) -> [CanaryAnswer]

  /// Runs queries one after the other at one instant, in one read-only transaction; what fails leaves the others alone.
  /// - Parameter searchPath: empty: the role's own.
  func runScript(_ queries: [String], searchPath: [String], on endpoint: DatabaseEndpoint) -> [ScriptAnswer]
}

extension Databases {
  public var observes: Bool { true }
}

/// How a database is reached.
public struct DatabaseEndpoint: Sendable {
  /// libpq's keywords and values (PostgreSQL manual, "Parameter Key Words"), without the password.
  public let parameters: [String: String]
  public let password: Secret?
  /// Seconds for a connection, from the environment's `connect_timeout`.
  public let connectTimeout: Duration?
  public let statementTimeout: Duration?
  /// At most so many connections at once to what has this name: an environment's `pool_size`.
  public let pool: Pool?
  /// Connected to for looking whether the database exists.
  public let maintenanceDatabase: String

  public struct Pool: Sendable, Hashable {
    public let name: String
    public let size: Int

    public init(name: String, size: Int) {
      self.name = name
      self.size = size
    }
  }

  public init(
    parameters: [String: String], password: Secret?, connectTimeout: Duration? = nil, statementTimeout: Duration? = nil,
    pool: Pool? = nil, maintenanceDatabase: String = "postgres"
  ) {
    self.parameters = parameters
    self.password = password
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.pool = pool
    self.maintenanceDatabase = maintenanceDatabase
  }
}

extension DatabaseEndpoint {
  /// The same with a statement timeout of at most so long.
  public func limited(to limit: Duration) -> DatabaseEndpoint {
    let own = statementTimeout.flatMap { $0 > .zero ? $0 : nil } ?? limit
    return DatabaseEndpoint(
      parameters: parameters, password: password, connectTimeout: connectTimeout, statementTimeout: min(own, limit),
      pool: pool, maintenanceDatabase: maintenanceDatabase)
  }
}

/// Which schemas of a source are meant. Both empty: all but the system's.
public struct SchemaSelection: Sendable, Hashable {
  public let included: [String]
  public let excluded: [String]

  public init(included: [String] = [], excluded: [String] = []) {
    self.included = included
    self.excluded = excluded
  }
}

public struct DatabasePair: Sendable {
  public let source: Result<SourceFacts, DatabaseFailure>?
  public let destination: Result<DestinationFacts, DatabaseFailure>?
  /// Proved by a lock: true or false; nothing where it could not be tried. False also where the source was reached and
  /// the destination's server says that there is no such database.
  public let isSameDatabase: Bool?

  public init(
    source: Result<SourceFacts, DatabaseFailure>?, destination: Result<DestinationFacts, DatabaseFailure>?,
    isSameDatabase: Bool?
  ) {
    self.source = source
    self.destination = destination
    self.isSameDatabase = isSameDatabase
  }
}

/// What went wrong with a database; its text holds no value of a row and no secret.
public struct DatabaseFailure: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case unreachable
    /// What answers is not proved to be the server: TLS was asked for and is not there, or the certificate is refused.
    case untrusted
    case timedOut
    case interrupted
    case databaseMissing
    case loginRefused
    /// Nobody looked, because nobody was to.
    case notObserved
    case statement
  }

  public let kind: Kind
  /// `prod-users:5432/users_api`
  public let subject: String
  public let sqlState: String?
  public let message: String

  public init(_ kind: Kind, _ subject: String, sqlState: String? = nil, _ message: String) {
    self.kind = kind
    self.subject = subject
    self.sqlState = sqlState
    self.message = message
  }
}

/// Facts of either side.
public struct ServerFacts: Sendable, Hashable {
  /// `server_version_num`: 150018.
  public let version: Int
  public let tls: TLS
  public let database: String
  public let role: String
  /// Nothing where nobody asked.
  public let cluster: Cluster?

  public enum TLS: Sendable, Hashable {
    case unixSocket
    case off
    /// Encrypted; `verifiesName` and `verifiesAuthority` tell what was proved about the server.
    case on(protocol: String, verifiesAuthority: Bool, verifiesName: Bool)
  }

  public init(version: Int, tls: TLS, database: String, role: String, cluster: Cluster? = nil) {
    self.version = version
    self.tls = tls
    self.database = database
    self.role = role
    self.cluster = cluster
  }
}

/// The lists of names and sentences, but not `schemas`, hold at most 50 entries and then "and 7 more"; names in them are
/// quoted as SQL wants it, and their control characters are written by number.
public struct SourceFacts: Sendable, Hashable {
  public let server: ServerFacts
  /// Every schema that is not the system's, sorted.
  public let schemas: [String]
  /// Selected tables, sequences and schemas that the role cannot read: `public.payments`.
  public let unreadable: [String]
  /// Selected tables of which the role can read each column, but by grants on columns: `SELECT` works, and
  /// `LOCK TABLE` and pg_dump are refused.
  public let columnsOnly: [String]
  /// Everything that lets the role, or a role that it may become, write: "INSERT on public.audit_logs (through app_writers)".
  /// The worst first.
  public let writes: [String]
  /// "policy p on public.people hides rows from app_ro"
  public let hiddenRows: [String]
  /// Functions that the role may call and that run with somebody else's rights (SECURITY DEFINER): what they do to data
  /// cannot be known from outside. `public.purge(integer)`
  public let definerFunctions: [String]
  public let pooling: Pooling

  public init(
    server: ServerFacts, schemas: [String], unreadable: [String], columnsOnly: [String] = [], writes: [String],
    hiddenRows: [String], definerFunctions: [String] = [], pooling: Pooling = .none
  ) {
    self.server = server
    self.schemas = schemas
    self.unreadable = unreadable
    self.columnsOnly = columnsOnly
    self.writes = writes
    self.hiddenRows = hiddenRows
    self.definerFunctions = definerFunctions
    self.pooling = pooling
  }
}

public struct DestinationFacts: Sendable, Hashable {
  public let server: ServerFacts
  /// Whether the database is there; the server itself was reached.
  public let exists: Bool
  /// Whether the role may create it.
  public let canCreate: Bool
  /// The database's comment, where a copy's maker leaves the hint of its age.
  public let comment: String?
  /// What publishing over the database needs; nothing where it does not exist.
  public let publication: Publication?

  public init(
    server: ServerFacts, exists: Bool, canCreate: Bool, comment: String?, publication: Publication? = nil
  ) {
    self.server = server
    self.exists = exists
    self.canCreate = canCreate
    self.comment = comment
    self.publication = publication
  }
}

/// A query that is to give one value.
public struct CheckQuery: Sendable, Hashable {
  public let name: String
  public let sql: String
  /// Empty: the role's own.
  public let searchPath: [String]

  public init(name: String, sql: String, searchPath: [String] = []) {
    self.name = name
    self.sql = sql
    self.searchPath = searchPath
  }
}

public struct CheckAnswer: Sendable {
  public enum Outcome: Sendable {
    /// One row of one column; nothing is SQL's NULL.
    case value(String?)
    /// Not one value.
    case shape(rows: Int, columns: Int)
    case failed(DatabaseFailure)
  }

  public let outcome: Outcome
  public let duration: Duration

  public init(_ outcome: Outcome, duration: Duration) {
    self.outcome = outcome
    self.duration = duration
  }
}

extension DatabaseEndpoint {
  /// `prod-users:5432/users_api`, for headings and errors; no user, no password.
  public var title: String {
    let hosts = (parameters["host"] ?? "localhost").split(separator: ",")
    let ports = (parameters["port"] ?? "5432").split(separator: ",")
    let pairs = hosts.enumerated().map { index, host in
      "\(host):\(index < ports.count ? ports[index] : ports.last ?? "5432")"
    }
    return "\(pairs.joined(separator: ","))/\(parameters["dbname"] ?? parameters["user"] ?? "")"
  }
}
