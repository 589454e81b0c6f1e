import Foundation
import TestServers
import Testing

/// PostgreSQL's errors print rows. Whatever goes wrong in a refresh is said without one, and the previous copy stays.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct WithheldValuesTests {
  struct Fault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Turns the source into one whose copy fails.
    let sql: String
    let policy: String
    var target = ""
    /// What the error still has to say.
    let said: [String]
  }

  private static let email = "email: {strategy: email, domain: anon.local}"

  static let faults = [
    Fault(
      testDescription: "a CHECK that the mask violates",
      sql: "ALTER TABLE users ADD CONSTRAINT own_domain CHECK (email ~ '@corp')",
      policy: "tables: {users: {columns: {\(email)}}}", said: ["own_domain", "users"]),
    Fault(
      testDescription: "a unique expression over masks",
      sql: "CREATE UNIQUE INDEX heads ON users (substr(email, 1, 6), note)",
      policy: "tables: {users: {columns: {\(email), note: {strategy: redact, replacement: x}}}}", said: ["heads"]),
    Fault(
      testDescription: "a cast in an expression that the source runs", sql: "",
      policy: "tables: {users: {columns: {\(email), note: {strategy: custom, expression: \"(note::int + 1)::text\"}}}}",
      said: ["invalid_text_representation", "users"]),
    Fault(
      testDescription: "a cast in a filter", sql: "",
      policy: "tables: {users: {columns: {\(email)}, filter: \"note::int > 5\"}}",
      said: ["invalid_text_representation", "users"]),
    Fault(
      testDescription: "a value that its mask does not serve", sql: "",
      policy: "tables: {users: {columns: {\(email), made: {strategy: noise, percent: 5}}}}", said: ["users"]),
    Fault(
      testDescription: "a materialised view that fails on the masks",
      sql:
        "CREATE MATERIALIZED VIEW numbers AS SELECT ('0' || substr(email, 7, 1))::int FROM users; UPDATE users SET email = replace(email, 'canary', '123456')",
      policy: "tables: {users: {columns: {\(email)}}}", said: ["numbers"]),
    Fault(
      testDescription: "a check whose query fails on values", sql: "",
      policy:
        "tables: {users: {columns: {\(email)}}}\nchecks: [{name: casts, query: \"SELECT count(*) FROM users WHERE note::int > 5\"}]",
      said: ["casts"]),
  ]

  @Test(arguments: faults)
  func noErrorShowsAValue(fault: Fault) throws {
    let site = try FaithfulSite(
      """
      CREATE TABLE users (id int PRIMARY KEY, email text, note text, made date);
      INSERT INTO users SELECT n, 'canary' || n || '@corp.example', 'note-canary-' || n, ('1999-12-0' || n)::date FROM generate_series(1, 9) n;
      """)
    try site.declare("tables: {users: {columns: {\(Self.email), note: {strategy: redact, replacement: x}}}}")
    let first = try site.decant("apply", "--auto-approve")
    try #require(first.status == 0, "\(first.all)")
    let before = try site.atCopy(AllRows.query)
    if !fault.sql.isEmpty { try site.atSource(fault.sql) }
    try site.declare(fault.policy)
    var said = ""
    for form in [["--verbose"], ["--json"]] {
      let ended = try site.workshop.run(["refresh", "users"] + form, site.variables)
      #expect(ended.status != 0, "\(ended.all)")
      said += ended.all
    }
    for command in [["plan", "--json"], ["snapshots", "users"], ["audit", "log", "--json"]] {
      said += try site.workshop.run(command, site.variables).all
    }
    for word in fault.said { #expect(said.contains(word), "\(word) in \(said)") }
    #expect(!said.contains("canary"), "\(said)")
    #expect(!said.contains("1999-12-0"))
    #expect(try !Files.hold("canary", below: site.workshop.folder, but: ["decant.yaml"]))
    #expect(try site.atCopy(AllRows.query) == before)
    #expect(try site.databases() == [site.destination])
  }
}

/// The bytes of everything below a folder.
enum Files {
  /// Whether a text stands in any of them.
  static func hold(_ text: String, below folder: String, but left: [String] = []) throws -> Bool {
    for name in FileManager.default.subpaths(atPath: folder) ?? [] where !left.contains(name) {
      guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
      if bytes.range(of: Data(text.utf8)) != nil { return true }
    }
    return false
  }
}
