import Foundation
import PostgreSQL
import Reconciliation
import Runtime
import TestServers
import Testing

@testable import Snapshots

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct QuarantineTests {
  private func dump(_ site: CopySite, _ database: String, _ options: String) throws -> String {
    try site.shell(
      "pg_dump --restrict-key=x --no-owner --no-acl --no-comments --no-publications \(options) -d '\(database)'")
  }

  /// The steps of a copy around its rows, which psql brings over here.
  private func copy(
    _ site: CopySite, _ id: String, _ selection: SchemaSelection
  ) throws -> (quarantine: Quarantine, leftOut: [LeftOut], planned: [LeftOut]) {
    let maintenance = try site.maintenance()
    let reach = try DestinationReach.read(
      in: try Session(connecting: maintenance.parameters, deadline: soon), deadline: soon)
    return try site.withSnapshot { session, snapshot in
      let schemas = try CopiedSchemas.read(selection, in: session, deadline: soon)
      let planned = try LeftOut.read(in: session, extensions: reach.extensions, deadline: soon)
      let states = try SequenceState.read(of: schemas.copied, in: session, deadline: soon)
      let archive = try SchemaArchive.read(
        of: try site.parameters(site.reader, site.source), snapshot: snapshot, leavingOut: schemas.leftOut,
        with: try site.tools(), brief)
      let chosen = RestoreSelection(
        try archive.list(brief),
        RestoreScope(extensions: reach.extensions, refersOutside: schemas.refersOutside))
      #expect(chosen.missingTables.isEmpty)
      let quarantine = try Quarantine.create(
        try site.name(id), like: try DatabaseLocale.read(in: session, deadline: soon), on: maintenance)
      try archive.restore(.beforeRows, chosen, into: quarantine, brief)
      if !schemas.hasPublic { try quarantine.dropPublicSchema(deadline: soon) }
      try site.shell(
        "pg_dump --data-only --no-blobs --no-owner -N private -d \(site.source) | grep -v 'pg_catalog.setval' | psql -X -q -v ON_ERROR_STOP=1 -d '\(quarantine.name)'"
      )
      try archive.restore(.afterRows(jobs: 2), chosen, into: quarantine, brief)
      try SequenceState.set(states, in: try quarantine.open(), deadline: soon)
      try quarantine.analyze(connections: 2, deadline: soon)
      return (quarantine, chosen.leftOut, planned)
    }
  }

  @Test func everythingArrivesAndWhatMayNotIsToldByName() throws {
    let site = try CopySite(
      FeatureMatrix.script + FeatureMatrix.leftOutScript, schemas: FeatureMatrix.schemas)
    let (quarantine, leftOut, planned) = try copy(site, "matrix", SchemaSelection(excluded: ["private", "DATA"]))
    try site.server.run(FeatureMatrix.removalScript, database: site.source)
    for options in ["--schema-only", "--data-only"] {
      let (there, here) = (try dump(site, site.source, options), try dump(site, quarantine.name.name, options))
      let difference = here.split(separator: "\n").difference(from: there.split(separator: "\n"))
      #expect(difference.isEmpty, "\(options)")
      #expect(there.count > 3_000)
    }
    // What a dump does not tell: refreshed views, statistics.
    let facts =
      "SELECT (SELECT c FROM moods), (SELECT d FROM moods2), (SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'users')"
    #expect(try site.server.run(facts, database: quarantine.name.name) == "200|201|t")
    #expect(
      try site.server.run(
        "SELECT count(*) FROM pg_description WHERE description ~ 'ceo@'", database: quarantine.name.name) == "0")

    let titles = Set(leftOut.map(\.title))
    for title in [
      "EXTENSION dblink", "VIEW public far", "VIEW public farther", "FOREIGN DATA WRAPPER wrapper",
      "SERVER elsewhere", "FOREIGN TABLE public distant", "VIEW public from_distant", "EVENT TRIGGER watcher",
      "VIEW public peeking", "FK CONSTRAINT public keyless to_hidden",
    ] { #expect(titles.contains(title), "\(title) in \(titles)") }
    #expect(!titles.contains { $0.contains("users") || $0.contains("public DATA") }, "\(titles)")
    let plan = Set(planned.map(\.title))
    for title in [
      "EXTENSION dblink", "FOREIGN DATA WRAPPER wrapper", "SERVER elsewhere", "PUBLICATION everything",
      "USER MAPPING public on elsewhere", "FOREIGN TABLE public.distant", "EVENT TRIGGER watcher", "LARGE OBJECT 4242",
    ] { #expect(plan.contains(title), "\(title) in \(plan)") }
    #expect(!plan.contains("EXTENSION citext"))
  }

  @Test func onlyTheWantedSchemasComeWithTheExtensionsTheyNeed() throws {
    let site = try CopySite(
      """
      CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE SCHEMA other; DROP SCHEMA public;
      CREATE SCHEMA app; CREATE TABLE app.t (a ext.citext PRIMARY KEY); CREATE TABLE other.secret (a int);
      """, schemas: ["app", "ext"])
    let (quarantine, leftOut, _) = try copyWithoutRows(site, SchemaSelection(included: ["app"]))
    let found = try site.server.run(
      "SELECT string_agg(nspname, ',' ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_|^info'",
      database: quarantine.name.name)
    #expect(found == "app,ext")
    #expect(leftOut.isEmpty)
  }

  private func copyWithoutRows(
    _ site: CopySite, _ selection: SchemaSelection, template: String? = nil
  ) throws -> (Quarantine, [LeftOut], RestoreSelection) {
    let maintenance = try site.maintenance()
    let session = try Session(connecting: maintenance.parameters, deadline: soon)
    let prepared = try template.map { try Session(connecting: maintenance.beside($0), deadline: soon) }
    let reach = try DestinationReach.read(in: session, template: prepared, deadline: soon)
    prepared?.close()
    return try site.withSnapshot { session, snapshot in
      let schemas = try CopiedSchemas.read(selection, in: session, deadline: soon)
      let archive = try SchemaArchive.read(
        of: try site.parameters(site.reader, site.source), snapshot: snapshot, leavingOut: schemas.leftOut,
        with: try site.tools(), brief)
      let chosen = RestoreSelection(
        try archive.list(brief),
        RestoreScope(
          extensions: reach.extensions, presentSchemas: reach.presentSchemas, refersOutside: schemas.refersOutside))
      let quarantine = try Quarantine.create(
        try site.name("rowless"), like: try DatabaseLocale.read(in: session, deadline: soon),
        template: template ?? "template0", on: maintenance)
      if chosen.missingTables.isEmpty {
        try archive.restore(.beforeRows, chosen, into: quarantine, brief)
        try archive.restore(.afterRows(jobs: 2), chosen, into: quarantine, brief)
      }
      if !schemas.hasPublic { try quarantine.dropPublicSchema(deadline: soon) }
      return (quarantine, chosen.leftOut, chosen)
    }
  }

  /// A table whose column has a type of an extension that only a superuser can make.
  private static let seg =
    "CREATE EXTENSION pageinspect; CREATE TABLE t (id int, d text DEFAULT (page_header('')::text)); CREATE TABLE fine (a int)"

  @Test func aTableThatNeedsAnUntrustedExtensionIsToldAndATemplateHelps() throws {
    let site = try CopySite(Self.seg)
    let (first, leftOut, chosen) = try copyWithoutRows(site, SchemaSelection())
    #expect(chosen.missingTables.map(\.sentence) == ["TABLE public t is not copied: it needs EXTENSION pageinspect"])
    #expect(leftOut.contains { $0.sentence.contains("refresh.template") })
    try first.drop()

    let template = try site.server.createDatabase(named: "copy_template")
    try site.server.run("CREATE SCHEMA audit; CREATE EXTENSION pageinspect", database: template)
    try site.server.run("ALTER DATABASE \(template) IS_TEMPLATE true", database: "postgres")
    defer { _ = try? site.server.run("ALTER DATABASE \(template) IS_TEMPLATE false", database: "postgres") }
    let (second, nothing, _) = try copyWithoutRows(site, SchemaSelection(), template: template)
    #expect(nothing.isEmpty)
    #expect(try site.server.run("SELECT count(*) FROM t", database: second.name.name) == "0")
  }

  @Test func sequencesStandBehindTheGreaterOfTheirValueAndTheirColumn() throws {
    let site = try CopySite(
      """
      CREATE TABLE low (id serial PRIMARY KEY); INSERT INTO low VALUES (70); SELECT setval('low_id_seq', 5);
      CREATE TABLE high (id serial PRIMARY KEY); INSERT INTO high VALUES (7); SELECT setval('high_id_seq', 500);
      CREATE TABLE fresh (id serial PRIMARY KEY); CREATE TABLE edge (id int GENERATED ALWAYS AS IDENTITY);
      INSERT INTO edge OVERRIDING SYSTEM VALUE VALUES (1);
      CREATE SEQUENCE falling INCREMENT -1; CREATE TABLE down (id int DEFAULT nextval('falling'));
      ALTER SEQUENCE falling OWNED BY down.id; INSERT INTO down VALUES (-9); SELECT setval('falling', -2);
      CREATE SEQUENCE alone; SELECT setval('alone', 42, false);
      """)
    let (quarantine, _, _) = try copy(site, "sequences", SchemaSelection())
    let next = ["low_id_seq", "high_id_seq", "fresh_id_seq", "edge_id_seq", "falling", "alone"]
      .map { "nextval('\($0)')" }.joined(separator: ", ")
    #expect(try site.server.run("SELECT \(next)", database: quarantine.name.name) == "71|501|1|2|-10|42")
  }

  @Test func nobodyElseMayConnectAndTheRolesDefaultsDoNotEndALoad() throws {
    let site = try CopySite("CREATE TABLE t (a int)")
    try site.server.run(
      "ALTER ROLE \(site.writer) SET statement_timeout = '1ms'; ALTER ROLE \(site.writer) SET default_transaction_read_only = on",
      database: "postgres")
    let quarantine = try site.makeQuarantine("defaults")
    let denied = try #require(throws: DatabaseError.self) {
      _ = try Session(connecting: try site.parameters(site.reader, quarantine.name.name), deadline: soon)
    }
    #expect(denied.sqlstate == "42501")
    let session = try Session(connecting: quarantine.database, deadline: soon)
    #expect(try session.query("SHOW statement_timeout", deadline: soon).single == "0")
    #expect(try session.query("SHOW maintenance_work_mem", deadline: soon).single == "256MB")
    try quarantine.analyze(connections: 1, deadline: soon)
  }

  private static var hasRightsOnParameters: Bool {
    let version = try? PostgreSQLServer.shared().run("SHOW server_version_num", database: "postgres")
    return version.map { !$0.hasPrefix("14") } ?? false
  }

  /// What an error says of a row stands in the server's log, unless the role may have that left out.
  @Test(
    .enabled(if: hasRightsOnParameters, "skipped: PostgreSQL 14 has no rights on parameters"), arguments: [false, true])
  func rowsStayOutOfTheLogWhereTheRoleMaySayThat(_ may: Bool) throws {
    let site = try CopySite("SELECT 1")
    if may { try site.server.run("GRANT SET ON PARAMETER log_error_verbosity TO \(site.writer)", database: "postgres") }
    let session = try Session(connecting: try site.makeQuarantine("quiet").database, deadline: soon)
    let value = site.server.uniqueName("logged_value")
    _ = try session.query("CREATE TABLE public.t (v pg_catalog.text PRIMARY KEY)", deadline: soon)
    let error = try #require(throws: DatabaseError.self) {
      _ = try session.query(
        "INSERT INTO public.t VALUES ($1::pg_catalog.text), ($1::pg_catalog.text)", [value], deadline: soon)
    }
    #expect(error.sqlstate == "23505")
    let log = try Data(contentsOf: URL(fileURLWithPath: "\(site.server.folder)/log"))
    #expect(String(decoding: log, as: UTF8.self).contains(value) != may)
  }

  @Test func rolesThatMayReadTheCopyCan() throws {
    let site = try CopySite("SELECT 1")
    let quarantine = try site.makeQuarantine("grants")
    try site.server.run("ALTER TABLE version OWNER TO \(site.writer)", database: quarantine.name.name)
    try quarantine.grantReading(to: [site.reader], deadline: soon)
    let session = try Session(connecting: try site.parameters(site.reader, quarantine.name.name), deadline: soon)
    #expect(try session.query("SELECT v FROM public.version", deadline: soon).single == "new")
    let error = try #require(throws: QuarantineFailure.self) {
      try quarantine.grantReading(to: ["nobody there"], deadline: soon)
    }
    #expect("\(error)".contains("nobody there"))
  }

  @Test func anUnknownLocaleIsSaidInWords() throws {
    let site = try CopySite("SELECT 1")
    let locale = DatabaseLocale(encoding: "UTF8", collate: "xx_XX.utf8", ctype: "C")
    let error = try #require(throws: QuarantineFailure.self) {
      _ = try Quarantine.create(try site.name("locale"), like: locale, on: site.maintenance())
    }
    #expect("\(error)".contains("xx_XX.utf8"), "\(error)")
    #expect(try site.databases().isEmpty)
  }

  @Test func anErrorOfTheSourcesOwnFunctionPrintsNoValue() throws {
    let site = try CopySite(
      """
      CREATE FUNCTION picky(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
        'BEGIN IF current_database() ~ ''decant'' THEN RAISE ''refused: %'', t; END IF; RETURN t; END';
      CREATE TABLE people (mail text); INSERT INTO people VALUES ('ceo@x.com'); CREATE INDEX picked ON people (picky(mail));
      """)
    let error = try #require(throws: ToolFailure.self) { _ = try copy(site, "picky", SchemaSelection()) }
    #expect(error.message.contains("INDEX picked"), "\(error)")
    #expect(!"\(error)".contains("ceo@"), "\(error)")
  }
}
