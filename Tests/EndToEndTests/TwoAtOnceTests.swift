import Foundation
import Synchronization
import TestServers
import Testing

/// Two real programs on one control plane in PostgreSQL; the first has the lease and is held up while the second runs.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30))) struct TwoAtOnceTests {
  private let plane: SteppedPostgreSQL
  private let workshop: Workshop
  init() throws {
    plane = try SteppedPostgreSQL()
    workshop = try plane.workshop("shop")
  }

  /// Applies, and does something else when the lease is taken and nothing is changed yet.
  private func apply(meanwhile: @escaping @Sendable () -> Void) throws -> Ended {
    let changes = Mutex(0)
    let proxy = try QuestionProxy(toPort: plane.server.port) { _, text in
      let count = changes.withLock {
        if text.contains("READ WRITE") { $0 += 1 }
        return text.contains("READ WRITE") ? $0 : 0
      }
      if count == 2 { meanwhile() }
      return .pass
    }
    return try workshop.run(FiftyObjects.apply, plane.variables(port: proxy.port))
  }

  private func expectAllOnce() throws {
    let (other, first) = (try SteppedPostgreSQL(), "shop")
    let alone = try other.workshop(first)
    #expect(try alone.run(FiftyObjects.apply, other.variables).status == 0)
    #expect(try plane.lines(workshop, first) == other.lines(alone, first))
    #expect(try workshop.run(["audit", "verify"], plane.variables).status == 0)
  }

  @Test func theSecondIsToldWhoHasTheLease() throws {
    let second = Mutex<Ended?>(nil)
    let first = try apply { [workshop, plane] in
      let ended = try? workshop.run(FiftyObjects.apply, plane.variables)
      second.withLock { $0 = ended }
    }
    let refused = try #require(second.withLock { $0 })
    #expect(refused.status == 7 && refused.applied["not"] == 50, "\(refused.all)")
    #expect(refused.output.contains("Another run is changing the workspace: ana (run "), "\(refused.all)")
    #expect(first.status == 0 && first.applied["done"] == 50, "\(first.all)")
    try expectAllOnce()
  }

  /// It plans again when the first has gone, and finds nothing to do, unless it is bound to what was reviewed.
  @Test(arguments: [false, true]) func theSecondWaits(_ isBound: Bool) throws {
    let planned = try workshop.run(["plan", "--no-observe", "--json", "--allow-deletes", "10"], plane.variables)
    let digest = try #require(planned.json?["digest"] as? String)
    let consent = isBound ? ["--digest", digest] : ["--auto-approve"]
    let arguments = ["apply", "--no-observe", "--allow-deletes", "10", "--lease-wait", "60"] + consent
    let second = Mutex<Running?>(nil)
    let first = try apply { [workshop, plane] in
      guard let running = try? workshop.start(arguments, plane.variables) else { return }
      #expect(eventually { running.complaintSoFar.contains("waiting for ana (run ") })
      second.withLock { $0 = running }
    }
    #expect(first.status == 0 && first.applied["done"] == 50, "\(first.all)")
    let ended = try #require(second.withLock { $0 }).end()
    #expect(ended.status == (isBound ? 4 : 0), "\(ended.all)")
    #expect(ended.output.contains(isBound ? "not the plan that was reviewed" : "No changes."), "\(ended.all)")
    #expect(ended.output.contains("No changes.") != isBound)
    try expectAllOnce()
  }
}
