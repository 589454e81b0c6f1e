import Documents
import Testing

@testable import Masking

/// What is known of SQL that runs when the rows are there: where it runs, and whose originals are collected before.
@Suite struct UnliftedSQLTests {
  private func plan(_ sql: String, _ spec: Value = [:], in place: UnliftedSQL.Place = .quarantine) throws -> CopyPlan {
    var plan = CopyPlan(
      policy: MaskingPolicy(spec: spec), schema: Shop.schema, keys: nil, runningSQLIn: place, make: ToyMask.make)
    plan.take(
      try DeclaredSQL(
        [.init(path: "sanitize.override_query", text: sql)], over: Shop.schema, searchPath: ["public"], views: []))
    return plan
  }

  private static let users = Shop.name("users")
  private static let personal = Set(["email", "nick", "tags", "profile"].map { ColumnName(users, $0) })

  @Test(arguments: [
    (UnliftedSQL.Place.quarantine, "clear_rows_on_destination", "declare a scratch server for it (sanitize.dst_url)"),
    (.destinationsOwnServer, "clear_rows_on_destination", "leads to the destination's own server"),
    (.scratch, "sql_on_scratch", "It runs on the scratch server of sanitize.dst_url"),
  ])
  func whereItRunsIsSaid(_ place: UnliftedSQL.Place, _ code: String, _ words: String) throws {
    let sql = "UPDATE users SET nick = (SELECT 'x')"
    let plan = try plan(
      sql, ["tables": ["users": ["columns": ["phone": ["strategy": "custom", "function": "CREATE FUNCTION …"]]]]],
      in: place
    )
    #expect(plan.runsSQL && plan.canRun == (place == .scratch))
    let said = plan.problems.filter { $0.code == code }
    #expect(said.map(\.path).sorted() == ["sanitize.override_query", "tables.users.columns.phone"])
    #expect(said.allSatisfy { $0.message.contains(words) && $0.message.contains("because") }, "\(said)")
    #expect(plan.problems.filter { ["clear_rows_on_destination", "sql_on_scratch"].contains($0.code) }.count == 2)
  }

  @Test func onlyWhatEveryRowLosesIsCollected() throws {
    var whole = try plan("UPDATE users SET email = (SELECT 'x'), code = 'y'")
    #expect(whole.watch(Self.personal) == [])
    let table = try #require(whole.tables.first { $0.table.name == Self.users })
    let watched = table.observed.columns.filter { $0.mask != nil }.map(\.name)
    // A code looks like nobody's.
    #expect(watched == ["email"])
    // What is written is what was read: nothing of it is masked.
    #expect(table.rows.columns.allSatisfy { $0.mask == nil })

    var part = try plan(
      "UPDATE users SET email = (SELECT 'x') WHERE id > 3; UPDATE ONLY users SET tags = (SELECT '{x}'::text[]); UPDATE users SET nick = o.contact_email FROM orders o WHERE o.user_id = users.id"
    )
    #expect(part.watch(Self.personal).map(\.column) == ["email", "nick", "tags"])
    #expect(part.tables.allSatisfy { $0.observed.columns.allSatisfy { $0.mask == nil } })
    #expect(!part.unlifted.changesUnknown)
    #expect(part.unlifted.assigns(ColumnName(Self.users, "email")))
  }

  @Test func elementsAreCollectedAndDocumentsAreNot() throws {
    var plan = try plan("UPDATE users SET tags = (SELECT '{x}'::text[]), profile = '{}'")
    #expect(plan.watch(Self.personal).map(\.column) == ["profile"])
    let table = try #require(plan.tables.first { $0.table.name == Self.users })
    #expect(table.observed.columns.first { $0.name == "tags" }?.mask is ArrayMask)
  }

  @Test func whatIsKeptOrMaskedIsLeftAlone() throws {
    var kept = try plan(
      "UPDATE users SET email = (SELECT 'x')", ["tables": ["users": ["columns": ["email": ["keep": "a reason"]]]]])
    #expect(kept.watch(Self.personal) == [])
    #expect(kept.tables.allSatisfy { $0.observed.columns.allSatisfy { $0.mask == nil } })
    var lifted = try plan("UPDATE users SET email = 'x'")
    #expect(lifted.watch(Self.personal) == [] && !lifted.runsSQL)
  }

  @Test(arguments: [
    ("WITH u AS (UPDATE users SET email = 'x' RETURNING id) DELETE FROM users WHERE id IN (SELECT id FROM u)", true),
    ("DO $$ BEGIN END $$", true), ("INSERT INTO staff (boss_id) VALUES (1)", true),
    ("UPDATE users SET nick = (SELECT 'x')", false), ("DELETE FROM users WHERE id IN (SELECT 3)", false),
    ("CREATE FUNCTION f(text) RETURNS text LANGUAGE sql AS 'SELECT $1'", false),
  ])
  func whatCannotBeReadIsKnownAsThat(_ sql: String, _ isUnknown: Bool) throws {
    #expect(try plan(sql).unlifted.changesUnknown == isUnknown)
  }
}
