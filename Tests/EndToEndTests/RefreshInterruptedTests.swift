import Foundation
import Runtime
import TestServers
import Testing

/// Ctrl-C and SIGTERM during a refresh: it ends by itself, takes away what it has made, gives its lease back, and writes
/// down that it was interrupted. The control plane is in PostgreSQL, so that it too is reached after the interrupt.
@Suite(.timeLimit(.minutes(5)), .enabled(if: PostgreSQLServer.isAvailable, noServer)) struct RefreshInterruptedTests {
  @Test func inEveryPhase() throws {
    let site = try DisturbedSite()
    let calm = try site.workshop("calm")
    let counter = try QuestionProxy(toPort: site.server.port)
    let before = try calm.dump()
    let variables = calm.variables(source: counter.port, destination: counter.port, isShared: true)
    #expect(try calm.decant("refresh", [], variables).status == 0)
    let (after, count) = (try calm.dump(), counter.questions)
    let steps = (1...12).map { $0 * count / 13 }
    let results = concurrently(Array(steps.enumerated()), limit: 2) { number, step in
      Result { try interrupt(site, at: step, number % 2 == 0 ? SIGINT : SIGTERM, before, after) }
    }
    for result in results { try result.get() }
  }

  private func interrupt(_ site: DisturbedSite, at step: Int, _ signal: Int32, _ before: String, _ after: String) throws
  {
    let trial = try site.workshop("interrupted")
    let reached = try Interrupt()
    // The one question is never answered, so the program is waiting when the signal comes.
    let proxy = try QuestionProxy(toPort: site.server.port) { number, _ in
      guard number == step else { return .pass }
      reached.raise()
      return .swallow
    }
    let running = try trial.workshop.start(
      ["refresh", trial.destination], trial.variables(source: proxy.port, destination: proxy.port, isShared: true))
    #expect(eventually { reached.isRaised || !running.process.isRunning }, "at \(step)")
    let began = ContinuousClock.now
    running.signal(signal)
    let ended = try running.end()
    #expect(ContinuousClock.now - began < .seconds(20), "at \(step)")
    #expect(!ended.isSignal && ended.status == 1 && ended.all.contains("interrupted"), "at \(step): \(ended.all)")
    #expect(try trial.dump() == before, "at \(step)")
    let left = try trial.leftOver()
    #expect(left == [], "at \(step): \(left) \(ended.all)")
    #expect(!Self.hasChildren(through: proxy.port), "at \(step)")
    let variables = trial.variables(isShared: true)
    let states = try trial.states(isShared: true)
    #expect(states.allSatisfy { $0 == "failed" }, "at \(step): \(states)")
    #expect(try trial.workshop.run(["audit", "verify"], variables).status == 0)
    // Nobody has to wait for the lease.
    let again = try trial.decant("refresh", [], variables)
    #expect(again.status == 0, "at \(step): \(again.all)")
    #expect(try trial.dump() == after, "at \(step)")
  }

  /// Programs that were started for connections through this port.
  private static func hasChildren(through port: Int) -> Bool {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.contains { process in
      guard Int(process) != nil, let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8),
        name.hasPrefix("pg_dump") || name.hasPrefix("pg_restore"),
        let variables = FileManager.default.contents(atPath: "/proc/\(process)/environ")
      else { return false }
      return String(decoding: variables, as: UTF8.self).contains("\(port)")
    }
  }
}
