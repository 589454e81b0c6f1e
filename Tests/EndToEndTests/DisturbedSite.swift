import Foundation
import Runtime
import TestServers
import Testing

/// A source, its roles, and the copy of an earlier state of it: what refreshes of the real program are disturbed at.
///
/// The earlier state has other rows than the source has now, so that the copy before and the copy after can be told
/// apart; the source does not change any more, and masks are deterministic, so both are known byte by byte.
final class DisturbedSite: Sendable {
  let server: PostgreSQLServer
  let source, before, reader, writer, plane: String
  static let password = "pw"

  init(_ server: PostgreSQLServer? = nil, rows: Int = 300) throws {
    let server = try server ?? .shared()
    self.server = server
    (source, before) = (try server.createDatabase(named: "refresh_source"), server.uniqueName("refresh_before"))
    (reader, writer) = (server.uniqueName("refresh_reader"), server.uniqueName("refresh_writer"))
    plane = try server.createDatabase(named: "refresh_plane")
    try server.run(
      """
      CREATE ROLE \(reader) LOGIN PASSWORD '\(Self.password)';
      CREATE ROLE \(writer) LOGIN CREATEDB PASSWORD '\(Self.password)';
      CREATE DATABASE \(before) TEMPLATE template0 OWNER \(writer);
      """, database: "postgres")
    try server.run(Self.schema(rows), database: source)
    try server.run(
      "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(reader); GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO \(reader)",
      database: source)
    // Bigger than it has to be, as copies in use are.
    try server.run("SET ROLE \(writer); CREATE TABLE old AS SELECT i FROM generate_series(1, 500) i", database: before)
  }

  private static func schema(_ rows: Int) -> String {
    """
    CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE NOT NULL, name text);
    CREATE TABLE orders (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users, total numeric);
    CREATE INDEX orders_by_user ON orders (user_id);
    CREATE TABLE days (day date NOT NULL, n int, PRIMARY KEY (day, n)) PARTITION BY RANGE (day);
    CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
    CREATE INDEX days_by_n ON days (n);
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE TRIGGER touched BEFORE UPDATE ON days FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE RULE quiet AS ON DELETE TO orders DO INSTEAD NOTHING;
    CREATE STATISTICS of_orders ON user_id, total FROM orders;
    CREATE MATERIALIZED VIEW sums AS SELECT user_id, sum(total) AS sum FROM orders GROUP BY user_id;
    INSERT INTO users (email, name) SELECT 'user' || i || '@corp.example', 'Name ' || i FROM generate_series(1, \(rows)) i;
    INSERT INTO orders (user_id, total) SELECT 1 + i % \(rows), i FROM generate_series(1, \(rows * 2)) i;
    INSERT INTO days SELECT DATE '2020-01-01' + i, i FROM generate_series(1, 700) i;
    """
  }

  /// A folder, a target and a destination of its own, which is the copy of before.
  func workshop(_ name: String, more: String = "") throws -> RefreshWorkshop {
    let destination = server.uniqueName("refresh_\(name)")
    try server.run("CREATE DATABASE \(destination) TEMPLATE \(before) OWNER \(writer)", database: "postgres")
    return try RefreshWorkshop(site: self, destination: destination, more: more)
  }

  /// What a destination holds before a refresh that nothing disturbs, and after it.
  func copied() throws -> (before: String, after: String) {
    let calm = try workshop("calm")
    let before = try calm.dump()
    let made = try calm.decant("refresh", [], calm.variables())
    #expect(made.status == 0, "\(made.all)")
    return (before, try calm.dump())
  }
}

/// One target with its destination, whose name it has. The workspace is one for all: masks depend on it.
final class RefreshWorkshop: Sendable {
  let site: DisturbedSite
  let destination: String
  let workshop: Workshop

  init(site: DisturbedSite, destination: String, more: String) throws {
    (self.site, self.destination) = (site, destination)
    workshop = try Workshop(
      """
      decant:
        workspace: shop
        control_plane: {url: "${PLANE}"}
        masking: {key: "${MASKING_KEY}"}
      sanitizations:
        pii:
          tables:
            users: {columns: {email: {strategy: email, domain: anon.example}, name: {strategy: name}}}
          checks:
            - {name: no foreign domain, query: "SELECT count(*) FROM users WHERE email NOT LIKE '%@anon.example'"}
      targets:
        \(destination):
          cpus: 2
          snapshot:
            src_url: "postgresql://\(site.reader):${PW}@127.0.0.1:${SOURCE_PORT}/\(site.source)?sslmode=disable"
            dst_url: "postgresql://\(site.writer):${PW}@127.0.0.1:${DESTINATION_PORT}/\(destination)?sslmode=disable"
          sanitize: {policy: pii}
          refresh: {max_age: 24h, wait: 2s\(more)}

      """)
  }

  /// - Parameter isShared: the control plane is in PostgreSQL, and not in a file.
  func variables(source: Int? = nil, destination: Int? = nil, plane: Int? = nil, isShared: Bool = false) -> [String:
    String]
  {
    let server = site.server
    let shared =
      "postgresql://\(server.user):\(server.password)@127.0.0.1:\(plane ?? server.port)/\(site.plane)?sslmode=disable"
    return [
      "PLANE": isShared ? shared : "sqlite:.decant/control.db", "PW": DisturbedSite.password,
      "MASKING_KEY": String(repeating: "0123456789abcdef", count: 4), "PGBINDIR": server.binaries,
      "SOURCE_PORT": "\(source ?? server.port)", "DESTINATION_PORT": "\(destination ?? server.port)",
    ]
  }

  func variables(through port: Int, isShared: Bool = false) -> [String: String] {
    variables(source: port, destination: port, plane: port, isShared: isShared)
  }

  /// What a dump of the destination says, or of another database. That it can be dumped says that it can be loaded.
  func dump(_ database: String? = nil) throws -> String {
    let said = try workshop.shell(
      "'\(site.server.binaries)/pg_dump' -h '\(site.server.socketFolder)' -p \(site.server.port) -U \(site.server.user) \(database ?? destination) | grep -v restrict",
      ["PGPASSWORD": site.server.password])
    #expect(said.status == 0, "\(said.error)")
    return said.output
  }

  /// Databases of ours beside the destination.
  func leftOver() throws -> [String] {
    try site.server.run(
      """
      SELECT datname FROM pg_database WHERE datname LIKE '\(destination)\\_\\_decant%'
        OR shobj_description(oid, 'pg_database') LIKE 'decant: % for \(destination)' AND datname <> '\(destination)'
      """, database: "postgres"
    ).split(separator: "\n").map(String.init)
  }

  /// Runs `decant VERB TARGET …`.
  func decant(_ verb: String, _ more: [String] = [], _ variables: [String: String]) throws -> Ended {
    try workshop.run([verb, destination] + more, variables)
  }

  /// Of the target's snapshots, the newest first. At least one is expected: the first run wrote it down.
  func states(isShared: Bool = false) throws -> [String] {
    let question = "SELECT state FROM snapshots WHERE target = '\(destination)' ORDER BY id DESC"
    if isShared {
      return try site.server.run("SET search_path = decant; \(question)", database: site.plane)
        .split(separator: "\n").map(String.init)
    }
    let said = try workshop.shell("sqlite3 .decant/control.db \"\(question)\"")
    #expect(said.status == 0, "\(said.all)")
    return said.output.split(separator: "\n").map(String.init)
  }
}
