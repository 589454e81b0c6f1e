import Reconciliation
import TestServers
import Testing

@testable import ControlPlane

/// The tables of the catalogue: brought into older control planes, and guarded against plain SQL.
@Suite struct SnapshotTablesTests {
  @Test(arguments: 1..<SQLiteSchema.version) func anOlderFileIsBroughtUpToDate(_ version: Int) throws {
    let site = try SQLiteSite()
    let connection = try SQLiteConnection(path: site.path, .readWrite)
    for migration in SQLiteSchema.migrations.prefix(version) { try connection.run(migration) }
    try connection.run("PRAGMA application_id = \(SQLiteSchema.applicationID); PRAGMA user_version = \(version)")
    try site.insertUnmanaged(users, in: "shop", spec: "{}")
    let store = try site.store()
    #expect(try store.records(in: "shop").count == 1 && store.snapshots(of: nil, in: "shop") == [])
    try beginAndExpect(store, site.clock)
  }

  @Test func theFileKeepsItsSnapshots() throws {
    let site = try SQLiteSite()
    try beginAndExpect(try site.store(), site.clock)
    #expect(throws: (any Error).self) { try site.plain().run("DELETE FROM snapshots") }
    #expect(throws: (any Error).self) { try site.plain().run("UPDATE snapshots SET state = 'ready'") }
    #expect(throws: (any Error).self) { try site.plain().run("UPDATE snapshots SET state = 'gone'") }
    #expect(throws: (any Error).self) { try site.plain().run("UPDATE snapshots SET parts = '{'") }
    #expect(try site.store().snapshots(of: nil, in: "shop").map(\.state) == [.building])
  }

  fileprivate func beginAndExpect(_ store: any SnapshotCatalogue, _ clock: TestClock) throws {
    let lease = try store.refreshLease("users")
    let id = SnapshotID(at: clock.now(), random: (1, 1))
    _ = try store.enter([.begin(.users(id)), .note(.early(id))], as: .alice, under: lease)
    #expect(try store.snapshots(of: "users", in: "shop").map(\.id) == [id])
    #expect(try store.checkpoints(in: "shop").map(\.snapshot) == [id])
  }

  @Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer)) struct Shared {
    @Test func anOlderSchemaIsBroughtUpToDate() throws {
      let site = try PostgreSQLSite()
      let (schema, plain) = (try PostgreSQLSchema(site.schema), try site.plain())
      try plain.run("CREATE SCHEMA \(schema.quoted)")
      for statement in schema.steps[0] { try plain.run(statement) }
      try plain.run("INSERT INTO \(schema.migrations) (version) VALUES (1)")
      try plain.run(
        "INSERT INTO \(site.records) (workspace, kind, name, spec) VALUES ('shop', 'target', 'users', '{}')")
      let store = try site.store()
      let identity = try plain.column("SELECT identity FROM \(schema.migrations)")
      // A reader must not change anything, and must not take the missing tables for an empty catalogue either.
      #expect(
        storeError { _ = try store.snapshots(of: nil, in: "shop") }?.failure?.hint?.contains("apply once") == true)
      try SnapshotTablesTests().beginAndExpect(store, site.clock)
      #expect(try store.records(in: "shop").count == 1 && [store.identity()] == identity)
    }

    @Test func theSchemaKeepsItsSnapshots() throws {
      let site = try PostgreSQLSite()
      let (schema, plain) = (try PostgreSQLSchema(site.schema), try site.plain())
      try SnapshotTablesTests().beginAndExpect(try site.store(), site.clock)
      #expect(plain.refusal("DELETE FROM \(schema.snapshots)") == "P0001")
      #expect(plain.refusal("TRUNCATE \(schema.snapshots)") == "P0001")
      #expect(plain.refusal("UPDATE \(schema.snapshots) SET state = 'ready'") == "23514")
      #expect(plain.refusal("UPDATE \(schema.snapshots) SET parts = '{'") == "22P02")
      #expect(try site.store().snapshots(of: nil, in: "shop").map(\.state) == [.building])
    }

    @Test func aRoleThatMayOnlyReadIsToldWhatItNeeds() throws {
      let site = try PostgreSQLSite()
      try site.make()
      let role = try site.makeRole("reader")
      let quoted = PostgreSQLServer.quoted(role)
      let schema = try PostgreSQLSchema(site.schema)
      try site.plain().run("GRANT USAGE ON SCHEMA \(schema.quoted) TO \(quoted)")
      try site.plain().run("GRANT SELECT ON ALL TABLES IN SCHEMA \(schema.quoted) TO \(quoted)")
      let store = try site.store(role: role)
      #expect(try store.snapshots(of: nil, in: "shop") == [] && store.latestSnapshots(in: "shop") == [])
      #expect(storeError { _ = try store.refreshLease("users") }?.failure?.hint?.contains("GRANT SELECT") == true)
    }
  }
}
