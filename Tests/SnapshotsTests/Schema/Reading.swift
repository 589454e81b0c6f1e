import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Snapshots
import TestServers
import Testing

func session(_ server: PostgreSQLServer, _ database: String, role: String? = nil) throws -> Session {
  let values = [
    "host": server.socketFolder, "port": "\(server.port)", "dbname": database, "user": role ?? server.user,
    "sslmode": "disable",
  ]
  let parameters = try ConnectionParameters(
    values.map { ($0.key, $0.value) }, password: Secret(role ?? server.password))
  return try Session(connecting: parameters, deadline: .after(.seconds(30)))
}

func schema(
  _ server: PostgreSQLServer, _ database: String, _ selection: SchemaSelection = SchemaSelection(),
  role: String? = nil
) throws -> DatabaseSchema {
  try session(server, database, role: role).transaction(
    readOnly: true, isolation: .repeatableRead, deadline: .after(.seconds(60))
  ) { (session) throws(DatabaseError) in
    try SchemaReader.read(selection, in: session, deadline: .after(.seconds(60)))
  }
}
