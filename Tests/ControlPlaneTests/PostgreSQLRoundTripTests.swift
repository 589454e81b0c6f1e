import ControlPlane
import Foundation
import Reconciliation
import Runtime
import TestServers
import Testing

/// Ten or ten thousand: the number of questions is the same.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer)) struct PostgreSQLRoundTripTests {
  let site: PostgreSQLSite
  let wire: Wire
  let store: PostgreSQLStore
  let lease: Lease

  init() throws {
    site = try PostgreSQLSite()
    wire = try Wire(to: site.server.port)
    store = try site.store(port: wire.port, deadline: .seconds(60))
    lease = try store.shopLease()
  }

  private func questions(_ body: () throws -> Void) rethrows -> Int {
    wire.arm(.none)
    try body()
    return wire.traffic.questions
  }

  private func writes(_ count: Int, from first: Int = 0, seen: Int) -> [RecordWrite] {
    let spec = "{\"description\":\"\(String(repeating: "x", count: 250))\"}"
    return (first..<first + count).map { .put(Address("target", "t\($0)"), spec, seen: seen) }
  }

  @Test func aThousandWritesAreAsManyQuestionsAsOne() throws {
    defer { wire.stop() }
    let one = try questions { _ = try store.commit(writes(1, from: 5_000, seen: 0), as: .alice, under: lease) }
    let many = try questions { _ = try store.commit(writes(1_000, seen: 0), as: .alice, under: lease) }
    let updates = try questions { _ = try store.commit(writes(1_000, seen: 1), as: .alice, under: lease) }
    let both = try questions {
      _ = try store.commit(
        writes(500, seen: 2) + writes(500, from: 6_000, seen: 0), as: .alice, under: lease)
    }
    let counts: [Int] = [one, many, updates, both]
    #expect(counts == [8, 8, 8, 9])
    let drafts = (0..<1_000).map { AuditDraft(.intent, Address("target", "t\($0)"), actor: "alice", run: "r") }
    #expect(try questions { try store.append(drafts, to: "shop", under: lease) } == 6)
    let log = try store.auditLog(of: "shop")
    #expect(log.count == 4_001 && AuditChain.verify(log) == .whole(log.last?.head ?? .empty))
    #expect(try store.records(in: "shop").count == 1_501)
  }

  @Test func tenThousandRecordsAreOneAnswer() throws {
    defer { wire.stop() }
    for part in 0..<10 { _ = try store.commit(writes(1_000, from: part * 1_000, seen: 0), as: .alice, under: lease) }
    _ = try store.records(in: "nobody")
    let few = try questions { _ = try store.records(in: "nobody") }
    var records: [Record] = []
    let all = try questions { records = try store.records(in: "shop") }
    #expect(few == 5 && all == 5 && records.count == 10_000)
  }
}
