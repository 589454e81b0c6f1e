import Masking
import Testing

struct CustomFunctionTests {
  private let column = ColumnName(House.name("t"), "b")

  private func value(_ text: String) throws -> LiftedValue {
    try Lifting.value(text, for: column, over: House.schema, searchPath: ["public"])
  }

  @Test func anExpressionIsConvertedLikeAnAssignment() throws {
    #expect(try value("'****'").sql(at: nil) == "('****')::character varying(5)")
    let read = try value("left(t.a, 2) || '…'")
    #expect(read.reads == ["a"])
    #expect(read.sql(at: nil).hasSuffix("::character varying, 9, false)"))
    #expect(read.proof.hasPrefix("UPDATE \"public\".\"t\" SET \"b\" = "))
  }

  @Test(arguments: [
    "a), (b", "a) FROM users WHERE (true", "a; DROP TABLE t", "", "a AS b", "'too long'", "random()", "(SELECT 1)",
    "nope",
  ])
  func anythingElseIsRefused(_ text: String) { #expect(throws: LiftingRefusal.self) { try value(text) } }

  @Test func mistakesHaveTheirPlace() {
    #expect(throws: LiftingRefusal("it is no SQL expression: syntax error at or near \"b\"", at: 2)) {
      try value("a b c")
    }
  }

  @Test func filtersAreConditions() throws {
    let filter = try Lifting.condition(
      "at > NOW() - INTERVAL '1 year'", on: House.name("t"), over: House.schema, searchPath: ["public"])
    #expect(filter.columns == ["at"] && filter.readsTime)
    #expect(filter.sql(at: nil) == "(\"at\" > (pg_catalog.now() - ('1 year')::interval))")
  }

  /// The form of the source document, and others.
  @Test(arguments: [
    (
      """
      -- SQL function
      CREATE OR REPLACE FUNCTION anonymize_cc_last4(cc TEXT)
      RETURNS TEXT AS $$
      BEGIN
          RETURN '****';
      END;
      $$ LANGUAGE plpgsql;
      """, "pg_catalog.\"varchar\"((('****')::pg_catalog.text)::character varying, 9, false)"
    ),
    (
      "CREATE FUNCTION f(cc text) RETURNS varchar(2) LANGUAGE sql IMMUTABLE AS $$ SELECT left(cc, 2) || f.cc $$",
      "pg_catalog.\"varchar\"(((pg_catalog.\"left\"((\"b\")::pg_catalog.text, 2) || (\"b\")::pg_catalog.text))::character varying)::character varying, 9, false)"
    ),
    (
      "CREATE FUNCTION f(int) RETURNS text STRICT RETURN $1 + 1",
      "pg_catalog.\"varchar\"((CASE WHEN (\"b\" IS NULL) THEN NULL ELSE ((\"b\")::integer + 1) END)::pg_catalog.text)::character varying, 9, false)"
    ),
  ])
  func oneExpressionIsPutInPlace(_ text: String, _ expected: String) throws {
    let function = try #require(CustomFunction(text))
    let sql = try function.value(for: column, over: House.schema, searchPath: ["public"]).sql(at: nil)
    #expect(sql.filter { $0 != "(" && $0 != ")" } == expected.filter { $0 != "(" && $0 != ")" }, "\(sql)")
  }

  @Test(arguments: [
    (
      "CREATE FUNCTION f(a text) RETURNS text LANGUAGE plpgsql AS 'BEGIN PERFORM 1; RETURN a; END'",
      "its body does more"
    ),
    ("CREATE FUNCTION f(a text) RETURNS text LANGUAGE plpython3u AS 'return a'", "it is written in plpython3u"),
    ("CREATE FUNCTION f(a text) RETURNS text LANGUAGE sql AS 'SELECT a FROM users'", "its body is more than"),
    ("CREATE FUNCTION f(a text, b text) RETURNS text RETURN a", "f() does not have exactly one argument"),
    ("CREATE FUNCTION f(a text) RETURNS text RETURN email", "f() reads email"),
    ("CREATE FUNCTION f(a text) RETURNS text RETURN random()", "random() is volatile"),
  ])
  func othersRunInQuarantine(_ text: String, _ reason: String) throws {
    let function = try #require(CustomFunction(text))
    let refusal = #expect(throws: LiftingRefusal.self) {
      try function.value(for: column, over: House.schema, searchPath: ["public"])
    }
    #expect(refusal?.reason.hasPrefix(reason) == true, "\(refusal?.reason ?? "")")
  }

  @Test func otherStatementsAreNoFunctions() {
    #expect(CustomFunction("left(a, 2)") == nil && CustomFunction("SELECT 1") == nil)
    #expect(CustomFunction("CREATE FUNCTION f(int) RETURNS int RETURN 1; SELECT 1") == nil)
  }
}
