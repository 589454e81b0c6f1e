import PostgreSQL

/// The rights that a copy needs, as SQL that an administrator runs. Pure: from names alone.
public struct RequiredGrants: Sendable, Hashable {
  public struct Source: Sendable, Hashable {
    public var database, role: String
    public var schemas: [String]
    /// The role that makes new tables, whose future ones are to be readable too.
    public var tableOwner: String?

    public init(database: String, role: String, schemas: [String], tableOwner: String? = nil) {
      (self.database, self.role, self.schemas, self.tableOwner) = (database, role, schemas, tableOwner)
    }
  }

  public struct Destination: Sendable, Hashable {
    public var database, role, maintenanceDatabase: String
    /// Whether the database is there already: it has to belong to the role.
    public var exists: Bool
    /// `refresh.disconnect`.
    public var disconnects: Bool

    public init(database: String, role: String, maintenanceDatabase: String, exists: Bool, disconnects: Bool) {
      self.database = database
      self.role = role
      self.maintenanceDatabase = maintenanceDatabase
      self.exists = exists
      self.disconnects = disconnects
    }
  }

  /// One statement each, with its semicolon, to be run on the source's and the destination's server.
  public let source, destination: [String]

  public init(source: Source, destination: Destination) throws(QuarantineFailure) {
    self.source = try Self.statements(source).map(\.sql)
    self.destination = try Self.statements(destination).map(\.sql)
  }

  /// What a statement gives, so that it can be asked whether it is there already.
  enum Right: Hashable {
    case connecting
    case using(schema: String)
    case reading(schema: String)
    case readingSequences(schema: String)
    /// Of tables that are yet to be made.
    case readingLater(schema: String)
    case creatingDatabases
    case owning
    case signalling
  }

  /// Reading and nothing else. pg_dump reads the sequences too.
  static func statements(_ source: Source) throws(QuarantineFailure) -> [(right: Right, sql: String)] {
    let role = try quoted(source.role)
    var statements: [(right: Right, sql: String)] = [
      (.connecting, "GRANT CONNECT ON DATABASE \(try quoted(source.database)) TO \(role);")
    ]
    for name in source.schemas {
      let schema = try quoted(name)
      statements += [
        (.using(schema: name), "GRANT USAGE ON SCHEMA \(schema) TO \(role);"),
        (.reading(schema: name), "GRANT SELECT ON ALL TABLES IN SCHEMA \(schema) TO \(role);"),
        (.readingSequences(schema: name), "GRANT SELECT ON ALL SEQUENCES IN SCHEMA \(schema) TO \(role);"),
      ]
      guard let owner = source.tableOwner else { continue }
      let defaults = "ALTER DEFAULT PRIVILEGES FOR ROLE \(try quoted(owner)) IN SCHEMA \(schema)"
      statements += [
        (.readingLater(schema: name), "\(defaults) GRANT SELECT ON TABLES TO \(role);"),
        (.readingLater(schema: name), "\(defaults) GRANT SELECT ON SEQUENCES TO \(role);"),
      ]
    }
    return statements
  }

  /// Making, renaming and dropping databases of its own, from a database beside them.
  static func statements(_ destination: Destination) throws(QuarantineFailure) -> [(right: Right, sql: String)] {
    let role = try quoted(destination.role)
    var statements: [(right: Right, sql: String)] = [
      (.creatingDatabases, "ALTER ROLE \(role) CREATEDB;"),
      (.connecting, "GRANT CONNECT ON DATABASE \(try quoted(destination.maintenanceDatabase)) TO \(role);"),
    ]
    if destination.exists {
      statements.append((.owning, "ALTER DATABASE \(try quoted(destination.database)) OWNER TO \(role);"))
    }
    if destination.disconnects { statements.append((.signalling, "GRANT pg_signal_backend TO \(role);")) }
    return statements
  }
}
