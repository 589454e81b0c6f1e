import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import TestServers
import Testing

@testable import Snapshots

/// The memory of the leak filter follows how many different originals there are, and not how many rows.
struct ExpectedOriginalsTests {
  @Test(arguments: [(nil, 1_000), (0, 1_000), (40, 40), (5_000, 1_000), (-1, 1_000), (-0.25, 250)] as [(Double?, Int)])
  func statisticsAreRead(_ statistic: Double?, _ different: Int) {
    #expect(ExpectedOriginals.different(statistic, of: 1_000) == different)
  }

  @Test(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
  func differentValuesAreCountedAndNotRows() throws {
    let server = try PostgreSQLServer.shared()
    let database = try server.createDatabase(named: "expected_originals")
    try server.run(
      """
      CREATE SCHEMA "a, b";
      CREATE TABLE "a, b"."it's" (id int, mail text, city text, unseen text);
      INSERT INTO "a, b"."it's" SELECT n, 'm' || n || '@x.example', 'city ' || n % 7, 'u' || n FROM generate_series(1, 5000) n;
      ANALYZE "a, b"."it's" (id, mail, city);
      """, database: database)
    let schema = try schema(server, database, SchemaSelection(included: ["a, b"]))
    let mail: Value = ["strategy": "email"]
    let plan = CopyPlan(
      policy: MaskingPolicy(spec: ["tables": ["it's": ["columns": ["mail": mail, "city": mail, "unseen": mail]]]]),
      schema: schema, keys: MaskingKeys(master: Secret("0123456789abcdef0123456789abcdef"), workspace: "shop"))
    try #require(plan.canRun, "\(plan.problems)")
    let count = try ExpectedOriginals.count(
      of: plan, in: session(server, database), deadline: .after(.seconds(60)))
    // 5,000 addresses, 7 cities, and a value for each row of what was never analysed.
    #expect(count == 10_007)
  }
}
