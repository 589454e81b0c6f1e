import Foundation
import PostgreSQL
import Reconciliation
import Runtime
import Testing

@testable import ControlPlane
@testable import TestServers

/// Roles, names, poolers and versions: what only the store in PostgreSQL meets.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30))) struct PostgreSQLStoreTests {
  let site: PostgreSQLSite
  init() throws { site = try PostgreSQLSite() }

  private func fill(_ store: PostgreSQLStore) throws -> Lease {
    let lease = try store.shopLease()
    _ = try store.commit([.put(users, "{}", seen: 0)], as: .alice, under: lease)
    return lease
  }

  @Test func theTitleHasNoNameAndNoPassword() throws {
    let store = try site.store(port: 5_999)
    #expect(store.title == "postgresql://127.0.0.1:5999/\(site.database) (schema \(site.schema))")
    let error = storeError { _ = try store.records(in: "shop") }
    #expect(error?.failure != nil && "\(error as Any)".contains(site.server.password) == false)
  }

  @Test func aReaderMakesNothingAndFindsNothing() throws {
    let reader = try site.makeRole("reader")
    let store = try site.store(role: reader)
    #expect(try store.exists() == false)
    #expect(try store.records(in: "shop") == [] && store.auditLog(of: "shop") == [])
    #expect(try store.now() == site.clock.now())
    #expect(try site.plain().column("SELECT nspname FROM pg_namespace WHERE nspname = '\(site.schema)'") == [])
    let failure = storeError { _ = try store.shopLease() }?.failure
    #expect(failure?.hint?.contains("CREATE SCHEMA \"\(site.schema)\" AUTHORIZATION \"\(reader)\"") == true)
    // What somebody prepared for it, it fills.
    try site.plain().run("CREATE SCHEMA \(PostgreSQLServer.quoted(site.schema)) AUTHORIZATION \(reader)")
    #expect(try store.exists() == false)
    _ = try fill(store)
    #expect(try store.exists())
  }

  @Test func aReaderReadsAndIsToldWhatItLacks() throws {
    _ = try fill(try site.store())
    let (reader, schema) = (try site.makeRole("reader"), PostgreSQLServer.quoted(site.schema))
    let store = try site.store(role: reader)
    let grants = storeError { _ = try store.records(in: "shop") }?.failure?.hint
    #expect(
      grants == "its owner may run: GRANT USAGE ON SCHEMA \(schema) TO \"\(reader)\"; "
        + "GRANT SELECT ON ALL TABLES IN SCHEMA \(schema) TO \"\(reader)\"")
    for grant in try #require(grants).dropFirst("its owner may run: ".count).split(separator: ";") {
      try site.plain().run(String(grant))
    }
    #expect(try store.records(in: "shop").count == 1 && store.auditLog(of: "shop").count == 1)
    #expect(try store.exists())
    let writing = try #require(storeError { _ = try store.shopLease("reader") }?.failure?.hint)
    for grant in writing.dropFirst("its owner may run: ".count).split(separator: ";") {
      try site.plain().run(String(grant))
    }
    site.clock.advance(by: .seconds(11))
    let lease = try store.shopLease("reader")
    #expect(try store.commit([.put(users, "[]", seen: 1)], as: .bob, under: lease) == [.written(revision: 2)])
  }

  @Test func plainSQLOfAnotherRoleShowsItsName() throws {
    let lease = try fill(try site.store())
    let writer = try site.makeRole("o'brien \"x\"")
    let (schema, role) = (PostgreSQLServer.quoted(site.schema), PostgreSQLServer.quoted(writer))
    try site.plain().run("GRANT USAGE ON SCHEMA \(schema) TO \(role)")
    try site.plain().run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(schema) TO \(role)")
    let store = try site.store()
    let plain = try site.plain(role: writer)
    try plain.run("UPDATE \(site.records) SET spec = '[7]', updated_by = 'alice', revision = 1")
    #expect(try store.record(users)?.updatedBy == "\(writer) (plain SQL)")
    #expect(try store.record(users)?.revision == 2)
    try plain.run("INSERT INTO \(site.records) (workspace, kind, name, spec) VALUES ('shop', 'target', 'new', '{}')")
    #expect(try store.record(Address("target", "new"))?.updatedBy == "\(writer) (plain SQL)")
    try plain.run("DELETE FROM \(site.records)")
    let records = try store.records(in: "shop")
    #expect(records.map(\.revision) == [2, 3] && records.allSatisfy(\.isDeleted))
    #expect(records.allSatisfy { $0.updatedBy == "\(writer) (plain SQL)" })
    let conflict = try store.commit([.put(users, "{}", seen: 1)], as: .alice, under: lease)
    #expect(conflict == [.conflict(try store.record(users))])
  }

  @Test func whatWouldHideTheRevisionIsRefused() throws {
    _ = try fill(try site.store())
    let (plain, store) = (try site.plain(), try site.store())
    let before = (try store.records(in: "shop"), try store.auditLog(of: "shop"))
    let values = "(workspace, kind, name, spec) VALUES ('shop', 'target', 'users', '[8]')"
    #expect(plain.refusal("INSERT INTO \(site.records) \(values)") == "23505")
    #expect(plain.refusal("INSERT INTO \(site.records) \(values) ON CONFLICT DO NOTHING") == "23505")
    #expect(plain.refusal("UPDATE \(site.records) SET name = 'people'") == "P0001")
    #expect(plain.refusal("UPDATE \(site.records) SET revision = 9007199254740992") == "23514")
    #expect(plain.refusal("UPDATE \(site.records) SET deleted_at = 'infinity'") == "23514")
    #expect(plain.refusal("UPDATE \(site.records) SET applied_spec = NULL") == "23514")
    for table in [site.records, site.leases, site.audit] { #expect(plain.refusal("TRUNCATE \(table)") == "P0001") }
    #expect(plain.refusal("UPDATE \(site.leases) SET token = 0") == "P0001")
    #expect(plain.refusal("UPDATE \(site.audit) SET actor = 'eve'") == "P0001")
    #expect(plain.refusal("DELETE FROM \(site.audit)") == "P0001")
    let columns = "at, event, address, 'eve', run, detail, previous, hash FROM \(site.audit) WHERE number = 1"
    #expect(plain.refusal("INSERT INTO \(site.audit) SELECT workspace, 7, \(columns)") == "P0001")
    #expect(try store.records(in: "shop") == before.0 && store.auditLog(of: "shop") == before.1)
    try plain.run("DELETE FROM \(site.leases)")
    #expect(try store.shopLease("bob").token == 2)
  }

  /// Whoever owns the tables can write into the log, and the chain tells.
  @Test(arguments: [
    "at = replace(at, 'Z', '0Z')", "at = 'never'", "event = 'nonsense'", "address = NULL", "actor = 'eve'",
    "detail = detail || ' '", "detail = '{'", "previous = repeat('1', 64)", "hash = previous", "number = 9",
  ])
  func aLogEditedPastTheTriggersIsBroken(_ edit: String) throws {
    _ = try fill(try site.store())
    let plain = try site.plain()
    try plain.run("DROP TRIGGER audit_kept ON \(site.audit)")
    try plain.run("UPDATE \(site.audit) SET \(edit)")
    let verdict = AuditChain.verify(try site.store().auditLog(of: "shop"))
    if case .whole = verdict { Issue.record("\(edit) went unnoticed") }
  }

  @Test func aNewerSchemaIsRefusedWithASentence() throws {
    let store = try site.store()
    let lease = try fill(store)
    try site.plain().run("INSERT INTO \(PostgreSQLServer.quoted(site.schema)).decant_migrations VALUES (99)")
    let known = try PostgreSQLSchema("decant").version
    let cause = "a newer Decant has written it (schema 99, this one knows \(known))"
    #expect(storeError { _ = try store.records(in: "shop") }?.failure?.cause == cause)
    #expect(storeError { _ = try store.commit([], as: .alice, under: lease) }?.failure?.cause == cause)
    #expect(storeError { _ = try site.store().shopLease() }?.failure?.hint == "update decant")
  }

  /// The server of the tests has `synchronous_commit = off`, as a database or role may have.
  @Test func whatWasCommittedIsOnDisk() throws {
    let store = try site.store()
    let (lease, schema) = (try fill(store), PostgreSQLServer.quoted(site.schema))
    let plain = try site.plain()
    #expect(try plain.column("SHOW synchronous_commit") == ["off"])
    try plain.run("CREATE TABLE \(schema).seen (setting text)")
    try plain.run(
      """
      CREATE FUNCTION \(schema).see() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN INSERT INTO \(schema).seen VALUES (current_setting(''synchronous_commit'')); RETURN NULL; END'
      """)
    try plain.run("CREATE TRIGGER see AFTER INSERT ON \(site.audit) EXECUTE FUNCTION \(schema).see()")
    _ = try store.commit([.put(users, "[1]", seen: 1)], as: .alice, under: lease)
    #expect(try plain.column("SELECT setting FROM \(schema).seen") == ["on"])
  }

  /// Somebody's own trigger leaves a change out: then nothing of the commit was made, and it says so.
  @Test(arguments: ["UPDATE", "INSERT"]) func whatATriggerSwallowsIsNotCalledWritten(_ verb: String) throws {
    let store = try site.store()
    let (lease, schema, plain) = (try fill(store), PostgreSQLServer.quoted(site.schema), try site.plain())
    try plain.run(
      "CREATE FUNCTION \(schema).swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    try plain.run(
      "CREATE TRIGGER swallow BEFORE \(verb) ON \(site.records) FOR EACH ROW EXECUTE FUNCTION \(schema).swallow()")
    let writes: [RecordWrite] = [.put(users, "[1]", seen: 1), .put(orders, "{}", seen: 0)]
    let error = storeError { _ = try store.commit(writes, as: .alice, under: lease) }
    #expect(error?.failure?.hint == "other writers kept changing the same rows; try again")
    #expect(try store.records(in: "shop").map(\.revision) == [1] && store.auditLog(of: "shop").count == 1)
  }

  @Test func aForeignSchemaIsLeftAsItIs() throws {
    let schema = PostgreSQLServer.quoted(site.schema)
    try site.plain().run("CREATE SCHEMA \(schema)")
    try site.plain().run("CREATE TABLE \(schema).records (a integer)")
    let cause = "it has tables of our names, and is not a control plane of Decant"
    #expect(storeError { _ = try site.store().records(in: "shop") }?.failure?.cause == cause)
    #expect(storeError { _ = try site.store().shopLease() }?.failure?.cause == cause)
    let tables = try site.plain().column("SELECT tablename FROM pg_tables WHERE schemaname = '\(site.schema)'")
    #expect(tables == ["records"])
  }

  @Test func manyMayMakeTheTablesAtOnce() throws {
    for _ in 0..<5 {
      let site = try PostgreSQLSite()
      let errors = concurrently(Array(0..<6), limit: 6) { number in
        storeError { _ = try site.store().acquireLease("l\(number)", holder: "me", timeToLive: .seconds(9)) }
      }
      #expect(errors == Array(repeating: nil, count: 6))
    }
  }

  static let hostile = [
    "a'b\"c", "line\nbreak", "; DROP SCHEMA public CASCADE --", "$$", "$decant$ x $1", "\\", "E'\\''", "\u{202E}rtl",
    String(repeating: "n", count: 63), String(repeating: "é", count: 31), " ", "{a,b}", "NULL", "%s", "😀",
  ]

  @Test(arguments: hostile) func hostileNamesAreOnlyNames(_ name: String) throws {
    let site = try PostgreSQLSite(schema: name)
    let store = try site.store()
    let lease = try store.acquireLease("workspace/\(name)", holder: name, timeToLive: .seconds(10))
    let context = WriteContext(workspace: name, actor: name, plan: name, run: name)
    let address = Address("target", name)
    let write = RecordWrite.put(address, name, seen: 0)
    #expect(try store.commit([write], as: context, under: lease) == [.written(revision: 1)])
    #expect(try store.commit([.put(address, name, seen: 1)], as: context, under: lease) == [.written(revision: 2)])
    let record = try #require(try site.store().records(in: name).first)
    #expect(record.address == address && record.spec == name && record.owner == name && record.applied?.by == name)
    try site.plain().run("UPDATE \(site.records) SET spec = '[1]'")
    #expect(try store.records(in: name).first?.revision == 3)
    try site.plain().run("DELETE FROM \(site.records)")
    #expect(try store.records(in: name).first?.isDeleted == true)
    let log = try store.auditLog(of: name)
    #expect(log.count == 2 && AuditChain.verify(log) == .whole(log[1].head))
    #expect(!store.title.contains("\n"))
    try site.plain().run("DROP SCHEMA \(PostgreSQLServer.quoted(name)) CASCADE")
  }

  @Test(arguments: [String(repeating: "n", count: 64), "", "pg_catalog", "a\u{0}b"])
  func whatNoSchemaCanBeCalledIsRefused(_ name: String) throws {
    let error = storeError { _ = try PostgreSQLSite(schema: name).store() }
    #expect(error?.failure?.operation == "use")
  }

  /// Plain SQL has changed something and not committed yet when our commit comes: it waits, and then sees it.
  @Test(arguments: ["insert", "revive", "delete", "update"]) func plainSQLThatIsUnderWayIsAConflict(_ verb: String)
    throws
  {
    let store = try site.store()
    let lease = try fill(store)
    let other = Address("target", "other")
    let (plain, write) = (try site.plain(), verb == "insert" || verb == "revive" ? other : users)
    try plain.run("BEGIN")
    let insert = "INSERT INTO \(site.records) (workspace, kind, name, spec) VALUES ('shop', 'target', 'other', '[5]')"
    switch verb {
    case "insert": try plain.run(insert)
    case "revive":
      try plain.run(insert)
      try plain.run("DELETE FROM \(site.records) WHERE name = 'other'")
    case "delete": try plain.run("DELETE FROM \(site.records)")
    default: try plain.run("UPDATE \(site.records) SET spec = '[5]'")
    }
    let somebody = OtherHand(plain)
    let answer = concurrently([0, 1], limit: 2) { who -> [WriteResult]? in
      if who == 0 {
        return try? store.commit([.put(write, "{}", seen: write == users ? 1 : 0)], as: .alice, under: lease)
      }
      try? waitForARow()
      _ = try? somebody.session.run("COMMIT")
      return []
    }
    let now = try store.record(write)
    #expect(answer[0] == [.conflict(now)])
    #expect(now?.updatedBy == site.plainWriter && now?.revision == (verb == "insert" ? 1 : 2))
    #expect(now?.isDeleted == (verb == "delete" || verb == "revive"))
  }

  private func waitForARow() throws {
    // A row's lock is waited for as a transaction's.
    let waiting = "SELECT pg_sleep(0.02), count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    let watcher = try site.plain()
    while try watcher.run(waiting)[0, 1] == "0" {}
  }

  /// Plain SQL holds the row: the commit has checked its lease and waits, and so the lease cannot be taken over
  /// between the check and the write.
  @Test func aTakeoverWaitsForTheCommitThatIsUnderWay() throws {
    let store = try site.store()
    let old = try fill(store)
    site.clock.advance(by: .seconds(11))
    let plain = try site.plain()
    try plain.run("BEGIN")
    try plain.run("SELECT FROM \(site.records) FOR UPDATE")
    let (site, found) = (site, FoundByThread())
    let thread = Runtime.Thread.start {
      found.set(storeError { _ = try store.commit([.put(users, "[1]", seen: 1)], as: .alice, under: old) })
    }
    try waitForARow()
    let impatient = try site.store(deadline: .milliseconds(700))
    let error = storeError { _ = try impatient.shopLease("bob") }
    #expect(error?.failure?.cause.contains("no answer within") == true)
    try plain.run("ROLLBACK")
    thread?.join()
    #expect(found.error == nil && found.isSet)
    #expect(try site.store().shopLease("bob").token == 2)
    #expect(try store.record(users)?.revision == 2)
  }

  /// A pooler with one server connection: everybody's transactions go through the same session.
  @Test(.enabled(if: PostgreSQLServer.poolerUnavailable == nil, noPooler)) func behindAPoolerInTransactionMode() throws
  {
    let port = try PostgreSQLServer.poolerPort()
    let (first, second) = (try site.store(port: port), try site.store(port: port))
    let lease = try fill(first)
    #expect(storeError { _ = try second.shopLease("bob") } == .held(lease))
    let counts = concurrently(Array(0..<4), limit: 4) { [site] number -> Int? in
      guard let store = try? site.store(port: port) else { return nil }
      let writes = (0..<50).map { RecordWrite.put(Address("target", "p\(number)_\($0)"), "{}", seen: 0) }
      return try? store.commit(writes, as: .alice, under: lease).count
    }
    #expect(counts == [50, 50, 50, 50])
    let log = try second.auditLog(of: "shop")
    #expect(log.count == 201 && AuditChain.verify(log) == .whole(log[200].head))
    // Nothing is left behind for the next client.
    let other = try PlainSession(Session(connecting: site.parameters(port: port), deadline: .after(.seconds(20))))
    #expect(try other.column("SHOW search_path") == ["\"$user\", public"])
    #expect(
      try other.column("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == ["0"])
    #expect(try other.column("SELECT count(*) FROM pg_prepared_statements") == ["0"])
  }

  @Test func anInterruptEndsReadingButNotAHeldLease() throws {
    let interrupt = try Interrupt()
    let store = try site.store(interrupt: interrupt)
    let lease = try fill(store)
    interrupt.raise()
    #expect(try store.append([], to: "shop", under: lease).number == 1)
    #expect(try store.records(in: "shop").count == 1)
    try store.release(lease)
    #expect(storeError { _ = try store.records(in: "shop") }?.failure?.cause.contains("interrupted") == true)
    #expect(storeError { _ = try store.shopLease() }?.failure?.cause.contains("interrupted") == true)
  }
}

/// `@unchecked Sendable`: one thread uses it after the other.
private final class OtherHand: @unchecked Sendable {
  let session: PlainSession
  init(_ session: PlainSession) { self.session = session }
}

/// What a thread found.
private final class FoundByThread: @unchecked Sendable {
  private let lock = NSLock()
  private var value: RecordStoreError?
  private var hasValue = false
  func set(_ error: RecordStoreError?) { lock.withLock { (value, hasValue) = (error, true) } }
  var error: RecordStoreError? { lock.withLock { value } }
  var isSet: Bool { lock.withLock { hasValue } }
}
