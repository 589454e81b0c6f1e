import Foundation
import Masking
import Testing

/// What lifted statements look like.
struct LiftedTextTests {
  private func select(_ text: String, _ columns: [String] = ["id", "a", "n"], at instant: CopyInstant? = nil) throws
    -> String
  {
    let lifting = try House.lift(text)
    #expect(lifting.isWhole, "\(lifting.statements.map(\.outcome))")
    let table = try #require(lifting.tables.first)
    return table.select(columns, at: instant).replacing("\n", with: " ")
  }

  @Test(arguments: [
    ("UPDATE t SET a = 'x'", "SELECT \"id\", ('x')::text AS \"a\", \"n\" FROM ONLY \"public\".\"t\""),
    (
      "UPDATE t x SET a = x.a || 'ä''' WHERE x.n > -5",
      "SELECT \"id\", CASE WHEN (\"n\" > (-5)) THEN ((\"a\" || 'ä'''))::text ELSE \"a\" END AS \"a\", \"n\" FROM ONLY \"public\".\"t\""
    ),
    (
      "DELETE FROM t WHERE n = 1",
      "SELECT \"id\", \"a\", \"n\" FROM ONLY \"public\".\"t\" WHERE (\"n\" = 1) IS NOT TRUE"
    ),
    (
      "DELETE FROM t WHERE n = 1; DELETE FROM t WHERE a = ''",
      "SELECT \"id\", \"a\", \"n\" FROM ONLY \"public\".\"t\" WHERE CASE WHEN (\"n\" = 1) THEN false WHEN (\"a\" = '') THEN false ELSE true END"
    ),
    ("DELETE FROM t", "SELECT \"id\", \"a\", \"n\" FROM ONLY \"public\".\"t\" WHERE false"),
    (
      "UPDATE t SET a = b; UPDATE t SET n = length(a)",
      "SELECT \"id\", \"a\", (pg_catalog.length(\"a\"))::integer AS \"n\" FROM (   SELECT \"id\", (\"b\")::text AS \"a\"   FROM ONLY \"public\".\"t\"   OFFSET 0 ) AS \"t\""
    ),
    (
      "UPDATE t SET a = 'x' WHERE \"user\" = \"now\"",
      "SELECT \"id\", CASE WHEN (\"user\" = \"now\") THEN ('x')::text ELSE \"a\" END AS \"a\", \"n\" FROM ONLY \"public\".\"t\""
    ),
    (
      "UPDATE t SET a = \"Odd \"\"name\"",
      "SELECT \"id\", (\"Odd \"\"name\")::text AS \"a\", \"n\" FROM ONLY \"public\".\"t\""
    ),
  ])
  func reads(_ text: String, _ expected: String) throws { #expect(try select(text) == expected) }

  @Test func lengthsAreNotCut() throws {
    let text = try select("UPDATE t SET b = a", ["b"])
    #expect(
      text == "SELECT pg_catalog.\"varchar\"((\"a\")::character varying, 9, false) AS \"b\" FROM ONLY \"public\".\"t\"")
  }

