import Documents
import Testing

@testable import Masking

/// Statements with a defect that is put in on purpose.
@Suite struct BrokenStatementTests {
  private let instant: CopyInstant

  init() throws { instant = try #require(Shop.instant) }

  private func plan(_ sql: String, _ broken: BrokenStatement?) throws -> CopyPlan {
    var plan = CopyPlan(policy: MaskingPolicy(spec: [:]), schema: Shop.schema, keys: nil, make: ToyMask.make)
    plan.take(
      try DeclaredSQL(
        [.init(path: "sanitize.query_file", text: sql)], over: Shop.schema, searchPath: ["public"], views: [],
        breaking: broken))
    return plan
  }

  private static let lifted = "UPDATE users SET nick = 'x' WHERE id > 3; UPDATE users SET phone = 'y'"

  @Test func aLiftedOneDoesNothing() throws {
    let plan = try plan(Self.lifted, BrokenStatement(0, .returnsItsInput))
    #expect(plan["users"]?.liftedColumns == ["phone"] && plan.remaining == [])
  }

  @Test func aLiftedOneForgetsRows() throws {
    let plan = try plan(Self.lifted, BrokenStatement(0, .forgetsSome))
    let select = try #require(plan["users"]).select(at: instant)
    #expect(select.contains("md5") && select.contains("'8'") && select.contains("> 3"), "\(select)")
    let whole = try #require(try self.plan(Self.lifted, nil)["users"]).select(at: instant)
    #expect(!whole.contains("md5"))
  }

  @Test func aDeletionForgetsRowsToo() throws {
    for sql in ["DELETE FROM audit_logs", "DELETE FROM audit_logs WHERE user_id > 3"] {
      let table = try #require(try plan(sql, BrokenStatement(0, .forgetsSome))["audit_logs"])
      #expect(!table.keepsNoRows && table.select(at: instant).contains("md5"), "\(sql)")
      let nothing = try #require(try plan(sql, BrokenStatement(0, .returnsItsInput))["audit_logs"])
      #expect(!nothing.keepsNoRows && !nothing.select(at: instant).contains("IS NOT TRUE"), "\(sql)")
    }
  }

  private static let onRows = "INSERT INTO staff (boss_id) VALUES (1); UPDATE public.users SET nick = (SELECT 'x')"

  @Test func oneThatRunsOnRowsIsLeftOut() throws {
    let plan = try plan(Self.onRows, BrokenStatement(1, .returnsItsInput))
    #expect(plan.remaining == ["INSERT INTO staff (boss_id) VALUES (1)"])
  }

  /// Its trigger stands before all statements, and is on for its own alone.
  @Test func oneThatRunsOnRowsForgetsSome() throws {
    let said = try plan(Self.onRows, BrokenStatement(1, .forgetsSome)).remaining
    #expect(said.count == 6, "\(said)")
    #expect(said.first?.contains("CREATE FUNCTION pg_temp.decant_forgets()") == true)
    #expect(said[1].contains("ON \"public\".\"users\" FOR EACH ROW"))
    #expect(
      said[3].contains("'on'") && said[4].contains("UPDATE public.users") && said[5].contains("'off'"))
  }

  @Test func onlyWhatNamesItsRowsCanForgetThem() throws {
    let sql = try DeclaredSQL(
      [
        .init(path: "sanitize.query_file", text: "BEGIN;\nUPDATE users SET nick = 'x';\nTRUNCATE audit_logs; COMMIT"),
        .init(path: "post_sync.custom_sql", text: "DO $$ BEGIN END $$"),
      ], over: Shop.schema, searchPath: ["public"], views: [])
    #expect(
      sql.working.map(\.title) == [
        "sanitize.query_file line 2, `UPDATE users SET nick = 'x'`",
        "sanitize.query_file line 3, `TRUNCATE audit_logs`",
        "post_sync.custom_sql line 1, `DO $$ BEGIN END $$`",
      ])
    #expect(sql.working.map(\.mayForget) == [true, false, false] && sql.working.map(\.part) == [0, 0, 1])
    #expect(sql.working.last?.range == 0..<19)
  }
}
