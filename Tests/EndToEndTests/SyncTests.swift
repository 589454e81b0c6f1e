import Foundation
import TestServers
import Testing

/// `decant sync` by the real program on a real server.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, "\(PostgreSQLServer.unavailable ?? "")"), .timeLimit(.minutes(30)))
struct SyncTests {
  /// Two environments, and no target that leads from one to the other.
  private final class Site: Sendable {
    let site: DisturbedSite
    let workshop: Workshop
    let destination: String

    init() throws {
      site = try DisturbedSite(rows: 300)
      destination = site.server.uniqueName("sync_copy")
      let port = site.server.port
      workshop = try Workshop(
        """
        decant: {workspace: shop, masking: {key: "${MASKING_KEY}"}}
        environments:
          production: {host: 127.0.0.1, port: \(port), database: \(site.source), user: \(site.reader), password: "${PW}", ssl_mode: disable, readonly: true}
          staging: {host: 127.0.0.1, port: \(port), database: \(destination), user: \(site.writer), password: "${PW}", ssl_mode: disable}
          disguised: {host: localhost, port: \(port), database: \(site.source), user: \(site.writer), password: "${PW}", ssl_mode: disable}
        sanitizations:
          pii:
            tables:
              users: {columns: {email: {strategy: email, domain: anon.example}, name: {strategy: name}}}
            checks:
              - {name: no foreign domain, query: "SELECT count(*) FROM users WHERE email NOT LIKE '%@anon.example'"}

        """)
    }

    @discardableResult
    func sync(_ way: String, _ more: [String] = [], expecting status: Int32) throws -> Ended {
      try decant(["sync", way] + more, expecting: status)
    }

    @discardableResult
    func decant(_ words: [String], expecting status: Int32) throws -> Ended {
      let ended = try workshop.run(
        words,
        [
          "PW": DisturbedSite.password, "MASKING_KEY": String(repeating: "0123456789abcdef", count: 4),
          "PGBINDIR": site.server.binaries,
        ])
      #expect(ended.status == status, "\(words): \(ended.all)")
      return ended
    }

    @discardableResult func ask(_ sql: String) throws -> String { try site.server.run(sql, database: destination) }
  }

  private static let masked = "--anonymize"
  private static let way = "production-to-staging"

  @Test func itFailsClosed() throws {
    let site = try Site()
    for more in [[], ["--force"], ["--resume"], ["--dry-run"]] {
      #expect(try site.sync(Self.way, more, expecting: 1).all.contains("only masked copies are given out"))
    }
    let databases = try site.site.server.run(
      "SELECT count(*) FROM pg_database WHERE datname LIKE '\(site.destination)%'", database: "postgres")
    #expect(databases == "0")
  }

