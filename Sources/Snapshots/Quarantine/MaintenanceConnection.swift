public import PostgreSQL
public import Runtime

/// How the server of a destination is reached to make, rename and drop databases: a database beside the destination,
/// because none can be renamed by who is in it.
public struct MaintenanceConnection: Sendable {
  /// Names the maintenance database.
  public var parameters: ConnectionParameters
  public var connectTimeout: Duration
  /// For each statement that is not known to take long.
  public var statementTimeout: Duration
  /// For making and dropping databases, whose files have to be copied.
  public var longTimeout: Duration
  public var interrupt: Interrupt?

  public init(
    _ parameters: ConnectionParameters, connectTimeout: Duration = .seconds(10),
    statementTimeout: Duration = .seconds(60), longTimeout: Duration = .seconds(3_600), interrupt: Interrupt? = nil
  ) {
    self.parameters = parameters
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.longTimeout = longTimeout
    self.interrupt = interrupt
  }

  var short: Deadline { .after(statementTimeout) }
  var long: Deadline { .after(longTimeout) }

  /// The parameters of another database of the same server.
  public func beside(_ database: String) -> ConnectionParameters { parameters.replacing(database: database) }

  /// Opens a session in which no default of the role ends a statement: databases cannot be made or dropped inside a
  /// transaction, where such settings could be local.
  func open() throws(DatabaseError) -> Session { try open(parameters) }

  func open(_ parameters: ConnectionParameters) throws(DatabaseError) -> Session {
    let session = try Session(connecting: parameters, deadline: .after(connectTimeout), interrupt: interrupt)
    let newer =
      session.serverVersion >= 170_000 ? ", pg_catalog.set_config('transaction_timeout', '0', false)" : ""
    _ = try session.query(
      """
      SELECT pg_catalog.set_config('search_path', 'pg_catalog', false),
        pg_catalog.set_config('statement_timeout', '0', false), pg_catalog.set_config('lock_timeout', '0', false),
        pg_catalog.set_config('idle_in_transaction_session_timeout', '0', false),
        pg_catalog.set_config('idle_session_timeout', '0', false),
        pg_catalog.set_config('default_transaction_read_only', 'off', false),
        pg_catalog.set_config('synchronous_commit', 'on', false)\(newer)
      """, deadline: short, as: "settings")
    return session
  }
}
