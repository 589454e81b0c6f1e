import Documents
import Kinds
import Reconciliation
import Testing

/// The way from one declared environment to another, and the target that leads there.
@Suite struct SyncRouteTests {
  private static let environments = """
    environments:
      prod: {host: p, database: shop, user: u, readonly: true}
      stage: {host: s, database: shop, user: u}
      twin: {host: s, port: 5432, database: shop, user: other}

    """
  private static let policy = """
    sanitizations:
      pii: {tables: {users: {columns: {email: {strategy: email}}}}, checks: [{name: one, query: SELECT 1, expect: 1}]}

    """

  private static func declared(_ more: String = "") throws -> Declaration {
    let reading = try read(environments + more)
    #expect(reading.diagnostics.filter { $0.severity == .error }.isEmpty, "\(reading.diagnostics)")
    return reading.declaration
  }

  @Test func aTargetIsMadeWhereNoneIsDeclared() throws {
    let declaration = try Self.declared(Self.policy)
    let (meant, target) = try SyncRoute("prod-to-stage", in: declaration).target(in: declaration, .init())
    #expect(target.address == Address("target", "prod-to-stage") && !target.isInFiles)
    #expect(
      target.spec == [
        "source": ["environment": "prod"], "destination": ["environment": "stage"], "sanitize": ["policy": "pii"],
      ])
    #expect(
      Set(target.references.map(\.to.description)) == [
        "environment.prod", "environment.stage", "sanitization.pii",
      ])
    #expect(meant[target.address]?.spec == target.spec && declaration[target.address] == nil)
  }

  @Test func theDeclaredTargetIsTaken() throws {
    let declaration = try Self.declared(
      Self.policy
        + "targets: {t: {source: {environment: prod}, destination: {environment: stage}, sanitize: {policy: pii}}}\n")
    var wishes = SyncRoute.Wishes()
    wishes.disconnects = true
    let (meant, target) = try SyncRoute("prod-to-stage", in: declaration).target(in: declaration, wishes)
    #expect(target.address == Address("target", "t") && target.isInFiles)
    #expect(target.spec["refresh", "disconnect"]?.bool == true)
    #expect(meant.objects.count == declaration.objects.count)
    wishes.policy = "pii"
    #expect(throws: Failure.self) { try SyncRoute("prod-to-stage", in: declaration).target(in: declaration, wishes) }
  }

  /// What the policy says of checks does not count where somebody asks for them.
  @Test func verifyingMeansThePolicyOtherwise() throws {
    let declaration = try Self.declared(
      Self.policy.replacing(
        "pii: {", with: "pii: {global: {verify_after_sync: false, fail_on_pii_leak: false}, "))
    var wishes = SyncRoute.Wishes()
    wishes.verifies = true
    let (meant, _) = try SyncRoute("prod-to-stage", in: declaration).target(in: declaration, wishes)
    let global = meant[Address("sanitization", "pii")]?.spec["global"]
    #expect(global?["verify_after_sync"]?.bool == true && global?["fail_on_pii_leak"]?.bool == true)
    let bare = try Self.declared(Self.policy.replacing(", checks: [{name: one, query: SELECT 1, expect: 1}]", with: ""))
    #expect(throws: Failure.self) { try SyncRoute("prod-to-stage", in: bare).target(in: bare, wishes) }
  }

  @Test(
    arguments: [
      ("prod-to-prod", "never written to"), ("stage-to-prod", "never written to"),
      ("stage-to-stage", "one environment"),
      ("stage-to-twin", "are one database"), ("prod-to-nowhere", "no two declared environments"),
      ("prod", "declared: prod, stage, twin"), ("", "no two declared environments"),
    ])
  func waysThatLeadNowhere(way: String, reason: String) throws {
    let declaration = try Self.declared()
    let failure = #expect(throws: Failure.self) { try SyncRoute(way, in: declaration) }
    #expect(failure?.description.contains(reason) == true, "\(failure?.description ?? "")")
  }

  @Test func withoutASanitizationNothingIsGivenOut() throws {
    let declaration = try Self.declared()
    let failure = #expect(throws: Failure.self) {
      try SyncRoute("prod-to-stage", in: declaration).target(in: declaration, .init())
    }
    #expect(failure?.description.contains("only masked copies are given out") == true)
  }

  /// A name that is taken by a target of another way is not taken over.
  @Test func aTargetOfTheSameNameIsLeftAlone() throws {
    let declaration = try Self.declared(
      Self.policy + "targets: {prod-to-stage: {source: {environment: prod}, destination: {environment: twin}}}\n")
    #expect(throws: Failure.self) {
      try SyncRoute("prod-to-stage", in: declaration).target(in: declaration, .init())
    }
  }
}
