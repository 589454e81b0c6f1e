import Documents
import Reconciliation
import Runtime
import Synchronization
import Testing

@Suite struct FailureTests {
  // MARK: Somebody else was here

  enum Meddling: String, CaseIterable, CustomTestStringConvertible {
    case edited, removed, inserted
    var testDescription: String { rawValue }
  }

  @Test(arguments: World.Form.allCases, Meddling.allCases)
  func whatMovedIsNeverOverwritten(_ form: World.Form, _ meddling: Meddling) throws {
    let world = try World(form)
    if meddling != .inserted { try world.apply(chain) }
    let text = meddling == .inserted ? chain : chain.replacing("{copy: c}", with: "{copy: c, note: new}")
    let plan = try world.plan(text)
    switch meddling {
    case .edited: try world.edit(.share, spec: #"{"note":"theirs"}"#)
    case .removed: try world.remove(.share)
    case .inserted: try world.insert(.share, spec: #"{"note":"theirs"}"#)
    }
    let theirs = try world.record(.share)
    let result = try world.apply(plan)
    #expect(result[.share]?.word == "failed" && result.isStale && result.stop == nil)
    #expect(result[.share]?.message?.hasPrefix("somebody else was here: ") == true)
    #expect(try world.record(.share) == theirs)
    #expect(result.count("done") == (meddling == .inserted ? 3 : 0))
    try world.expectOrder(after: result, of: plan)
    try world.expectFreeLease()
    #expect(try world.log().contains { $0.draft.event == .refused && $0.draft.address == .share })
  }

  @Test(arguments: World.Form.allCases) func dependentsOfAFailureAreNotAttempted(_ form: World.Form) throws {
    let world = try World(form)
    let plan = try world.plan(chain)
    try world.insert(.bucket, spec: "{}")
    let result = try world.apply(plan)
    #expect(result[.bucket]?.word == "failed" && result[.other]?.word == "done")
    #expect(result[.copy]?.state == .notAttempted("bucket.b failed"))
    #expect(result[.share]?.state == .notAttempted("copy.c was not attempted"))
    try world.expectOrder(after: result, of: plan)
    #expect(try world.log().last?.draft.detail["not_attempted"] == .integer(2))
  }

  // MARK: "Error" is not "not done"

  @Test(arguments: World.Form.allCases) func aLostAnswerIsReadAgainAndWasDone(_ form: World.Form) throws {
    let world = try World(form)
    try world.apply(chain)
    // One of each: an update, a replacement, a deletion, a creation.
    let text = "buckets: {b: {region: us}, new: {}}\ncopies: {c: {bucket: b, note: new}}"
    let plan = try world.plan(text)
    #expect(Set(plan.actions.map(\.verb)) == [.create, .update, .replace, .delete])
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      if side == .after, step.isCommit { throw .lostAnswer }
    }
    let result = try world.apply(plan, through: store)
    #expect(result.count("done") == plan.actions.count && result.stop == nil && !result.isStale)
    #expect(result[.bucket]?.state == .done(revision: 3))
    try world.expectOrder(after: result, of: plan)
    #expect(try world.plan(text).actions.isEmpty)
  }

  @Test(arguments: World.Form.allCases) func aLostAnswerIsReadAgainAndWasNotDone(_ form: World.Form) throws {
    let world = try World(form)
    let plan = try world.plan(chain)
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      if side == .before, step.isCommit { throw .lostAnswer }
    }
    let result = try world.apply(plan, through: store)
    #expect(result[.bucket]?.state == .failed("the answer was lost; nothing was changed"))
    #expect(result.words == ["0 done", "2 failed", "0 blocked", "2 not_attempted", "0 unknown"])
    #expect(try world.records().isEmpty && !result.isStale)
    #expect(try world.log().filter { $0.draft.event == .failed }.map(\.draft.address) == [.bucket, .other])
    try world.expectOrder(after: result, of: plan)
  }

  @Test(arguments: World.Form.allCases) func aLostAnswerAndSomebodyElse(_ form: World.Form) throws {
    let world = try World(form)
    try world.apply(chain)
    let plan = try world.plan("buckets: {b: {region: eu, note: new}}\ncopies: {c: {bucket: b}}")
    #expect(plan.actions.count == 3)
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      guard side == .before, step.isCommit else { return }
      do {
        try world.edit(.bucket, spec: #"{"note":"theirs"}"#)
        try world.remove(.share)
      } catch { throw .brokenDisk }
      throw .lostAnswer
    }
    let result = try world.apply(plan, through: store)
    // A tombstone that somebody else left is not our deletion.
    #expect(result.count("done") == 0 && result.isStale)
    #expect(try world.record(.bucket)?.spec == #"{"note":"theirs"}"#)
    try world.expectOrder(after: result, of: plan)
  }

