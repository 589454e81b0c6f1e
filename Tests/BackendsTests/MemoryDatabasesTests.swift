import Backends
import Reconciliation
import Testing

struct MemoryDatabasesTests {
  private func endpoint(_ host: String, _ name: String) -> DatabaseEndpoint {
    DatabaseEndpoint(parameters: ["host": host, "dbname": name], password: nil)
  }

  private func look(_ databases: MemoryDatabases, _ a: DatabaseEndpoint, _ b: DatabaseEndpoint) -> DatabasePair {
    databases.look(at: a, and: b, schemas: SchemaSelection())
  }

  @Test func twoNamesOfOneIdentityAreOneDatabase() {
    var twin = MemoryDatabases.Database.clean("shop")
    twin.identity = "prod/shop"
    let databases = MemoryDatabases(["prod/shop": .clean("shop"), "alias/shop": twin, "prod/other": .clean("other")])
    let shop = endpoint("prod", "shop")
    #expect(look(databases, shop, shop).isSameDatabase == true)
    #expect(look(databases, shop, endpoint("alias", "shop")).isSameDatabase == true)
    #expect(look(databases, shop, endpoint("prod", "other")).isSameDatabase == false)
  }

  @Test func whatIsNotThereIsMissingOrUnreachable() throws {
    let databases = MemoryDatabases(["prod/shop": .clean("shop")])
    let shop = endpoint("prod", "shop")
    let missing = look(databases, shop, endpoint("prod", "copy"))
    #expect(try missing.destination?.get().exists == false)
    #expect(missing.isSameDatabase == false)
    let dead = look(databases, endpoint("nowhere", "shop"), shop)
    #expect(dead.source?.failure?.kind == .unreachable)
    #expect(dead.isSameDatabase == nil)
    databases["nowhere/shop"] = .clean("shop")
    #expect(look(databases, endpoint("nowhere", "shop"), shop).isSameDatabase == false)
  }

  @Test func checksAnswerWhatWasSet() {
    var shop = MemoryDatabases.Database.clean("shop")
    shop.answers = ["SELECT 1": .value("1")]
    let databases = MemoryDatabases(["prod/shop": shop])
    let queries = ["SELECT 1", "SELECT 2"].map { CheckQuery(name: $0, sql: $0) }
    #expect(
      databases.run(queries, on: endpoint("prod", "shop"), workers: 2).map(\.spoken)
        == ["value 1", "failed statement 42601"])
    #expect(
      databases.run(queries, on: endpoint("nowhere", "shop"), workers: 2).map(\.spoken)
        == ["failed unreachable -", "failed unreachable -"])
  }
}
