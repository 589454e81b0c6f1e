import Documents
import Kinds
import Testing

@testable import Reconciliation

/// When a copy has to be made anew, and what becomes of that in a plan and in an apply.
struct FreshnessTests {
  private static let yaml = """
    targets:
      t:
        snapshot: {src_url: "postgresql://ro@a/prod", dst_url: "postgresql://dev@b/dev"}
        sanitize: {override_query: "UPDATE users SET email = 'x'"}
        refresh: {max_age: 24h}
    """
  private static let target = Address("target", "t")
  private static let now = Timestamp("2026-11-21T12:00:00Z")

  private static func published(
    _ built: String = "2026-11-21T00:00:00Z", policy: String = "p", key: String? = "k", schema: String = "f"
  ) throws -> PublishedCopy {
    PublishedCopy(
      snapshot: "s1", builtAt: try #require(Timestamp(built)), policyDigest: policy, keyID: key,
      schemaFingerprint: schema, bytesPerSecond: 10)
  }

  private static let study = CopyStudy(tables: 3, bytes: 6_000, schemaFingerprint: "f", keyID: "k")

  private static func plan(
    _ published: PublishedCopy?, study: CopyStudy? = study, maxAge: Int? = 86_400, conditions: [Condition] = [],
    refreshing: Set<Address>? = nil
  ) throws -> Plan {
    let reading = try read(yaml)
    #expect(reading.diagnostics.filter { $0.severity == .error }.isEmpty)
    let object = try #require(reading.declaration[target])
    let at = try #require(now)
    let record = Record(
      address: target, spec: object.text, revision: 2, updatedBy: "me", updatedAt: at,
      applied: .init(spec: object.text, revision: 2, plan: "", by: "me", at: at), owner: "shop")
    let copy = CopyObservation(
      address: target, destination: "dev", maxAge: maxAge, policyDigest: "p", published: published, study: study)
    return compare(
      reading.declaration,
      with: Observation(at: at, records: [record], conditions: conditions, copies: [copy]), in: .decant,
      refreshing: refreshing)
  }

  @Test func eachReasonHasItsCause() throws {
    func reason(_ published: PublishedCopy?, _ study: CopyStudy? = Self.study) throws -> String? {
      try Self.plan(published, study: study).actions.first?.reason.rawValue
    }
    #expect(try reason(nil) == "never_built")
    #expect(try reason(Self.published()) == nil)
    #expect(try reason(Self.published("2026-11-20T11:59:00Z")) == "older_than_max_age")
    #expect(try reason(Self.published(policy: "q")) == "policy_changed")
    #expect(try reason(Self.published(key: "l")) == "key_changed")
    #expect(try reason(Self.published(schema: "g")) == "source_schema_changed")
    // What could not be read is no reason; the age is known all the same.
    #expect(try reason(Self.published(key: "l", schema: "g"), nil) == nil)
    #expect(try reason(Self.published("2026-11-20T11:59:00Z"), nil) == "older_than_max_age")
  }

  @Test func aRefreshSaysWhatItIsAbout() throws {
    let action = try #require(try Self.plan(Self.published("2026-11-20T05:00:00Z")).actions.first)
    #expect(action.verb == .refresh && action.changes.isEmpty && action.blockedBy.isEmpty)
    let preview = CopyPreview(
      destination: "dev", tables: 3, bytes: 6_000, estimatedSeconds: 600, age: 31 * 3_600, maxAge: 86_400,
      copiedSchema: "f")
    #expect(action.copy == preview)
  }

  /// The plan that was reviewed today is the same tomorrow, although a copy has become too old meanwhile.
  @Test func timeAloneChangesNoDigest() throws {
    let fresh = try Self.plan(Self.published())
    let stale = try Self.plan(Self.published("2026-11-19T00:00:00Z"))
    #expect(fresh.actions.isEmpty && stale.refreshes.count == 1 && stale.digest == fresh.digest)
    #expect(try Self.plan(nil).digest != fresh.digest)
    #expect(try Self.plan(Self.published(policy: "q")).digest != fresh.digest)
  }

  /// What a copy would be made of is reviewed with it.
  @Test func anotherSchemaOfTheSourceIsAnotherDigest() throws {
    func digest(_ fingerprint: String?) throws -> String {
      var study = Self.study
      study.shape = fingerprint.map { SourceShape(fingerprint: $0, tables: [:], rest: "") }
      return try Self.plan(nil, study: study).digest
    }
    #expect(try digest("a") == digest("a"))
    #expect(try digest("a") != digest("b"))
    #expect(try digest(nil) != digest("a"))
  }

