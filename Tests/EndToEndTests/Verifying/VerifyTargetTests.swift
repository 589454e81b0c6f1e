import Foundation
import TestServers
import Testing

/// `decant verify TARGET` on a copy that was published whole and damaged afterwards: each damage is caught by the check that
/// is there for it, no value is said, and what is whole passes.
@Suite(.serialized, .timeLimit(.minutes(30)), .enabled(if: PostgreSQLServer.isAvailable, noServer))
struct VerifyTargetTests {
  /// What is done to the copy as a superuser, the check that fails, and a word of its sentence.
  struct Damage: Sendable, CustomTestStringConvertible {
    var name: String
    var sql: String
    var check: String
    var place: String
    var testDescription: String { name }
  }

  static let damages = [
    Damage(
      name: "an undeclared copy of a masked column",
      sql:
        "ALTER TABLE orders ADD extra text; UPDATE orders SET extra = 'user' || user_id || '@corp.example' WHERE id % 2 = 0",
      check: "leak", place: "orders.extra"),
    Damage(
      name: "an original in a partition's text",
      sql: "ALTER TABLE days ADD note text; UPDATE days SET note = 'mail user12@corp.example' WHERE n = 700",
      check: "leak", place: "days_2.note"),
    Damage(
      name: "an original in the schema",
      sql: "ALTER TABLE orders ADD CONSTRAINT c CHECK (total::text <> 'user12@corp.example')",
      check: "leak", place: "the schema's table orders"),
    Damage(
      name: "a value that no mask made", sql: "UPDATE users SET name = 'somebody' WHERE id = 7", check: "grammar",
      place: "users.name"),
    Damage(
      name: "a new personal column",
      sql: "ALTER TABLE users ADD backup_email text; UPDATE users SET backup_email = 'x' || id || '@gmail.com'",
      check: "coverage", place: "users.backup_email"),
    Damage(
      name: "an orphan",
      sql: "SET session_replication_role = replica; UPDATE orders SET user_id = 999999 WHERE id IN (3, 4)",
      check: "integrity", place: "orders_user_id_fkey"),
    Damage(
      name: "an orphan of a key that was never validated",
      sql:
        "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey; UPDATE orders SET user_id = 999999 WHERE id = 3; ALTER TABLE orders ADD CONSTRAINT loose FOREIGN KEY (user_id) REFERENCES users NOT VALID",
      check: "integrity", place: "loose"),
    Damage(
      name: "a lost row", sql: "DELETE FROM days WHERE n = 5", check: "integrity", place: "the copy"),
    Damage(
      name: "a sequence behind its column", sql: "SELECT setval('users_id_seq', 3)", check: "integrity",
      place: "users_id_seq"),
    Damage(
      name: "clear values in the statistics",
      sql: """
        ALTER TABLE orders SET (autovacuum_enabled = off);
        ALTER TABLE orders ADD extra text; UPDATE orders SET extra = 'user' || user_id || '@corp.example';
        ANALYZE orders; UPDATE orders SET extra = NULL
        """, check: "residue", place: "the statistics of orders.extra"),
    Damage(
      name: "a group that is too small", sql: "UPDATE users SET area = 'elsewhere' WHERE id = 9", check: "risk",
      place: "users (area)"),
  ]

  /// One copy for all of them: making one costs more than all that is asked of it.
  private static let made = Result { try VerifiedSite("copy") }

  private func site() throws -> VerifiedSite {
    let site = try Self.made.get()
    try site.restore()
    return site
  }

  @Test func everyDamageIsCaughtAndWhatIsWholePasses() throws {
    let site = try site()
    let whole = try site.verify()
    #expect(whole.status == 0, "\(whole.said)")
    #expect(whole.results.values.allSatisfy { $0 == "passed" } && whole.results.count == 6, "\(whole.results)")
    for damage in Self.damages {
      try site.restore()
      try site.run(damage.sql)
      let found = try site.verify()
      #expect(found.status == 8, "\(damage.name): \(found.said)")
      #expect(found.results[damage.check] == "failed", "\(damage.name): \(found.results)")
      #expect(found.places[damage.check]?.contains(damage.place) == true, "\(damage.name): \(found.places)")
      #expect(!found.said.contains("@corp.example") && !found.said.contains("user12"), "\(damage.name)")
    }
  }

