import Reconciliation
import Testing

@testable import ControlPlane

/// Every control plane knows who it is, so that a plan for another one is refused.
@Suite struct IdentityConformanceTests {
  @Test(arguments: World.allCases) func everyDoorSaysTheSame(_ world: World) throws {
    let (site, other) = (try world.site(), try world.site())
    defer { withExtendedLifetime((site, other)) {} }
    // A store on a server makes its tables with the first write.
    for site in [site, other] { _ = try site.door().shopLease() }
    let identity = try #require(try site.door().identity())
    #expect(identity.count >= 16)
    #expect(try site.door().identity() == identity)
    #expect(try other.door().identity() != identity)
  }

  @Test func whatIsNotMadeYetHasNone() { #expect(MemoryStore(identity: nil).identity() == nil) }

  /// A file of the first schema is given an identity when it is opened, and keeps what was in it.
  @Test func anOldFileIsGivenOne() throws {
    let site = try SQLiteSite()
    let connection = try SQLiteConnection(path: site.path, .readWrite)
    try connection.run(SQLiteSchema.migrations[0])
    try connection.run("PRAGMA application_id = \(SQLiteSchema.applicationID); PRAGMA user_version = 1")
    try site.insertUnmanaged(users, in: "shop", spec: "{}")
    let identity = try #require(try site.door().identity())
    #expect(try site.door().identity() == identity)
    #expect(try site.door().records(in: "shop").count == 1)
  }
}
