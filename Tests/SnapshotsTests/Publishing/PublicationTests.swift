import Foundation
import PostgreSQL
import Runtime
import TestServers
import Testing

@testable import Snapshots

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct PublicationTests {
  private func publication(_ quarantine: Quarantine, _ patience: Duration, disconnects: Bool = false) -> Publication {
    Publication(of: quarantine, patience: patience, disconnects: disconnects)
  }

  @Test(arguments: [nil, "a \"quoted\"\n; DROP 'ß", String(repeating: "ä", count: 31) + "x"])
  func aCopyTakesThePlaceOfNothingAndOfTheOneBefore(destination: String?) throws {
    let site = try CopySite("SELECT 1", destination: destination)
    let first = try publication(site.makeQuarantine("one"), .seconds(20)).publish()
    #expect(first == Publication.Outcome())
    #expect(try site.version() == "new")
    try site.server.run("UPDATE version SET v = 'before'", database: site.destination)
    let second = try publication(site.makeQuarantine("two"), .seconds(20)).publish()
    #expect(second == Publication.Outcome())
    #expect(try site.version() == "new")
    #expect(try site.databases() == [site.destination.replacingOccurrences(of: "\n", with: "⏎")])
    // Everybody may connect as to any new database.
    _ = try Session(connecting: try site.parameters(site.reader, site.destination), deadline: soon)
    // Nothing is left of the settings of the load.
    let settings = try site.server.run(
      "SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = \(quoteLiteral(site.destination))",
      database: "postgres")
    #expect(settings == "0")
    try site.server.run("DROP DATABASE \(PostgreSQLServer.quoted(site.destination))", database: "postgres")
  }

  private static let belongings = """
    SELECT datacl, datconnlimit, shobj_description(d.oid, 'pg_database'), pg_get_userbyid(datdba), datallowconn,
      (SELECT string_agg(coalesce(rolname, '-') || setconfig::text, ';' ORDER BY rolname) FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = setrole
        WHERE setdatabase = d.oid)
    FROM pg_database d WHERE datname = :name
    """

  private func belongings(_ site: CopySite) throws -> String {
    try site.server.run(
      Self.belongings.replacingOccurrences(of: ":name", with: quoteLiteral(site.destination)), database: "postgres")
  }

  @Test func whatTheDatabaseHadIsCarriedOver() throws {
    let site = try CopySite("SELECT 1")
    try site.makeDestination()
    let name = site.destination
    try site.server.run(
      """
      REVOKE ALL ON DATABASE \(name) FROM PUBLIC;
      SET ROLE \(site.writer);
      GRANT CONNECT ON DATABASE \(name) TO \(site.reader) WITH GRANT OPTION; GRANT TEMPORARY ON DATABASE \(name) TO pg_read_all_data;
      ALTER DATABASE \(name) SET search_path TO "$user", "a, b", public, "qu""ote";
      ALTER DATABASE \(name) SET statement_timeout TO '1ms';
      ALTER DATABASE \(name) SET application_name TO 'it''s \\ x';
      ALTER ROLE \(site.writer) IN DATABASE \(name) SET work_mem TO '7MB';
      ALTER DATABASE \(name) CONNECTION LIMIT 17; COMMENT ON DATABASE \(name) IS 'ours: do''nt touch';
      """, database: "postgres")
    let before = try belongings(site)
    let outcome = try publication(site.makeQuarantine("carried"), .seconds(20)).publish()
    #expect(outcome.notCarriedOver == [])
    let after = try belongings(site)
    #expect(after == before)
    #expect(before.contains("17|ours") && before.contains("search_path") && before.contains("work_mem=7MB"))
    #expect(try site.version() == "new")
  }

  @Test func theRightsOnWhatIsInTheCopyAreCarriedOver() throws {
    let site = try CopySite("SELECT 1")
    let objects = """
      CREATE SCHEMA "s s"; CREATE TABLE "s s"."t t" (a int, "b b" int, c int); CREATE VIEW public.v AS SELECT 1 AS one;
      CREATE SEQUENCE public.q; CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
      """
    try site.makeDestination()
    try site.server.run(
      """
      SET ROLE \(site.writer); \(objects) CREATE TABLE gone (a int);
      GRANT USAGE ON SCHEMA "s s" TO \(site.reader); GRANT SELECT, UPDATE ON "s s"."t t" TO \(site.reader) WITH GRANT OPTION;
      GRANT INSERT ("b b") ON "s s"."t t" TO PUBLIC; GRANT SELECT ON public.v TO PUBLIC; GRANT SELECT ON gone TO PUBLIC;
      GRANT USAGE ON SEQUENCE public.q TO \(site.reader); REVOKE ALL ON FUNCTION public.f FROM PUBLIC;
      """, database: site.destination)
    let quarantine = try site.makeQuarantine("rights")
    try site.server.run("SET ROLE \(site.writer); \(objects)", database: quarantine.name.name)
    let query = """
      SELECT nspacl FROM pg_namespace WHERE nspname = 's s' UNION ALL
      (SELECT relacl FROM pg_class WHERE relname IN ('t t', 'v', 'q') ORDER BY relname) UNION ALL
      (SELECT attacl FROM pg_attribute WHERE attname = 'b b') UNION ALL SELECT proacl FROM pg_proc WHERE proname = 'f'
      """
    #expect(try quarantine.carryOverGrants(deadline: soon) == [])
    let there = try site.server.run(query, database: site.destination)
    #expect(try site.server.run(query, database: quarantine.name.name) == there)
    #expect(there.contains("r*w*") && there.contains("=a/"), "\(there)")
    let first = try CopySite("SELECT 1")
    #expect(try first.makeQuarantine("first").carryOverGrants(deadline: soon) == [])
  }

  @Test func whatTheRoleMayNotCarryOverIsNamed() throws {
    let site = try CopySite("SELECT 1")
    try site.makeDestination()
    try site.server.run(
      """
      ALTER DATABASE \(site.destination) SET log_statement = 'all';
      ALTER ROLE \(site.reader) IN DATABASE \(site.destination) SET work_mem TO '9MB';
      """, database: "postgres")
    let outcome = try publication(site.makeQuarantine("named"), .seconds(20)).publish()
    #expect(outcome.notCarriedOver.count == 2)
    #expect(outcome.notCarriedOver.contains { $0.hasPrefix("setting log_statement: permission denied") })
    #expect(outcome.notCarriedOver.contains { $0.hasPrefix("setting work_mem of \(site.reader): ") })
    #expect(try site.version() == "new")
  }

  @Test func sessionsAreWaitedForThenNamedAndTheCopyStaysReady() throws {
    let site = try CopySite("SELECT 1")
    try site.makeDestination()
    let quarantine = try site.makeQuarantine("occupied")
    let parameters = try site.parameters(site.reader, site.destination)
    let guest = try Session(connecting: parameters, deadline: soon)
    let error = try #require(throws: QuarantineFailure.self) {
      _ = try publication(quarantine, .milliseconds(300)).publish()
    }
    #expect(error == .occupied([Occupant(role: site.reader, application: "decant", address: nil)]))
    #expect(try site.version() == "old")
    #expect(try guest.query("SELECT 1", deadline: soon).single == "1")
    guest.close()
    // `decant publish`: another process finds it by its name.
    let found = try #require(try Quarantine.find(try site.name("occupied"), on: site.maintenance()))
    #expect(found.oid == quarantine.oid)
    #expect(try publication(found, .seconds(20)).publish() == Publication.Outcome())
    #expect(try site.version() == "new")
  }

  @Test func sessionsAreEndedWhereThatIsDeclaredAlsoWhenTheyComeBack() throws {
    let site = try CopySite("SELECT 1")
    try site.makeDestination()
    let quarantine = try site.makeQuarantine("ended")
    let parameters = try site.parameters(site.reader, site.destination)
    let over = try Interrupt()
    // Clients that connect again as soon as they are thrown out.
    let clients = (0..<3).compactMap { _ in
      Thread.start {
        while !over.isRaised {
          guard let session = try? Session(connecting: parameters, deadline: .after(.seconds(20))) else { continue }
          while !over.isRaised, (try? session.query("SELECT pg_sleep(0.01)", deadline: .after(.seconds(20)))) != nil {}
        }
      }
    }
    let guest = try Session(connecting: parameters, deadline: soon)
    _ = try guest.query("BEGIN", deadline: soon)
    let outcome = Result { try publication(quarantine, .seconds(30), disconnects: true).publish() }
    over.raise()
    for client in clients { client.join() }
    #expect(try outcome.get() == Publication.Outcome())
    #expect(try site.version() == "new")
    #expect(throws: DatabaseError.self) { _ = try guest.query("SELECT 1", deadline: soon) }
  }

  @Test func aSessionThatMayNotBeEndedIsNamed() throws {
    let site = try CopySite("SELECT 1")
    try site.makeDestination()
    let quarantine = try site.makeQuarantine("superuser")
    let admin = try Session(
      connecting: try ConnectionParameters(
        [
          ("host", site.server.socketFolder), ("port", "\(site.server.port)"), ("user", site.server.user),
          ("dbname", site.destination), ("application_name", "the admin's"),
        ], password: Secret(site.server.password)), deadline: soon)
    let error = try #require(throws: QuarantineFailure.self) {
      _ = try publication(quarantine, .milliseconds(100), disconnects: true).publish()
    }
    #expect("\(error)" == "connected to the destination: \(site.server.user) with the admin's")
    #expect(try site.version() == "old")
    #expect(try admin.query("SELECT 1", deadline: soon).single == "1")
  }

  @Test func anInterruptEndsTheWaitAndNothingIsDone() throws {
    let site = try CopySite("SELECT 1")
    try site.makeDestination()
    let interrupt = try Interrupt()
    let made = try site.makeQuarantine("interrupted")
    let quarantine = Quarantine(name: made.name, oid: made.oid, server: try site.maintenance(interrupt: interrupt))
    let guest = try Session(connecting: try site.parameters(site.reader, site.destination), deadline: soon)
    interrupt.raise()
    #expect(throws: QuarantineFailure.self) { _ = try publication(quarantine, .seconds(60)).publish() }
    guest.close()
    #expect(try site.version() == "old")
  }

  @Test func anotherCopyUnderTheSameNameIsNotPublished() throws {
    let site = try CopySite("SELECT 1")
    let quarantine = try site.makeQuarantine("same")
    try quarantine.drop()
    _ = try site.makeQuarantine("same")
    #expect(throws: QuarantineFailure.self) { _ = try publication(quarantine, .seconds(1)).publish() }
  }

  @Test func publishingTwiceIsDoneOnce() throws {
    let site = try CopySite("SELECT 1")
    try site.makeDestination()
    let quarantine = try site.makeQuarantine("twice")
    _ = try publication(quarantine, .seconds(20)).publish()
    let again = try publication(quarantine, .seconds(20)).publish()
    #expect(again.wasDone)
    #expect(try site.version() == "new")
  }

  /// The connection is cut after every so many bytes, so that each answer and each question of the publication is once
  /// the one that gets lost.
  @Test(arguments: [true, false])
  func aConnectionThatBreaksAnywhereLeavesOneWholeCopyAndTheNextRunEndsIt(cutsAnswers: Bool) throws {
    let site = try CopySite("SELECT 1")
    try site.makeDestination()
    var (broken, whole, unpublished) = (0, 0, 0)
    for (place, offset) in stride(from: 0, through: 7_000, by: 350).enumerated() {
      try site.server.run("UPDATE version SET v = 'old'", database: site.destination)
      let made = try site.makeQuarantine("cut\(place)")
      let proxy = try FaultProxy(toPort: site.server.port, cutsAnswers ? .cutDown(offset) : .cutUp(offset))
      let quarantine = Quarantine(name: made.name, oid: made.oid, server: try site.maintenance(port: proxy.port))
      do {
        _ = try publication(quarantine, .milliseconds(400)).publish()
        whole += 1
        #expect(try site.version() == "new", "after \(offset) bytes")
      } catch {
        broken += 1
        #expect(["old", "new"].contains(try site.version()), "after \(offset) bytes")
      }
      if try site.version() == "old" { unpublished += 1 }
      let outcome = try publication(made, .seconds(20)).publish()
      #expect(outcome.remaining == nil)
      #expect(try site.version() == "new", "after \(offset) bytes")
      #expect(try site.databases() == [site.destination], "after \(offset) bytes")
    }
    #expect(broken > 5 && whole > 2 && unpublished > 3, "\(broken) \(whole) \(unpublished)")
  }
}

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct LostCommitTests {
  /// Publishes through a proxy that cuts answers after so many bytes of each connection; nothing where that failed.
  private func publish(
    _ site: CopySite, _ id: String, cuttingAfter offset: Int, patience: Duration
  ) throws -> Publication.Outcome? {
    try site.server.run("UPDATE version SET v = 'old'", database: site.destination)
    let made = try site.makeQuarantine(id)
    let proxy = try FaultProxy(toPort: site.server.port, .cutDown(offset))
    let quarantine = Quarantine(name: made.name, oid: made.oid, server: try site.maintenance(port: proxy.port))
    let outcome = try? Publication(of: quarantine, patience: patience).publish()
    _ = try Publication(of: made, patience: .seconds(20)).publish()
    #expect(try site.version() == "new")
    return outcome
  }

  /// The shortest answer that is long enough is searched for by halves, and then all around it, the answer to COMMIT is
  /// lost byte by byte. The server says that it was done, and it is not done again. Most of the search are failures, which
  /// take all of their patience; behind it there are none, and a slow machine has its time.
  @Test func aLostAnswerToCommitIsAskedForAgain() throws {
    let site = try CopySite("SELECT 1")
    try site.makeDestination()
    var (short, long) = (0, 8_000)
    while long - short > 1 {
      let middle = (short + long) / 2
      let outcome = try publish(site, "half\(middle)", cuttingAfter: middle, patience: .milliseconds(400))
      if outcome == nil { short = middle } else { long = middle }
    }
    for offset in stride(from: long, through: long + 40, by: 8) {
      let outcome = try publish(site, "byte\(offset)", cuttingAfter: offset, patience: .seconds(60))
      #expect(outcome?.wasDone == false, "after \(offset) bytes, where \(long) are enough")
    }
  }
}

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct SweepTests {
  @Test func whatIsLeftBehindIsDroppedAndNothingElse() throws {
    let site = try CopySite("SELECT 1")
    try site.makeDestination()
    _ = try site.makeQuarantine("dead")
    let alive = try site.makeQuarantine("alive")
    let name = PostgreSQLServer.quoted
    // A previous copy that was replaced and not dropped, closed as a publication leaves it.
    let previous = try #require(ScratchName(destination: site.destination, id: "alive", role: .previous))
    // Somebody else's, of our form; one of a neighbour with the same beginning; one without a comment, known or not.
    let neighbour = try #require(ScratchName(destination: site.destination + "_x", id: "dead"))
    let (bare, stranger) = (try site.name("bare"), try site.name("stranger"))
    for (database, comment) in [
      (previous.name, ScratchHint(previous).comment), (neighbour.name, ScratchHint(neighbour).comment),
      (bare.name, nil),
      (stranger.name, nil), (site.destination + "__decant_1_manual", "mine"),
    ] {
      try site.server.run("CREATE DATABASE \(name(database)) OWNER \(site.writer)", database: "postgres")
      if let comment {
        try site.server.run("COMMENT ON DATABASE \(name(database)) IS \(quoteLiteral(comment))", database: "postgres")
      }
    }
    try site.server.run("ALTER DATABASE \(name(previous.name)) ALLOW_CONNECTIONS false", database: "postgres")
    let other = try #require(ScratchName(destination: site.destination, id: "otherowner"))
    try site.server.run("CREATE DATABASE \(name(other.name))", database: "postgres")
    try site.server.run(
      "COMMENT ON DATABASE \(name(other.name)) IS \(quoteLiteral(ScratchHint(other).comment))", database: "postgres")

    let outcome = try Sweep(
      site.destination, on: site.maintenance(), alive: ["alive"], known: ["alive", "bare", "dead"]
    ).run()
    #expect(outcome.dropped.sorted() == [previous.name, bare.name, try site.name("dead").name].sorted())
    #expect(outcome.unclaimed == [stranger.name])
    #expect(outcome.failures == [])
    // Nobody who works by this role gets rid of what another one owns, so that it is told.
    #expect(
      outcome.foreign == [
        "\(other.name), which an earlier run had left, belongs to the role \(site.server.user) and was left alone; as that role: DROP DATABASE \(name(other.name))"
      ])
    let left = [
      site.destination, alive.name.name, neighbour.name, stranger.name, site.destination + "__decant_1_manual",
    ]
    #expect(Set(try site.databases()) == Set(left))
    #expect(try site.version() == "old")
    #expect(
      try site.server.run(
        "SELECT count(*) FROM pg_database WHERE datname = \(quoteLiteral(other.name))", database: "postgres") == "1")
    #expect(try Sweep(site.destination, on: site.maintenance(), alive: ["alive"]).run().dropped == [])
  }
}

