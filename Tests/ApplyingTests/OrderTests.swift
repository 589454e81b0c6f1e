import Documents
import Reconciliation
import Runtime
import Synchronization
import Testing

@Suite struct OrderTests {
  /// The commits of a run, each with the addresses that it writes.
  private final class Waves: Sendable {
    private let commits = Mutex<[[Address]]>([])
    var all: [[Address]] { commits.withLock { $0 } }
    func watch(_ store: any RecordStore) -> FaultyStore {
      FaultyStore(store) { [self] side, step throws(RecordStoreError) in
        if case .commit(let writes) = step, side == .before { commits.withLock { $0.append(writes.map(\.address)) } }
      }
    }
  }

  @Test(arguments: World.Form.allCases) func whatIsReferredToComesFirst(_ form: World.Form) throws {
    let world = try World(form)
    let (plan, waves) = (try world.plan(chain), Waves())
    let result = try world.apply(plan, through: waves.watch(try world.door()))
    #expect(waves.all == [[.bucket, .other], [.copy], [.share]])
    #expect(result.count("done") == 4 && result.stop == nil)
    try world.expectOrder(after: result, of: plan)
    try world.expectFreeLease()
    #expect(try world.plan(chain).actions.isEmpty)
  }

  @Test(arguments: World.Form.allCases) func deletionsComeLastAndBackwards(_ form: World.Form) throws {
    let world = try World(form)
    try world.apply(chain)
    let (plan, waves) = (try world.plan("buckets: {new: {}}"), Waves())
    let result = try world.apply(plan, through: waves.watch(try world.door()))
    #expect(waves.all.first == [Address("bucket", "new")])
    let order = waves.all.dropFirst().flatMap { $0 }
    #expect(order.filter { $0 != .other } == [.share, .copy, .bucket] && Set(order).count == 4)
    // What refers to another is gone before it, not merely in the same transaction.
    for wave in waves.all {
      #expect(Set(wave).isDisjoint(with: [.copy]) || Set(wave).isDisjoint(with: [.bucket, .share]))
    }
    #expect(result.count("done") == 5)
    try world.expectOrder(after: result, of: plan)
    #expect(Array(try world.state().keys) == [Address("bucket", "new")])
  }

  /// The copy is to move to another bucket and the old one to go; while the move fails, the old bucket stays.
  @Test(arguments: World.Form.allCases) func whatIsStillReferredToIsNotDeleted(_ form: World.Form) throws {
    let world = try World(form)
    try world.apply(chain)
    let plan = try world.plan("buckets: {other: {}}\ncopies: {c: {bucket: other}}\nshares: {s: {copy: c}}")
    try world.edit(.copy, spec: #"{"bucket":"b","note":"mine"}"#)
    let result = try world.apply(plan)
    #expect(result[.copy]?.word == "failed" && result.isStale)
    #expect(result[.bucket]?.state == .notAttempted("copy.c failed"))
    #expect(try world.record(.bucket)?.isDeleted == false)
    try world.expectOrder(after: result, of: plan)
  }

  @Test func whatABlockedObjectStillRefersToIsNotDeletedEither() throws {
    let world = try World(.memory)
    try world.apply(chain)
    let plan = try world.plan("buckets: {other: {}}\ncopies: {c: {bucket: other, note: bad}}\nshares: {s: {copy: c}}")
    let result = try world.apply(plan)
    #expect(result[.copy]?.state == .blocked(["bad_note"]))
    #expect(result[.bucket]?.state == .blocked(["copy.c"]))
    #expect(try world.record(.bucket)?.isDeleted == false)
  }

  @Test(arguments: World.Form.allCases) func whatIsBlockedStaysAndItsDependentsToo(_ form: World.Form) throws {
    let world = try World(form)
    let text = "buckets: {b: {note: bad}, other: {}}\ncopies: {c: {bucket: b}}\nshares: {s: {copy: c}}"
    let plan = try world.plan(text)
    let result = try world.apply(plan)
    #expect(result[.bucket]?.state == .blocked(["bad_note"]))
    // The sentence of what blocks stands beside the code, also of what blocks by a reference.
    let sentences = plan.findings.filter(\.blocks).map(\.message)
    #expect(sentences.count == 1 && result[.bucket]?.obstacles == sentences && result[.copy]?.obstacles == sentences)
    #expect(result[.bucket]?.message == "bad_note: \(sentences[0])")
    #expect(result[.copy]?.state == .blocked(["bucket.b"]) && result[.share]?.state == .blocked(["copy.c"]))
    #expect(result[.other]?.state == .done(revision: 1))
    #expect(Array(try world.state().keys) == [.other])
    try world.expectOrder(after: result, of: plan)
    let ended = try #require(try world.log().last)
    #expect(ended.draft.event == .ended && ended.draft.detail["blocked"] == .integer(3))
    #expect(ended.draft.detail["done"] == .integer(1) && ended.draft.detail["failed"] == .integer(0))
  }

  @Test func aPlanThatIsBlockedAsAWholeTouchesNothing() throws {
    let world = try World(.memory)
    let plan = try world.plan("buckets: {b: {note: bad}}")
    let store = FaultyStore(try world.door()) { _, _ throws(RecordStoreError) in throw .brokenDisk }
    let result = try world.apply(plan, through: store)
    #expect(result.words == ["0 done", "0 failed", "1 blocked", "0 not_attempted", "0 unknown"])
    #expect(try world.log().isEmpty)
  }

  @Test(arguments: World.Form.allCases) func aReplacementIsADeletionAndACreation(_ form: World.Form) throws {
    let world = try World(form)
    try world.apply(chain)
    let text = chain.replacing("eu", with: "us")
    let plan = try world.plan(text)
    #expect(plan.actions.map(\.verb) == [.replace])
    let result = try world.apply(plan)
    #expect(result[.bucket]?.state == .done(revision: 3))
    #expect(try world.record(.bucket)?.spec == #"{"region":"us"}"#)
    let changes = try world.log().filter { $0.draft.event == .done && $0.draft.address == .bucket }
    #expect(changes.map { $0.draft.detail["change"] } == [.string("put"), .string("delete"), .string("put")])
    #expect(try world.plan(text).actions.isEmpty)
    try world.expectOrder(after: result, of: plan)
  }

  @Test(arguments: World.Form.allCases) func manyAreMadeInSeveralTransactions(_ form: World.Form) throws {
    let world = try World(form)
    let text = "buckets:\n" + (0..<2_500).map { "  b\($0): {}\n" }.joined()
    let (plan, waves) = (try world.plan(text), Waves())
    let result = try world.apply(plan, through: waves.watch(try world.door()))
    #expect(waves.all.map(\.count) == [1_000, 1_000, 500])
    #expect(result.count("done") == 2_500)
    #expect(try world.state().count == 2_500)
    let log = try world.log()
    let head = try #require(result.head)
    #expect(log.count == 5_002 && AuditChain.verify(log) == .whole(head))
    #expect(log.last?.draft.detail["done"] == .integer(2_500))
  }

  @Test func progressHearsOfEachOutcomeOnce() throws {
    let world = try World(.memory)
    let plan = try world.plan(chain + "\n")
    let heard = Mutex<[Outcome]>([])
    let result = try world.apply(plan) { outcome in heard.withLock { $0.append(outcome) } }
    #expect(heard.withLock { $0 } == result.outcomes)
  }
}
