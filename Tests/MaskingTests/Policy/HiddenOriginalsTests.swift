import Documents
import Testing

@testable import Masking

/// Originals of columns that the source itself changes on the way: read beside the rows.
@Suite struct HiddenOriginalsTests {
  private static let users = Shop.name("users")
  private static let personal = Set(["email", "nick", "tags", "profile", "created_at"].map { ColumnName(users, $0) })

  private let instant: CopyInstant

  init() throws { instant = try #require(Shop.instant) }

  private func table(_ sql: String, _ spec: Value = [:], reads: Bool = true) throws -> CopyPlan.Table {
    var fields = spec.object ?? Fields()
    fields["global"] = ["read_hidden_originals": .bool(reads)]
    var plan = CopyPlan(
      policy: MaskingPolicy(spec: .object(fields)), schema: Shop.schema, keys: nil, make: ToyMask.make)
    plan.take(
      try DeclaredSQL(
        [.init(path: "sanitize.override_query", text: sql)], over: Shop.schema, searchPath: ["public"], views: []))
    _ = plan.watch(Self.personal)
    return try #require(plan["users"])
  }

  private func custom(_ column: String, _ more: Value = [:]) -> Value {
    var rule = more.object ?? Fields()
    (rule["strategy"], rule["expression"]) = ("custom", "'x'")
    return ["tables": ["users": ["filter": "id > 3", "columns": [column: .object(rule)]]]]
  }

  @Test func whatEveryRowLosesIsReadAndNothingElse() throws {
    let table = try table(
      "UPDATE users SET email = 'x', code = 'y', tags = '{}', profile = '{}'; UPDATE users SET nick = 'z' WHERE id > 3")
    let hidden = try #require(table.hiddenOriginals(at: instant))
    #expect(hidden.rows.columns.map(\.name) == ["email", "tags"])
    #expect(hidden.rows.columns.allSatisfy { $0.type.family == .text && $0.mask?.hasOriginals == true })
    #expect(hidden.rows.columns.last?.mask is ArrayMask)
    #expect(table.columnsNotCollected.sorted() == ["code", "nick", "profile"])
  }

  /// Whoever reads originals alone asks for their columns and for no others; rows that are not copied have none.
  @Test func onlyColumnsWithOriginalsAreRead() throws {
    let policy: Value = [
      "tables": [
        "users": ["filter": "id > 3", "columns": ["email": ["strategy": "email"], "nick": ["strategy": "null"]]]
      ]
    ]
    let shown = try #require(try table("SELECT 1", policy).shownOriginals(at: instant))
    #expect(shown.rows.columns.map(\.name) == ["email", "nick"])
    #expect(shown.select.hasPrefix("SELECT "), "\(shown.select)")
    #expect(shown.select.contains(".\"email\"") && shown.select.contains("id > 3"), "\(shown.select)")
    #expect(!shown.select.contains("\"phone\"") && !shown.select.contains("\"id\""), "\(shown.select)")
    let lifted = try #require(
      try table("DELETE FROM users WHERE id = 7", policy).shownOriginals(at: instant))
    #expect(lifted.rows.columns.map(\.name) == ["email", "nick"])
    #expect(lifted.select.hasPrefix("SELECT \"email\", \"nick\""), "\(lifted.select)")
    #expect(try table("SELECT 1", custom("phone")).shownOriginals(at: instant) == nil)
  }

  /// The value of the source stays beside whatever the statements make of it, and of rows that stay alone.
  @Test func valuesGoThroughEveryLevel() throws {
    let table = try table(
      "UPDATE users SET email = 'x'; UPDATE users SET email = email || id; DELETE FROM users WHERE email = 'x3'")
    let hidden = try #require(table.hiddenOriginals(at: instant))
    #expect(hidden.select.contains("\"email\"::pg_catalog.text AS \"decant_original_0\""), "\(hidden.select)")
    #expect(hidden.select.hasPrefix("SELECT \"decant_original_0\"\nFROM ("), "\(hidden.select)")
    #expect(hidden.select.contains("WHEN (\"email\" = 'x3') THEN false"), "\(hidden.select)")
  }

  @Test func aRuleOfOnesOwnStandsWhereMasksStand() throws {
    let hidden = try #require(try table("SELECT 1", custom("phone")).hiddenOriginals(at: instant))
    #expect(hidden.rows.columns.map(\.name) == ["phone"])
    #expect(hidden.rows.columns.first?.mask?.traits.leak == .value)
    #expect(hidden.select.contains("\"phone\"::pg_catalog.text") && hidden.select.contains("WHERE"))
    let words = try #require(
      try table("SELECT 1", custom("phone", ["leak": "words"])).hiddenOriginals(at: instant))
    #expect(words.rows.columns.first?.mask?.traits.leak == .words)
  }

  /// Nobody reads what the source hides unless the policy says so, or the rule itself.
  @Test func clearValuesStayInTheSource() throws {
    let changed = try table("UPDATE users SET email = 'x'", reads: false)
    #expect(changed.hiddenOriginals(at: instant) == nil && changed.columnsNotCollected == ["email"])
    let ruled = try table("SELECT 1", custom("phone"), reads: false)
    #expect(ruled.hiddenOriginals(at: instant) == nil && ruled.columnsNotCollected == ["phone"])
    let asked = try table("SELECT 1", custom("phone", ["leak": "value"]), reads: false)
    #expect(asked.hiddenOriginals(at: instant) != nil && asked.columnsNotCollected == [])
  }

  @Test func aRuleMaySayThatItKeepsValues() throws {
    let off = try table("SELECT 1", custom("phone", ["leak": "off"]))
    #expect(off.hiddenOriginals(at: instant) == nil && off.columnsNotCollected == [])
    #expect(off.columns.first { $0.column.name == "phone" }?.keepsOriginals == true)
    // Days stand in many places with good reason, as the strategies for them say too.
    #expect(try table("SELECT 1", custom("created_at")).hiddenOriginals(at: instant) == nil)
    #expect(try table("SELECT 1", custom("created_at", ["leak": "value"])).hiddenOriginals(at: instant) != nil)
  }

  @Test func daysOfStatementsAreNoOriginalsEither() throws {
    let table = try table("UPDATE users SET created_at = '1970-01-01'")
    #expect(table.hiddenOriginals(at: instant) == nil && table.columnsNotCollected == [])
  }

  @Test func aTableWithoutRowsHasNone() throws {
    #expect(try table("UPDATE users SET email = 'x'; DELETE FROM users").hiddenOriginals(at: instant) == nil)
    #expect(try table("UPDATE users SET code = 'x'").hiddenOriginals(at: instant) == nil)
  }

  /// A sample of places is one of originals too.
  @Test func chosenRowsAreThoseOfTheSample() throws {
    let held = try table("UPDATE users SET email = 'x'").holding(["(0,1)"])
    #expect(try #require(held.hiddenOriginals(at: instant)).select.contains("(0,1)"))
  }
}
