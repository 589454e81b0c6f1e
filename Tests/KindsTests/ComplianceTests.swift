import Documents
import Kinds
import Reconciliation
import Testing

/// What the report says of records, and of what it makes a thing to do.
struct ComplianceTests {
  private static let now = Timestamp("2026-11-21T12:00:00.000Z") ?? Timestamp(milliseconds: 0)

  private func record(_ address: Address, _ spec: String, isDeleted: Bool = false) -> Record {
    Record(
      address: address, spec: spec, revision: 1, updatedBy: "ana", updatedAt: Self.now,
      deletedAt: isDeleted ? Self.now : nil)
  }

  private func target(_ name: String, _ spec: String) -> Record { record(Address("target", name), spec) }

  private func report(
    _ records: [Record], _ snapshots: [SnapshotRow] = [], tls: String? = nil, proof: ComplianceReport.Proof? = nil
  ) -> ComplianceReport {
    ComplianceReport(of: records, snapshots, at: Self.now, requiring: tls) { _, _ in proof }
  }

  private static let url = "postgresql://ro:(literal)@prod/users?sslmode=verify-full"

  @Test func noTargetIsNoDivisionByZero() {
    let none = report([])
    #expect(none.percentMasked == nil && none.masked == 0 && none.defects.isEmpty)
  }

  @Test func whatMasksCountsAndNotWhatIsNamed() {
    let policies = [
      record(Address("sanitization", "masks"), #"{"tables":{"u":{"columns":{"e":{"strategy":"email"}}}}}"#),
      record(Address("sanitization", "keeps"), #"{"tables":{"u":{"columns":{"e":{"keep":"public"}}}}}"#),
      record(
        Address("sanitization", "gone"), #"{"tables":{"u":{"columns":{"e":{"strategy":"email"}}}}}"#, isDeleted: true),
    ]
    let found = report(
      policies + [
        target("a", #"{"sanitize":{"policy":"masks"},"sso_groups":["dev"]}"#),
        target("b", #"{"sanitize":{"policy":"keeps"},"sso_groups":["dev"]}"#),
        target("c", #"{"sanitize":{"override_query":"UPDATE u SET e = ''"}}"#), target("d", "{}"),
        target("e", #"{"sanitize":{"policy":"gone"}}"#),
      ])
    #expect(found.targets.map(\.isMasked) == [true, false, true, false, false])
    #expect(found.percentMasked == 40)
    #expect(found.defects == ["target.b is shared with dev, and nothing masks it"])
    #expect(found.groups.map(\.isDeclared) == [false] && found.groups[0].targets == ["a", "b"])
  }

  @Test(arguments: [
    ("require", "verify-full", true), ("require", "require", true), ("require", "prefer", false),
    ("verify-full", "verify-ca", false), ("verify-ca", "verify-full", true), ("prefer", "disable", false),
  ]) func aStricterModeThanAskedIsFine(_ asked: String, _ mode: String, _ isFine: Bool) {
    let spec = #"{"snapshot":{"src_url":"postgresql://ro@prod/users?sslmode=\#(mode)"}}"#
    #expect(report([target("a", spec)], tls: asked).defects.isEmpty == isFine)
  }

  @Test func environmentsSocketsAndNothingAskTheirOwn() {
    let environment = record(
      Address("environment", "prod"), #"{"host":"prod","database":"u","user":"ro","ssl_mode":"verify-ca"}"#)
    let found = report(
      [
        environment, target("a", #"{"source":{"environment":"prod"}}"#),
        target(
          "b", #"{"snapshot":{"src_url":"postgresql:///users?host=/run/postgresql","dst_url":"postgresql://h/u"}}"#),
      ], tls: "require")
    #expect(found.targets.map(\.sourceTLS) == ["verify-ca", nil])
    #expect(found.defects == ["target.b: its destination asks for sslmode=prefer, and require is required"])
  }

  private func snapshot(hoursAgo hours: Int, _ result: SnapshotRow.Verification.Result) -> SnapshotRow {
    let moment = Timestamp(milliseconds: Self.now.milliseconds - hours * 3_600_000)
    return SnapshotRow(
      SnapshotDraft(id: SnapshotID(at: moment), target: "a", kind: .sanitized), workspace: "shop", run: "r",
      actor: "ana",
      startedAt: moment, state: .published,
      content: SnapshotContent(
        tables: 1, rows: 2, databaseBytes: nil,
        verification: SnapshotRow.Verification(result, passed: 1, failed: result == .failed ? 1 : 0)))
  }

  @Test func copiesAndTheirProofsAreHeldAgainstWhatWasDeclared() {
    let spec = #"{"refresh":{"max_age":"24h"},"sanitize":{"override_query":"UPDATE u SET e = ''"}}"#
    #expect(report([target("a", spec)]).targets[0].isOverdue, "there is none at all")
    let fresh = report([target("a", spec)], [snapshot(hoursAgo: 2, .passed), snapshot(hoursAgo: 50, .failed)])
    #expect(!fresh.targets[0].isOverdue && !fresh.hasFailedVerification && fresh.defects.isEmpty)
    #expect(report([target("a", spec)], [snapshot(hoursAgo: 25, .passed)]).targets[0].isOverdue)
    let failed = report([target("a", spec)], [snapshot(hoursAgo: 2, .failed)])
    #expect(failed.hasFailedVerification && failed.defects.count == 1)
    let forged = report(
      [target("a", spec)], [snapshot(hoursAgo: 2, .passed)],
      proof: ComplianceReport.Proof(path: "p.json", defect: "its checksum does not fit what stands in it"))
    #expect(forged.defects == ["target.a: p.json: its checksum does not fit what stands in it"])
  }

  @Test func whatHasExpiredIsToBeDone() {
    let found = report([
      record(Address("sso_group", "agency"), #"{"expires_at":"2026-11-20"}"#),
      record(Address("sso_group", "today"), #"{"expires_at":"2026-11-21"}"#),
      record(Address("sso_group", "unused"), #"{"expires_at":"2020-01-01"}"#),
      target(
        "a",
        #"{"sanitize":{"override_query":"x"},"sso_groups":["agency","today"],"waive":[{"code":"tls_unverified","reason":"tunnel","until":"2026-11-20"},{"code":"copy_stale","reason":"slow"}]}"#
      ),
    ])
    #expect(
      found.defects == [
        "sso_group.agency has expired, and still opens a", "target.a: the waiver of tls_unverified has expired",
      ])
    #expect(found.waivers.map(\.isExpired) == [true, false])
  }

  @Test func exitCodesTellWhatIsWrong() {
    var report = Report(command: "audit report")
    report.compliance = self.report([])
    #expect(report.exit == .ok)
    report.compliance = self.report([target("a", #"{"sso_groups":["dev"]}"#)])
    #expect(report.exit == .blocked)
    report.compliance = self.report([target("a", "{}")], [snapshot(hoursAgo: 1, .failed)])
    #expect(report.exit == .verificationFailed)
    report.auditVerdict = .broken(number: 3, reason: "its hash is another")
    #expect(report.exit == .error)
  }
}
