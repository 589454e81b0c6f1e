import Documents
import Foundation
import Reconciliation
import TestServers
import Testing

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct PhaseTests {
  @Test func aRefreshSaysHowLongEachPhaseTook() throws {
    let site = try FaithfulSite(
      "CREATE TABLE people (id int PRIMARY KEY, email text); INSERT INTO people VALUES (1, 'ann.miller@example.com');")
    let rules: Value = ["people": ["columns": ["email": ["strategy": "email"]]]]
    let summary = try #require(try site.refresh(site.order(rules)).summary)
    #expect(Set(summary.phases.keys) == [.schema, .rows, .indexes, .checks, .originals, .publish])
    #expect(summary.phases.values.reduce(.zero, +) <= summary.duration)
  }
}
