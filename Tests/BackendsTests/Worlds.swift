import Backends
import Reconciliation
import Runtime
import TestServers
import Testing

let noServer = Comment(rawValue: PostgreSQLServer.unavailable ?? "PostgreSQL is available")

/// The role whose password is its name, on the shared server.
func endpoint(
  _ server: PostgreSQLServer, _ database: String, _ role: String? = nil, _ others: [String: String] = [:],
  connectTimeout: Duration? = nil, statementTimeout: Duration? = nil, pool: DatabaseEndpoint.Pool? = nil
) -> DatabaseEndpoint {
  var parameters = [
    "host": server.socketFolder, "port": "\(server.port)", "dbname": database, "user": role ?? server.user,
    "sslmode": "disable",
  ]
  parameters.merge(others) { $1 }
  return DatabaseEndpoint(
    parameters: parameters, password: Secret(role ?? server.password), connectTimeout: connectTimeout,
    statementTimeout: statementTimeout, pool: pool)
}

/// A database with the tables of the stories and one role that may read all of it and nothing else.
struct World {
  let server: PostgreSQLServer
  let database: String
  let role: String

  /// - Parameter shared: a database to be emptied and used again, because making one takes the server a while. Its
  ///   users run one after the other, each with a role of its own.
  init(_ prefix: String, _ sql: String = "", in shared: String? = nil) throws {
    server = try PostgreSQLServer.shared()
    database = try shared ?? server.createDatabase(named: prefix)
    role = server.uniqueName("ro")
    try run(
      """
      \(shared == nil ? "" : Self.emptying)
      CREATE ROLE @ro LOGIN PASSWORD '@ro';
      REVOKE CREATE ON SCHEMA public FROM PUBLIC;
      CREATE SCHEMA app;
      CREATE TABLE public.orders (id serial PRIMARY KEY, note text, state text);
      CREATE TABLE app.people (id int PRIMARY KEY, email text);
      GRANT USAGE ON SCHEMA public, app TO @ro;
      GRANT SELECT ON ALL TABLES IN SCHEMA public, app TO @ro;
      GRANT SELECT ON ALL SEQUENCES IN SCHEMA public, app TO @ro;
      \(sql)
      """)
  }

  private static let emptying = """
    SET client_min_messages = error;
    DO $$ DECLARE s text; BEGIN
      EXECUTE format('ALTER DATABASE %I OWNER TO %I', current_database(), current_user);
      FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', s);
      END LOOP;
    END $$;
    CREATE SCHEMA public AUTHORIZATION pg_database_owner;
    """

  /// `@ro` is the role, `@db` the database and `@a`, `@b` names of roles that no other test has.
  func run(_ sql: String) throws { try server.run(named(sql), database: database) }

  func named(_ text: String) -> String {
    text.replacing("@ro", with: role).replacing("@db", with: database).replacing("@a", with: "\(role)_a")
      .replacing("@b", with: "\(role)_b")
  }

  func source(_ schemas: SchemaSelection = SchemaSelection()) throws -> SourceFacts {
    let pair = LiveDatabases(limit: 4).look(at: endpoint(server, database, role), and: nil, schemas: schemas)
    return try #require(pair.source).get()
  }
}

extension Result {
  var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}

extension CheckAnswer {
  /// The outcome in a form that can be compared.
  var spoken: String {
    switch outcome {
    case .value(let value): "value \(value ?? "NULL")"
    case .shape(let rows, let columns): "shape \(rows)x\(columns)"
    case .failed(let failure): "failed \(failure.kind) \(failure.sqlState ?? "-")"
    }
  }

  var failure: DatabaseFailure? { if case .failed(let failure) = outcome { failure } else { nil } }
}
