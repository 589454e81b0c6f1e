import ControlPlane
import Foundation
import PostgreSQL
import Reconciliation
import Runtime
import Testing

@testable import TestServers

/// A server of its own, because this one is stopped between calls.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer)) struct PostgreSQLRestartTests {
  private static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../scripts/test-postgres.sh").standardizedFileURL.path

  @Test(arguments: ["fast", "immediate"]) func aRestartBetweenCallsIsNotNoticed(_ mode: String) throws {
    let folder = "/tmp/decant-pg-r-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    _ = try Program.run("/bin/bash", [Self.script, folder, "start", "\(getpid())"])
    defer { _ = try? Program.run("/bin/bash", [Self.script, folder, "stop"]) }
    func fact(_ key: String) throws -> String {
      let line = try String(contentsOfFile: "\(folder)/facts", encoding: .utf8).split(separator: "\n")
        .first { $0.hasPrefix("\(key)=") }
      return String(try #require(line).dropFirst(key.count + 1))
    }
    let password = try String(contentsOfFile: try fact("password_file"), encoding: .utf8)
    let parameters = try ConnectionParameters(
      [
        ("host", try fact("socket")), ("port", try fact("port")), ("dbname", "postgres"), ("user", try fact("user")),
      ], password: Secret(password.trimmingCharacters(in: .whitespacesAndNewlines)))
    let store = try PostgreSQLStore(parameters: parameters, deadline: .seconds(20))
    let lease = try store.shopLease()
    func control(_ words: String...) throws {
      let command = ["\(try fact("bin"))/pg_ctl", "-D", "\(folder)/data", "-w", "-s", "-l", "\(folder)/log"] + words
      if getuid() == 0 {
        _ = try Program.run("/usr/sbin/runuser", ["-u", "postgres", "--"] + command)
      } else {
        _ = try Program.run(command[0], Array(command.dropFirst()))
      }
    }
    for revision in 0..<3 {
      let results = try store.commit([.put(users, "[\(revision)]", seen: revision)], as: .alice, under: lease)
      #expect(results == [.written(revision: revision + 1)])
      #expect(try store.records(in: "shop").count == 1)
      try control("stop", "-m", mode)
      if revision == 1 {
        let error = storeError { _ = try store.commit([.put(users, "[9]", seen: 2)], as: .alice, under: lease) }
        #expect(error?.failure != nil)
      }
      try control("start", "-o", "-p \(try fact("port"))")
    }
    let log = try store.auditLog(of: "shop")
    #expect(log.count == 3 && AuditChain.verify(log) == .whole(log[2].head))
  }
}