  @Test func thePresentIsTheCopysTime() throws {
    let instant = try #require(CopyInstant("2026-11-21 15:00:00.123456+00"))
    let constant = "('2026-11-21 15:00:00.123456+00')::timestamp with time zone"
    #expect(
      try select("DELETE FROM t WHERE at < NOW() - INTERVAL '30 days'", ["id"], at: instant)
        == "SELECT \"id\" FROM ONLY \"public\".\"t\" WHERE (\"at\" < (\(constant) - ('30 days')::interval)) IS NOT TRUE"
    )
    #expect(
      try select("UPDATE t SET day = CURRENT_DATE", ["day"], at: instant)
        == "SELECT ((\(constant))::pg_catalog.date)::date AS \"day\" FROM ONLY \"public\".\"t\"")
    #expect(try select("UPDATE t SET day = CURRENT_DATE", ["day"]).contains("(CURRENT_DATE)::date"))
  }

  @Test(arguments: [
    "", "now", "2026-11-21", "2026-11-21 15:00:00", "2026-11-21 15:00:00.1+00'", "2026-11-21 15:00:00+01",
    "2026-11-21 15:00:00.1234567+00", "2026-1a-21 15:00:00+00",
  ])
  func onlyATimeIsATime(_ text: String) { #expect(CopyInstant(text) == nil) }

  @Test func rangesAndFiltersComeFirst() throws {
    let table = try #require(try House.lift("DELETE FROM t WHERE 1 / n > 3; UPDATE t SET a = 'x'").tables.first)
    let text = table.select(["id"], range: "ctid < '(9,0)'", filter: "n <> 0", at: nil)
    #expect(
      text == """
        SELECT "id"
        FROM (
          SELECT "id", "n"
          FROM ONLY "public"."t"
          WHERE ctid < '(9,0)' AND (n <> 0)
          OFFSET 0
        ) AS "t"
        WHERE ((1 / "n") > 3) IS NOT TRUE
        """)
    #expect(
      table.select(["id"], range: "ctid < '(9,0)'", at: nil).contains("WHERE ctid < '(9,0)' AND ((1 / \"n\") > 3)"))
  }

  @Test func flatTablesHaveExpressions() throws {
    let table = try #require(try House.lift("DELETE FROM t WHERE n = 1; UPDATE t SET a = 'x'").tables.first)
    #expect(table.isFlat && table.losesRows && table.changedColumns == ["a"])
    #expect(table.expression(for: "a", at: nil) == "('x')::text" && table.expression(for: "n", at: nil) == nil)
    #expect(table.condition(at: nil) == "(\"n\" = 1) IS NOT TRUE")
    #expect(try House.lift("UPDATE t SET a = 'x'; UPDATE t SET a = a || 'y'").tables.first?.isFlat == false)
  }

  /// The SQL of the team workflows is lifted whole, and this is what the source is asked.
  @Test func teamWorkflowsAreLiftedWhole() throws {
    let queries = try Self.overrideQueries()
    let schemas = [
      (TeamSchemas.users, ["public", "user_data", "api_metadata"]), (TeamSchemas.orders, ["public"]),
      (TeamSchemas.warehouse, ["facts", "dimensions", "marts"]),
    ]
    #expect(queries.count == 3)
    let instant = CopyInstant("2026-11-21 15:00:00+00")
    var text = ""
    for (query, (schema, path)) in zip(queries, schemas) {
      let lifting = try Lifting.lift(query, over: schema, searchPath: path)
      #expect(lifting.isWhole, "\(lifting.statements.map(\.outcome))")
      for table in lifting.tables {
        let columns = schema[table.name]?.columns.map(\.name) ?? []
        text += "-- \(table.name)\n\(table.select(columns, at: instant));\n\n"
      }
    }
    let golden = Self.fixtures.appending(path: "lifting/team-workflows.sql")
    #expect(text == (try? String(contentsOf: golden, encoding: .utf8)), "\(text)")
  }

  @Test func theRefreshPipelinesSQLIsLiftedWhole() throws {
    let text = """
      -- mask_ssns.sql
      UPDATE users SET ssn = CONCAT('XXX-XX-', RIGHT(ssn, 4));
      UPDATE users SET email = CONCAT('user_', id, '@example.dev');
      UPDATE users SET phone = '555-000-0000';
      """
    let lifting = try Lifting.lift(text, over: TeamSchemas.users, searchPath: ["public"])
    #expect(lifting.isWhole)
    let table = try #require(lifting.tables.first)
    #expect(table.isFlat && table.changedColumns == ["ssn", "email", "phone"])
    #expect(
      table.expression(for: "ssn", at: nil)
        == "pg_catalog.bpchar((pg_catalog.concat('XXX-XX-', pg_catalog.\"right\"(\"ssn\", 4)))::bpchar, 15, false)")
  }

  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Fixtures").standardizedFileURL

  private static func overrideQueries() throws -> [String] {
    let lines = try String(contentsOf: fixtures.appending(path: "team-workflows/targets.yaml"), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.filter { lines[$0].hasSuffix("override_query: |") }.map { start in
      let depth = lines[start].prefix { $0 == " " }.count
      let block = lines[(start + 1)...].prefix { $0.isEmpty || $0.prefix { $0 == " " }.count > depth }
      return block.joined(separator: "\n")
    }
  }
}
