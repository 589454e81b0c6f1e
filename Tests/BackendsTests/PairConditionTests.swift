import Backends
import Reconciliation
import TestServers
import Testing

@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct DestinationConditionTests {
  static let original = Result { try World("origin") }

  /// A database for the copy, with one role `@ro` that may do as the SQL says.
  private func look(_ sql: String, maintenance: String? = nil) throws -> (Conditions, World) {
    let world = try World("copy", sql)
    let refresh = maintenance.map { "    refresh: {maintenance_db: \(world.named($0))}\n" } ?? ""
    let yaml = """
      targets:
        t:
          snapshot:
            src_url: '\(try Self.original.get().url)'
            dst_url: '\(world.url)'

      """
    return (try Conditions(yaml + refresh), world)
  }

  private static let all = "ALTER DATABASE @db OWNER TO @ro; ALTER ROLE @ro CREATEDB"

  @Test func whoOwnsAndMayCreateCanPublish() throws {
    let (conditions, _) = try look(Self.all)
    #expect(conditions["destination_role_cannot_publish"] == "holds")
    #expect(conditions["destination_older"] == "holds")
    #expect(conditions["same_source_and_destination"] == "holds")
    #expect(conditions["same_cluster"] == "holds")
    #expect(conditions.failing == [])
    #expect(conditions.unknown == [])
  }

  @Test(arguments: [
    Told(
      "ALTER DATABASE @db OWNER TO @ro", "it may not create databases (ALTER ROLE \"@ro\" CREATEDB)"),
    Told(
      "ALTER ROLE @ro CREATEDB",
      "the database belongs to decant_admin (ALTER DATABASE \"@db\" OWNER TO \"@ro\")"),
    Told(
      "SELECT 1",
      "it may not create databases (ALTER ROLE \"@ro\" CREATEDB); the database belongs to decant_admin (ALTER DATABASE \"@db\" OWNER TO \"@ro\")"
    ),
    // To rename a database the role has to have its owner's privileges; that it could SET ROLE does not help.
    Told(
      "CREATE ROLE @a; ALTER DATABASE @db OWNER TO @a; GRANT @a TO @ro; ALTER ROLE @ro NOINHERIT CREATEDB",
      "the database belongs to @a (ALTER DATABASE \"@db\" OWNER TO \"@ro\")"),
  ])
  func whatLacksIsSaidWithItsSQL(_ told: Told) throws {
    let (conditions, world) = try look(told.sql)
    #expect(
      conditions["destination_role_cannot_publish"]
        == world.named("warning: role @ro could not publish a copy by renaming: \(told.sentence)"))
    // What the sentence says to run is taken, and then nothing lacks.
    for grant in told.sentence.split(separator: "(").dropFirst() {
      try world.run(String(grant.prefix { $0 != ")" }))
    }
    let healed = try Conditions(source: try Self.original.get().url, destination: world.url)
    #expect(healed["destination_role_cannot_publish"] == "holds")
  }

  @Test(arguments: [
    ("nowhere", "there is no database nowhere to rename from (refresh.maintenance_db)"),
    ("@db", "@db cannot be renamed from within (refresh.maintenance_db names another one)"),
    ("template0", "it may not connect to template0 (GRANT CONNECT ON DATABASE \"template0\" TO \"@ro\")"),
    ("template1", nil),
  ])
  func aSecondDatabaseIsNeeded(_ maintenance: String, _ sentence: String?) throws {
    let (conditions, world) = try look(Self.all, maintenance: maintenance)
    let expected = sentence.map { "warning: role @ro could not publish a copy by renaming: \($0)" } ?? "holds"
    #expect(conditions["destination_role_cannot_publish"] == world.named(expected))
  }

  @Test func otherPeoplesSessionsAreNamed() throws {
    let world = try World("busy", Self.all + "; CREATE ROLE @a LOGIN PASSWORD '@a'")
    let server = world.server
    let (held, asked) = (try PostgreSQLSession(server, world.database, "\(world.role)_a"), try Self.original.get().url)
    #expect(
      try Conditions(source: asked, destination: world.url)["destination_role_cannot_publish"]
        == world.named(
          "warning: role @ro could not publish a copy by renaming: it may not end sessions of @a (GRANT pg_signal_backend TO \"@ro\")"
        ))
    try world.run("GRANT pg_signal_backend TO @ro")
    #expect(try Conditions(source: asked, destination: world.url)["destination_role_cannot_publish"] == "holds")
    let superuser = try PostgreSQLSession(server, world.database, nil)
    #expect(
      try Conditions(source: asked, destination: world.url)["destination_role_cannot_publish"]
        == world.named(
          "warning: role @ro could not publish a copy by renaming: it cannot end sessions of the superuser decant_admin, who is connected"
        ))
    withExtendedLifetime((held, superuser)) {}
  }

  @Test func whatDoesNotExistIsSpokenOfOnce() throws {
    let source = try Self.original.get()
    let conditions = try Conditions(
      source: source.url, destination: source.url.replacing(source.database, with: "none"))
    #expect(conditions["destination_role_cannot_publish"] == nil)
    #expect(
      conditions["destination_exists"]
        == "warning: none does not exist, and role \(source.role) may not create it. ALTER ROLE … CREATEDB, or create it"
    )
  }

  @Test func oneDatabaseIsOnlyThat() throws {
    let source = try Self.original.get()
    let conditions = try Conditions(source: source.url, destination: source.url)
    #expect(conditions["same_cluster"] == nil)
    #expect(conditions["destination_role_cannot_publish"] == nil)
    let same = try #require(conditions.all.first { $0.code == "same_source_and_destination" })
    #expect(same.blocks && !same.isWaivable)
  }

  @Test func aRoleThatMayNotAskForTheIdentifierKnowsNothing() throws {
    let world = try World("secretive")
    try world.server.run(
      "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC", database: world.database)
    let conditions = try Conditions(source: world.url, destination: try Self.original.get().url)
    #expect(conditions["source_reachable"] == "holds")
    #expect(conditions["same_cluster"]?.hasPrefix("unknown: whether the servers are clones") == true)
  }
}

