import Foundation
import Runtime
import Synchronization
import TestServers
import Testing

/// The real program loses the answer to a COMMIT: it looks before it says what became of it, and nothing is written
/// twice.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30))) struct LostCommitTests {
  enum Loss: CaseIterable {
    /// The connection is reset before the server hears of it, or after it has done it.
    case question, answer
    /// Somebody ends the session on the server.
    case session
    /// The server crashes, and is back when the program looks.
    case server
  }

  @Test(arguments: Loss.allCases) func whatIsSaidOfALostCommitIsSo(_ loss: Loss) throws {
    let plane = try SteppedPostgreSQL(loss == .server ? .own() : nil)
    let undisturbed = try plane.workshop("undisturbed")
    let before = try plane.lines(undisturbed, "undisturbed")
    let commits = try self.commits(plane, undisturbed)
    // Taking and giving back the lease, the beginning and the end, and three waves of three.
    #expect(commits.count == 13)
    let goal = try plane.lines(undisturbed, "undisturbed")
    var exits: [Int32: Int] = [:]
    var workshops: [(name: String, workshop: Workshop)] = []
    // A crash takes its time; the commits of the three waves are what matters.
    for number in loss == .server ? [commits[4], commits[7], commits[10]] : commits {
      let (name, workshop) = ("w\(number)", try plane.workshop("w\(number)"))
      let proxy = try QuestionProxy(toPort: plane.server.port) { asked, _ in
        asked == number ? Self.lose(loss, plane) : .pass
      }
      let ended = try workshop.run(FiftyObjects.apply + ["--json"], plane.variables(port: proxy.port))
      exits[ended.status, default: 0] += 1
      try Self.expectTrue(ended, try plane.lines(workshop, name), before, goal, "\(loss) at \(number)")
      workshops.append((name, workshop))
    }
    // All leases that are left run out at the same time.
    for (name, workshop) in workshops {
      try plane.goOn(name, workshop)
      #expect(try plane.lines(workshop, name) == goal, "\(loss) at \(name)")
    }
    // A wave whose answer is lost was done, and the run goes on; where the question is lost, its objects have failed.
    #expect(loss == .answer ? exits[0, default: 0] >= 3 : exits[6, default: 0] >= 2, "\(loss): \(exits)")
  }

  private static func lose(_ loss: Loss, _ plane: SteppedPostgreSQL) -> QuestionProxy.Verdict {
    switch loss {
    case .question: return .cutQuestion
    case .answer: return .cutAnswer
    case .session:
      let others = "datname = '\(plane.database)' AND pid <> pg_backend_pid()"
      let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE \(others)"
      #expect(throws: Never.self) { try plane.server.run(end, database: "postgres") }
    case .server:
      #expect(throws: Never.self) {
        try plane.server.stop("immediate")
        try plane.server.start()
      }
    }
    return .pass
  }

  /// The numbers of the questions that end a change, in a run that is not disturbed.
  private func commits(_ plane: SteppedPostgreSQL, _ workshop: Workshop) throws -> [Int] {
    let found = Mutex((isChange: false, numbers: [Int]()))
    let proxy = try QuestionProxy(toPort: plane.server.port) { number, text in
      found.withLock {
        if text.contains("READ WRITE") { $0.isChange = true }
        if $0.isChange, text.contains("COMMIT\u{0}") { $0.numbers.append(number) }
      }
      return .pass
    }
    let ended = try workshop.run(FiftyObjects.apply, plane.variables(port: proxy.port))
    #expect(ended.status == 0, "\(ended.all)")
    return found.withLock { $0.numbers }
  }

  /// What is called done is as it was to be, and what is called failed or not attempted is as it was.
  static func expectTrue(
    _ ended: Ended, _ found: Set<String>, _ before: Set<String>, _ goal: Set<String>, _ place: String
  ) throws {
    let report = try #require(ended.json, "\(place): \(ended.all)")
    let outcomes = report["outcomes"] as? [[String: Any]] ?? []
    // Who could not even plan says why, and changed nothing.
    if outcomes.isEmpty { #expect(report["error"] != nil && found == before, "\(place): \(ended.all)") }
    #expect(outcomes.isEmpty || outcomes.count == 50, "\(place): \(ended.all)")
    for outcome in outcomes {
      let (object, word) = (outcome["object"] as? String ?? "", outcome["outcome"] as? String ?? "")
      func record(_ lines: Set<String>) -> Set<String> { lines.filter { $0.contains(" \(object) ") } }
      #expect(["done", "failed", "not_attempted"].contains(word), "\(place): \(outcome)")
      #expect(record(found) == record(word == "done" ? goal : before), "\(place): \(outcome)")
    }
  }
}
