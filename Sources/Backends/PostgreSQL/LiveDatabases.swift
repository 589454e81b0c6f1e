import PostgreSQL
public import Reconciliation
public import Runtime

/// Databases over PostgreSQL's protocol.
///
/// Every look and every check is one read-only transaction with settings of its own, so that it also works behind a
/// pooler in transaction mode. The number of open connections is bounded over all that use one value of this type.
public struct LiveDatabases: Databases {
  let gate: ConnectionGate
  let connectTimeout: Duration
  let lookTimeout: Duration
  let interrupt: Interrupt?

  /// - Parameters:
  ///   - limit: connections open at once, over all databases. With one, a source and its destination are looked at one
  ///     after the other, and whether they are the same is then not known.
  ///   - connectTimeout: for endpoints that say nothing else.
  ///   - lookTimeout: for all the queries of a look at one database, where the endpoint has no `statementTimeout`.
  ///   - interrupt: ends every wait; what was not finished then fails as interrupted.
  public init(
    limit: Int, connectTimeout: Duration = .seconds(10), lookTimeout: Duration = .seconds(30),
    interrupt: Interrupt? = nil
  ) {
    gate = ConnectionGate(limit: limit)
    self.connectTimeout = connectTimeout
    self.lookTimeout = lookTimeout
    self.interrupt = interrupt
  }

  /// Variables of the environment from which libpq would take what is not declared. The executable takes them out of
  /// its environment before its first thread; what a declaration names by a template it keeps for itself.
  public static var environmentVariables: [String] { ConnectionParameters.environmentVariables }

  /// Zero is "no limit" for libpq and PostgreSQL; nothing here waits without one, so it counts as not given.
  func connectTimeout(of endpoint: DatabaseEndpoint) -> Duration {
    endpoint.connectTimeout.flatMap { $0 > .zero ? $0 : nil } ?? connectTimeout
  }

  func statementTimeout(of endpoint: DatabaseEndpoint, orElse timeout: Duration) -> Duration {
    endpoint.statementTimeout.flatMap { $0 > .zero ? $0 : nil } ?? timeout
  }

  /// - Parameter database: another one on the same server than the endpoint's own.
  func open(_ endpoint: DatabaseEndpoint, database: String? = nil) throws(DatabaseFailure) -> Session {
    let parameters = try endpoint.connectionParameters(database: database)
    do {
      return try Session(
        connecting: parameters, deadline: .after(connectTimeout(of: endpoint)), interrupt: interrupt)
    } catch {
      throw DatabaseFailure(error, at: endpoint.subject)
    }
  }
}

extension LiveDatabases {
  /// Why the gate let nobody in.
  func notAdmitted(_ endpoint: DatabaseEndpoint) -> DatabaseFailure {
    interrupt?.isRaised ?? false
      ? DatabaseFailure(.interrupted, endpoint.subject, "interrupted")
      : DatabaseFailure(.unreachable, endpoint.subject, "the process has no file descriptor left for a connection")
  }
}
