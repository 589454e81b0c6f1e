import Documents
import Foundation
import Kinds
import Reconciliation
import Testing

/// Desired, live and last applied, and what follows from them.
struct CompareTests {
  static let address = Address("storage_profile", "s")

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Buckets: nothing means "not there".
    var desired: String?
    var live: String?
    var applied: String?
    var isManaged = true
    var isDeleted = false
    var isProtected = false
    let expected: String

    init(
      _ title: String, desired: String? = nil, live: String? = nil, applied: String? = nil, managed: Bool = true,
      deleted: Bool = false, protected: Bool = false, _ expected: String
    ) {
      (testDescription, self.desired, self.live, self.applied) = (title, desired, live, applied)
      (isManaged, isDeleted, isProtected, self.expected) = (managed, deleted, protected, expected)
    }
  }

  /// The letters are prefixes of a profile; `r:` before one names another bucket, which replaces.
  static let cases = [
    Case("new in the files", desired: "a", "create new_in_files: bucket,prefix,provider"),
    Case("as it is", desired: "a", live: "a", applied: "a", ""),
    Case("changed in the files", desired: "b", live: "a", applied: "a", "update changed_in_files: prefix"),
    Case("drifted", desired: "a", live: "b", applied: "a", "update drifted: prefix; drift: prefix"),
    Case(
      "changed on both sides", desired: "b", live: "c", applied: "a",
      "update changed_in_files_and_drifted: prefix; drift: prefix"),
    Case(
      "changed alike outside", desired: "b", live: "b", applied: "a",
      "adopt changed_outside_alike: prefix; drift: prefix"),
    Case("removed from the files", live: "a", applied: "a", "delete removed_from_files: "),
    Case("removed and drifted", live: "b", applied: "a", "delete removed_from_files: ; drift: prefix"),
    Case(
      "deleted outside", desired: "a", live: "a", applied: "a", deleted: true,
      "create deleted_outside: bucket,prefix,provider; drift: deleted"),
    Case(
      "deleted by us, declared again", desired: "a", live: "a", deleted: true,
      "create new_in_files: bucket,prefix,provider"),
    Case("deleted outside, not declared", live: "a", applied: "a", deleted: true, ""),
    Case("unmanaged and declared", desired: "a", live: "b", managed: false, "adopt declared_unmanaged: prefix"),
    Case("unmanaged, alike and declared", desired: "a", live: "a", managed: false, "adopt declared_unmanaged: "),
    Case("unmanaged", live: "a", managed: false, "unmanaged"),
    Case("a field that replaces", desired: "r:a", live: "a", applied: "a", "replace changed_in_files: bucket"),
    Case(
      "a protected one replaced", desired: "r:a", live: "a", applied: "a", protected: true,
      "replace changed_in_files: bucket,protected; brake: protected"),
    Case(
      "a protected one removed", live: "a", applied: "a", protected: true,
      "delete removed_from_files: ; brake: protected"),
    Case(
      "live is no JSON", desired: "a", live: "broken", applied: "a",
      "update drifted: .; drift: ."),
  ]

  private static func spec(_ word: String, protected: Bool = false) -> String {
    if word == "broken" { return "{" }
    var fields: Fields = [
      "provider": "s3", "bucket": word.hasPrefix("r:") ? "other" : "b", "prefix": .string(String(word.suffix(1))),
    ]
    if protected { fields["protected"] = true }
    return JSON.canonical(.object(fields))
  }

  private static func plan(_ one: Case) throws -> Plan {
    let members = one.desired.map { ["  s: \(spec($0))"] } ?? []
    let yaml = (["sso_groups: {other: {}}", "storage_profiles:"] + members).joined(separator: "\n")
    let reading = try read(yaml)
    #expect(reading.diagnostics.isEmpty)
    let at = try #require(Timestamp("2026-11-21T12:00:00Z"))
    let record = one.live.map { live in
      Record(
        address: address, spec: spec(live, protected: one.isProtected), revision: 4, updatedBy: "eve", updatedAt: at,
        applied: one.applied.map {
          .init(spec: spec($0, protected: one.isProtected), revision: 3, plan: "", by: "me", at: at)
        },
        owner: one.isManaged ? "shop" : nil, isProtected: one.isProtected, deletedAt: one.isDeleted ? at : nil)
    }
    let other = Record(
      address: Address("sso_group", "other"), spec: "{}", revision: 1, updatedBy: "me", updatedAt: at,
      applied: .init(spec: "{}", revision: 1, plan: "", by: "me", at: at), owner: "shop")
    return compare(
      reading.declaration, with: Observation(at: at, records: [other] + [record].compactMap { $0 }, conditions: []),
      in: .decant)
  }

  @Test(arguments: cases)
  func hasOneActionForOneReason(one: Case) throws {
    let plan = try Self.plan(one)
    var parts = plan.actions.map {
      "\($0.verb.rawValue) \($0.reason.rawValue): \($0.changes.map(\.path).sorted().joined(separator: ","))"
    }
    parts += plan.drift.map { "drift: \($0.isDeleted ? "deleted" : $0.changes.map(\.path).joined(separator: ","))" }
    parts += plan.unmanaged.map { _ in "unmanaged" } + plan.brake.map { "brake: \($0.code)" }
    #expect(parts.joined(separator: "; ") == one.expected)
  }

  static let chain = """
    storage_profiles: {s: {provider: local, path: x}}
    targets: {t: {snapshot: {src_url: "postgresql://h/d"}, storage_profile: s}, u: {snapshot: {src_url: "postgresql://h/d"}}}
    """

  private func plan(_ conditions: [Condition], at: String = "2026-11-21T12:00:00Z") throws -> Plan {
    let at = try #require(Timestamp(at))
    return try compare(
      read(Self.chain).declaration, with: Observation(at: at, records: [], conditions: conditions), in: .decant)
  }

  @Test func aFailingConditionBlocksItsObjectAndDependents() throws {
    let blocked = try plan([Condition("bucket_public", .error, Address("storage_profile", "s"), .fails("it is"))])
    #expect(
      blocked.blocked.map { "\($0.address) by \($0.blockedBy)" } == [
        "storage_profile.s by [\"bucket_public\"]", "target.t by [\"storage_profile.s\"]",
      ])
    #expect(
      try plan([Condition("bucket_public", .error, Address("storage_profile", "s"), .unknown("?"))]).blocked.isEmpty)
    #expect(
      try plan([Condition("bucket_public", .warning, Address("storage_profile", "s"), .fails("it is"))]).blocked.isEmpty
    )
    #expect(blocked.actions.first { $0.address.name == "t" }?.after == [Address("storage_profile", "s")])
  }

  @Test func theDigestIsOverActionsSeenRevisionsAndSpecs() throws {
    let first = try plan([])
    let condition = Condition("x", .warning, Address("target", "t"), .fails("y"))
    #expect(try plan([condition], at: "2027-01-01T00:00:00Z").digest == first.digest)
    let other = try read(Self.chain.replacingOccurrences(of: "path: x", with: "path: y")).declaration
    #expect(
      compare(other, with: Observation(at: first.seenAt, records: [], conditions: []), in: .decant).digest
        != first.digest)
    let deleted = Record(
      address: Address("target", "u"), spec: "{}", revision: 7, updatedBy: "me", updatedAt: first.seenAt,
      deletedAt: first.seenAt)
    let seen = Observation(at: first.seenAt, records: [deleted], conditions: [])
    #expect(try compare(read(Self.chain).declaration, with: seen, in: .decant).digest != first.digest)
    func digest(_ record: Record) throws -> String {
      let seen = Observation(at: record.updatedAt, records: [record], conditions: [])
      return try compare(read(Self.chain).declaration, with: seen, in: .decant).digest
    }
    var (renamed, revised) = (deleted, deleted)
    (renamed.updatedBy, renamed.updatedAt, revised.revision) = ("somebody", Timestamp(milliseconds: 0), 8)
    #expect(try digest(renamed) == digest(deleted))
    #expect(try digest(revised) != digest(deleted))
  }
}
