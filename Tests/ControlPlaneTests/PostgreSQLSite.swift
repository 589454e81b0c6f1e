import ControlPlane
import PostgreSQL
import Reconciliation
import Runtime
import TestServers
import Testing

let noServer = Comment(rawValue: PostgreSQLServer.unavailable ?? "PostgreSQL is available")
let noPooler = Comment(rawValue: PostgreSQLServer.poolerUnavailable ?? "pgbouncer is available")

/// A schema of its own in a database that all tests share.
final class PostgreSQLSite: Site {
  let clock = TestClock()
  let server: PostgreSQLServer
  let database: String
  let schema: String
  var plainWriter: String { "\(server.user) (plain SQL)" }

  private static let shared = Result { try PostgreSQLServer.shared().createDatabase(named: "planes") }

  init(schema: String? = nil, database: String? = nil) throws {
    server = try .shared()
    self.database = try database ?? Self.shared.get()
    self.schema = schema ?? server.uniqueName("plane")
  }

  func door() throws -> any RecordStore { try store() }

  /// `port` on 127.0.0.1 is that of a proxy or pooler; without it the local socket is used.
  func store(port: Int? = nil, role: String? = nil, deadline: Duration = .seconds(20), interrupt: Interrupt? = nil)
    throws -> PostgreSQLStore
  {
    try PostgreSQLStore(
      parameters: try parameters(port: port, role: role), schema: schema, deadline: deadline, interrupt: interrupt,
      clock: { [clock] _ in clock.now() })
  }

  /// Roles of tests have their name for a password.
  func parameters(port: Int? = nil, role: String? = nil) throws -> ConnectionParameters {
    let place = port.map { [("host", "127.0.0.1"), ("port", "\($0)")] }
    return try ConnectionParameters(
      (place ?? [("host", server.socketFolder), ("port", "\(server.port)")])
        + [("dbname", database), ("user", role ?? server.user), ("sslmode", "disable")],
      password: Secret(role ?? server.password))
  }

  /// Somebody with psql.
  func plain(role: String? = nil) throws -> PlainSession {
    PlainSession(try Session(connecting: try parameters(role: role), deadline: .after(.seconds(20))))
  }

  var records: String { "\(PostgreSQLServer.quoted(schema)).records" }
  var leases: String { "\(PostgreSQLServer.quoted(schema)).leases" }
  var audit: String { "\(PostgreSQLServer.quoted(schema)).audit" }

  func edit(_ address: Address, in workspace: String, spec: String) throws {
    try plain().run("UPDATE \(records) SET spec = '\(spec)' WHERE \(row(address, workspace))")
  }
  func insertUnmanaged(_ address: Address, in workspace: String, spec: String) throws {
    try make()
    try plain().run(
      """
      INSERT INTO \(records) (workspace, kind, name, spec)
      VALUES ('\(workspace)', '\(address.kind)', '\(address.name)', '\(spec)')
      """)
  }
  func remove(_ address: Address, in workspace: String) throws {
    try plain().run("DELETE FROM \(records) WHERE \(row(address, workspace))")
  }
  private func row(_ address: Address, _ workspace: String) -> String {
    "workspace = '\(workspace)' AND kind = '\(address.kind)' AND name = '\(address.name)'"
  }

  /// The first write makes the tables.
  func make() throws {
    let store = try store()
    try store.release(try store.acquireLease("setup", holder: "test", timeToLive: .seconds(1)))
  }

  private static func literal(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }

  /// Makes a role that may log in, with its name for a password.
  func makeRole(_ prefix: String) throws -> String {
    let role = server.uniqueName(prefix)
    try plain().run("CREATE ROLE \(PostgreSQLServer.quoted(role)) LOGIN PASSWORD \(Self.literal(role))")
    return role
  }
}

/// One session that knows nothing of the stores.
struct PlainSession {
  let session: Session

  init(_ session: Session) { self.session = session }

  @discardableResult
  func run(_ sql: String) throws -> Rows { try session.query(sql, deadline: .after(.seconds(20))) }

  func column(_ sql: String) throws -> [String?] { try run(sql).map { $0[0] } }

  /// The SQLSTATE of a refusal.
  func refusal(_ sql: String) -> String? {
    do { try run(sql) } catch { return (error as? DatabaseError)?.sqlstate }
    return nil
  }
}
