import Foundation
import TestServers
import Testing

/// `decant sanitize` with SQL that cannot be lifted: the raw rows and the SQL are on the scratch server alone.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct ScratchSanitizeTests {
  @Test func aRawSnapshotIsSanitizedAsTheSourceIs() throws {
    let server = try ScratchTests.scratch.get()
    let role = server.uniqueName("scratch_sanitizer")
    try server.run("CREATE ROLE \(role) LOGIN CREATEDB PASSWORD '\(DisturbedSite.password)'", database: "postgres")
    let site = try SnapshotSite(target: "    storage_profile: raw")
    let text = try String(contentsOfFile: "\(site.workshop.folder)/decant.yaml", encoding: .utf8)
    let declared = """
      {policy: pii, storage_profile: kept, override_query: "UPDATE orders SET total = (SELECT count(*) FROM users)", dst_url: "postgresql://\(role):${PW}@127.0.0.1:\(server.port)/postgres?sslmode=disable"}
      """
    try site.workshop.write(
      text.replacingOccurrences(of: "{policy: pii, storage_profile: kept}", with: declared))
    try site.run("refresh", "shop")
    let published = try site.dump(site.destination)
    try site.run("build", "shop")
    let before = site.archives()
    try site.run("sanitize", "shop")
    let made = try #require(site.archives().first { !before.contains($0) })
    let other = site.site.server.uniqueName("scratch_sanitized")
    try site.run("load", "shop", made, "--to", site.url(other), "--yes")
    #expect(try site.dump(other) == published)
    #expect(published.contains("\t300\n") && !published.contains("corp.example"))
    #expect(try site.remains() == [])
    #expect(
      try server.run("SELECT count(*) FROM pg_database WHERE pg_get_userbyid(datdba) = '\(role)'", database: "postgres")
        == "0")
  }
}