  /// What lies in dead rows is found by a superuser with pageinspect, and said to be not checked by anybody else.
  @Test func deadRowsAreFoundOrSaidToBeUnchecked() throws {
    let site = try site()
    // Somebody who still sees the old rows keeps them from being pruned.
    let held = try HeldSession(site.site.server, site.destination, application: "holds dead rows")
    try held.say("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM users;")
    try site.site.server.wait(for: "holds dead rows", in: site.destination)
    defer { _ = try? held.end() }
    try site.run(
      """
      ALTER TABLE orders SET (autovacuum_enabled = off);
      UPDATE orders SET note = 'user' || user_id || '@corp.example'; UPDATE orders SET note = 'order'
      """)
    let role = try site.verify()
    #expect(role.status == 0 && role.results["residue"] == "not_checked", "\(role.said)")
    #expect(role.said.contains("pageinspect"))

    try site.run("CREATE EXTENSION pageinspect")
    let superuser = try site.verify(asSuperuser: true)
    #expect(superuser.status == 8 && superuser.results["residue"] == "failed", "\(superuser.said)")
    #expect(superuser.places["residue"]?.contains("dead rows of orders") == true, "\(superuser.places)")
  }

  /// The filter that a refresh has sealed serves where the source cannot be reached for; without it and without the source,
  /// nobody claims anything.
  @Test func theSealedFilterServesWithoutTheSource() throws {
    let site = try site()
    try site.run("UPDATE orders SET note = 'for user44@corp.example' WHERE id = 4")
    let found = try site.verify(withoutSource: true)
    #expect(found.status == 8 && found.results["leak"] == "failed", "\(found.said)")
    #expect(found.said.contains("the originals could not be asked"), "\(found.said)")
    #expect(found.said.contains("beside the snapshot"), "\(found.said)")

    let (kept, away) = ("\(site.workshop.folder)/kept", "\(site.workshop.folder)/away")
    try FileManager.default.moveItem(atPath: kept, toPath: away)
    defer { try? FileManager.default.moveItem(atPath: away, toPath: kept) }
    let unknown = try site.verify(withoutSource: true)
    #expect(unknown.results["leak"] == "not_checked" && unknown.results["residue"] == "not_checked", "\(unknown.said)")
    #expect(unknown.said.contains("sanitize.storage_profile"), "\(unknown.said)")

    let again = try site.verify()
    #expect(again.status == 8 && again.results["leak"] == "failed", "\(again.said)")
    #expect(again.said.contains("the source as it is now"), "\(again.said)")
  }

  /// Without the masking key nothing is opened, and grammar does not need it.
  @Test func anotherKeyOpensNoFilterAndGrammarNeedsNone() throws {
    let site = try site()
    let found = try site.verify(withoutSource: true, ["MASKING_KEY": String(repeating: "fedcba9876543210", count: 4)])
    #expect(found.results["leak"] == "not_checked" && found.results["grammar"] == "passed", "\(found.said)")
    #expect(found.said.contains("the masking key here is"), "\(found.said)")
  }

  /// What a terminal shows: the worst first, samples masked, rows by their keys.
  @Test func theTableIsReadable() throws {
    let site = try site()
    try site.run("UPDATE orders SET note = 'mail user44@corp.example' WHERE id IN (4, 5)")
    let said = try site.workshop.run(["verify", "shop"], site.variables)
    let lines = said.output.split(separator: "\n").map(String.init)
    #expect(said.status == 8, "\(said.all)")
    #expect(lines.first?.hasPrefix("target.shop · 127.0.0.1:") == true, "\(lines)")
    let failed = try #require(lines.firstIndex { $0.hasPrefix("  ✗ leak") }, "\(said.output)")
    let passed = try #require(lines.firstIndex { $0.hasPrefix("  ✓ grammar") }, "\(said.output)")
    #expect(failed < passed)
    #expect(said.output.contains("orders.note  2 values  u***@c***  (id 4, 5)"), "\(said.output)")
    #expect(said.output.contains("rows read in "), "\(said.output)")
    #expect(lines.last?.hasPrefix("Verification failed: 1 of 7 checks") == true, "\(lines)")
  }
}

extension PostgreSQLServer {
  /// Until a session of that name is idle inside of its transaction, which then has its snapshot.
  fileprivate func wait(for application: String, in database: String) throws {
    let question =
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(application)' AND datname = '\(database)' AND state = 'idle in transaction' AND backend_xmin IS NOT NULL"
    for _ in 0..<6_000 {
      if try run(question, database: "postgres") == "1" { return }
      usleep(10_000)
    }
    Issue.record("\(application) never came to stand still")
  }
}
