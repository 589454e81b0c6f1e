import Foundation
import Runtime
import Synchronization
import TestServers
import Testing

let noServer = Comment(rawValue: PostgreSQLServer.unavailable ?? "PostgreSQL is available")

/// A control plane on which an apply of the real program can be killed at each of its steps, always at the same places.
protocol SteppedPlane: Sendable {
  /// What the program is told of the control plane, and of how long to wait for the lease of somebody who was killed.
  var variables: [String: String] { get }
  var patience: [String] { get }
  /// Runs to its end, and tells at which steps another run like it can be killed. Those that it does not reach are last.
  func watch(in workshop: Workshop, _ arguments: [String]) throws -> (ended: Ended, steps: [Int])
  func apply(in workshop: Workshop, _ arguments: [String], killedAt step: Int) throws -> Ended
  /// The rows of a SELECT over the control planes of these folders, one line each.
  func rows(_ sql: String, of workshops: [Workshop]) throws -> [String]
}

extension SteppedPlane {
  /// A folder and a workspace of its own, in which 35 objects are applied and the 50 are declared.
  func workshop(_ name: String) throws -> Workshop {
    let workshop = try Workshop(FiftyObjects.before(name))
    let made = try workshop.run(FiftyObjects.apply, variables)
    #expect(made.applied["done"] == 35, "\(made.all)")
    try workshop.write(FiftyObjects.after(name))
    return workshop
  }

  /// Applies again, after the lease of whoever was ended is over; then everything is there.
  func goOn(_ name: String, _ workshop: Workshop) throws {
    let began = ContinuousClock.now
    let again = try workshop.run(FiftyObjects.apply + patience, variables)
    #expect(again.status == 0, "\(name): \(again.all)")
    // A lease lasts 10 s; the rest is room for a busy machine.
    #expect(ContinuousClock.now - began < .seconds(20), "\(name)")
    let verdict = try workshop.run(["audit", "verify"], variables)
    #expect(verdict.status == 0 && verdict.output.contains("The audit log is whole"), "\(name): \(verdict.all)")
  }

  func lines(_ workshop: Workshop, _ name: String) throws -> Set<String> { try states([workshop])[name]?.lines ?? [] }

  /// By workspace: every record with its revision, how often the log says that it was written, and how often a run
  /// has begun and ended.
  func states(_ workshops: [Workshop]) throws -> [String: PlaneState] {
    let sql = """
      SELECT workspace || '|record ' || kind || '.' || name || ' ' || revision || ' ' || coalesce(applied_revision, 0)
        || ' ' || spec || CASE WHEN deleted_at IS NULL THEN ' lives' ELSE ' gone' END FROM records
      UNION ALL SELECT workspace || '|written ' || address || ' ' || count(*) FROM audit WHERE event = 'done'
      GROUP BY workspace, address
      UNION ALL SELECT workspace || '|' || event || ' ' || count(*) FROM audit WHERE event IN ('started', 'ended')
      GROUP BY workspace, event
      """
    var states: [String: PlaneState] = [:]
    for row in try rows(sql, of: workshops) {
      let parts = row.split(separator: "|", maxSplits: 1).map(String.init)
      let words = parts[1].split(separator: " ")
      switch words[0] {
      case "started": states[parts[0], default: PlaneState()].begun = Int(words[1]) ?? 0
      case "ended": states[parts[0], default: PlaneState()].ended = Int(words[1]) ?? 0
      default: states[parts[0], default: PlaneState()].lines.insert(parts[1])
      }
    }
    return states
  }
}

struct PlaneState {
  var lines: Set<String> = []
  var begun = 0
  var ended = 0
}

/// The embedded control plane. The kernel kills the program in the middle of the write that makes a file longer than
/// the step says, in KiB (SIGXFSZ, which no more than SIGKILL leaves it time to say anything).
struct SteppedSQLite: SteppedPlane {
  let variables = ["PLANE": "sqlite:.decant/control.db"]
  let patience: [String] = []

  func watch(in workshop: Workshop, _ arguments: [String]) throws -> (ended: Ended, steps: [Int]) {
    (try workshop.run(arguments, variables), [0, 16] + stride(from: 32, through: 240, by: 8))
  }

