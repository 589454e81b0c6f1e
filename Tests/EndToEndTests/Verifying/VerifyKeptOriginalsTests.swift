import Foundation
import TestServers
import Testing

/// Rules that keep originals by what they are: shuffled values, numbers and days near the original. Neither the leak check
/// nor a grammar can tell them from their input, so that each is held against its own row.
@Suite(.serialized, .enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct VerifyKeptOriginalsTests {
  private static let script = """
    CREATE TABLE staff (
      id int PRIMARY KEY, email text UNIQUE, salary int, bonus numeric(10,2), since date, team text);
    CREATE TABLE orders (id int PRIMARY KEY, staff_id int NOT NULL REFERENCES staff, amount numeric, region text);
    INSERT INTO staff SELECT n, 'user' || n || '@kunden-post.de', 30000 + n, n * 10.25, DATE '2001-01-01' + n, 'team ' || n % 7
      FROM generate_series(1, 80) n;
    INSERT INTO orders SELECT n, 1 + n % 80, n % 9 + 0.5, 'region ' || n % 2 FROM generate_series(1, 150) n;
    ANALYZE;
    """

  private static let policy = """
    tables:
      staff:
        columns:
          email: {strategy: email}
          salary: {strategy: noise, percent: 20}
          bonus: {strategy: noise}
          since: {strategy: date}
          team: {strategy: shuffle_within}
      orders: {columns: {amount: {strategy: shuffle_within, by: [region]}}}
    """

  /// Of masks that keep originals there is nothing to look for, and each is held against its own all the same.
  @Test func masksThatKeepOriginalsAreHeldWithoutAnyOther() throws {
    let site = try FaithfulSite(Self.script)
    let kept = "tables: {staff: {columns: {salary: {strategy: noise}, team: {strategy: shuffle_within}}}}"
    let reasons = "email: {keep: a test}, salary:"
    try site.declare(kept.replacing("salary:", with: reasons))
    let (sample, checks) = try verify(site, "--source-sample", "60")
    #expect(sample.status == 0, "\(sample.all)")
    let grammar = checks["grammar"]?["summary"] as? String ?? ""
    #expect(grammar.hasPrefix("2 columns, ") && grammar.hasSuffix("each the mask of its original"), "\(sample.all)")
    #expect(try site.databases() == [])
  }

  private func verify(_ site: FaithfulSite, _ words: String...) throws -> (Ended, [String: [String: Any]]) {
    let ended = try site.workshop.run(["verify", "users", "--json"] + words, site.variables)
    let verification = (ended.json?["verifications"] as? [[String: Any]])?.first
    let checks = (verification?["found"] as? [String: Any])?["checks"] as? [[String: Any]] ?? []
    return (ended, Dictionary(uniqueKeysWithValues: checks.map { ($0["check"] as? String ?? "", $0) }))
  }

  /// A rule that returns its input, that forgets some rows, or whose key everybody knows, is noticed by its rows. What is
  /// dropped from the policy is nobody's data by its looks, and only a declared check would notice it.
  @Test func brokenRulesAreNoticedByTheRowsOfTheSample() throws {
    let site = try FaithfulSite(Self.script)
    try site.declare(Self.policy, target: "waive: [{code: clear_rows_on_destination, reason: a test}]")
    let (sample, whole) = try verify(site, "--source-sample", "60")
    #expect(sample.status == 0, "\(sample.all)")
    let grammar = whole["grammar"]?["summary"] as? String ?? ""
    #expect(grammar.hasPrefix("6 columns, ") && grammar.hasSuffix("each the mask of its original"), "\(sample.all)")
    let (attacked, checks) = try verify(site, "--mutate", "--source-sample", "60")
    #expect(attacked.status == 8, "\(attacked.all)")
    let survivors = (checks["mutants"]?["findings"] as? [[String: Any]] ?? []).compactMap { $0["place"] as? String }
    let dropped = ["orders.columns.amount"] + ["bonus", "salary", "since", "team"].map { "staff.columns.\($0)" }
    #expect(Set(survivors) == Set(dropped.map { "without tables.\($0)" }), "\(attacked.all)")
    // Of each rule: dropped, returning its input, forgetting some rows, and keyed by what everybody knows.
    #expect(checks["mutants"]?["summary"] as? String == "5 of 24 broken rules not noticed", "\(attacked.all)")
    #expect(try site.databases() == [])
  }
}
