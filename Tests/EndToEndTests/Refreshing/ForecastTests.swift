import ControlPlane
import Documents
import Foundation
import Reconciliation
import Snapshots
import TestServers
import Testing

/// What is said of a copy before it is made, held against the copy that is then made.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30))) struct ForecastTests {
  /// More than is counted whole: 20,000 users and 40,000 orders, of some megabytes each; a log that nobody wants.
  private static let script = """
    CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, label text, pad text);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, note text, pad text);
    CREATE INDEX ON orders (user_id);
    CREATE TABLE log (id int PRIMARY KEY, pad text);
    INSERT INTO users SELECT i, 'user' || i || '@mail.net', 'label ' || i, repeat('x', 200) FROM generate_series(1, 20000) i;
    INSERT INTO orders SELECT i, 1 + i % 20000, 'note of ' || i, repeat('y', 100) FROM generate_series(1, 40000) i;
    INSERT INTO log SELECT i, repeat('z', 1000) FROM generate_series(1, 5000) i;
    ANALYZE;
    """

  private static let email: Value = ["email": ["strategy": "email", "domain": "anon.example"]]

  private static func tables(_ users: Fields, _ orders: Fields = Fields()) -> Value {
    var users = users
    if users["columns"] == nil { users["columns"] = email }
    return ["users": .object(users), "orders": .object(orders)]
  }

  private static func order(_ site: FaithfulSite, _ tables: Value, _ options: Value = [:]) -> CopyOrder {
    var order = site.order(tables)
    order.policy = ["tables": tables, "exclude_tables": ["log"]]
    order.options = options
    return order
  }

  private static func forecast(
    _ site: FaithfulSite, _ order: CopyOrder, _ options: TrialOptions = TrialOptions()
  ) throws -> CopyForecast {
    switch try site.copies.forecast(order, options) {
    case .success(let forecast): return forecast
    case .failure(let failure): throw failure
    }
  }

  /// Filters over rows that are spread or lie side by side, samples, a table that is not read by ranges; and always what
  /// follows them along a foreign key.
  static let parts: [(name: String, users: Fields)] = [
    ("spread", ["filter": "id % 4 = 0"]), ("side by side", ["filter": "id > 15000"]),
    ("a sample", ["sample_rate": .number(0.2)]),
    (
      "shuffled",
      [
        "filter": "id % 5 < 2",
        "columns": ["email": ["strategy": "email"], "label": ["strategy": "shuffle_within"]],
      ]
    ), ("nothing left out", [:]),
  ]

  @Test(arguments: parts.indices) func whatIsCountedIsWhatIsCopied(index: Int) throws {
    let site = try FaithfulSite(Self.script)
    let order = Self.order(site, Self.tables(Self.parts[index].users))
    let forecast = try Self.forecast(site, order)
    _ = try #require(try site.refresh(order).summary)
    #expect(forecast.tables.map(\.name).sorted() == ["public.orders", "public.users"])
    for table in forecast.tables {
      let real = try #require(Int(try site.atCopy("SELECT count(*) FROM \(table.name)")))
      let said = try #require(table.copiedRows)
      #expect(table.isShareMeasured)
      #expect(abs(said - real) <= real / 7, "\(Self.parts[index].name), \(table.name): \(said) said, \(real) copied")
    }
    let bytes = try #require(
      Int(try site.far.run("SELECT pg_database_size('\(site.destination)')", database: "postgres")))
    let said = forecast.space.copy
    #expect(abs(said - bytes) <= bytes / 3, "\(Self.parts[index].name): \(said) bytes said, \(bytes) are there")
  }

  /// Functions, types and operators of the team, one of which reads another table, in filters, samples and masks.
  private static let ownWords = """
    CREATE EXTENSION citext; CREATE SCHEMA app;
    CREATE TYPE app.rank AS ENUM ('low', 'high');
    CREATE TABLE app.picked (id int PRIMARY KEY);
    INSERT INTO app.picked SELECT i FROM generate_series(1, 20000, 10) i;
    CREATE FUNCTION wanted(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 4 = 0';
    CREATE FUNCTION is_picked(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM app.picked WHERE id = $1)';
    CREATE FUNCTION app.rank_of(int) RETURNS app.rank LANGUAGE sql IMMUTABLE
      AS $$ SELECT CASE WHEN $1 % 5 < 2 THEN 'high' ELSE 'low' END::app.rank $$;
    CREATE FUNCTION alike(text, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT upper($1) = upper($2)';
    CREATE OPERATOR ~=~= (LEFTARG = text, RIGHTARG = text, FUNCTION = alike);
    CREATE FUNCTION disguise(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 'as ' || length($1); END $$;
    ALTER TABLE users ADD kind citext DEFAULT 'Even';
    UPDATE users SET kind = 'odd' WHERE id % 2 = 1;
    VACUUM FULL ANALYZE users;
    """

  static let ownParts: [(name: String, users: Fields)] = [
    ("a function", ["filter": "wanted(id)"]), ("one that reads a table", ["filter": "is_picked(id)"]),
    ("another schema's, and its type", ["filter": "app.rank_of(id) = 'high'::app.rank"]),
    ("an operator, and citext", ["filter": "kind = 'EVEN' AND pad ~=~= repeat('X', 200)"]),
    ("beside a sample", ["filter": "wanted(id)", "sample_rate": .number(0.5)]),
  ]

  @Test(arguments: ownParts.indices) func peoplesOwnWordsAreCountedAndTriedAsTheyAreCopied(index: Int) throws {
    let site = try FaithfulSite(Self.script + Self.ownWords, schemas: ["public", "app"])
    var users = Self.ownParts[index].users
    users["columns"] = ["email": ["strategy": "custom", "expression": "disguise(email) || id || coalesce(kind, '')"]]
    var order = site.order(Self.tables(users))
    order.policy = ["tables": Self.tables(users), "exclude_tables": ["log", "app.picked"]]
    let forecast = try Self.forecast(site, order, TrialOptions(rows: 3))
    let result = try site.refresh(order)
    _ = try #require(result.summary, "\(result)")
    for table in forecast.tables where table.name != "app.picked" {
      let real = try #require(Int(try site.atCopy("SELECT count(*) FROM \(table.name)")))
      let said = try #require(table.copiedRows)
      #expect(table.isShareMeasured, "\(table.name)")
      #expect(real > 0 && abs(said - real) <= real / 7, "\(table.name): \(said) said, \(real) copied")
    }
    let sample = try #require(forecast.samples.first { $0.table == "users" })
    #expect(sample.unread == nil && sample.rows.count == 3)
    let tried = Set(sample.rows.flatMap { $0 }.filter { $0.column == "email" }.compactMap(\.after))
    let there = Set(try site.atCopy("SELECT DISTINCT email FROM users").split(separator: "\n").map(String.init))
    #expect(!tried.isEmpty && tried.isSubset(of: there), "\(tried)")
  }

  @Test func aTableThatSQLEmptiesCountsNothing() throws {
    let site = try FaithfulSite(Self.script)
    var order = Self.order(site, Self.tables([:]))
    order.statements = [
      .init(path: "sanitize.override_query", sql: "DELETE FROM orders; DELETE FROM users WHERE id > 5000")
    ]
    let forecast = try Self.forecast(site, order)
    let rows = Dictionary(uniqueKeysWithValues: forecast.tables.map { ($0.name, $0.copiedRows ?? -1) })
    #expect(rows["public.orders"] == 0)
    #expect((4_000...6_000).contains(rows["public.users"] ?? 0), "\(rows)")
  }

  /// The budget is held against what is copied, with room for indexes and for the copy that is there.
  @Test func theBudgetIsForWhatIsCopied() throws {
    let site = try FaithfulSite(Self.script)
    func said(_ tables: Value, _ options: Value) throws -> (space: CopySpace, notes: [CopyNote]) {
      let forecast = try Self.forecast(site, Self.order(site, tables, options))
      // A plan says the same.
      let study = try site.copies.study(Self.order(site, tables, options)).get()
      let notes = forecast.study.notes.filter { $0.code == "disk_budget" }
      #expect(study.notes.filter { $0.code == "disk_budget" }.map(\.severity) == notes.map(\.severity))
      return (forecast.space, notes)
    }
    let whole = Self.tables([:])
    let (space, none) = try said(whole, [:])
    #expect(none == [] && space.budget == nil && space.present == 0)
    #expect(space.indexes > 1_000_000 && space.tables > 8_000_000 && space.needed == space.copy)
    let budget: Value = .string("\(space.copy - 500_000)B")
    let (_, over) = try said(whole, ["disk_budget": budget])
    #expect(over.count == 1 && over.first?.severity == .error)
    #expect(over.first?.message.contains("of indexes") == true && over.first?.message.contains("filter") == true)
    // What the remedy says helps: fewer rows fit.
    #expect(try said(Self.tables(["filter": "id % 2 = 0"]), ["disk_budget": budget]).notes == [])
    #expect(try said(whole, ["disk_budget": .string("\(space.copy + 500_000)B")]).notes == [])
    // A template is a second copy.
    let doubled: Value = ["disk_budget": .string("\(space.copy + 500_000)B"), "keep_template": true]
    #expect(try said(whole, doubled).notes.first?.message.contains("its template") == true)
    // The copy that is there stays until the next one takes its place.
    _ = try #require(try site.refresh(Self.order(site, whole)).summary)
    let (beside, full) = try said(whole, ["disk_budget": .string("\(space.copy + 500_000)B")])
    let there = try #require(beside.present)
    let bytes = Int(try site.far.run("SELECT pg_database_size('\(site.destination)')", database: "postgres"))
    #expect(there == bytes && beside.needed == beside.copy + there && beside.free != nil)
    #expect(full.first?.message.contains("what is there now") == true)
    #expect(try said(whole, ["disk_budget": .string("\(beside.needed + 500_000)B")]).notes == [])
  }

  /// Each row of a sample is a row of the copy, by every way that values are changed.
  @Test(arguments: [false, true]) func whatIsTriedIsWhatIsWritten(isText: Bool) throws {
    // The binary form of hstore is not among those that rows are carried in.
    let more = isText ? "ALTER TABLE users ADD spot hstore;" : ""
    let site = try FaithfulSite(
      (isText ? "CREATE EXTENSION hstore;" : "")
        + """
        CREATE TABLE users (id int PRIMARY KEY, email text, name text, tags text[], doc jsonb, up text, born date, n numeric);
        CREATE TABLE orders (id int PRIMARY KEY, note text);
        CREATE TABLE parts (id int, who text) PARTITION BY RANGE (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
        CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
        INSERT INTO users SELECT i, 'secret' || i || '@mail.net', 'Clear Name' || i, ARRAY['t' || i || '@mail.net', NULL],
          jsonb_build_object('mail', 'd' || i || '@mail.net', 'other', 'clear text'), 'up' || i, DATE '1980-01-01' + i, i
          FROM generate_series(1, 9) i;
        INSERT INTO users (id, email) VALUES (10, NULL);
        INSERT INTO orders SELECT i, CASE WHEN i = 2 THEN 'plain words' ELSE 'for Clear Name' || i END FROM generate_series(1, 9) i;
        INSERT INTO parts SELECT i + 10, 'Clear Name' || i FROM generate_series(1, 9) i;
        \(more) ANALYZE;
        """)
    var order = site.order([
      "users": [
        "columns": [
          "email": ["strategy": "email"], "name": ["strategy": "name"], "tags": ["strategy": "email"],
          "doc.mail": ["strategy": "email"], "up": ["strategy": "custom", "expression": "'masked ' || id"],
          "born": ["strategy": "date"],
        ]
      ], "parts": ["columns": ["who": ["strategy": "hash"]]],
    ])
    order.statements = [
      .init(path: "sanitize.override_query", sql: "UPDATE orders SET note = 'order ' || id WHERE id <> 2")
    ]
    let forecast = try Self.forecast(site, order, TrialOptions(rows: 20, showsOriginals: true))
    let samples = Dictionary(uniqueKeysWithValues: forecast.samples.map { ($0.table, $0) })
    #expect(samples.keys.sorted() == ["orders", "parts", "users"])
    let unread = forecast.samples.compactMap(\.unread)
    #expect(unread == [])
    #expect(samples["users"]?.rows.count == 10 && samples["parts"]?.rows.count == 9)
    let result = try site.refresh(order)
    _ = try #require(result.summary, "\(result)")
    func column(_ table: String, _ expression: String) throws -> Set<String> {
      Set(
        try site.atCopy("SELECT coalesce(\(expression), 'NULL') FROM \(table)").split(separator: "\n").map(String.init))
    }
    func tried(_ table: String, _ name: String) -> [MaskSample.Cell] {
      (samples[table]?.rows ?? []).flatMap { $0 }.filter { $0.column == name }
    }
    for (table, name, expression) in [
      ("users", "email", "email"), ("users", "name", "name"), ("users", "tags", "tags::text"),
      ("users", "doc", "doc->>'mail'"), ("users", "up", "up"), ("users", "born", "born::text"), ("parts", "who", "who"),
    ] {
      let shown = Set(tried(table, name).map { $0.after ?? "NULL" })
      let there = try column(table, expression)
      #expect(shown == there, "\(table).\(name)")
      let isSeen = tried(table, name).allSatisfy(\.isSeen)
      #expect(isSeen)
    }
    // A statement's own columns too, with what they were; where it has left a value alone, that is somebody's.
    let notes = tried("orders", "note")
    let isSeen = notes.allSatisfy(\.isSeen)
    #expect(notes.count == 9 && isSeen)
    let changed = [1, 3, 4, 5, 6, 7, 8, 9]
    #expect(Set(notes.compactMap(\.original)) == Set(changed.map { "for Clear Name\($0)" } + ["plain words"]))
    #expect(
      Set(notes.filter { !$0.isUnchanged }.compactMap(\.after)) == Set(changed.map { "order \($0)" }))
    #expect(notes.filter(\.isUnchanged).compactMap(\.after) == ["p***"])
    // Clear values are in `original` alone, and there because somebody asked.
    let original = Set(tried("users", "email").compactMap(\.original))
    #expect(original == Set((1...9).map { "secret\($0)@mail.net" }))
    let report = preflightText(forecast)
    for clear in ["secret1@", "Clear Name", "t1@mail", "d1@mail", "clear text", "plain words", "1980-01-02"] {
      #expect(!report.contains(clear), "\(clear)")
    }
    let kept = try Self.forecast(site, order).samples.flatMap(\.rows).flatMap { $0 }.compactMap(\.original)
    #expect(kept == [])
  }

  private func preflightText(_ forecast: CopyForecast) -> String {
    var report = Report(command: "refresh")
    let record = Record(
      address: Address("target", "users"), spec: "{}", revision: 1, updatedBy: "",
      updatedAt: Timestamp(milliseconds: 0))
    var preflight = Preflight(.refresh, of: TargetListing(record, []), from: "a", to: "b")
    preflight.take(forecast)
    report.preflights = [preflight]
    return JSON.pretty(report.json)
  }

  /// What runs on copied rows cannot be tried on the source's, and that is said.
  @Test func whatIsNotTriedIsSaid() throws {
    let site = try FaithfulSite(
      "CREATE TABLE users (id int PRIMARY KEY, email text); INSERT INTO users VALUES (1, 'a@mail.net');")
    var order = site.order(["users": ["columns": ["email": ["strategy": "email"]]]])
    #expect(try Self.forecast(site, order).warnings == [])
    order.statements = [
      .init(
        path: "sanitize.override_query",
        sql: "UPDATE users SET id = id + 1 WHERE id = (SELECT max(id) FROM users); DELETE FROM users WHERE id = 7")
    ]
    let warnings = try Self.forecast(site, order).warnings
    #expect(warnings.count == 1 && warnings.first?.hasPrefix("2 statements run ") == true, "\(warnings)")
  }

  /// Who is connected to the destination is counted, and what would become of them is said; a database that is not there
  /// has nobody.
  @Test func whoIsConnectedIsNamed() throws {
    let site = try FaithfulSite(Self.script)
    func sessions(_ options: Value) throws -> ConnectedSessions? {
      try Self.forecast(site, Self.order(site, Self.tables(["sample_rate": .number(0.1)]), options)).sessions
    }
    #expect(try sessions([:]) == nil)
    _ = try #require(try site.refresh(Self.order(site, Self.tables(["sample_rate": .number(0.1)]))).summary)
    #expect(try sessions(["wait": "90s"]) == ConnectedSessions([], .waitedFor(seconds: 90)))
    let held = try ["web", "web", "psql of ana"].map { application in
      let session = try HeldSession(site.far, site.destination, application: application)
      try session.say("SELECT 1;")
      return session
    }
    let connected =
      "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(site.destination)' AND state = 'idle' AND application_name <> 'decant'"
    #expect(try eventually { try site.far.run(connected, database: "postgres") == "3" })
    let groups = [
      ConnectedSessions.Group(role: site.far.user, application: "web", count: 2),
      .init(role: site.far.user, application: "psql of ana", count: 1),
    ]
    #expect(try sessions([:]) == ConnectedSessions(groups, .waitedFor(seconds: 30)))
    let ended = try #require(try sessions(["disconnect": true]))
    #expect(ended.fate == .ended && ended.groups == groups && ended.count == 3)
    for session in held { try session.end() }
  }

  /// Neither server, nor the catalogue.
  @Test func nothingIsWritten() throws {
    let site = try FaithfulSite(Self.script)
    let order = Self.order(site, Self.tables(["sample_rate": .number(0.5)]), ["disk_budget": "1GB"])
    _ = try Self.forecast(site, order)
    #expect(try site.copies.standing(order) == .absent)
    #expect(try site.databases() == [])
    #expect(try site.store.snapshots(of: nil, in: "shop") == [] && site.store.auditLog(of: "shop") == [])
  }

  @Test func whatStandsThereIsKnown() throws {
    let site = try FaithfulSite(Self.script)
    let order = Self.order(site, Self.tables(["sample_rate": .number(0.1)]))
    #expect(try site.copies.standing(order) == .absent)
    let made = try #require(try site.refresh(order).summary)
    guard case .copy(let snapshot, _) = try site.copies.standing(order) else {
      Issue.record("\(try site.copies.standing(order))")
      return
    }
    #expect(snapshot == made.snapshot)
    // Another database of the same name is none of ours.
    try site.far.run(
      "DROP DATABASE \(site.destination)", database: "postgres")
    try site.far.run("CREATE DATABASE \(site.destination) OWNER \(site.writer)", database: "postgres")
    #expect(try site.copies.standing(order) == .other)
  }
}