/// What no server here can be: values in memory.
@Suite struct ClusterConditionTests {
  private func look(
    _ source: ServerFacts.Cluster, _ copy: ServerFacts.Cluster, versions: (Int, Int) = (150_018, 150_018)
  ) throws -> Conditions {
    func server(_ name: String, _ version: Int, _ cluster: ServerFacts.Cluster) -> ServerFacts {
      ServerFacts(version: version, tls: .unixSocket, database: name, role: "ro", cluster: cluster)
    }
    var (prod, dev) = (MemoryDatabases.Database.clean("shop"), MemoryDatabases.Database.clean("shop_dev"))
    prod.source = .success(
      SourceFacts(
        server: server("shop", versions.0, source), schemas: ["public"], unreadable: [], writes: [], hiddenRows: []))
    dev.destination = .success(
      DestinationFacts(server: server("shop_dev", versions.1, copy), exists: true, canCreate: true, comment: nil))
    return try Conditions(
      """
      targets:
        t: {snapshot: {src_url: "postgresql://ro@prod/shop", dst_url: "postgresql://dev@dev/shop_dev"}}
      """, MemoryDatabases(["prod/shop": prod, "dev/shop_dev": dev]))
  }

  private func cluster(_ identifier: String, _ number: String, isStandby: Bool = false) -> ServerFacts.Cluster {
    .init(identifier: identifier, databaseNumber: number, isStandby: isStandby)
  }

  @Test func otherClustersHold() throws {
    #expect(try look(cluster("1", "5"), cluster("2", "5")).failing == [])
  }

  @Test func twoDatabasesOfOneClusterHold() throws {
    #expect(try look(cluster("1", "5"), cluster("1", "6"))["same_cluster"] == "holds")
  }