  /// Of the reviewed plan nothing but the digest is left; the last copy's schema tells whether that is all that moved.
  @Test func aSchemaThatAloneHasMovedIsKnown() throws {
    func plan(_ published: PublishedCopy?, _ fingerprint: String, maxAge: Int = 86_400) throws -> Plan {
      let study = CopyStudy(
        tables: 3, bytes: 6_000, schemaFingerprint: fingerprint, keyID: "k",
        shape: SourceShape(fingerprint: fingerprint, tables: [:], rest: ""))
      return try Self.plan(published, study: study, maxAge: maxAge)
    }
    // A copy that the policy asks for was reviewed, and one that nothing asked for.
    let asked = (try plan(Self.published(policy: "q"), "f"), try plan(Self.published(policy: "q"), "g"))
    #expect(asked.0.digest != asked.1.digest && asked.1.sourcesMoved(since: asked.0.digest) == [Self.target])
    let unasked = (try plan(Self.published(), "f"), try plan(Self.published(), "g"))
    #expect(unasked.0.actions.isEmpty && unasked.1.sourcesMoved(since: unasked.0.digest) == [Self.target])
    // Where there was no copy, or one of a third schema, and where something else is another one, nothing is said.
    #expect(try plan(nil, "g").sourcesMoved(since: plan(nil, "f").digest) == nil)
    #expect(try plan(Self.published(policy: "q", schema: "e"), "g").sourcesMoved(since: asked.0.digest) == nil)
    #expect(asked.1.sourcesMoved(since: "sha256:" + String(repeating: "0", count: 64)) == nil)
  }

  @Test func whatIsUnknownBlocksACopyAndNoRecord() throws {
    let unknown = Condition("source_reachable", .error, Self.target, .unknown("no answer"))
    let blocked = try Self.plan(nil, conditions: [unknown])
    #expect(blocked.refreshes.map(\.blockedBy) == [["source_reachable"]] && !blocked.hasBlockingCause)
    let warned = try Self.plan(nil, conditions: [Condition("x", .warning, Self.target, .unknown("?"))])
    #expect(warned.refreshes.map(\.blockedBy) == [[]])
    let failing = try Self.plan(nil, conditions: [Condition("uncovered", .error, Self.target, .fails("!"))])
    #expect(failing.refreshes.map(\.blockedBy) == [["uncovered"]] && failing.hasBlockingCause)
  }

  @Test func withoutMaxAgeOnlyWhoAsksGetsACopy() throws {
    #expect(try Self.plan(nil, maxAge: nil).actions.isEmpty)
    let asked = try Self.plan(Self.published(), maxAge: nil, refreshing: [Self.target])
    #expect(asked.actions.map(\.reason) == [.requested] && asked.partial == nil)
    #expect(try Self.plan(nil, refreshing: [Self.target]).actions.map(\.reason) == [.neverBuilt])
  }

  // MARK: - Carrying it out

  private static let summary = CopySummary(snapshot: "s2", tables: 3, rows: 7, bytes: 9, duration: .seconds(1))

  private static func outcome(of made: CopyResult) throws -> (Outcome, ApplyResult) {
    var result = ApplyResult(outcomes: [])
    Refreshing(try plan(nil)) { _ in made }.run(after: &result) { _ in }
    return (try #require(result.outcomes.first), result)
  }

  @Test func eachEndOfACopyIsSaid() throws {
    #expect(try Self.outcome(of: .published(Self.summary)).0.state == .copied(Self.summary))
    #expect(try Self.outcome(of: .failed("no space", hint: nil)).0.message == "no space")
    #expect(try Self.outcome(of: .failed("no space", hint: "Make some")).0.message == "no space. Make some")
    let refused = try Self.outcome(of: .refused("1 of 2 checks failed", nil)).0
    #expect(refused.message == "1 of 2 checks failed; the previous copy is untouched")
    let waiting = try Self.outcome(of: .waiting(Self.summary, sessions: ["ana from 10.0.0.7"], .init(target: "users")))
      .0
    #expect(waiting.message?.contains("ana from 10.0.0.7") == true && waiting.word == "failed")
    #expect(waiting.message?.contains("When they are gone: decant publish ") == true)
    let stale = try Self.outcome(of: .stale("public.users is gone"))
    #expect(stale.0.message == "public.users is gone; the previous copy is untouched. Plan again" && stale.1.isStale)
    let unknown = try Self.outcome(of: .unknown("the copy is in place, and nobody knows it")).0
    #expect(unknown.word == "unknown" && unknown.message == "the copy is in place, and nobody knows it")
    let interrupted = try Self.outcome(of: .interrupted)
    #expect(interrupted.0.word == "not_attempted" && interrupted.1.stop == .interrupted)
    let lease = Lease(name: "refresh/shop/t", holder: "bo", token: 1, expiresAt: try #require(Self.now))
    #expect(try Self.outcome(of: .leaseHeld(lease)).1.stop == .leaseHeld(lease))
  }

  @Test func aBlockedCopyIsNotMade() throws {
    let unknown = Condition("source_reachable", .error, Self.target, .unknown("no answer"))
    let plan = try Self.plan(nil, conditions: [unknown])
    var result = ApplyResult(outcomes: [])
    Refreshing(plan) { _ in .published(Self.summary) }.run(after: &result) { _ in }
    #expect(result.outcomes.map(\.state) == [.blocked(["source_reachable"])])
    #expect(result.outcomes.map(\.obstacles) == [["no answer"]])
  }
}
