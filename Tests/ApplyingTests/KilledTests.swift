import Reconciliation
import Runtime
import Synchronization
import Testing

/// A run is killed after its k-th step, for every k; the next one ends where an undisturbed one ends.
@Suite struct KilledTests {
  static let before = """
    buckets: {b: {region: eu}, old: {}, other: {note: first}}
    copies: {c: {bucket: b}, gone: {bucket: old}}
    """
  static let after = """
    buckets: {b: {region: us}, other: {note: second}, new: {}}
    copies: {c: {bucket: other}, d: {bucket: new}}
    shares: {s: {copy: d}}
    """

  @Test(arguments: World.Form.allCases) func everyStepCanBeTheLast(_ form: World.Form) throws {
    let goal = try World(form)
    try goal.apply(Self.before)
    let total = Mutex(0)
    let plan = try goal.plan(Self.after)
    #expect(Set(plan.actions.map(\.verb)) == [.create, .update, .replace, .delete])
    try goal.apply(
      plan, through: FaultyStore(try goal.door()) { _, _ throws(RecordStoreError) in total.withLock { $0 += 1 } })
    let steps = total.withLock { $0 }
    try #require(steps > 20)
    for last in 0..<steps { try killAfter(last, form, goal.state()) }
  }

  private func killAfter(_ last: Int, _ form: World.Form, _ goal: [Address: String]) throws {
    let world = try World(form)
    try world.apply(Self.before)
    let door = try world.door()
    let count = Mutex(0)
    // Once dead, it does nothing any more: every later step fails too.
    let store = FaultyStore(door) { _, _ throws(RecordStoreError) in
      if count.withLock({
        $0 += 1; return $0 > last
      }) {
        throw .brokenDisk
      }
    }
    try world.apply(try world.plan(Self.after), through: store, run: "killed")
    world.killed(door)
    let plan = try world.plan(Self.after)
    let result = try world.apply(plan, run: "next")
    #expect(result.count("done") == plan.actions.count && result.stop == nil, "step \(last)")
    #expect(try world.state() == goal, "step \(last)")
    #expect(try world.plan(Self.after).actions.isEmpty, "step \(last)")
    try world.expectOrder(after: result, of: plan)
    // Each object was changed as often as its plan asked for, not twice.
    let changes = try world.log().filter { $0.draft.event == .done && $0.draft.run != "run" }.compactMap(
      \.draft.address)
    let expected: [Address: Int] = Dictionary(
      uniqueKeysWithValues: [
        "bucket.b": 2, "bucket.old": 1, "bucket.other": 1, "bucket.new": 1, "copy.c": 1,
        "copy.gone": 1, "copy.d": 1, "share.s": 1,
      ].compactMap { name, times in Address(name).map { ($0, times) } })
    #expect(Dictionary(grouping: changes) { $0 }.mapValues(\.count) == expected, "step \(last)")
  }
}
