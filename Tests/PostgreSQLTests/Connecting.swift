import PostgreSQL
import Runtime
import TestServers
import Testing

/// Long enough that only a hang reaches it on a busy machine.
var patience: Deadline { .after(.seconds(20)) }

let noServer = Comment(rawValue: PostgreSQLServer.unavailable ?? "PostgreSQL is available")

/// Parameters for the shared server over the local socket, with what the test wants otherwise.
func parameters(
  _ server: PostgreSQLServer, database: String = "postgres", _ others: [String: String] = [:],
  password: String? = nil
) throws -> ConnectionParameters {
  var values = [
    "host": server.socketFolder, "port": "\(server.port)", "dbname": database, "user": server.user,
    "sslmode": "disable",
  ]
  values.merge(others) { $1 }
  return try ConnectionParameters(
    values.map { ($0.key, $0.value) }, password: Secret(password ?? server.password))
}

func connected(
  _ server: PostgreSQLServer, database: String = "postgres", _ others: [String: String] = [:],
  interrupt: Interrupt? = nil
) throws -> Session {
  try Session(
    connecting: try parameters(server, database: database, others), deadline: patience, interrupt: interrupt)
}

/// The error that the body throws; fails the test where it throws none.
func databaseError(
  _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> DatabaseError {
  try #require(throws: DatabaseError.self, sourceLocation: location, performing: body)
}

extension DatabaseError.Kind {
  var isTimeout: Bool { if case .timedOut = self { true } else { false } }
}