  @Test(arguments: World.Form.allCases) func aLostAnswerThatCannotBeReadAgainIsUnknown(_ form: World.Form) throws {
    let world = try World(form)
    let plan = try world.plan(chain)
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      if side == .after, step.isCommit { throw .lostAnswer }
      if step == .records { throw .brokenDisk }
    }
    let result = try world.apply(plan, through: store)
    #expect(result.words == ["0 done", "0 failed", "0 blocked", "2 not_attempted", "2 unknown"])
    #expect(result.stop != nil)
    let log = try world.log()
    #expect(log.filter { $0.draft.event == .unknown }.map(\.draft.address) == [.bucket, .other])
    #expect(log.last?.draft.detail["unknown"] == .integer(2))
    try world.expectOrder(after: result, of: plan)
    try world.expectFreeLease()
  }

  // MARK: Audit before change

  @Test(arguments: World.Form.allCases, [AuditDraft.Event.started, .intent])
  func withoutAuditNothingIsChanged(_ form: World.Form, _ event: AuditDraft.Event) throws {
    let world = try World(form)
    let plan = try world.plan(chain)
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      if side == .before, step.appends(event) { throw .brokenDisk }
      if step.isCommit { Issue.record("a change was made without its intent") }
    }
    let result = try world.apply(plan, through: store)
    #expect(result.words == ["0 done", "0 failed", "0 blocked", "4 not_attempted", "0 unknown"])
    #expect(result.stop == .failed("cannot write the test: the disk is broken"))
    #expect(try world.records().isEmpty)
    try world.expectOrder(after: result, of: plan)
    try world.expectFreeLease()
  }

  @Test(arguments: World.Form.allCases) func aCommitThatFailsIsFailedAndCounted(_ form: World.Form) throws {
    let world = try World(form)
    let plan = try world.plan(chain)
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      if side == .before, step.isCommit { throw .brokenDisk }
    }
    let result = try world.apply(plan, through: store)
    #expect(result.words == ["0 done", "2 failed", "0 blocked", "2 not_attempted", "0 unknown"])
    #expect(try world.records().isEmpty)
    #expect(try world.log().last?.draft.detail["failed"] == .integer(2))
    try world.expectOrder(after: result, of: plan)
    try world.expectFreeLease()
  }

  /// The last entry cannot be written: what was done is said, the run is not called clean, and the lease is free.
  @Test(arguments: World.Form.allCases) func withoutItsEndTheLogIsWholeAndTheLeaseFree(_ form: World.Form) throws {
    let world = try World(form)
    let plan = try world.plan(chain)
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      if side == .before, step.appends(.ended) { throw .brokenDisk }
    }
    let result = try world.apply(plan, through: store)
    #expect(result.count("done") == 4 && result.stop != nil)
    try world.expectOrder(after: result, of: plan)
    try world.expectFreeLease()
  }

  // MARK: Interrupts

  @Test(arguments: World.Form.allCases) func betweenTwoWavesTheRestIsNotAttempted(_ form: World.Form) throws {
    let world = try World(form)
    let (plan, interrupt) = (try world.plan(chain), try Interrupt())
    let store = FaultyStore(try world.door()) { side, step throws(RecordStoreError) in
      if side == .after, step.isCommit { interrupt.raise() }
    }
    let result = try world.apply(plan, through: store, interrupt: interrupt)
    #expect(result[.bucket]?.word == "done" && result[.other]?.word == "done")
    #expect(result[.copy]?.state == .notAttempted("interrupted"))
    #expect(result[.share]?.state == .notAttempted("interrupted"))
    #expect(result.stop == .interrupted)
    #expect(try world.log().last?.draft.detail["not_attempted"] == .integer(2))
    try world.expectOrder(after: result, of: plan)
    try world.expectFreeLease()
    #expect(try world.apply(chain).count("done") == 2)
  }

  @Test func beforeTheLeaseNothingIsTouched() throws {
    let world = try World(.memory)
    let (plan, interrupt) = (try world.plan(chain), try Interrupt())
    interrupt.raise()
    let result = try world.apply(plan, interrupt: interrupt)
    #expect(result.count("not_attempted") == 4 && result.stop == .interrupted)
    #expect(try world.log().isEmpty)
  }
}
