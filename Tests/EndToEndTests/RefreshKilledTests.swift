import Foundation
import Runtime
import Synchronization
import TestServers
import Testing

/// A refresh of the real program is killed (SIGKILL) at many points of every phase. Before the copy is in place, the
/// previous one is byte by byte as it was; after it, the new one is whole; and the next run ends in the right copy.
///
/// The moment is a question and not a time: all connections, those of pg_dump and pg_restore too, go through one relay.
@Suite(.timeLimit(.minutes(5)), .enabled(if: PostgreSQLServer.isAvailable, noServer)) struct RefreshKilledTests {
  @Test func anEmbeddedControlPlane() throws {
    try killAtManySteps(DisturbedSite(), isShared: false, evenly: 22, last: 14)
  }

  /// Here the lease of whoever was killed has to be waited for.
  @Test func aSharedControlPlane() throws {
    try killAtManySteps(DisturbedSite(), isShared: true, evenly: 6, last: 2)
  }

  private func killAtManySteps(_ site: DisturbedSite, isShared: Bool, evenly: Int, last: Int) throws {
    let undisturbed = try site.workshop("calm")
    let counter = try QuestionProxy(toPort: site.server.port)
    let before = try undisturbed.dump()
    let calm = try undisturbed.decant("refresh", [], undisturbed.variables(through: counter.port, isShared: isShared))
    #expect(calm.status == 0, "\(calm.all)")
    let after = try undisturbed.dump()
    #expect(before != after && after.contains("@anon.example") && !after.contains("corp.example"))
    let count = counter.questions
    let steps = Set((1...evenly).map { $0 * (count - last) / evenly } + (count - last...count)).sorted()
    let ends = concurrently(Array(steps.enumerated()), limit: isShared ? 8 : 2) { number, step in
      Result { try Trial(site, number, step, isShared, before, after).run() }
    }
    let results = try ends.map { try $0.get() }
    let killed = results.count { $0 != .ended }
    #expect(killed >= steps.count - 4, "\(killed) of \(steps.count) at \(count) questions")
    #expect(results.contains(.before))
    // The window between the renames and the row is reached.
    if !isShared { #expect(results.contains(.after), "\(results)") }
  }

  private enum Standing { case before, after, ended }

  private struct Trial {
    let site: DisturbedSite
    let number, step: Int
    let isShared: Bool
    let before, after: String

    init(_ site: DisturbedSite, _ number: Int, _ step: Int, _ isShared: Bool, _ before: String, _ after: String) {
      (self.site, self.number, self.step, self.isShared, self.before, self.after) = (
        site, number, step, isShared, before, after
      )
    }

    func run() throws -> Standing {
      let trial = try site.workshop("killed")
      let ended = try kill(trial)
      let standing: Standing
      if ended.isSignal {
        let copy = try trial.dump()
        standing = copy == after ? .after : .before
        #expect(copy == before || copy == after, "at \(step): neither the copy of before nor the new one")
      } else {
        #expect(ended.status == 0, "at \(step): \(ended.all)")
        standing = .ended
      }
      try goOn(trial, standing)
      return standing
    }

    /// Of two steps one ends before the server hears the question, and one before its answer is heard.
    private func kill(_ trial: RefreshWorkshop) throws -> Ended {
      let reached = try Interrupt()
      let (step, hears) = (step, number % 2 == 1)
      let proxy = try QuestionProxy(toPort: site.server.port) { number, _ in
        guard number >= step else { return .pass }
        guard number == step, hears else {
          if !hears { reached.raise() }
          return .swallow
        }
        return .swallowAnswer { reached.raise() }
      }
      let running = try trial.workshop.start(
        ["refresh", trial.destination], trial.variables(through: proxy.port, isShared: isShared))
      #expect(eventually { reached.isRaised || !running.process.isRunning })
      running.signal(SIGKILL)
      return try running.end()
    }

    private func goOn(_ trial: RefreshWorkshop, _ standing: Standing) throws {
      let own = [["refresh", trial.destination], ["refresh", trial.destination, "--resume"]]
      // In the workspace that all share, an apply would be about the others too.
      let ways = isShared ? own : own + [["apply", "--auto-approve"]]
      let way = ways[number % ways.count]
      let variables = trial.variables(isShared: isShared)
      let began = ContinuousClock.now
      let again = try trial.workshop.run(way + (isShared ? ["--lease-wait", "60"] : []), variables)
      #expect(again.status == 0, "at \(step), \(way): \(again.all)")
      // A lease lasts 10 s; the rest is room for a busy machine.
      #expect(ContinuousClock.now - began < .seconds(isShared ? 40 : 30), "at \(step)")
      let copy = try trial.dump()
      #expect(copy == after, "at \(step), \(way): \(copy == before ? "the copy of before" : "another copy")")
      // An apply that has no copy to make looks at no server; what was replaced goes with the next refresh.
      let isFresh = way[0] == "apply" && standing == .after
      if isFresh { #expect(try trial.decant("refresh", [], variables).status == 0) }
      #expect(try trial.leftOver() == [], "at \(step), \(way)")
      let verdict = try trial.workshop.run(["audit", "verify"], variables)
      #expect(verdict.status == 0, "at \(step): \(verdict.all)")
      let states = try trial.states(isShared: isShared)
      #expect(states.first == "published", "at \(step): \(states)")
      #expect(!states.contains("building") && !states.contains("ready"), "at \(step): \(states)")
    }
  }
}
