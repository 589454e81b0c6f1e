import ControlPlane
import Documents
import PostgreSQL
import Reconciliation
import Runtime
import TestServers
import Testing

/// What networks do to a commit, at every byte of it: what is said about it is true, and nothing is written twice.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct PostgreSQLFaultTests {
  /// One record that is updated and one that is made, by a store whose session goes through the wire.
  final class Bench {
    let site: PostgreSQLSite
    let wire: Wire
    let direct: PostgreSQLStore
    let lease: Lease
    private(set) var store: PostgreSQLStore
    private var count = 0
    /// How long the last commit took.
    private(set) var time = Duration.zero

    init(deadline: Duration = .seconds(20)) throws {
      site = try PostgreSQLSite()
      wire = try Wire(to: site.server.port)
      direct = try site.store()
      lease = try direct.shopLease()
      _ = try direct.commit([.put(users, "[0]", seen: 0)], as: .alice, under: lease)
      store = try site.store(port: wire.port, deadline: deadline)
    }

    deinit { wire.stop() }

    /// Commits with that fault, and checks that what the call says is so.
    func commit(_ fault: Wire.Fault) throws -> RecordStoreError? {
      count += 1
      let before = try #require(try direct.record(users)).revision
      let other = Address("target", "other_\(1_000 + count)")
      // Opens the session, so that the fault strikes the commit and not the login.
      _ = try store.renew(lease, timeToLive: .seconds(10))
      wire.arm(fault)
      var results: [WriteResult] = []
      let began = ContinuousClock.now
      let error = storeError {
        results = try store.commit(
          [.put(users, "[\(count)]", seen: before), .put(other, "{}", seen: 0)], as: .alice, under: lease)
      }
      time = ContinuousClock.now - began
      let saidCommit = wire.traffic.saidCommit
      wire.arm(.none)
      let (record, made) = (try #require(try direct.record(users)), try direct.record(other))
      let isDone = record.revision == before + 1 && record.spec == "[\(count)]" && made?.revision == 1
      let isUndone = record.revision == before && made == nil
      #expect(isDone || isUndone, "half a commit: \(record), \(String(describing: made)), \(fault)")
      switch error {
      case nil: #expect(isDone && results == [.written(revision: before + 1), .written(revision: 1)], "\(fault)")
      case .failed: #expect(isUndone && !saidCommit, "\(fault)")
      case .unknown: #expect(saidCommit, "\(fault)")
      default: Issue.record("\(String(describing: error)) at \(fault)")
      }
      return error
    }

    /// Every revision was written once and has one entry.
    func expectNothingTwice() throws {
      let log = try direct.auditLog(of: "shop")
      #expect(AuditChain.verify(log) == .whole(log.last?.head ?? .empty))
      let records = try direct.records(in: "shop")
      #expect(log.count == records.reduce(0) { $0 + $1.revision })
      #expect(Set(log.map { "\($0.draft.address as Any) \($0.draft.detail["revision"] as Any)" }).count == log.count)
    }
  }

  /// The bytes of a whole commit in each direction.
  private func length(_ bench: Bench) throws -> (up: Int, down: Int) {
    _ = try bench.store.renew(bench.lease, timeToLive: .seconds(10))
    bench.wire.arm(.none)
    let seen = try #require(try bench.direct.record(users)).revision
    _ = try bench.store.commit(
      [.put(users, "[0]", seen: seen), .put(Address("target", "other_1000"), "{}", seen: 0)], as: .alice,
      under: bench.lease)
    return (bench.wire.traffic.up, bench.wire.traffic.down)
  }

  /// Every 19th byte, and every single one at the end, where COMMIT is.
  private func offsets(_ length: Int) -> [Int] {
    Array(stride(from: 0, to: length, by: 19)) + Array(max(0, length - 60)...(length + 1))
  }

  @Test func aQuestionThatIsCutAnywhere() throws {
    let bench = try Bench()
    var kinds = (failed: 0, unknown: 0, done: 0)
    for offset in offsets(try length(bench).up) {
      switch try bench.commit(.cutUp(offset)) {
      case .unknown: kinds.unknown += 1
      case .failed: kinds.failed += 1
      default: kinds.done += 1
      }
    }
    #expect(kinds.failed > 100 && kinds.unknown > 20 && kinds.done > 0, "\(kinds)")
    try bench.expectNothingTwice()
  }

  @Test func anAnswerThatIsCutAnywhere() throws {
    let bench = try Bench()
    var unknown = 0
    for offset in offsets(try length(bench).down) where try bench.commit(.cutDown(offset))?.isUnknown == true {
      unknown += 1
    }
    #expect(unknown > 10)
    try bench.expectNothingTwice()
  }

  @Test func anAnswerThatIsGarbledAnywhere() throws {
    // Where the length of a message is garbled, libpq waits for the rest of it: until the deadline.
    let length = try length(try Bench()).down
    let wholes = concurrently(Array(0..<8), limit: 8) { part in
      storeError {
        let bench = try Bench(deadline: .seconds(2))
        for offset in stride(from: part * 17, to: length, by: 8 * 17) { _ = try bench.commit(.garble(offset)) }
        try bench.expectNothingTwice()
      }
    }
    #expect(wholes == Array(repeating: nil, count: 8))
  }

  @Test func aSlowNetworkIsNoFault() throws {
    let bench = try Bench()
    #expect(try bench.commit(.delay(.milliseconds(5))) == nil)
    try bench.expectNothingTwice()
  }

  /// The hole opens before each question and before each answer.
  @Test func aBlackHoleCostsItsDeadline() throws {
    let bench = try Bench()
    _ = try bench.commit(.none)
    _ = try bench.store.renew(bench.lease, timeToLive: .seconds(10))
    bench.wire.arm(.none)
    let seen = try #require(try bench.direct.record(users)).revision
    _ = try bench.store.commit([.put(users, "[9]", seen: seen)], as: .alice, under: bench.lease)
    let marks = [(up: 0, down: 0)] + bench.wire.traffic.marks
    #expect(marks.count >= 8)
    let faults = marks.flatMap { [Wire.Fault.holeUp($0.up), .holeDown($0.down)] }
    let ends = concurrently(faults, limit: 8) { fault -> (error: RecordStoreError?, time: Duration)? in
      guard let bench = try? Bench(deadline: .milliseconds(1_500)) else { return nil }
      let error = try? bench.commit(fault)
      return (error, bench.time)
    }
    for (fault, end) in zip(faults, ends) {
      #expect(end?.error?.failure != nil || end?.error?.isUnknown == true, "\(fault)")
      #expect(
        end.map { $0.time >= .milliseconds(1_400) && $0.time < .seconds(8) } == true, "\(fault) \(end?.time as Any)")
    }
  }
}
