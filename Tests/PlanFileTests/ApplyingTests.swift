import ControlPlane
import Documents
import Kinds
import Runtime
import Testing

@testable import Reconciliation

/// A saved plan is applied once, to what it was made for, and goes on where it was killed.
@Suite struct ApplyingTests {
  /// Profiles, then targets that refer to them: two waves; one replaced profile, one target removed.
  static let before = """
    storage_profiles:
      s3: {provider: s3, region: us-west-2, bucket: old}
      laptop: {provider: local, path: ./a}
    sso_groups:
      developers: {description: Old}
    targets:
      gone: {snapshot: {src_url: "postgresql://a/b"}, storage_profile: laptop}
      kept: {snapshot: {src_url: "postgresql://a/c"}, storage_profile: s3}
    """
  static let after = """
    storage_profiles:
      s3: {provider: s3, region: us-west-2, bucket: new}
      laptop: {provider: local, path: ./b}
      third: {provider: local, path: ./c}
    sso_groups:
      developers: {description: New}
    targets:
      kept: {snapshot: {src_url: "postgresql://a/d"}, storage_profile: s3}
      fresh: {snapshot: {src_url: "postgresql://a/e"}, storage_profile: third}
    """

  private static func begun(_ form: Site.Form) throws -> Site {
    let site = try Site(form)
    let result = try apply(try planned(before, on: try site.door()), to: try site.door(), run: "run-0")
    #expect(result.count("done") == 5)
    return site
  }

  @Test(arguments: Site.Form.allCases) func aPlanIsAppliedOnce(_ form: Site.Form) throws {
    let site = try Self.begun(form)
    let file = try planned(Self.after, on: try site.door())
    #expect(Set(file.plan.actions.map(\.verb)) == [.create, .update, .replace, .delete])
    let first = try apply(file, to: try site.door(), run: "run-1")
    #expect(first.count("done") == file.plan.actions.count)
    let log = try site.door().auditLog(of: "shop")
    let records = try site.door().records(in: "shop")
    for actor in ["ana", "bob"] {
      let second = try apply(file, to: try site.door(), as: actor, run: "run-2")
      #expect(second.refusal == .used(by: "ana", at: site.clock.now()))
      #expect(second.count("not_attempted") == file.plan.actions.count)
    }
    #expect(try site.door().auditLog(of: "shop") == log)
    #expect(try site.door().records(in: "shop") == records)
  }

  /// Dies at each call to the store, before and after it did its work, and is run again.
  @Test(arguments: Site.Form.allCases) func aKilledApplyGoesOn(_ form: Site.Form) throws {
    var deaths = 0
    for calls in 0..<40 {
      for diesAfterwards in [false, true] {
        let site = try Self.begun(form)
        let file = try planned(Self.after, on: try site.door())
        try die(file, on: site, calls, diesAfterwards, &deaths)
      }
    }
    #expect(deaths > 15)
  }

  private func die(
    _ file: PlanFile, on site: Site, _ calls: Int, _ diesAfterwards: Bool, _ deaths: inout Int
  ) throws {
    let dying = DyingStore(try site.door(), calls: calls, diesAfterwards: diesAfterwards)
    _ = try apply(file, to: dying, run: "run-1")
    if dying.hasDied { deaths += 1 }
    // By then its lease is over.
    site.clock.advance(by: .seconds(11))
    let store = try site.door()
    let moment = Comment("killed at call \(calls), \(diesAfterwards ? "after" : "before") it")
    let again = try apply(file, to: store, run: "run-2")
    if let refusal = again.refusal {
      // The first run had come to its end, and only its last answers were lost.
      #expect(refusal.code == "used", moment)
    } else {
      #expect(again.count("done") + again.doneBefore.count == file.plan.actions.count, moment)
      #expect(again.stop == nil && !again.isStale, moment)
    }
    #expect(try apply(file, to: store, run: "run-3").refusal?.code == "used", moment)
    #expect(try planned(Self.after, on: store).plan.actions.isEmpty, moment)
    let log = try store.auditLog(of: "shop")
    #expect(AuditChain.verify(log) == .whole(try #require(log.last).head), moment)
    // Nothing was written twice: no revision of a record was made two times.
    let made = log.filter { $0.draft.event == .done }.map {
      "\($0.draft.address?.description ?? "") \($0.draft.detail)"
    }
    #expect(Set(made).count == made.count, moment)
  }

