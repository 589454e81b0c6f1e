import ControlPlane
import Reconciliation
import Testing

/// What only the store in memory can do: fail when a test wants it to.
@Suite struct MemoryStoreTests {
  private let store = MemoryStore(clock: { Timestamp(milliseconds: 0) })
  private let failure = Failure("write", "shop", cause: "the disk is full")

  @Test func aFailureBeforeACommitChangesNothing() throws {
    let lease = try store.shopLease()
    store.intercept { [failure] moment throws(RecordStoreError) in
      if case .beforeCommit = moment { throw .failed(failure) }
    }
    let error = storeError { _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease) }
    #expect(error == .failed(failure))
    #expect(try store.records(in: "shop") == [] && store.auditLog(of: "shop") == [])
  }

  @Test func aLostAnswerHasHappened() throws {
    let lease = try store.shopLease()
    store.intercept { [failure] moment throws(RecordStoreError) in
      if case .afterCommit = moment { throw .unknown(failure) }
    }
    let error = storeError { _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease) }
    #expect(error == .unknown(failure))
    #expect(try store.record(users)?.revision == 1)
  }

  @Test func somebodyCanComeBetween() throws {
    let lease = try store.shopLease()
    store.intercept { [store] moment throws(RecordStoreError) in
      if case .beforeCommit = moment { store.insertUnmanaged(users, in: "shop", spec: "[]", by: "bob") }
    }
    let results = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease)
    #expect(results == [.conflict(try store.record(users))])
    #expect(try store.record(users)?.updatedBy == "bob")
  }
}
