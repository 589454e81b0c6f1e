import Backends
import Documents
import Kinds
import Reconciliation
import Runtime
import TestServers
import Testing

/// Rows that are planted in shadows, on a real server.
@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct CanaryTests {
  let world: World

  init() throws {
    world = try World(
      "canaries",
      """
      CREATE TYPE app.mood AS ENUM ('calm', 'cross');
      CREATE DOMAIN app.mail AS varchar(40) CHECK (VALUE LIKE '%@masked.example') NOT NULL;
      CREATE TABLE app.users (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email app.mail UNIQUE, phone varchar(16), ssn char(11),
        full_name text NOT NULL, mood app.mood, tags text[], profile jsonb, seen inet, born date, note text,
        active boolean, at timestamptz DEFAULT now(), upper_name text GENERATED ALWAYS AS (upper(full_name)) STORED,
        place point, key uuid, amount numeric(4,2), state text);
      CREATE TABLE app.orders_of (id int PRIMARY KEY, user_id int REFERENCES app.users, contact_email text, state text);
      CREATE TABLE app.parts (id int, note text) PARTITION BY RANGE (id);
      CREATE VIEW app.seen AS SELECT id, email FROM app.users;
      CREATE TABLE app."Odd ""one"" x" (id int, "E Mail" text);
      INSERT INTO app.users (email, full_name) VALUES ('a@masked.example', 'User-1');
      GRANT SELECT ON ALL TABLES IN SCHEMA app TO @ro;
      """)
  }

  /// What the planted rows say of checks, by the words of a report.
  private func proofs(
    _ checks: [(sql: String, about: String)], as role: String? = nil, _ path: [String] = ["app"]
  ) throws -> [String] {
    let members = checks.enumerated().map { number, check in
      "{name: c\(number), about: \(check.about), prove: canary, query: \(JSON.canonical(.string(check.sql)))}"
    }
    let end = "postgresql://\(role ?? world.server.user):\(role ?? world.server.password)@/\(world.database)"
    let place =
      "?host=\(world.server.socketFolder.replacing("/", with: "%2F"))&port=\(world.server.port)&sslmode=disable"
    var reader = DeclarationReader(
      catalogue: .decant,
      files: OneFile(
        """
        targets:
          t:
            snapshot: {src_url: "postgresql://nowhere/x", dst_url: "\(end)\(place)", schema_config: {include_schemas: [\(path.joined(separator: ", "))]}}
            sanitize: {checks: [\(members.joined(separator: ", "))]}
        """), root: "/", folderName: "shop")
    let (declaration, diagnostics) = try reader.read(file: nil)
    try #require(!diagnostics.contains { $0.severity == .error }, "\(diagnostics)")
    let ports = Ports(
      databases: LiveDatabases(limit: 4), at: Timestamp(milliseconds: 0), variable: { _ in nil },
      secretFile: { path throws(Failure) in throw Failure("read", path, cause: "no such file") })
    let target = try #require(declaration[Address("target", "t")])
    let verification = try #require(Target.verify(target, in: declaration, through: ports))
    return verification.checks.map { $0.failure ?? $0.proof?.sentence ?? "nothing" }
  }

  private static let shown = "fails on planted rows, as it should"
  private static let vacuous = CheckProof.vacuous(.canary).sentence

  /// Checks that find what they are for, over every kind of column.
  static let able: [String] = [
    "SELECT count(*) FROM users WHERE email NOT LIKE '%@masked.example'",
    "SELECT count(*) FROM app.users WHERE email LIKE '%@gmail.com'",
    "SELECT count(*) FROM users WHERE phone ~ '^[0-9]{3}-[0-9]{3}-[0-9]{4}$'",
    "SELECT count(*) FROM users WHERE phone ~ '^\\+1-\\d{3}-\\d{3}-\\d{4}$' AND phone NOT LIKE '%000-0000'",
    "SELECT count(*) FROM users WHERE ssn ~ '^[0-9]{3}-[0-9]{2}-[0-9]{4}$'",
    "SELECT count(*) FROM users WHERE ssn IS NOT NULL",
    "SELECT count(*) FROM users WHERE note ~ '\\y\\d{3}-\\d{2}-\\d{4}\\y'",
    "SELECT count(*) FROM users WHERE profile->>'email' LIKE '%@%' AND profile->>'email' NOT LIKE '%@masked.example'",
    "SELECT count(*) FROM users, unnest(tags) t WHERE t LIKE '%@gmail.com'",
    "SELECT count(*) FROM users WHERE state = 'active' AND active AND at > now() - interval '1 day' AND email LIKE '%gmail%'",
    "SELECT count(*) FROM users WHERE mood = 'cross' AND full_name !~ '^User-'",
    "SELECT count(*) FROM users WHERE born > '1900-01-01' AND born <> '1990-01-01'",
    "SELECT count(*) FROM orders_of o JOIN users u ON u.id = o.user_id WHERE o.contact_email = u.email",
    "SELECT count(*) FROM seen WHERE email NOT LIKE '%@masked.example'",
    "SELECT count(*) FROM parts WHERE note LIKE '%@gmail.com%'",
    "SELECT count(*) FROM \"Odd \"\"one\"\" x\" WHERE \"E Mail\" LIKE '%@%'",
    "WITH u AS (SELECT * FROM users) SELECT count(*) FROM u WHERE email NOT LIKE '%@masked.example'",
  ]

  @Test func whatFindsPersonalDataIsShownAble() throws {
    let said = try proofs(Self.able.map { ($0, "privacy") })
    for (sql, sentence) in zip(Self.able, said) { #expect(sentence == Self.shown, "\(sql)") }
  }

  /// The first is the spelling of the guides: `\b` is a backspace.
  static let blind: [String] = [
    "SELECT count(*) FROM users WHERE note ~ '\\b\\d{3}-\\d{2}-\\d{4}\\b'",
    "SELECT count(*) FROM users WHERE email LIKE '%@no-such-domain.example'",
    "SELECT count(*) FROM users WHERE false", "SELECT count(*) * 0 FROM users",
    "SELECT count(*) FROM users WHERE email = NULL",
  ]

  @Test func whatFindsNothingIsVacuous() throws {
    let said = try proofs(Self.blind.map { ($0, "privacy") })
    for (sql, sentence) in zip(Self.blind, said) { #expect(sentence == Self.vacuous, "\(sql)") }
  }

  static let whole: [String] = [
    "SELECT count(*) FROM orders_of o LEFT JOIN users u ON u.id = o.user_id WHERE u.id IS NULL",
    "SELECT count(*) FROM (SELECT email FROM users GROUP BY email HAVING count(*) > 1) d",
    "SELECT count(*) FROM users WHERE full_name IS NULL", "SELECT count(*) FROM users WHERE amount < 0",
    "SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM users v WHERE v.key = u.key)",
  ]

  @Test func orphansAndDoublesAreFound() throws {
    let said = try proofs(Self.whole.map { ($0, "integrity") })
    #expect(said.prefix(4).allSatisfy { $0 == Self.shown }, "\(said)")
    #expect(
      try proofs([("SELECT count(*) FROM users WHERE false", "integrity")]) == [
        "not proved: no planted row made it fail"
      ])
  }

  @Test func nothingIsLeftAndNothingIsWritten() throws {
    let state = """
      SELECT (SELECT count(*) FROM app.users), (SELECT count(*) FROM pg_class WHERE relname = 'users'),
        (SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relid = 'app.users'::regclass)
      """
    let before = try world.server.run(state, database: world.database)
    let writing = "SELECT count(*) FROM users, app.plant() WHERE email LIKE '%gmail%'"
    try world.run(
      """
      CREATE FUNCTION app.plant() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
        BEGIN INSERT INTO app.parts VALUES (1, 'x'); EXCEPTION WHEN OTHERS THEN
          IF SQLSTATE <> '25006' THEN RAISE; END IF; END;
        RETURN 1; END $$
      """)
    #expect(try proofs([(Self.able[0], "privacy"), (writing, "privacy")]) == [Self.shown, Self.shown])
    #expect(try world.server.run(state, database: world.database) == before)
  }

  @Test func theRightIsAskedFor() throws {
    try world.run("REVOKE TEMPORARY ON DATABASE @db FROM PUBLIC")
    let said = try proofs([(Self.able[0], "privacy")], as: world.role)
    #expect(
      said == [
        "not proved: the role may make no temporary table there. GRANT TEMPORARY ON DATABASE \(world.database) TO \(world.role)"
      ])
    try world.run(
      "GRANT TEMPORARY ON DATABASE @db TO @ro; REVOKE ALL ON app.users FROM @ro; GRANT SELECT (email) ON app.users TO @ro"
    )
    #expect(try proofs([(Self.able[0], "privacy")], as: world.role) == [Self.shown], "a right to one column is enough")
  }

  /// A role's own path may name pg_temp last, so that functions are safe from it.
  @Test func theShadowsStandFirstOnEveryPath() throws {
    try world.run("ALTER ROLE @ro SET search_path = app, pg_temp")
    #expect(try proofs([(Self.able[0], "privacy")], as: world.role, []) == [Self.shown])
  }

  @Test func whatHasNoShadowIsNotProved() throws {
    try world.run("CREATE SCHEMA b; CREATE TABLE b.users (id int)")
    let said = try proofs([
      ("SELECT 0", "privacy"), ("SELECT count(*) FROM pg_stats WHERE tablename = 'none'", "privacy"),
      ("SELECT count(*) FROM app.users a JOIN b.users b USING (id)", "privacy"),
      ("SELECT count(*) FROM users WHERE app.users.email LIKE '%gmail%'", "privacy"),
    ])
    #expect(
      said == [
        "not proved: it reads no table that a canary could be planted in",
        "not proved: it reads no table that a canary could be planted in",
        "not proved: it reads two tables of the name \"users\"",
        "not proved: it could not be run on planted rows: invalid reference to FROM-clause entry for table \"users\"",
      ])
  }
}

private struct OneFile: Files {
  let text: String

  init(_ text: String) { self.text = text }

  func names() throws(Failure) -> [String] { ["decant.yaml"] }
  func read(_ path: String) throws(Failure) -> [UInt8] { Array(text.utf8) }
}