  @Test func itMasksAndLeavesNothingElse() throws {
    let site = try Site()
    // Nothing is there, so nobody has to consent.
    try site.sync(Self.way, [Self.masked, "--verify"], expecting: 0)
    #expect(
      try site.ask("SELECT count(*), count(*) FILTER (WHERE email LIKE '%@anon.example') FROM users") == "300|300")
    // Nothing but its copies is known of this way, and they are found by its name.
    let listed = try site.decant(["snapshots", Self.way, "--json"], expecting: 0)
    let rows = try #require(listed.json?["snapshots"] as? [[String: Any]], "\(listed.all)")
    #expect(listed.json?["name"] as? String == Self.way)
    #expect(rows.count == 1 && rows[0]["state"] as? String == "published", "\(listed.all)")
    let spoken = try site.decant(["snapshots", Self.way], expecting: 0).output
    #expect(spoken.contains("published") && spoken.contains("1 snapshot."), "\(spoken)")
    #expect(try site.decant(["target", Self.way], expecting: 0).output.contains("no record: made by `decant sync`"))
    let none = try site.decant(["snapshots", "staging-to-production"], expecting: 1).all
    #expect(none.contains("no such target") && none.contains("there: \(Self.way)"), "\(none)")
    // A copy of ours is replaced without a question.
    try site.ask("DROP TABLE orders CASCADE")
    try site.sync(Self.way, [Self.masked], expecting: 0)
    #expect(try site.ask("SELECT count(*) FROM orders") == "600")
    // By name it is another database by now.
    try site.site.server.run("DROP DATABASE \(site.destination)", database: "postgres")
    try site.site.server.run("CREATE DATABASE \(site.destination) OWNER \(site.site.writer)", database: "postgres")
    try site.ask("CREATE TABLE precious (i int)")
    let refused = try site.sync(Self.way, [Self.masked], expecting: 1)
    #expect(refused.error.contains("that Decant did not make") && refused.error.contains("--force"))
    #expect(try site.ask("SELECT count(*) FROM precious") == "0")
    try site.sync(Self.way, [Self.masked, "--force"], expecting: 0)
    #expect(try site.ask("SELECT count(*) FROM users") == "300")
  }

  /// The declaration knows two environments, and it is one database: only a lock can tell.
  @Test func theSourceIsNeverItsOwnCopy() throws {
    let site = try Site()
    let dry = try site.sync("production-to-disguised", [Self.masked, "--dry-run"], expecting: 9)
    #expect(dry.output.contains("same_source_and_destination"), "\(dry.all)")
    let ended = try site.sync("production-to-disguised", [Self.masked, "--force"], expecting: 9)
    #expect(ended.output.contains("blocked"), "\(ended.all)")
    #expect(try site.site.server.run("SELECT count(*) FROM users", database: site.site.source) == "300")
    #expect(try site.sync("staging-to-production", [Self.masked, "--force"], expecting: 1).error.contains("readonly"))
  }

  /// A check that fails keeps the copy, although the policy would publish it.
  @Test func verifyingHoldsWhatThePolicyLetsGo() throws {
    let site = try Site()
    let text = try String(contentsOfFile: "\(site.workshop.folder)/decant.yaml", encoding: .utf8)
    let lax = text.replacingOccurrences(
      of: "  pii:\n", with: "  pii:\n    global: {verify_after_sync: false, fail_on_pii_leak: false}\n"
    )
    .replacingOccurrences(of: "email NOT LIKE", with: "email LIKE")
    try site.workshop.write(lax)
    try site.sync(Self.way, [Self.masked], expecting: 0)
    let before = try site.ask("SELECT oid FROM pg_database WHERE datname = current_database()")
    let failed = try site.sync(Self.way, [Self.masked, "--verify"], expecting: 8)
    #expect(failed.output.contains("no foreign domain"), "\(failed.all)")
    #expect(try site.ask("SELECT oid FROM pg_database WHERE datname = current_database()") == before)
  }

  /// Who is connected is waited for; what is said to be typed then is right for a copy that no target is declared for.
  @Test func aFinishedCopyIsPutInPlaceByResuming() throws {
    let site = try Site()
    try site.sync(Self.way, [Self.masked], expecting: 0)
    let before = try site.ask("SELECT oid FROM pg_database WHERE datname = current_database()")
    let text = try String(contentsOfFile: "\(site.workshop.folder)/decant.yaml", encoding: .utf8)
    try site.workshop.write(
      text
        + "targets: {t: {source: {environment: production}, destination: {environment: staging}, sanitize: {policy: pii}, refresh: {wait: 1s}}}\n"
    )
    let holder = try HeldSession(site.site.server, site.destination, application: "sync holder")
    try holder.say("SELECT 1;")
    #expect(
      try eventually {
        try site.site.server.run(
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sync holder' AND state = 'idle'",
          database: "postgres") == "1"
      })
    let waiting = try site.sync(Self.way, [Self.masked, "--audit-log", "log.jsonl"], expecting: 1)
    #expect(waiting.output.contains("sync holder") && waiting.output.contains("decant publish t"), "\(waiting.all)")
    // What has failed is in the log too.
    let lines = try String(contentsOfFile: "\(site.workshop.folder)/log.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 4 && lines.allSatisfy { $0.hasPrefix("{") && $0.contains("\"snapshot ") }, "\(lines)")
    #expect(try site.ask("SELECT oid FROM pg_database WHERE datname = current_database()") == before)
    try holder.end()
    let resumed = try site.sync(Self.way, [Self.masked, "--resume"], expecting: 0)
    #expect(resumed.output.contains("nothing was copied again"), "\(resumed.all)")
    #expect(try site.ask("SELECT oid FROM pg_database WHERE datname = current_database()") != before)
  }

  /// An unwritable log is known before anything is done.
  @Test func aLogThatCannotBeWrittenStopsEverything() throws {
    let site = try Site()
    let ended = try site.sync(Self.way, [Self.masked, "--audit-log", "nowhere/log.jsonl"], expecting: 1)
    #expect(ended.error.contains("log.jsonl"))
    #expect(!FileManager.default.fileExists(atPath: "\(site.workshop.folder)/.decant"))
    try site.sync(Self.way, [Self.masked, "--dry-run", "--audit-log", "log.jsonl"], expecting: 1)
  }
}
