import Foundation
import Runtime
import TestServers
import Testing

/// An apply of 50 objects is killed at each of its steps; the next one ends where an undisturbed one ends.
@Suite(.timeLimit(.minutes(5))) struct KilledAtEveryStepTests {
  static let apply = ["apply", "--auto-approve", "--no-observe", "--quiet", "--allow-deletes", "10"]

  @Test func onSQLite() throws { try killAtEveryStep(SteppedSQLite(), atLeast: 20) }

  @Test(.enabled(if: PostgreSQLServer.isAvailable, noServer)) func onPostgreSQL() throws {
    try killAtEveryStep(try SteppedPostgreSQL(), atLeast: 60)
  }

  private func killAtEveryStep(_ plane: some SteppedPlane, atLeast least: Int) throws {
    let undisturbed = try plane.workshop("undisturbed")
    let (first, steps) = try plane.watch(in: undisturbed, Self.apply)
    #expect(first.applied["done"] == 50, "\(first.all)")
    let goal = try #require(try plane.states([undisturbed])["undisturbed"]).lines
    #expect(goal.count == 55 + 55, "records, and how often each was written")
    // Half of them at once is as good as one after the other: each has a workspace of its own.
    let ends = concurrently(steps, limit: 2) { step in Result { try end(at: step, plane) } }
    let killed = try ends.compactMap { try $0.get() }
    #expect(killed.count >= least, "\(killed.count)")
    for failure in concurrently(killed, limit: 2, { end in Result { try goOn(end, plane) } }) { try failure.get() }
    let states = try plane.states(killed.map(\.workshop))
    for (name, _) in killed { #expect(states[name]?.lines == goal, "\(name)") }
    let underLease = killed.count { name, _ in states[name].map { $0.begun > $0.ended } ?? false }
    #expect(underLease > least / 2, "\(underLease)")
  }

  typealias End = (name: String, workshop: Workshop)

  /// Nothing where it came to its end before that step.
  private func end(at step: Int, _ plane: some SteppedPlane) throws -> End? {
    let workshop = try plane.workshop("w\(step)")
    return try plane.apply(in: workshop, Self.apply, killedAt: step).isSignal ? ("w\(step)", workshop) : nil
  }

  /// The lease of whoever was killed is taken over when it is over; and then everything is there.
  private func goOn(_ end: End, _ plane: some SteppedPlane) throws {
    let (name, workshop) = end
    let began = ContinuousClock.now
    let again = try workshop.run(Self.apply + plane.patience, plane.variables)
    #expect(again.status == 0, "\(name): \(again.all)")
    // A lease lasts 10 s; the rest is room for a busy machine.
    #expect(ContinuousClock.now - began < .seconds(20), "\(name)")
    let verdict = try workshop.run(["audit", "verify"], plane.variables)
    #expect(verdict.status == 0 && verdict.output.contains("The audit log is whole"), "\(name): \(verdict.all)")
  }
}

extension SteppedPlane {
  /// A folder and a workspace of its own, in which 35 objects are applied and the 50 are declared.
  func workshop(_ name: String) throws -> Workshop {
    let workshop = try Workshop(FiftyObjects.before(name))
    let made = try workshop.run(KilledAtEveryStepTests.apply, variables)
    #expect(made.applied["done"] == 35, "\(made.all)")
    try workshop.write(FiftyObjects.after(name))
    return workshop
  }
}
