import Documents
import Foundation
import Reconciliation
import TestServers
import Testing

/// A source whose schema changes between a plan and its apply: what was reviewed is not what would be copied.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct MovedSourceTests {
  private static let script = """
    CREATE TABLE users (id int PRIMARY KEY, email text, note text);
    CREATE TABLE notes (id int PRIMARY KEY, v varchar(10));
    INSERT INTO users VALUES (1, 'ceo@x.com', 'n'); INSERT INTO notes VALUES (1, 'v');

    """

  private static func site() throws -> FaithfulSite {
    let site = try FaithfulSite(script)
    try site.declare(
      "tables: {users: {columns: {email: {strategy: email, domain: anon.local}, note: {keep: reviewed}}}}")
    return site
  }

  /// Plans a copy; the records are written before, so that nothing else is in the plan.
  private static func planned(_ site: FaithfulSite) throws -> (file: String, digest: String) {
    let records = try site.decant("apply", "--auto-approve")
    try #require(records.status == 0, "\(records.all)")
    try site.atSource(
      "ALTER TABLE users ADD planned int; GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(site.reader)")
    let plan = try site.decant("plan", "--out", "the.plan")
    try #require(plan.status == 0 && plan.output.contains("» target.users"), "\(plan.all)")
    let file = try #require(plan.output.firstMatch(of: /apply the\.plan --digest (sha256:[0-9a-f]{64})/)).1
    return (String(file), try digest(site))
  }

  /// Of the plan as it is now.
  private static func digest(_ site: FaithfulSite) throws -> String {
    let plan = try site.decant("plan")
    return String(try #require(plan.output.firstMatch(of: /apply --digest (sha256:[0-9a-f]{64})/), "\(plan.all)").1)
  }

  @Test(arguments: [
    ("ALTER TABLE users DROP note", "public.users.note is gone"),
    ("ALTER TABLE users ADD ssn text", "public.users.ssn is new"),
    ("ALTER TABLE notes ALTER v TYPE text", "public.notes.v is defined otherwise"),
    ("CREATE TABLE more (id int PRIMARY KEY)", "public.more is new"),
    (
      "ALTER TABLE notes ADD CONSTRAINT short CHECK (length(v) < 5)",
      "keys, checks, triggers or partitions of public.notes are others"
    ),
  ])
  func aSavedPlanIsStale(_ change: String, _ named: String) throws {
    let site = try Self.site()
    let (digest, _) = try Self.planned(site)
    let before = try site.atCopy("SELECT count(*), max(email) FROM users")
    try site.atSource("\(change); GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(site.reader)")
    let snapshots = try site.decant("snapshots", "users", "--json").output
    let refused = try site.decant("apply", "the.plan", "--digest", digest)
    #expect(refused.status == 4, "\(refused.all)")
    #expect(
      refused.flat.contains("the source's schema is not the one that was planned with: \(named)"), "\(refused.all)")
    #expect(refused.flat.contains("the previous copy is untouched. Plan again"), "\(refused.all)")
    // Nothing was written: neither a database nor a row of the catalogue.
    #expect(try site.databases() == [site.destination])
    #expect(try site.atCopy("SELECT count(*), max(email) FROM users") == before)
    let after = try site.decant("snapshots", "users", "--json").output
    #expect(after.withoutTimes == snapshots.withoutTimes)
  }

  @Test func whatWasPlannedIsApplied() throws {
    let site = try Self.site()
    let (digest, _) = try Self.planned(site)
    try site.atSource("INSERT INTO users VALUES (2, 'dev@x.com', 'm')")
    let applied = try site.decant("apply", "the.plan", "--digest", digest)
    #expect(applied.status == 0, "\(applied.all)")
    #expect(try site.atCopy("SELECT count(*), count(planned) FROM users") == "2|0")
  }

  @Test func aDigestHoldsTheSchema() throws {
    let site = try Self.site()
    let (_, digest) = try Self.planned(site)
    try site.atSource("ALTER TABLE notes ALTER v TYPE text")
    let refused = try site.decant("apply", "--digest", digest)
    #expect(refused.status == 4, "\(refused.all)")
    #expect(try site.databases() == [site.destination])
    let applied = try site.decant("apply", "--digest", try Self.digest(site))
    #expect(applied.status == 0, "\(applied.all)")
  }

  /// The schema of the last copy tells whether the source's is all that has moved since the review; where two things have,
  /// nothing is claimed.
  @Test func aSchemaThatAloneHasMovedIsSaid() throws {
    let site = try Self.site()
    #expect(try site.decant("apply", "--auto-approve").status == 0)
    func declare(_ domain: String) throws {
      try site.declare(
        "tables: {users: {columns: {email: {strategy: email, domain: \(domain)}, note: {keep: reviewed}}}}")
    }
    try declare("other.local")
    let digest = try Self.digest(site)
    try site.atSource("ALTER TABLE notes ALTER v TYPE text")
    let refused = try site.decant("apply", "--digest", digest)
    #expect(refused.status == 4, "\(refused.all)")
    let said = "what moved is the schema of the source of target.users"
    #expect(refused.flat.contains(said) && refused.flat.contains("decant plan --out FILE"), "\(refused.all)")
    let json = try site.decant("apply", "--digest", digest, "--json").json
    #expect(json?["moved_sources"] as? [String] == ["target.users"])
    for form in ["--markdown", "--html"] {
      let page = try site.decant("apply", "--digest", digest, form)
      #expect(page.status == 4 && page.flat.contains("what moved is the schema of the source"), "\(page.all)")
    }
    try site.declare(
      "tables: {users: {columns: {email: {strategy: hash}, note: {keep: reviewed}}}}",
      target: "sso_groups: []\nprotected: true")
    let both = try site.decant("apply", "--digest", digest)
    #expect(both.status == 4 && !both.flat.contains(said), "\(both.all)")
    #expect(both.flat.contains("A digest does not tell what has moved since"), "\(both.all)")
  }

  /// A review without databases binds no schema, and what was reviewed is applied with them.
  @Test func aReviewWithoutDatabasesIsApplied() throws {
    let site = try Self.site()
    #expect(try site.decant("apply", "--auto-approve").status == 0)
    try site.declare(
      "tables: {users: {columns: {email: {strategy: email, domain: other.local}, note: {keep: reviewed}}}}")
    let plan = try site.decant("plan", "--no-observe")
    let digest = String(
      try #require(plan.output.firstMatch(of: /apply --digest (sha256:[0-9a-f]{64})/), "\(plan.all)").1)
    #expect(plan.output.contains("» target.users"), "\(plan.all)")
    let applied = try site.decant("apply", "--digest", digest)
    #expect(applied.status == 0, "\(applied.all)")
    #expect(try site.atCopy("SELECT count(*) FROM users WHERE email NOT LIKE '%@other.local'") == "0")
  }

  /// By name nothing was reviewed: the copy is of what is there now.
  @Test func whoAsksByNameGetsWhatIsThere() throws {
    let site = try Self.site()
    _ = try Self.planned(site)
    try site.atSource("ALTER TABLE notes ALTER v TYPE text")
    try site.refreshed()
  }

  /// Between the study and the locks of one run.
  @Test func theLeaderComparesWithWhatWasPlanned() throws {
    let site = try FaithfulSite(Self.script)
    var order = site.order(["users": ["columns": ["email": ["strategy": "email", "domain": "anon.local"]]]])
    guard case .success(let study) = try site.study(order) else { Issue.record("not studied"); return }
    order.planned = study.shape
    try #require(try site.refresh(order).summary != nil)
    try site.atSource("ALTER TABLE users DROP note; ALTER TABLE users ADD extra int")
    guard case .stale(let why) = try site.refresh(order) else { Issue.record("not stale"); return }
    #expect(why.hasSuffix("planned with: public.users.extra is new; public.users.note is gone"), "\(why)")
    #expect(try site.databases() == [site.destination])
  }
}

extension String {
  fileprivate var withoutTimes: String { replacing(/"(elapsed_ms|seen_at|age_seconds|elapsed)": ?[^,\n}]*/, with: "") }
}
