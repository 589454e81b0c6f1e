public import Reconciliation
private import Synchronization

/// Databases that are values: for stories and tests. It keeps the promises of the port, without a server.
///
/// Each is found by "host/dbname" of the endpoint's parameters. A name that is not there is a missing database where
/// another one of the same host is, and otherwise a server that does not answer.
public final class MemoryDatabases: Databases {
  public struct Database: Sendable {
    /// Two names with the same identity are one database.
    public var identity: String?
    public var source: Result<SourceFacts, DatabaseFailure>
    public var destination: Result<DestinationFacts, DatabaseFailure>
    /// The outcome of a check, by its SQL. A query that is not here fails as one that the server refuses.
    public var answers: [String: CheckAnswer.Outcome]

    public init(
      identity: String? = nil, source: Result<SourceFacts, DatabaseFailure>,
      destination: Result<DestinationFacts, DatabaseFailure>, answers: [String: CheckAnswer.Outcome] = [:]
    ) {
      self.identity = identity
      self.source = source
      self.destination = destination
      self.answers = answers
    }

    /// A clean one: version 15.18, verified TLS, the schema `public`, a role that can read all and write nothing.
    public static func clean(_ name: String, role: String = "ro", comment: String? = nil) -> Database {
      let server = ServerFacts(
        version: 150_018, tls: .on(protocol: "TLSv1.3", verifiesAuthority: true, verifiesName: true), database: name,
        role: role)
      return Database(
        source: .success(
          SourceFacts(server: server, schemas: ["public"], unreadable: [], writes: [], hiddenRows: [])),
        destination: .success(DestinationFacts(server: server, exists: true, canCreate: true, comment: comment)))
    }
  }

  private let databases: Mutex<[String: Database]>

  public init(_ databases: [String: Database] = [:]) { self.databases = Mutex(databases) }

  public subscript(name: String) -> Database? {
    get { databases.withLock { $0[name] } }
    set { databases.withLock { $0[name] = newValue } }
  }

  public func look(
    at source: DatabaseEndpoint?, and destination: DatabaseEndpoint?, schemas: SchemaSelection
  ) -> DatabasePair {
    let sourceFacts = source.map(self.sourceFacts(of:))
    let destinationFacts = destination.map(self.destinationFacts(of:))
    var isSame: Bool?
    if let source, let destination, case .success = sourceFacts, case .success(let facts) = destinationFacts {
      isSame = facts.exists && identity(of: source) == identity(of: destination)
    }
    return DatabasePair(source: sourceFacts, destination: destinationFacts, isSameDatabase: isSame)
  }

  public func run(_ queries: [CheckQuery], on endpoint: DatabaseEndpoint, workers: Int) -> [CheckAnswer] {
    let found = find(endpoint)
    return queries.map { query in
      switch found {
      case .failure(let failure): CheckAnswer(.failed(failure), duration: .zero)
      case .success(let database):
        CheckAnswer(database.answers[query.sql] ?? .failed(refusal(endpoint)), duration: .zero)
      }
    }
  }

  private func sourceFacts(of endpoint: DatabaseEndpoint) -> Result<SourceFacts, DatabaseFailure> {
    find(endpoint).flatMap { $0.source }
  }

  private func destinationFacts(of endpoint: DatabaseEndpoint) -> Result<DestinationFacts, DatabaseFailure> {
    let found = find(endpoint)
    guard case .failure(let failure) = found, failure.kind == .databaseMissing else {
      return found.flatMap { $0.destination }
    }
    return beside(endpoint).flatMap { $0.destination }.map { facts in
      let server = ServerFacts(
        version: facts.server.version, tls: facts.server.tls, database: endpoint.databaseName, role: facts.server.role)
      return DestinationFacts(server: server, exists: false, canCreate: facts.canCreate, comment: nil)
    }
  }

  private func find(_ endpoint: DatabaseEndpoint) -> Result<Database, DatabaseFailure> {
    if let database = self[key(endpoint)] { return .success(database) }
    if case .failure(let failure) = beside(endpoint) { return .failure(failure) }
    let missing = "database \"\(endpoint.databaseName)\" does not exist"
    return .failure(DatabaseFailure(.databaseMissing, endpoint.subject, sqlState: "3D000", missing))
  }

  /// Any database of the same host: the first by name.
  private func beside(_ endpoint: DatabaseEndpoint) -> Result<Database, DatabaseFailure> {
    let host = (endpoint.parameters["host"] ?? "") + "/"
    let neighbour = databases.withLock { all in
      all.filter { $0.key.hasPrefix(host) }.min { $0.key < $1.key }?.value
    }
    return neighbour.map { .success($0) }
      ?? .failure(DatabaseFailure(.unreachable, endpoint.subject, "nobody answers there"))
  }

  private func key(_ endpoint: DatabaseEndpoint) -> String {
    "\(endpoint.parameters["host"] ?? "")/\(endpoint.databaseName)"
  }

  private func identity(of endpoint: DatabaseEndpoint) -> String {
    self[key(endpoint)]?.identity ?? key(endpoint)
  }

  private func refusal(_ endpoint: DatabaseEndpoint) -> DatabaseFailure {
    DatabaseFailure(.statement, endpoint.subject, sqlState: "42601", "there is no answer to this query")
  }
}
