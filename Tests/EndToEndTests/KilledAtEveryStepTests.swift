import Foundation
import Runtime
import TestServers
import Testing

/// An apply of 50 objects is killed at each of its steps; the next one ends where an undisturbed one ends.
@Suite(.timeLimit(.minutes(30))) struct KilledAtEveryStepTests {
  @Test func onSQLite() throws { try killAtEveryStep(SteppedSQLite(), atLeast: 20) }

  @Test(.enabled(if: PostgreSQLServer.isAvailable, noServer)) func onPostgreSQL() throws {
    try killAtEveryStep(try SteppedPostgreSQL(), atLeast: 60)
  }

  private func killAtEveryStep(_ plane: some SteppedPlane, atLeast least: Int) throws {
    let undisturbed = try plane.workshop("undisturbed")
    let (first, steps) = try plane.watch(in: undisturbed, FiftyObjects.apply)
    #expect(first.applied["done"] == 50, "\(first.all)")
    let goal = try #require(try plane.states([undisturbed])["undisturbed"]).lines
    #expect(goal.count == 55 + 55, "records, and how often each was written")
    // Half of them at once is as good as one after the other: each has a workspace of its own.
    let ends = concurrently(steps, limit: 2) { step in Result { try end(at: step, plane) } }
    let killed = try ends.compactMap { try $0.get() }
    #expect(killed.count >= least, "\(killed.count)")
    for failure in concurrently(killed, limit: 2, { end in Result { try plane.goOn(end.name, end.workshop) } }) {
      try failure.get()
    }
    let states = try plane.states(killed.map(\.workshop))
    for (name, _) in killed { #expect(states[name]?.lines == goal, "\(name)") }
    let underLease = killed.count { name, _ in states[name].map { $0.begun > $0.ended } ?? false }
    #expect(underLease > least / 2, "\(underLease)")
  }

  typealias End = (name: String, workshop: Workshop)

  /// Nothing where it came to its end before that step.
  private func end(at step: Int, _ plane: some SteppedPlane) throws -> End? {
    let workshop = try plane.workshop("w\(step)")
    return try plane.apply(in: workshop, FiftyObjects.apply, killedAt: step).isSignal ? ("w\(step)", workshop) : nil
  }
}
