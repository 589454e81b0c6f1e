import Documents
import Kinds
import Reconciliation
import Testing

struct FindingsTests {
  /// Those that these tests are about; what SQL and connections say has tests of its own.
  private func findings(_ yaml: String, on day: String = "2026-11-21") throws -> [Finding] {
    let reading = try read(yaml)
    #expect(reading.diagnostics.map(\.line).isEmpty)
    let found = try reading.declaration.findings(in: .decant, on: #require(CalendarDate(day)))
    return found.filter { ["literal_secret", "group_unknown", "waiver_expired"].contains($0.code) }
  }

  private func brief(_ findings: [Finding]) -> [String] {
    findings.map {
      "\($0.place.map(\.description) ?? "") \($0.severity.rawValue) \($0.code) \($0.path ?? "")\($0.waiver.map { " waived: \($0)" } ?? "")"
    }
  }

  @Test func literalSecrets() throws {
    let yaml = """
      storage_profiles:
        s: {provider: s3, bucket: b, access_key: "${A}", secret_key: abc}
      targets:
        t: {snapshot: {src_url: "postgresql://u:pw@h/d", dst_url: "postgresql://u:${P}@h/d"}}
      """
    #expect(
      try brief(findings(yaml)) == [
        "decant.yaml:2:52 warning literal_secret secret_key",
        "decant.yaml:4:18 warning literal_secret snapshot.src_url",
      ])
  }

  @Test func groupsAreKnownOnlyWhereSomeAreDeclared() throws {
    let target = "targets: {t: {snapshot: {src_url: 'postgresql://h/d'}, sso_groups: [devs, qa]}}\n"
    #expect(try findings(target).isEmpty)
    let declared = try findings(target + "sso_groups: {devs: {}, qax: {}}")
    #expect(brief(declared) == ["decant.yaml:1:56 error group_unknown sso_groups"])
    #expect(declared.first?.message == "the group `qa` is not declared in `sso_groups`. Did you mean `qax`?")
    #expect(declared.first?.blocks == true)
    let withProvider = try findings(target + "sso: {provider: okta, url: 'https://x', token: '${T}'}")
    #expect(brief(withProvider).count == 2)
  }

  @Test func waiversHoldUntilTheyEnd() throws {
    let yaml = """
      targets:
        t:
          snapshot: {src_url: "postgresql://u:pw@h/d"}
          sso_groups: [qa]
          waive:
            - {code: literal_secret, path: snapshot.dst_url, reason: other path}
            - {code: literal_secret, path: snapshot.src_url, reason: test, until: 2027-03-31}
            - {code: group_unknown, reason: soon}
      sso_groups: {devs: {}}
      """
    #expect(
      try brief(findings(yaml, on: "2027-03-31")) == [
        "decant.yaml:3:16 warning literal_secret snapshot.src_url waived: test",
        "decant.yaml:4:5 error group_unknown sso_groups waived: soon",
      ])
    let after = try findings(yaml, on: "2027-04-01")
    #expect(
      brief(after) == [
        "decant.yaml:5:5 warning waiver_expired waive", "decant.yaml:3:16 warning literal_secret snapshot.src_url",
        "decant.yaml:4:5 error group_unknown sso_groups waived: soon",
      ])
    #expect(after.allSatisfy { !$0.blocks })
  }
}
