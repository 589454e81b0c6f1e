public import PostgreSQL
import Runtime

/// A database beside the destination in which a copy is made, checked and kept until it is put in place.
///
/// Nobody but its owner may connect to it: what is in there is not proved to be clean.
public struct Quarantine: Sendable {
  public let name: ScratchName
  /// The number in `pg_database`, which stays when it is renamed.
  public let oid: UInt32
  public let server: MaintenanceConnection

  /// To connect to it.
  public var database: ConnectionParameters { server.beside(name.name) }

  /// Makes it from `template0`, or from the database that an administrator has prepared.
  ///
  /// - Parameters:
  ///   - workMemory: for building indexes, such as "512MB". It is a setting of our role in this database, so that it
  ///     holds for every connection of `pg_restore -j` whatever pooler is between and whatever the role has by default;
  ///     it is taken away before the copy is put in place.
  ///   - title: what the server is called in errors.
  public static func create(
    _ name: ScratchName, like locale: DatabaseLocale, template: String = "template0", workMemory: String = "256MB",
    on server: MaintenanceConnection, called title: String = "the destination's server"
  ) throws(QuarantineFailure) -> Quarantine {
    let session = try asking { () throws(DatabaseError) in try server.open() }
    let options = try locale.options(serverVersion: session.serverVersion)
    do throws(QuarantineFailure) {
      return try create(name, "TEMPLATE \(try quoted(template)) \(options)", workMemory, on: server, session)
    } catch {
      // Class 22 is "no such locale"; the server's words are withheld there, so ours have to say it.
      guard case .database(let cause) = error, cause.sqlstate?.hasPrefix("22") ?? false else { throw error }
      throw .refused(
        "\(title) cannot make a database with the source's \(locale.spoken) from \(template)")
    }
  }

  /// A copy of a database of ours: what `reset` does.
  ///
  /// Files are copied as files, as every server before 15 does it: through the write-ahead log it takes twice as long.
  public static func create(
    _ name: ScratchName, copying template: String, workMemory: String = "256MB", on server: MaintenanceConnection
  ) throws(QuarantineFailure) -> Quarantine {
    let session = try asking { () throws(DatabaseError) in try server.open() }
    let strategy = session.serverVersion >= 150_000 ? " STRATEGY FILE_COPY" : ""
    return try create(name, "TEMPLATE \(try quoted(template))\(strategy)", workMemory, on: server, session)
  }

  private static func create(
    _ name: ScratchName, _ options: String, _ workMemory: String, on server: MaintenanceConnection, _ session: Session
  ) throws(QuarantineFailure) -> Quarantine {
    let quoted = try quoted(name.name)
    let oid = try asking { () throws(DatabaseError) in
      _ = try session.query("CREATE DATABASE \(quoted) \(options)", deadline: server.long, as: "create the quarantine")
      for statement in preparation(quoted, name, workMemory) {
        _ = try session.query(statement, deadline: server.short, as: "prepare the quarantine")
      }
      try keepRowsOutOfTheLog(of: quoted, in: session, server.short)
      return try DatabaseState.oid(of: name.name, in: session, server.short)
    }
    guard let oid else { throw .refused("the quarantine \(name) was removed by somebody while it was made") }
    return Quarantine(name: name, oid: oid, server: server)
  }

  /// The hint comes first: a crash after it leaves something that a sweep recognises.
  private static func preparation(_ quoted: String, _ name: ScratchName, _ workMemory: String) -> [String] {
    let settings =
      [("maintenance_work_mem", workMemory), ("synchronous_commit", "off")]
      + hostileDefaults.map { ($0, "0") }
    return [
      "COMMENT ON DATABASE \(quoted) IS \(quoteLiteral(ScratchHint(name).comment))",
      "REVOKE ALL ON DATABASE \(quoted) FROM PUBLIC",
    ] + settings.map { "ALTER ROLE CURRENT_USER IN DATABASE \(quoted) SET \($0.0) TO \(quoteLiteral($0.1))" }
  }

  /// The server writes an error into its log with the row that caused it. Whether our role may have that left out is
  /// asked for and not tried, because a refusal would stand in that log.
  private static func keepRowsOutOfTheLog(
    of quoted: String, in session: Session, _ deadline: Deadline
  ) throws(DatabaseError) {
    let right =
      session.serverVersion >= 150_000
      ? "pg_catalog.has_parameter_privilege('log_error_verbosity', 'SET')"
      : "pg_catalog.current_setting('is_superuser')::pg_catalog.bool"
    let answer = try session.query("SELECT \(right)", deadline: deadline, as: "prepare the quarantine")
    guard answer.single == "t" else { return }
    _ = try session.query(
      "ALTER ROLE CURRENT_USER IN DATABASE \(quoted) SET log_error_verbosity TO 'terse'", deadline: deadline,
      as: "prepare the quarantine")
  }

  /// Defaults of a role that would end what takes long, or would not let pg_restore begin.
  private static let hostileDefaults = [
    "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "default_transaction_read_only",
  ]

  /// One that was made before, by this or by another process; nothing where it is gone.
  public static func find(_ name: ScratchName, on server: MaintenanceConnection) throws(QuarantineFailure)
    -> Quarantine?
  {
    let oid = try asking { () throws(DatabaseError) in
      try DatabaseState.oid(of: name.name, in: try server.open(), server.short)
    }
    return oid.map { Quarantine(name: name, oid: $0, server: server) }
  }

  /// Removes it, with whoever is connected to it. No error where it is gone already.
  public func drop() throws(QuarantineFailure) {
    let quoted = try quoted(name.name)
    try asking { () throws(DatabaseError) in
      let session = try server.open()
      _ = try session.query(
        "DROP DATABASE IF EXISTS \(quoted) WITH (FORCE)", deadline: server.long, as: "drop the quarantine")
    }
  }
}

/// What the server says about a database, asked from the one beside it.
enum DatabaseState {
  static func oid(of name: String, in session: Session, _ deadline: Deadline) throws(DatabaseError) -> UInt32? {
    try session.query(
      "SELECT oid FROM pg_catalog.pg_database WHERE datname = $1", [name], deadline: deadline, as: "look for a database"
    ).single.flatMap { UInt32($0) }
  }
}
