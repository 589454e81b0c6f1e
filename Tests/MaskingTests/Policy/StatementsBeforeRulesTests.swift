import Documents
import Testing

@testable import Masking

/// Statements and rules that speak of one table: the statements come first, and the rules see what they left.
struct StatementsBeforeRulesTests {
  private func plan(
    _ statements: String, _ column: String, _ told: Value, _ change: (inout DatabaseSchema) -> Void = { _ in }
  ) throws -> CopyPlan {
    var schema = Shop.schema
    change(&schema)
    var plan = CopyPlan(
      policy: MaskingPolicy(spec: rule("users", column, told)), schema: schema, keys: nil,
      make: ToyMask.make)
    let part = DeclaredSQL.Part(path: "sanitize.override_query", text: statements)
    plan.take(try DeclaredSQL([part], over: schema, searchPath: ["public"], views: []))
    return plan
  }

  private func select(_ plan: CopyPlan) throws -> String {
    try #require(plan["users"]).select(at: try #require(Shop.instant))
  }

  @Test func anExpressionSeesWhatTheStatementLeft() throws {
    let plan = try plan(
      "UPDATE users SET nick = 'n' || id", "code", ["strategy": "custom", "expression": "lower(users.nick)"])
    try #require(plan.canRun, "\(plan.problems)")
    let text = try select(plan)
    #expect(text.contains("(lower(nick)\n)::text, "), "\(text)")
    #expect(text.contains(#"FROM (\#nSELECT "id", "email","#), "\(text)")
    #expect(text.contains(#"::text AS "nick""#), "\(text)")
    #expect(text.hasSuffix(#") AS "users""#), "\(text)")
  }

  /// Whoever only lets rows go leaves every value clear: the rule has to be there all the same.
  @Test(arguments: ["DELETE FROM users WHERE id > 3", "UPDATE users SET nick = 'x'", "DELETE FROM users"])
  func noStatementTakesTheExpressionAway(_ statement: String) throws {
    let plan = try plan(
      statement, "code", ["strategy": "custom", "expression": "'hidden'"], { $0.foreignKeys = [] })
    try #require(plan.canRun, "\(plan.problems)")
    #expect(try select(plan).contains("('hidden'\n)::text"))
  }

  @Test func aWindowIsOverTheRowsThatStay() throws {
    let plan = try plan(
      "DELETE FROM users WHERE id > 3", "phone", ["strategy": "shuffle_within"], { $0.foreignKeys = [] })
    try #require(plan.canRun, "\(plan.problems)")
    let text = try select(plan)
    #expect(text.contains(#"lead("phone") OVER (ORDER BY "id")"#) && text.contains("IS NOT TRUE"), "\(text)")
    #expect(plan["users"]?.isRanged == false)
  }

  @Test func oneColumnIsClaimedOnce() throws {
    let plan = try plan("UPDATE users SET code = 'x'", "code", ["strategy": "custom", "expression": "'y'"])
    #expect(plan.problems("sql_and_rule").map(\.severity) == [.error])
    #expect(plan.problems("sql_and_rule").first?.message.contains("both change it") == true)
  }

  @Test func whatTheStatementsDoNotLeaveCannotBeRead() throws {
    let generated = try plan(
      "UPDATE users SET email = 'e' || id", "code", ["strategy": "custom", "expression": "shown"])
    #expect(
      generated.problems("sql_and_rule").first?.message
        == "a statement changes public.users before this rule does, and the rule reads shown, which is generated of what the statement changes; write both in one of the two places"
    )
    let untouched = try plan("UPDATE users SET nick = 'n'", "code", ["strategy": "custom", "expression": "shown"])
    #expect(untouched.canRun, "\(untouched.problems)")
    let collated = try plan(
      "UPDATE users SET nick = 'n'", "code", ["strategy": "custom", "expression": "nick || '!'"],
      { $0.change("users") { $0.columns[2].declaration = "text COLLATE \"C\"" } })
    #expect(
      collated.problems("sql_and_rule").first?.message.contains("nick, which the statement changes and which has")
        == true
    )
  }
}
