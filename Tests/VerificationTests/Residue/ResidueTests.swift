import Masking
import PostgreSQL
import Runtime
import TestServers
import Testing

@testable import Verification

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer)) struct ResidueTests {
  private static let rows = """
    CREATE TABLE users (id int PRIMARY KEY, email text);
    INSERT INTO users SELECT i, \(ProbedCopy.sqlMail) FROM generate_series(1, 2000) i;
    """

  private func statistics(_ copy: ProbedCopy) throws -> LeakReport {
    let texts = try Residue.statistics(in: try copy.session(), declaration: { _ in .none }, deadline: .after(noStall))
    return try copy.probe([], with: texts)
  }

  /// What an UPDATE after ANALYZE leaves behind, and what another ANALYZE takes away.
  @Test func clearValuesInStatisticsAreFound() throws {
    let copy = try ProbedCopy(Self.rows + "ANALYZE users; UPDATE users SET email = md5(email);")
    let report = try statistics(copy)
    #expect(report.leaks.map(\.place.title) == ["the statistics of users.email"])
    #expect(report.sentences.first?.contains("run ANALYZE") == true && !report.sentences.joined().contains("@"))
    try copy.server.run("ANALYZE users", database: copy.database)
    #expect(try statistics(copy).hasPassed)
  }

  @Test func clearValuesInDeadRowsAreFoundByASuperuser() throws {
    let copy = try ProbedCopy("CREATE EXTENSION pageinspect; " + Self.rows + "UPDATE users SET email = md5(email);")
    let table = QualifiedName("public", "users")
    let probe = DeadRowsProbe(copy.filter, in: try copy.session(), stall: noStall)
    let (state, findings) = try probe.run([table]) { suspects throws(LeakProbeFailure) in try copy.known(suspects) }
    let found = try #require(findings.first)
    #expect(found.isLeak && found.hits > 1_000)
    if case .looked(let versions) = state { #expect(versions >= 2_000) } else { Issue.record("\(state)") }
    try copy.server.run("VACUUM FULL users", database: copy.database)
    let (_, clean) = try DeadRowsProbe(copy.filter, in: try copy.session(), stall: noStall).run([table])
    #expect(clean.isEmpty)
  }

  @Test func withoutPageinspectNothingIsClaimed() throws {
    let copy = try ProbedCopy(Self.rows)
    let (state, findings) = try DeadRowsProbe(copy.filter, in: try copy.session(), stall: noStall)
      .run([QualifiedName("public", "users")])
    #expect(findings.isEmpty)
    #expect(state.sentence == "dead rows: not checked (only a superuser with pageinspect can)")
  }

  @Test func aFreshCopyIsHeldAgainstTheCounters() throws {
    let copy = try ProbedCopy(Self.rows)
    func state() throws -> DeadRows {
      try DeadRows.ofFreshCopy(in: try copy.session(), rewritten: false, deadline: .after(noStall))
    }
    if case .noneByConstruction = try state() {} else { Issue.record("a fresh copy has no dead rows") }
    // psql has ended when this returns, and hands its counters in before.
    try copy.server.run("UPDATE users SET email = md5(email)", database: copy.database)
    #expect(try state() == .notChecked("rows of public.users were updated or deleted after they were copied"))
  }
}
