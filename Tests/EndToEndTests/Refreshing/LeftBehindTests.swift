import Documents
import Reconciliation
import TestServers
import Testing

/// What earlier runs have left beside a destination, and what a refresh says of it.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct LeftBehindTests {
  /// By the role that the target had before, of a refresh and of a load: this role may not drop them, so that its owner
  /// has to hear of them.
  @Test func whatAnotherRoleHasLeftIsTold() throws {
    let site = try FaithfulSite(
      "CREATE TABLE people (id int PRIMARY KEY, email text); INSERT INTO people VALUES (1, 'ann.miller@example.com');")
    let former = site.far.uniqueName("faithful_former")
    try site.far.run("CREATE ROLE \(former)", database: "postgres")
    let ids = ["0199-0000", "load-1763760000000-00c0ffee"]
    for id in ids { try leave(id, of: former, beside: site) }
    let summary = try #require(
      try site.refresh(site.order(["people": ["columns": ["email": ["strategy": "email"]]]])).summary)
    for id in ids {
      let name = "\(site.destination)__decant_\(id)"
      let told = summary.notes.filter { $0.contains(name) }
      #expect(
        told == [
          "\(name), which an earlier run had left, belongs to the role \(former) and was left alone; as that role: DROP DATABASE \"\(name)\""
        ], "\(summary.notes)")
    }
    #expect(try site.databases() == [site.destination])
    let left = "SELECT count(*) FROM pg_database WHERE pg_get_userbyid(datdba) = '\(former)'"
    #expect(try site.far.run(left, database: "postgres") == "2")
  }

  /// As a run marks what it makes.
  private func leave(_ id: String, of role: String, beside site: FaithfulSite) throws {
    let name = PostgreSQLServer.quoted("\(site.destination)__decant_\(id)")
    try site.far.run("CREATE DATABASE \(name) TEMPLATE template0 OWNER \(role)", database: "postgres")
    try site.far.run(
      "COMMENT ON DATABASE \(name) IS 'decant: copy \(id) for \(site.destination)'", database: "postgres")
  }
}
