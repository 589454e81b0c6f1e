import Foundation
import TestServers

/// A psql that a test tells what to do line by line, so that it stands in the middle of a transaction.
final class HeldSession: @unchecked Sendable {
  // Both properties are set in `init`; pipe and process may be used from any thread.
  private let input = Pipe()
  private let running: Running

  init(_ server: PostgreSQLServer, _ database: String, application: String) throws {
    running = try Running(
      server.binaries + "/psql",
      [
        "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", server.socketFolder, "-p", "\(server.port)", "-U",
        server.user,
      ],
      in: "/tmp",
      ["PGPASSWORD": server.password, "PGDATABASE": database, "PATH": "/usr/bin:/bin", "PGAPPNAME": application],
      input: input.fileHandleForReading)
  }

  func say(_ sql: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((sql + "\n").utf8)) }

  /// Waits until it has done everything that it was told. It is told to go too: a program that was started meanwhile by
  /// another test may have inherited the pipe and keep its end open.
  @discardableResult
  func end() throws -> Ended {
    try say("\\q")
    try input.fileHandleForWriting.close()
    return try running.end()
  }
}

extension FaithfulSite {
  /// How many sessions of the source wait for a lock, by what they are.
  func waiting(_ condition: String) throws -> Int {
    Int(
      try server.run(
        """
        SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE NOT l.granted AND a.datname = '\(source)' AND \(condition)
        """, database: "postgres")) ?? 0
  }
}
