import Masking
import PostgreSQL
import Runtime
import TestServers
import Testing

@testable import Verification

@Suite(.enabled(if: PostgreSQLServer.isAvailable, "\(PostgreSQLServer.unavailable ?? "")")) struct SamplerTests {
  private let server: PostgreSQLServer
  private let database = "sampler_\(UInt32.random(in: 0 ... .max))"

  init() throws {
    server = try PostgreSQLServer.shared()
    let admin = try session("postgres")
    _ = try admin.query("CREATE DATABASE \(database)", deadline: .after(.seconds(30)))
  }

  private func session(_ database: String, role: String? = nil) throws -> Session {
    let values = [
      "host": server.socketFolder, "port": "\(server.port)", "dbname": database, "user": role ?? server.user,
      "sslmode": "disable",
    ]
    let parameters = try ConnectionParameters(values.map { ($0.key, $0.value) }, password: Secret(server.password))
    return try Session(connecting: parameters, deadline: .after(.seconds(10)))
  }

  private func run(_ statements: String...) throws {
    let session = try session(database)
    for statement in statements { _ = try session.query(statement, deadline: .after(.seconds(60))) }
  }

  private func table(_ name: String, _ columns: [String], bytes: Int = 0, rows: Int? = nil) -> SampledTable {
    SampledTable(
      Table(
        name: QualifiedName("public", name), columns: columns.map { Column(name: $0, type: .text) },
        estimatedRows: rows,
        bytes: bytes), columns: columns)
  }

  private func sample(
    _ tables: [SampledTable], role: String? = nil, _ limits: Sampler.Limits = .init()
  ) throws -> Sampler.Answer {
    let session = try session(database, role: role)
    return try session.transaction(readOnly: true, isolation: .repeatableRead, deadline: .after(.seconds(30))) {
      session throws(DatabaseError) in
      let answer = try Sampler(limits: limits).sample(tables, in: session)
      // The transaction goes on, with the timeout that it had.
      let after = try session.query(
        "SELECT pg_catalog.current_setting('statement_timeout')::interval > '10s'", deadline: .after(.seconds(5)))
      #expect(after.single == "t")
      return answer
    }
  }

  @Test func readsAtMostSoManyRowsOfEachTable() throws {
    try run(
      "CREATE TABLE \"Od\"\"d\" (a text, \"B c\" text)",
      "INSERT INTO \"Od\"\"d\" SELECT 'x' || i, NULL FROM generate_series(1, 5000) i",
      "CREATE TABLE small (a text)", "INSERT INTO small VALUES (repeat('ä', 5000)), ('')")
    let answer = try sample([table("Od\"d", ["a", "B c"]), table("small", ["a"])])
    let odd = try #require(answer.samples[ColumnName(QualifiedName("public", "Od\"d"), "a")])
    #expect(odd.count == 1000)
    let nulls = try #require(answer.samples[ColumnName(QualifiedName("public", "Od\"d"), "B c")])
    #expect(nulls.count == 0 && nulls.nulls == 1000)
    let small = try #require(answer.samples[ColumnName(QualifiedName("public", "small"), "a")])
    var sizes: [Int] = []
    small.forEach { sizes.append($0.count) }
    #expect(sizes == [4000, 0])
    #expect(answer.unread == [])
  }

  /// The first pages of a table are its oldest rows: a large one is drawn from everywhere, and always alike.
  @Test func drawsPagesOfLargeTablesAlike() throws {
    try run(
      "CREATE TABLE big (a text)", "INSERT INTO big SELECT i::text FROM generate_series(1, 200000) i", "ANALYZE big")
    let big = table("big", ["a"], bytes: 8 << 20, rows: 200_000)
    func values() throws -> [Int] {
      var found: [Int] = []
      try #require(try sample([big]).samples.values.first).forEach {
        found.append(Int(String(decoding: $0, as: UTF8.self)) ?? 0)
      }
      return found
    }
    let first = try values()
    #expect((500...1000).contains(first.count))
    #expect((first.max() ?? 0) > 50_000)
    #expect(try values() == first)
  }

  @Test func whatCannotBeReadIsNamedAndTheOthersAreRead() throws {
    try run(
      "CREATE ROLE \(database)_r LOGIN PASSWORD '\(server.password)'", "CREATE TABLE closed (a text)",
      "CREATE TABLE open (a text)",
      "CREATE TABLE hidden (a text)", "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY", "INSERT INTO open VALUES ('x')",
      "GRANT SELECT ON open, hidden TO \(database)_r")
    let answer = try sample(
      [table("closed", ["a"]), table("hidden", ["a"]), table("gone", ["a"]), table("open", ["a"])],
      role: "\(database)_r")
    #expect(answer.unread.map(\.table.name) == ["closed", "hidden", "gone"])
    #expect(answer.samples[ColumnName(QualifiedName("public", "open"), "a")]?.count == 1)
  }

  @Test func aSlowTableCostsItsTimeAndNoMore() throws {
    try run("CREATE TABLE locked (a text)", "CREATE TABLE free (a text)", "INSERT INTO free VALUES ('x')")
    let holder = try session(database)
    _ = try holder.query("BEGIN", deadline: .after(.seconds(5)))
    _ = try holder.query("LOCK TABLE locked IN ACCESS EXCLUSIVE MODE", deadline: .after(.seconds(5)))
    let answer = try sample(
      [table("locked", ["a"]), table("free", ["a"])], .init(perTable: .milliseconds(200)))
    #expect(answer.unread.map(\.table.name) == ["locked"])
    #expect(answer.samples.count == 1)
    let none = try sample([table("free", ["a"])], .init(total: .zero))
    #expect(none.unread.map(\.table.name) == ["free"])
  }
}
