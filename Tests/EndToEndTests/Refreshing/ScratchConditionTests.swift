import Foundation
import TestServers
import Testing

/// What a plan says of the scratch server, before anything is copied.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct ScratchConditionTests {
  private static let people = """
    CREATE TABLE users (id int PRIMARY KEY, email text, remark text);
    INSERT INTO users SELECT n, 'user' || n || '@kunden-post.de', 'r' || n FROM generate_series(1, 200) n;
    CREATE TABLE letters (id int PRIMARY KEY, body text);
    INSERT INTO letters SELECT n, 'nothing of anybody ' || n FROM generate_series(1, 200) n;
    """
  private static let query = "UPDATE users SET email = (SELECT 'u' || users.id || '@x.example')"

  private func plan(_ site: FaithfulSite) throws -> [String: [String: Any]] {
    let ended = try site.decant("plan", "--json")
    let conditions = try #require(ended.json?["conditions"] as? [[String: Any]], "\(ended.all)")
    return Dictionary(conditions.filter { $0["state"] as? String != "holds" }.map { ($0["code"] as? String ?? "", $0) })
    {
      first, _ in first
    }
  }

  @Test func oneThatIsFineIsSaidPerStatement() throws {
    let scratch = try ScratchSite(Self.people, on: try ScratchTests.scratch.get())
    try scratch.declare(Self.query)
    let conditions = try plan(scratch.site)
    #expect(conditions["clear_rows_on_destination"] == nil && conditions["uncovered_column"] == nil, "\(conditions)")
    #expect(conditions["scratch_reachable"] == nil && conditions["tls_unverified"] == nil, "\(conditions)")
    let said = conditions["sql_on_scratch"]?["message"] as? String ?? ""
    #expect(said.contains("line 1") && said.hasSuffix("It runs on the scratch server of sanitize.dst_url"), "\(said)")
    // A sample of the source is masked there too, by SQL that needs rows.
    let sample = try scratch.site.decant("verify", "users", "--source-sample", "50")
    #expect(sample.status == 0, "\(sample.all)")
    #expect(try scratch.leftOver() == [])
  }

  /// Before anything is copied: how much room it takes there, and what its role lacks.
  @Test func aPreflightSaysWhatTheScratchServerNeeds() throws {
    let scratch = try ScratchSite(Self.people, on: try ScratchTests.scratch.get())
    try scratch.declare(Self.query)
    func preflight() throws -> (Ended, [String: Any]) {
      let json = try scratch.site.decant("refresh", "users", "--dry-run", "--json")
      return (json, try #require((json.json?["preflight"] as? [[String: Any]])?.first, "\(json.all)"))
    }
    let (ended, fine) = try preflight()
    let use = try #require(fine["scratch"] as? [String: Any], "\(ended.all)")
    let space = try #require(fine["space"] as? [String: Any])
    #expect((use["database"] as? String)?.contains("\(scratch.server.port)/postgres") == true, "\(use)")
    #expect((use["bytes"] as? Int ?? 0) >= (space["tables"] as? Int ?? 0) && use["bytes"] as? Int ?? 0 > 0)
    #expect((fine["rights"] as? [Any])?.count == 3 && ended.status == 0, "\(ended.all)")
    let spoken = try scratch.site.decant("refresh", "users", "--dry-run").flat
    #expect(spoken.contains("scratch localhost:\(scratch.server.port)/postgres: about "), "\(spoken)")
    try scratch.server.run("ALTER ROLE \(scratch.role) NOCREATEDB", database: "postgres")
    let (lacking, missing) = try preflight()
    let blocked = missing["blocked_by"] as? [String]
    #expect(lacking.status == 9 && blocked == ["scratch_role_cannot_create"], "\(lacking.all)")
    let words = try scratch.site.decant("refresh", "users", "--dry-run").flat
    #expect(words.contains("missing on localhost:\(scratch.server.port)/postgres: ALTER ROLE"), "\(words)")
    // Lifted whole, nothing runs there, and it is not asked.
    try scratch.declare("UPDATE users SET email = 'u' || id || '@x.example'")
    let (_, lifted) = try preflight()
    #expect(lifted["scratch"] == nil && (lifted["rights"] as? [Any])?.count == 2)
    #expect(try scratch.leftOver() == [])
  }

  @Test func oneThatIsNotLookedAtWithoutNeed() throws {
    let scratch = try ScratchSite(Self.people, on: try ScratchTests.scratch.get())
    try scratch.declare("UPDATE users SET email = 'u' || id || '@x.example'", scratch: scratch.url(port: 1))
    let conditions = try plan(scratch.site)
    #expect(conditions.keys.filter { $0.hasPrefix("scratch_") } == [], "\(conditions)")
    try scratch.site.refreshed()
  }

  @Test func theDestinationsOwnServerKeepsNothingAway() throws {
    let scratch = try ScratchSite(Self.people, on: try ScratchTests.scratch.get())
    let site = scratch.site
    let own = try PostgreSQLServer.own()
    let far = try ScratchSite(Self.people, far: own, on: own)
    try far.declare(Self.query)
    let conditions = try plan(far.site)
    let said = conditions["clear_rows_on_destination"]
    #expect(said?["severity"] as? String == "error", "\(conditions)")
    #expect(
      (said?["message"] as? String)?.contains("sanitize.dst_url leads to the destination's own server") == true,
      "\(conditions)")
    let refused = try far.site.decant("refresh", "users")
    #expect(refused.status != 0 && refused.all.contains("blocked: clear_rows_on_destination"), "\(refused.all)")
    // Nor does a sample go there.
    let sample = try far.site.decant("verify", "users", "--source-sample", "50")
    #expect(sample.status != 0 && sample.flat.contains("or accept clear rows"), "\(sample.all)")
    #expect(try far.leftOver() == [])
    // Accepted, it runs in the quarantine, and no scratch database is made.
    try far.declare(Self.query, target: "waive: [{code: clear_rows_on_destination, reason: a test}]")
    try far.site.refreshed()
    #expect(try far.site.atCopy("SELECT count(*) FROM users WHERE email LIKE 'u%@x.example'") == "200")
    #expect(try far.leftOver() == [])
    // The source's own is no scratch server at all, whatever is waived.
    try site.server.run(
      "CREATE ROLE \(scratch.role) LOGIN CREATEDB PASSWORD \(FaithfulSite.literal(FaithfulSite.password))",
      database: "postgres")
    let apart = try ScratchSite(Self.people, far: own, on: site.server)
    try apart.declare(Self.query, target: "waive: [{code: clear_rows_on_destination, reason: a test}]")
    let source = try plan(apart.site)
    #expect(source["scratch_is_source"]?["severity"] as? String == "error", "\(source)")
    let stopped = try apart.site.decant("refresh", "users")
    #expect(stopped.status != 0 && stopped.all.contains("blocked: scratch_is_source"), "\(stopped.all)")
  }

  @Test func oneThatDoesNotServeIsAnError() throws {
    let scratch = try ScratchSite(Self.people, on: try ScratchTests.scratch.get())
    let site = scratch.site
    try scratch.declare(Self.query, scratch: scratch.url("nobody_at_all"))
    let refused = try plan(site)["scratch_reachable"]
    #expect(refused?["state"] as? String == "fails" && refused?["severity"] as? String == "error", "\(refused ?? [:])")
    try scratch.declare(Self.query, scratch: scratch.url(port: 1))
    let silent = try plan(site)["scratch_reachable"]
    #expect(silent?["state"] as? String == "unknown", "\(silent ?? [:])")
    let stopped = try site.decant("refresh", "users")
    #expect(stopped.all.contains("blocked: scratch_reachable"), "\(stopped.all)")
    #expect(try site.databases() == [])
    try scratch.server.run("ALTER ROLE \(scratch.role) NOCREATEDB", database: "postgres")
    try scratch.declare(Self.query)
    let poor = try plan(site)["scratch_role_cannot_create"]
    #expect(
      (poor?["message"] as? String)?.contains("ALTER ROLE \"\(scratch.role)\" CREATEDB") == true, "\(poor ?? [:])")
    // What the role needs is said as SQL.
    let grants = try site.decant("grants", "users").output
    #expect(grants.contains("-- On the scratch server of target.users"), "\(grants)")
    let line = grants.split(separator: "\n").first { $0.hasPrefix("ALTER ROLE \"\(scratch.role)\" CREATEDB;") }
    #expect(line?.hasSuffix("-- missing") == true, "\(grants)")
    try scratch.declare(
      Self.query, scratch: scratch.url().replacingOccurrences(of: "sslmode=verify-full", with: "sslmode=require"))
    #expect(try plan(site)["tls_unverified"]?["path"] as? String == "sanitize.dst_url")
  }

  /// Newer than the destination: a dump of it may use what the destination does not have.
  @Test func oneOfAnotherVersionIsAnError() throws {
    let server = try ScratchTests.scratch.get()
    let scratch = try ScratchSite(Self.people, on: server)
    let number = try server.run("SHOW server_version_num", database: "postgres")
    let major = try #require(Int(number)) / 10_000
    let relay = try VersionProxy(toPort: server.port, major: major + 1)
    try scratch.declare(
      Self.query, scratch: "postgresql://\(scratch.role):${DEV_PASS}@127.0.0.1:\(relay.port)/postgres?sslmode=disable")
    let said = try plan(scratch.site)["scratch_version"]
    #expect(said?["state"] as? String == "fails" && said?["severity"] as? String == "error", "\(said ?? [:])")
    let versions =
      "the scratch server is PostgreSQL \(major + 1), the source \(major) and the destination \(major): "
    #expect((said?["message"] as? String)?.hasPrefix(versions) == true, "\(said ?? [:])")
    let stopped = try scratch.site.decant("refresh", "users")
    #expect(stopped.status != 0 && stopped.all.contains("blocked: scratch_version"), "\(stopped.all)")
    #expect(try scratch.leftOver() == [])
  }

  /// What SQL hides is looked for in the rest of the copy, like what rules hide.
  @Test func originalsThatSQLHidesAreLookedFor() throws {
    let scratch = try ScratchSite(Self.people, on: try ScratchTests.scratch.get())
    let site = scratch.site
    try scratch.declare(Self.query)
    try site.refreshed()
    let before = try site.atCopy(AllRows.query)
    try site.atSource("UPDATE letters SET body = 'ask user77@kunden-post.de first' WHERE id = 9")
    let leak = try site.decant("refresh", "users")
    #expect(leak.status == 8 && leak.flat.contains("letters.body: 1 value is an original"), "\(leak.all)")
    #expect(!leak.flat.contains("user77@") && leak.flat.contains("id=9"), "\(leak.all)")
    #expect(try site.atCopy(AllRows.query) == before)
    #expect(try scratch.leftOver() == [])
    // Where a condition leaves rows as they are, nothing is looked for, and that is said.
    try scratch.declare(Self.query + " WHERE id <> (SELECT max(id) FROM users)")
    let said = try site.refreshed()
    #expect(said.flat.contains("the leak check does not know the originals of users.email"), "\(said.all)")
    // A block may do anything.
    try scratch.declare(Self.query + "; DO $$ BEGIN DELETE FROM letters WHERE id = 9; END $$")
    let block = try site.refreshed()
    #expect(block.flat.contains("is not known in full"), "\(block.all)")
  }
}
