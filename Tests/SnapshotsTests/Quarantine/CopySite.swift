import Foundation
import PostgreSQL
import Runtime
import TestServers
import Testing

@testable import Snapshots

let noServer = Comment(rawValue: PostgreSQLServer.unavailable ?? "PostgreSQL is available")

/// A source and a destination with roles that have the rights which `RequiredGrants` lists, and no others.
struct CopySite {
  let server: PostgreSQLServer
  /// The source's database, the destination's name, and the two roles.
  let source, destination, reader, writer: String

  /// Every sign that has a meaning to libpq, to its password file or to a shell.
  static let password = "s3:cr\\et'\"$x y#ü"

  /// Makes the source from a script, which runs as superuser.
  init(_ script: String, schemas: [String] = ["public"], destination: String? = nil) throws {
    server = try .shared()
    source = try server.createDatabase(named: "copy_source")
    self.destination = destination ?? server.uniqueName("copy_destination")
    reader = server.uniqueName("copy_reader")
    writer = server.uniqueName("copy_writer")
    try server.run(script, database: source)
    for role in [reader, writer] {
      try server.run("CREATE ROLE \(role) LOGIN PASSWORD \(quoteLiteral(Self.password))", database: "postgres")
    }
    let grants = try RequiredGrants(
      source: .init(database: source, role: reader, schemas: schemas),
      destination: .init(
        database: self.destination, role: writer, maintenanceDatabase: "postgres", exists: false, disconnects: true))
    try server.run(grants.source.joined(separator: "\n"), database: source)
    // One at a time, because two GRANTs on a database are an error of the server: "tuple concurrently updated".
    try server.run(
      (["SELECT pg_advisory_lock(1);"] + grants.destination).joined(separator: "\n"), database: "postgres")
  }

  func parameters(_ role: String, _ database: String, port: Int? = nil) throws -> ConnectionParameters {
    let host = port == nil ? server.socketFolder : "127.0.0.1"
    return try ConnectionParameters(
      [
        ("host", host), ("port", "\(port ?? server.port)"), ("dbname", database), ("user", role),
        ("sslmode", "disable"),
      ], password: Secret(Self.password))
  }

  func maintenance(port: Int? = nil, interrupt: Interrupt? = nil) throws -> MaintenanceConnection {
    MaintenanceConnection(
      try parameters(writer, "postgres", port: port), connectTimeout: .seconds(20), interrupt: interrupt)
  }

  func name(_ id: String) throws -> ScratchName { try #require(ScratchName(destination: destination, id: id)) }

  func tools() throws -> ClientTools {
    try ClientTools.find(forServerMajor: 15, in: .init(folder: server.binaries))
  }

  /// A destination as an earlier refresh has left it.
  func makeDestination(_ script: String = "") throws {
    try server.run(
      "CREATE DATABASE \(PostgreSQLServer.quoted(destination)) OWNER \(writer) TEMPLATE template0", database: "postgres"
    )
    try server.run("CREATE TABLE version AS SELECT 'old' AS v;\n\(script)", database: destination)
  }

  /// A finished copy.
  func makeQuarantine(_ id: String) throws -> Quarantine {
    let quarantine = try Quarantine.create(
      try name(id), like: DatabaseLocale(encoding: "UTF8", collate: "C", ctype: "C"), on: maintenance())
    try server.run("CREATE TABLE version AS SELECT 'new' AS v", database: quarantine.name.name)
    return quarantine
  }

  /// "old", "new"; throws where the destination cannot be used.
  func version() throws -> String { try server.run("SELECT v FROM version", database: destination) }

  /// The databases of this site without the source, with a sign for a line end.
  func databases() throws -> [String] {
    try server.run(
      "SELECT replace(datname, E'\\n', '⏎') FROM pg_database WHERE pg_get_userbyid(datdba) = '\(writer)' ORDER BY 1",
      database: "postgres"
    ).split(separator: "\n").map(String.init)
  }

  /// Waits until exactly so many sessions of the database fulfil the condition; fails after a minute.
  func waitForSessions(_ wanted: Int = 1, in database: String, _ condition: String) throws {
    try server.run(
      """
      DO $$BEGIN
        FOR i IN 1..1200 LOOP
          PERFORM pg_stat_clear_snapshot();
          IF (SELECT count(*) FROM pg_stat_activity WHERE datname = \(quoteLiteral(database)) AND \(condition)) = \(wanted)
          THEN
            RETURN;
          END IF;
          PERFORM pg_sleep(0.05);
        END LOOP;
        RAISE 'the sessions of % did not come to be as awaited', \(quoteLiteral(database));
      END$$
      """, database: "postgres")
  }

  /// Runs a line of bash with psql and pg_dump as superuser.
  @discardableResult
  func shell(_ line: String) throws -> String {
    let (exitCode, output) = try Program.play(
      "/bin/bash", ["-o", "pipefail", "-c", line],
      environment: [
        "PATH": "\(server.binaries):/usr/bin:/bin", "PGHOST": server.socketFolder, "PGPORT": "\(server.port)",
        "PGUSER": server.user, "PGPASSWORD": server.password, "LC_ALL": "C",
      ])
    try #require(exitCode == 0, "\(output)")
    return output
  }
}

let brief = ToolPatience(.total(.seconds(60)))
var soon: Deadline { .after(.seconds(60)) }

extension CopySite {
  /// Runs the body while a transaction of the source's role keeps a snapshot open, as the leader of a copy does.
  func withSnapshot<Result>(_ body: (Session, String) throws -> Result) throws -> Result {
    let session = try Session(connecting: try parameters(reader, source), deadline: soon)
    _ = try session.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", deadline: soon)
    let snapshot = try #require(
      try session.query("SELECT pg_catalog.pg_export_snapshot()", deadline: soon).single)
    return try body(session, snapshot)
  }
}