  @Test func aCloneIsAWarningThatCanBeWaived() throws {
    let said = try look(cluster("1", "5"), cluster("1", "5"))
    let condition = try #require(said.all.first { $0.code == "same_cluster" })
    #expect(condition.severity == .warning && condition.isFailing && condition.isWaivable)
  }

  /// Locks are not repeated on standbys: the proof says "different" of a standby and its own primary.
  @Test func aStandbyAndItsPrimaryBlock() throws {
    let said = try look(cluster("1", "5", isStandby: true), cluster("1", "5"))
    #expect(said["same_source_and_destination"] == "holds")
    #expect(said["same_cluster"]?.contains("and one is a standby") == true)
    #expect(said.all.first { $0.code == "same_cluster" }?.blocks == true)
  }

  /// Versions that no server here has: too old is an error, untested is a warning and copies all the same.
  @Test(arguments: [
    (13, Severity?.some(.error), "PostgreSQL 13 is older than 14, the oldest that can be copied"), (14, nil, ""),
    (18, nil, ""), (19, .warning, "PostgreSQL 19 is newer than 18, the newest that was tested"),
    (42, .warning, "PostgreSQL 42 is newer than 18, the newest that was tested"),
  ])
  func theSourcesVersionIsJudged(major: Int, severity: Severity?, sentence: String) throws {
    let version = major * 10_000 + 1
    let said = try look(cluster("1", "5"), cluster("2", "5"), versions: (version, version))
    let condition = try #require(said.all.first { $0.code == "source_version" })
    #expect(condition.isFailing == (severity != nil) && condition.message ?? "" == sentence, "\(condition)")
    if let severity { #expect(condition.severity == severity && condition.blocks == (severity == .error)) }
    #expect(said.all.filter(\.blocks).count == (severity == .error ? 1 : 0))
  }

  @Test func anOlderDestinationBlocks() throws {
    let said = try look(cluster("1", "5"), cluster("2", "5"), versions: (160_002, 150_018))
    #expect(
      said["destination_older"]
        == "error: the source is PostgreSQL 16, the destination 15: a dump of a newer one cannot be restored there")
    #expect(
      try look(cluster("1", "5"), cluster("2", "5"), versions: (150_018, 170_002))["destination_older"] == "holds")
  }
}

@Suite(
  .serialized,
  .enabled(
    if: PostgreSQLServer.poolerUnavailable == nil,
    Comment(rawValue: PostgreSQLServer.poolerUnavailable ?? "pgbouncer is available")), .timeLimit(.minutes(30)))
struct PoolerConditionTests {
  let server: PostgreSQLServer
  let port: Int

  init() throws {
    server = try PostgreSQLServer.shared()
    port = try PostgreSQLServer.poolerPort()
  }

  private func pooled(_ database: String, direct: Bool = false) throws -> String? {
    try Conditions(source: server.url(database, nil, "sslmode=disable", port: direct ? nil : port))["source_pooled"]
  }

  static let sentence =
    "warning: a pooler in transaction mode answers: it gives one session to several connections, and a copy needs its snapshot's session for itself. Name the server itself, or a pool with pool_mode=session"

  @Test func transactionModeIsToldWithOneServerConnectionAndWithFive() throws {
    for _ in 1...3 {
      #expect(try pooled("postgres") == Self.sentence)
      #expect(try pooled("by_turns") == Self.sentence)
    }
  }

  @Test func sessionModeAndTheServerItselfHold() throws {
    for _ in 1...3 {
      #expect(try pooled("by_session") == "holds")
      #expect(try pooled("postgres", direct: true) == "holds")
    }
  }

  @Test func aPoolThatIsFullTellsNothing() throws {
    let held = try (1...4).map { _ in try PostgreSQLSession(server, "by_session", nil, port: port) }
    #expect(try pooled("by_session")?.hasPrefix("unknown: a pooler answers, and whether it shares") == true)
    withExtendedLifetime(held) {}
  }
}
