import Foundation
import Reconciliation

/// Lets runs make their store calls one at a time, in an order that a seed decides: a random interleaving that can be
/// had again.
///
/// `@unchecked Sendable`: everything that changes is only touched with the condition locked.
final class Turns: @unchecked Sendable {
  private let condition = NSCondition()
  private var active: Set<Int>
  private var waiting: Set<Int> = []
  private var current: Int?
  private let bias: Double
  private var random: SeededGenerator
  /// Called before each turn.
  private let between: (inout SeededGenerator) -> Void

  init(_ count: Int, seed: UInt64, between: @escaping (inout SeededGenerator) -> Void) {
    active = Set(0..<count)
    random = SeededGenerator(seed)
    bias = [0.5, 0.5, 0.97, 0.03][Int(seed % 4)]
    self.between = between
  }

  func take<Result>(_ who: Int, _ body: () throws(RecordStoreError) -> Result) throws(RecordStoreError) -> Result {
    enter(who)
    defer { leave() }
    return try body()
  }

  private func enter(_ who: Int) {
    condition.lock()
    defer { condition.unlock() }
    waiting.insert(who)
    grant()
    while current != who { condition.wait() }
    waiting.remove(who)
  }

  private func leave() {
    condition.lock()
    defer { condition.unlock() }
    current = nil
    grant()
  }

  func finish(_ who: Int) {
    condition.lock()
    defer { condition.unlock() }
    active.remove(who)
    grant()
  }

  /// Only when everybody waits, so that the order is the seed's and not the scheduler's.
  private func grant() {
    guard current == nil, waiting == active, let last = waiting.max() else { return }
    between(&random)
    // Of two that wait, the first goes as often as the seed's bias says: even, rarely, or nearly always.
    let isFirst = Double.random(in: 0..<1, using: &random) < bias
    current = isFirst ? waiting.min() : last
    condition.broadcast()
  }
}

/// SplitMix64 (Steele, Lea, Flood, 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A store whose calls wait for their turn.
struct TurnTakingStore: RecordStore {
  let store: any RecordStore
  let turns: Turns
  let who: Int

  var title: String { store.title }
  func now() throws(RecordStoreError) -> Timestamp { try store.now() }
  func records(in workspace: String) throws(RecordStoreError) -> [Record] {
    try turns.take(who) { () throws(RecordStoreError) in try store.records(in: workspace) }
  }
  func append(_ drafts: [AuditDraft], to workspace: String, under lease: Lease) throws(RecordStoreError) -> AuditHead {
    try turns.take(who) { () throws(RecordStoreError) in try store.append(drafts, to: workspace, under: lease) }
  }
  func commit(_ writes: [RecordWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [WriteResult]
  {
    try turns.take(who) { () throws(RecordStoreError) in try store.commit(writes, as: context, under: lease) }
  }
  func acquireLease(_ name: String, holder: String, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    try turns.take(who) { () throws(RecordStoreError) in
      try store.acquireLease(name, holder: holder, timeToLive: timeToLive)
    }
  }
  func renew(_ lease: Lease, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    try turns.take(who) { () throws(RecordStoreError) in try store.renew(lease, timeToLive: timeToLive) }
  }
  func release(_ lease: Lease) throws(RecordStoreError) {
    try turns.take(who) { () throws(RecordStoreError) in try store.release(lease) }
  }
  func auditLog(of workspace: String) throws(RecordStoreError) -> [AuditEntry] {
    try store.auditLog(of: workspace)
  }
}