  @Test(arguments: Site.Form.allCases) func aStalePlanNamesWhatMoved(_ form: Site.Form) throws {
    let site = try Self.begun(form)
    let file = try planned(Self.after, on: try site.door())
    let address = Address("sso_group", "developers")
    try site.change(address, to: #"{"description":"Theirs"}"#, seen: 1)
    let log = try site.door().auditLog(of: "shop")
    let result = try apply(file, to: try site.door(), run: "run-1")
    guard case .moved(let moved)? = result.refusal else {
      Issue.record("\(String(describing: result.refusal))")
      return
    }
    #expect(moved.map(\.address) == [address])
    #expect(
      moved[0].description
        == "sso_group.developers was changed by bob at \(site.clock.now()) (revision 2, the plan saw revision 1)")
    #expect(try site.door().auditLog(of: "shop") == log)
    #expect(try site.door().records(in: "shop").filter { $0.updatedBy == "bob" }.count == 1)
  }

  /// Killed, and then somebody else comes between: what was left alone so far and what was done are both guarded.
  @Test(arguments: [Address("sso_group", "developers"), Address("storage_profile", "third")])
  func whatMovedAfterTheKillIsNamed(_ address: Address) throws {
    let site = try Self.begun(.memory)
    let file = try planned(Self.after, on: try site.door())
    // Lease, records, start, renewal, intents, and the first wave.
    let dying = DyingStore(try site.door(), calls: 6, diesAfterwards: false)
    let first = try apply(file, to: dying, run: "run-1")
    #expect(first.count("done") > 0 && first.count("done") < file.plan.actions.count)
    let record = try #require(try site.door().records(in: "shop").first { $0.address == address })
    try site.change(address, to: "{}", seen: record.revision)
    site.clock.advance(by: .seconds(11))
    let again = try apply(file, to: try site.door(), run: "run-2")
    guard case .moved(let moved)? = again.refusal else {
      Issue.record("\(String(describing: again.refusal))")
      return
    }
    #expect(moved == [MovedRecord(address: address, seen: record.revision, record: moved[0].record)])
  }

  @Test func aPlanMadeBeforeTheControlPlaneNeedsAnEmptyOne() throws {
    let file = try planned(Self.before, on: MemoryStore(identity: nil))
    #expect(file.controlPlane.identity == nil)
    let site = try Site(.memory)
    let first = try apply(file, to: DyingStore(try site.door(), calls: 7, diesAfterwards: false), run: "run-1")
    #expect(first.count("done") > 0)
    site.clock.advance(by: .seconds(11))
    let again = try apply(file, to: try site.door(), run: "run-2")
    #expect(again.refusal == nil && again.doneBefore.count == first.count("done"))
    let other = try Self.begun(.memory)
    #expect(try apply(file, to: try other.door(), run: "run-3").refusal == .notNew(title: "memory"))
  }

  @Test func aHeldLeaseIsNotAnApplication() throws {
    let site = try Self.begun(.memory)
    let file = try planned(Self.after, on: try site.door())
    let lease = try site.door().acquireLease("workspace/shop", holder: "bob", timeToLive: .seconds(10))
    #expect(try apply(file, to: try site.door(), run: "run-1").stop == .leaseHeld(lease))
    try site.door().release(lease)
    #expect(try apply(file, to: try site.door(), run: "run-2").count("done") == file.plan.actions.count)
  }
}
