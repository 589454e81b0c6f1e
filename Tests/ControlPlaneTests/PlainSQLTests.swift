import Documents
import Reconciliation
import Testing

@testable import ControlPlane

/// What people do with SQLite's shell is seen, dated and never lost.
@Suite struct PlainSQLTests {
  private let site: SQLiteSite
  private let store: SQLiteStore
  private let lease: Lease
  private let plain: PlainSQL

  init() throws {
    site = try SQLiteSite()
    store = try site.store()
    lease = try store.shopLease()
    let writes = ["users", "orders", "carts"].map { RecordWrite.put(Address("target", $0), "{}", seen: 0) }
    _ = try store.commit(writes, as: .alice, under: lease)
    plain = try site.plain()
  }

  private func refusal(_ sql: String) -> String? {
    do { try plain.run(sql) } catch { return (error as? PlainSQL.Refused)?.message }
    return nil
  }

  @Test func anUpdateOfManyRowsBumpsEach() throws {
    try plain.run("UPDATE records SET spec = '[7]' WHERE name <> 'carts'")
    let records = try store.records(in: "shop")
    #expect(records.map(\.revision) == [1, 2, 2])
    #expect(records.map(\.updatedBy) == ["alice", Record.plainSQL, Record.plainSQL])
    // The trigger dates by the real clock, and the test's store lives in a time of its own.
    #expect(records.map { $0.updatedAt == site.clock.now() } == [true, false, false])
  }

  @Test func aNameThatPlainSQLGivesItselfDoesNotCount() throws {
    try plain.run("UPDATE records SET updated_by = 'alice', revision = 1, spec = '[7]' WHERE name = 'users'")
    let record = try #require(try store.record(users))
    #expect(record.updatedBy == Record.plainSQL && record.revision == 2)
  }

  @Test func whoRaisesTheRevisionSpeaksForHimself() throws {
    try plain.run("UPDATE records SET updated_by = 'terraform', revision = revision + 3 WHERE name = 'users'")
    let record = try #require(try store.record(users))
    #expect(record.updatedBy == "terraform" && record.revision == 4)
  }

  /// With `recursive_triggers` on as well: then the triggers' own changes call triggers.
  @Test(arguments: ["OFF", "ON"]) func deletionsLeaveTombstones(_ recursion: String) throws {
    try plain.run("PRAGMA recursive_triggers = \(recursion)")
    try plain.run("UPDATE records SET spec = '[7]' WHERE name = 'users'")
    try plain.run("DELETE FROM records")
    #expect(plain.changes == 3)
    #expect(try store.records(in: "shop").map(\.revision) == [2, 2, 3])
    // Deleting them again changes nothing.
    let before = try store.records(in: "shop")
    try plain.run("DELETE FROM records")
    #expect(try store.records(in: "shop") == before)
    #expect(before.allSatisfy { $0.isDeleted && $0.updatedBy == Record.plainSQL && $0.isManaged })
    try plain.run("INSERT INTO records (workspace, kind, name, spec) VALUES ('shop', 'target', 'users', '[8]')")
    let revived = try #require(try store.record(users))
    #expect(revived.revision == 4 && !revived.isDeleted && revived.spec == "[8]" && revived.applied == nil)
  }

  @Test func aTombstoneMayBeTakenBack() throws {
    try plain.run("DELETE FROM records WHERE name = 'users'")
    try plain.run("UPDATE records SET deleted_at = NULL WHERE name = 'users'")
    let record = try #require(try store.record(users))
    #expect(record.revision == 3 && !record.isDeleted && record.owner == "shop")
  }

  @Test func whatWouldHideTheRevisionIsRefused() throws {
    let before = try store.records(in: "shop")
    let values = "(workspace, kind, name, spec) VALUES ('shop', 'target', 'users', '[8]')"
    let exists = "there is such a record: use UPDATE, so that its revision goes on"
    #expect(refusal("INSERT INTO records \(values)") == exists)
    #expect(refusal("REPLACE INTO records \(values)") == exists)
    #expect(refusal("UPDATE records SET name = 'people' WHERE name = 'users'")?.contains("keeps its address") == true)
    #expect(refusal("UPDATE records SET revision = 9007199254740992") != nil)
    #expect(refusal("UPDATE records SET revision = 'seven'") != nil)
    #expect(
      refusal("UPDATE records SET updated_at = '2026-02-30T00:00:00.000Z'")?.contains("updated_at is UTC") == true)
    #expect(refusal("UPDATE records SET deleted_at = 'yesterday'")?.contains("deleted_at is UTC") == true)
    #expect(refusal("UPDATE records SET applied_spec = NULL")?.contains("applied_*") == true)
    #expect(try store.records(in: "shop") == before)
  }

  @Test func aDeletedLeaseIsAFreeLeaseWhoseTokenGoesOn() throws {
    #expect(refusal("UPDATE leases SET token = 0") == "the token of a lease only goes up")
    try plain.run("DELETE FROM leases")
    #expect(storeError { try store.append([], to: "shop", under: lease) } == .fenced(name: lease.name))
    #expect(try store.shopLease("bob").token == lease.token + 1)
  }

  @Test func theAuditLogIsOnlyAppendedTo() throws {
    let before = try store.auditLog(of: "shop")
    let refusal = "the audit log is only appended to"
    #expect(self.refusal("UPDATE audit SET actor = 'eve' WHERE number = 2") == refusal)
    #expect(self.refusal("DELETE FROM audit WHERE number = 3") == refusal)
    let columns = "at, event, address, 'eve', run, detail, previous, hash FROM audit WHERE number = 2"
    #expect(self.refusal("REPLACE INTO audit SELECT workspace, number, \(columns)") == refusal)
    #expect(self.refusal("INSERT INTO audit SELECT workspace, 7, \(columns)") == refusal)
    #expect(try store.auditLog(of: "shop") == before)
  }

  /// Who drops the triggers can write into the log, and the chain tells: also where the edited cell would read as the
  /// same value, or not at all.
  @Test(arguments: [
    "at = replace(at, 'Z', '0Z')", "at = 'never'", "event = 'intent'", "event = 'nonsense'", "address = 'nonsense'",
    "address = NULL", "actor = 'eve'", "run = ''", "detail = '{}'", "detail = detail || ' '", "detail = '{'",
    "previous = hash", "hash = previous", "number = 9",
  ])
  func aLogEditedPastTheTriggersIsBroken(_ edit: String) throws {
    let log = try store.auditLog(of: "shop")
    #expect(log.count == 3 && AuditChain.verify(log) == .whole(log.last?.head ?? .empty))
    try plain.run("DROP TRIGGER audit_updated; UPDATE audit SET \(edit) WHERE number = 3")
    let verdict = AuditChain.verify(try store.auditLog(of: "shop"))
    if case .whole = verdict { Issue.record("\(edit) went unnoticed") }
  }
}
