import Reconciliation
import Testing

@testable import Kinds

/// Which tables a check reads, and how it is written so that it reads their shadows.
struct ShadowedQueryTests {
  private func names(_ sql: String) -> [String]? {
    ShadowedQuery(sql).map { query in
      query.tables.map { [$0.schema, $0.name].compactMap(\.self).joined(separator: ".") }
    }
  }

  @Test(arguments: [
    ("SELECT count(*) FROM users", "users"), ("TABLE users", "users"), ("SELECT 1", ""),
    ("SELECT count(*) FROM public.users u JOIN app.orders o ON o.id = u.id, users", "public.users app.orders users"),
    ("SELECT count(*) FROM users WHERE id IN (SELECT user_id FROM orders)", "users orders"),
    ("SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)", "a b"),
    ("SELECT 1 FROM a UNION SELECT 2 FROM b", "a b"),
    // A name of WITH is no table, but for what stands behind it.
    ("WITH u AS (SELECT * FROM users) SELECT count(*) FROM u", "users"),
    ("WITH users AS (SELECT * FROM users) SELECT count(*) FROM users", "users"),
    ("WITH RECURSIVE t AS (SELECT 1 UNION SELECT * FROM t) SELECT * FROM t, public.t", "public.t"),
    ("WITH a AS (SELECT * FROM b), b AS (SELECT * FROM c) SELECT * FROM b", "b c"),
    ("SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) y, x", "x"),
    ("SELECT count(*) FROM pg_catalog.pg_class, information_schema.tables, users", "users"),
  ]) func theTablesOfACheck(_ sql: String, _ expected: String) {
    #expect(names(sql)?.joined(separator: " ") == expected)
  }

  @Test(arguments: [
    ("SELECT count(*) FROM public.users", #"SELECT count(*) FROM pg_temp."users""#),
    ("SELECT 1 FROM only public . \"Us\"\"ers\" AS u, b", #"SELECT 1 FROM only pg_temp."Us""ers" AS u, b"#),
    ("SELECT 'é', a.b FROM x.a, y.\"B\"", #"SELECT 'é', a.b FROM pg_temp."a", pg_temp."B""#),
    ("SELECT 1 FROM shop.public.users", #"SELECT 1 FROM pg_temp."users""#),
    ("SELECT 1 FROM users", "SELECT 1 FROM users"),
  ]) func whatHasASchemaIsNamedByItsShadow(_ sql: String, _ expected: String) {
    #expect(ShadowedQuery(sql)?.sql == expected)
  }

  @Test(arguments: ["SELECT", "SELECT 1; SELECT 2", "no sql", "", "SELECT 1 FROM public./* here */users"])
  func whatCannotBeFollowedIsLeft(_ sql: String) {
    #expect((ShadowedQuery(sql)?.tables ?? []).isEmpty)
  }

  @Test func columnsAreComparedWithConstants() {
    let query = ShadowedQuery(
      """
      SELECT count(*) FROM orders o WHERE o.state = 'open' AND lower(kind) IN ('a', 'b') AND 7 = tenant
        AND total > 100 AND email NOT LIKE '%@anon.example' AND done = false AND part = 0 AND x::text = '1'::text
      """)
    #expect(
      query?.constants == [
        "state": ["open"], "kind": ["a", "b"], "tenant": ["7"], "done": ["false"], "part": ["0"], "x": ["1"],
      ])
  }
}