@Suite struct RequiredGrantsTests {
  @Test func theStatementsAreExactAndQuoted() throws {
    let grants = try RequiredGrants(
      source: .init(database: "sh\"op", role: "ro", schemas: ["a b"], tableOwner: "app"),
      destination: .init(
        database: "dev", role: "dev role", maintenanceDatabase: "postgres", exists: true, disconnects: true))
    #expect(
      grants.source == [
        "GRANT CONNECT ON DATABASE \"sh\"\"op\" TO \"ro\";", "GRANT USAGE ON SCHEMA \"a b\" TO \"ro\";",
        "GRANT SELECT ON ALL TABLES IN SCHEMA \"a b\" TO \"ro\";",
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA \"a b\" TO \"ro\";",
        "ALTER DEFAULT PRIVILEGES FOR ROLE \"app\" IN SCHEMA \"a b\" GRANT SELECT ON TABLES TO \"ro\";",
        "ALTER DEFAULT PRIVILEGES FOR ROLE \"app\" IN SCHEMA \"a b\" GRANT SELECT ON SEQUENCES TO \"ro\";",
      ])
    #expect(
      grants.destination == [
        "ALTER ROLE \"dev role\" CREATEDB;", "GRANT CONNECT ON DATABASE \"postgres\" TO \"dev role\";",
        "ALTER DATABASE \"dev\" OWNER TO \"dev role\";", "GRANT pg_signal_backend TO \"dev role\";",
      ])
  }
}

@Suite struct SettingNamesTests {
  @Test(arguments: [
    ("\"$user\", public", ["$user", "public"]), ("\"a, b\",\"qu\"\"ote\"", ["a, b", "qu\"ote"]), ("", []), ("x", ["x"]),
  ])
  func listsAreSplit(list: String, names: [String]) { #expect(DatabaseBelongings.Setting.names(in: list) == names) }
}