  func apply(in workshop: Workshop, _ arguments: [String], killedAt step: Int) throws -> Ended {
    // A shell of a test's thread would inherit that all signals are blocked.
    let line =
      "cd '\(workshop.folder)' && ulimit -c 0 && ulimit -f \(step) && exec '\(Workshop.program)' \(arguments.joined(separator: " "))"
    let ended = try Program.play("/bin/bash", ["-c", line], environment: workshop.environment(variables))
    return Ended(status: ended.exitCode, isSignal: ended.exitCode == 128 + SIGXFSZ, output: ended.output, error: "")
  }

  func rows(_ sql: String, of workshops: [Workshop]) throws -> [String] {
    try workshops.flatMap { workshop in
      let said = try workshop.shell("sqlite3 .decant/control.db \"\(sql)\"")
      #expect(said.status == 0, "\(said.all)")
      return said.output.split(separator: "\n").map(String.init)
    }
  }
}

/// A control plane in PostgreSQL, reached through a relay. The program is killed (SIGKILL) when it has asked a question:
/// the server never hears that one, and has answered all before it. So each state of the server comes up.
final class SteppedPostgreSQL: SteppedPlane {
  let server: PostgreSQLServer
  let database: String
  /// A lease is over after 10 s.
  let patience = ["--lease-wait", "60"]
  var variables: [String: String] { variables(port: server.port) }

  init(_ server: PostgreSQLServer? = nil) throws {
    self.server = try server ?? .shared()
    database = try self.server.createDatabase(named: "stepped")
  }

  func variables(port: Int) -> [String: String] {
    ["PLANE": "postgresql://\(server.user):\(server.password)@127.0.0.1:\(port)/\(database)?sslmode=disable"]
  }

  /// Two of the questions of the plan, and each from the first on that is part of a change.
  func watch(in workshop: Workshop, _ arguments: [String]) throws -> (ended: Ended, steps: [Int]) {
    let first = Atomic(0)
    let proxy = try QuestionProxy(toPort: server.port) { number, text in
      if text.contains("READ WRITE") { _ = first.compareExchange(expected: 0, desired: number, ordering: .relaxed) }
      return .pass
    }
    let ended = try workshop.run(arguments, variables(port: proxy.port))
    let change = try #require(first.load(ordering: .relaxed) > 2 ? first.load(ordering: .relaxed) : nil)
    return (ended, [1, change / 2] + (change - 1...proxy.questions))
  }

  func apply(in workshop: Workshop, _ arguments: [String], killedAt step: Int) throws -> Ended {
    let reached = try Interrupt()
    let proxy = try QuestionProxy(toPort: server.port) { number, _ in
      guard number >= step else { return .pass }
      reached.raise()
      return .swallow
    }
    let running = try workshop.start(arguments, variables(port: proxy.port))
    #expect(eventually { reached.isRaised || !running.process.isRunning })
    running.signal(SIGKILL)
    return try running.end()
  }

  func rows(_ sql: String, of workshops: [Workshop]) throws -> [String] {
    try server.run("SET search_path = decant; \(sql)", database: database).split(separator: "\n").map(String.init)
  }
}

/// A change of 50 objects in several waves: what is made and changed, then what is taken away.
enum FiftyObjects {
  static let apply = ["apply", "--auto-approve", "--no-observe", "--quiet", "--allow-deletes", "10"]

  static func before(_ workspace: String) -> String {
    text(workspace, groups: (0..<25).map { ("g\($0)", "first") }, profiles: 0..<5, targets: 0..<5, cpus: 2)
  }

  static func after(_ workspace: String) -> String {
    let groups = (10..<25).map { ("g\($0)", "second") } + (0..<12).map { ("n\($0)", "new") }
    return text(workspace, groups: groups, profiles: 0..<8, targets: 0..<10, cpus: 4)
  }

  private static func text(
    _ workspace: String, groups: [(String, String)], profiles: Range<Int>, targets: Range<Int>, cpus: Int
  ) -> String {
    """
    decant: {workspace: \(workspace), control_plane: {url: "${PLANE}"}}
    sso_groups:
    \(groups.map { "  \($0): {description: \($1)}" }.joined(separator: "\n"))
    storage_profiles:
    \(profiles.map { "  p\($0): {provider: local, path: ./p\($0)}" }.joined(separator: "\n"))
    targets:
    \(targets.map { number in
      """
        t\(number):
          snapshot: {src_url: "postgresql://ro@127.0.0.1:1/a?sslmode=disable", dst_url: "postgresql://dev@127.0.0.1:1/b?sslmode=disable"}
          storage_profile: p\(number % profiles.count)
          cpus: \(cpus)
      """
    }.joined(separator: "\n"))

    """
  }
}
