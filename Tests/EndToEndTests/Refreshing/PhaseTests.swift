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

  @Test func theReportSaysItInMilliseconds() throws {
    let site = try FaithfulSite(
      "CREATE TABLE people (id int PRIMARY KEY, email text); INSERT INTO people VALUES (1, 'ann.miller@example.com');")
    try site.declare("tables: {people: {columns: {email: {strategy: email}}}}")
    let ended = try site.decant("refresh", "users", "--json")
    #expect(ended.status == 0, "\(ended.all)")
    let report = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
    let outcomes = report?["outcomes"] as? [[String: Any]] ?? []
    let copied = outcomes.compactMap { $0["copied"] as? [String: Any] }.first
    let phases = try #require(copied?["phases"] as? [String: Int], "\(ended.output)")
    #expect(Set(phases.keys) == ["schema", "rows", "indexes", "checks", "originals", "publish"])
    #expect(phases.values.allSatisfy { $0 >= 0 })
  }
}
