import Foundation
import TestServers
import Testing

/// What is verified beside destinations: stored snapshots, samples of the source, databases of others, and the policy itself.
@Suite(.serialized, .timeLimit(.minutes(30)), .enabled(if: PostgreSQLServer.isAvailable, noServer))
struct VerifyElsewhereTests {
  private static let made = Result {
    // `area` is nobody's data by its looks: that it is masked, a check has to say.
    try VerifiedSite(
      "elsewhere", columns: ", area: {strategy: hash}",
      checks: "- {name: no clear area, query: \"SELECT count(*) FROM users WHERE area LIKE 'area %'\"}")
  }

  private func site() throws -> VerifiedSite { try Self.made.get() }

  @Test func aStoredSnapshotIsRestoredLookedAtAndDropped() throws {
    let site = try site()
    try site.run("UPDATE orders SET note = 'for user44@corp.example' WHERE id = 4")
    defer { _ = try? site.run("UPDATE orders SET note = 'order 4' WHERE id = 4") }
    let found = try site.verify(["shop", "--snapshot", "0"])
    // The snapshot is as it was, whatever somebody did to the destination.
    #expect(found.status == 0, "\(found.said)")
    #expect(found.results["leak"] == "passed" && found.results["integrity"] == "passed", "\(found.said)")
    #expect(found.said.contains("beside the snapshot"), "\(found.said)")
    #expect(try site.remains() == [])
    let missing = try site.workshop.run(["verify", "shop", "--snapshot", "9"], site.variables)
    #expect(missing.status == 8 && missing.unwrapped.contains("there is no snapshot 9"), "\(missing.all)")
  }

  /// The policy is tried on rows of the source before anything is made by it.
  @Test func aSampleIsMaskedByThePolicyAndChecked() throws {
    let site = try site()
    let found = try site.verify(["shop", "--source-sample", "20"])
    #expect(found.status == 0, "\(found.said)")
    #expect(found.summaries["grammar"]?.hasSuffix("each the mask of its original") == true, "\(found.said)")
    #expect(found.results["integrity"] == "passed", "\(found.said)")
    // 20 orders with the users that they refer to, 20 users, and 20 of each partition.
    let rows = Int(found.summaries["integrity"]?.split(separator: " ").first ?? "") ?? 0
    #expect(rows >= 80 && rows <= 100, "\(found.summaries)")
    #expect(try site.remains() == [])
  }

  @Test func aPolicyThatMissesAColumnFailsBeforeAnythingIsMade() throws {
    let site = try site()
    try site.site.server.run(
      "ALTER TABLE orders ADD customer_email text; UPDATE orders SET customer_email = 'x' || id || '@gmail.com'; GRANT SELECT ON orders TO \(site.site.reader)",
      database: site.site.source)
    defer { _ = try? site.site.server.run("ALTER TABLE orders DROP customer_email", database: site.site.source) }
    let found = try site.verify(["shop", "--source-sample", "20"])
    #expect(found.status == 8 && found.results["coverage"] == "failed", "\(found.said)")
    #expect(found.said.contains("orders.customer_email looks like an e-mail"), "\(found.said)")
    #expect(try site.remains() == [])
  }

  /// What another tool has left, by the policy and by looks alone.
  @Test func aDatabaseOfOthersIsHeldAgainstTheSource() throws {
    let site = try site()
    let server = site.site.server
    let other = try server.createDatabase(named: "foreign")
    try server.run(
      """
      CREATE TABLE customers (id int PRIMARY KEY, mail text, remark text);
      INSERT INTO customers SELECT i, 'masked' || i || '@x.example', 'asked by Name ' || 100 + i || ' today' FROM generate_series(1, 50) i;
      ANALYZE;
      """, database: other)
    for against in ["shop", site.url(site.site.source)] {
      let found = try site.verify([site.url(other), "--against", against])
      #expect(found.status == 8 && found.places["leak"] == ["customers.remark"], "\(found.said)")
      #expect(found.results["grammar"] == "not_checked", "\(found.said)")
      #expect(!found.said.contains("ame 1"), "\(found.said)")
    }
    try server.run("UPDATE customers SET remark = ''; VACUUM FULL customers; ANALYZE", database: other)
    let clean = try site.verify([site.url(other), "--against", site.url(site.site.source)])
    #expect(clean.status == 0 && clean.results["leak"] == "passed", "\(clean.said)")
    let nobody = try site.workshop.run(["verify", site.url(other), "--against", "nobody"], site.variables)
    #expect(nobody.status == 1 && nobody.unwrapped.contains("no target is called `nobody`"), "\(nobody.all)")
    let literal = try site.workshop.run(["verify", "postgresql://a:secret@b/c", "--against", "shop"], site.variables)
    #expect(literal.status == 1 && !literal.all.contains("secret"), "\(literal.all)")
  }

  /// What reading cost is told beside one COPY, where there is enough to measure it by.
  @Test func theCostIsToldBesideOneCopy() throws {
    let site = try site()
    let server = site.site.server
    let other = try server.createDatabase(named: "costly")
    try server.run(
      """
      CREATE TABLE notes (id int PRIMARY KEY, note text);
      INSERT INTO notes SELECT i, repeat('nothing of anybody ', 60) || i FROM generate_series(1, 40000) i; ANALYZE;
      """, database: other)
    let words = ["verify", site.url(other), "--against", site.url(site.site.source)]
    let said = try site.workshop.run(words, site.variables)
    #expect(said.status == 0 && said.unwrapped.contains(/about [0-9,]+\.[0-9] × one COPY/), "\(said.all)")
    let report = try site.workshop.run(words + ["--json"], site.variables)
    #expect(report.output.contains("\"copy_milliseconds\""), "\(report.all)")
    let small = try site.verify(["shop"])
    #expect(!small.said.contains("copy_milliseconds"), "\(small.said)")
  }

  /// Every rule that is broken is noticed; without the check on `area`, one is not.
  @Test func everyMutantOfTheShopsPolicyIsKilled() throws {
    let site = try site()
    let refused = try site.workshop.run(["verify", "shop", "--mutate"], site.variables)
    #expect(refused.status != 0 && refused.unwrapped.contains("declare a scratch server"), "\(refused.all)")
    let restored = try acceptClearRows(at: site)
    defer { restored() }
    let found = try site.verify(["shop", "--mutate", "--source-sample", "40"])
    #expect(found.status == 0 && found.results["mutants"] == "passed", "\(found.said)")
    // Three rules dropped, nine masks broken; one of them forgets none of the three values of `area`.
    #expect(found.summaries["mutants"] == "11 broken rules, each noticed", "\(found.said)")
    #expect(try site.remains() == [])

    let file = "\(site.workshop.folder)/decant.yaml"
    let whole = try String(contentsOfFile: file, encoding: .utf8)
    let without = whole.split(separator: "\n").filter { !$0.contains("no clear area") }.joined(separator: "\n")
    try without.write(toFile: file, atomically: true, encoding: .utf8)
    let survived = try site.verify(["shop", "--mutate", "--source-sample", "40"])
    #expect(survived.status == 8, "\(survived.said)")
    #expect(survived.places["mutants"] == ["without tables.users.columns.area"], "\(survived.said)")
  }

  /// Broken rules leave rows as they are, on the destination's server where there is no other.
  ///
  /// - Returns: what puts the declaration back.
  private func acceptClearRows(at site: VerifiedSite) throws -> () -> Void {
    let file = "\(site.workshop.folder)/decant.yaml"
    let whole = try String(contentsOfFile: file, encoding: .utf8)
    let target = "sanitize: {policy: pii, storage_profile: kept}"
    let accepted = whole.replacing(
      target, with: "\(target)\n    waive: [{code: clear_rows_on_destination, reason: a test}]")
    #expect(accepted != whole)
    try accepted.write(toFile: file, atomically: true, encoding: .utf8)
    return { try? whole.write(toFile: file, atomically: true, encoding: .utf8) }
  }

  @Test func optionsThatDoNotGoTogetherAreRefused() throws {
    let site = try site()
    for (words, said) in [
      (["shop", "--snapshot", "0", "--source-sample", "5"], "Say one of"), (["--snapshot", "0"], "Name the target"),
      (["--mutate"], "Name the target"), (["--against", "shop"], "Name one database"),
      (["shop", "--source-sample", "0"], "from 1 to 1000000"),
    ] {
      let ended = try site.workshop.run(["verify"] + words, site.variables)
      #expect(ended.status != 0 && ended.all.contains(said), "\(words): \(ended.all)")
    }
  }

  /// Ctrl-C in the middle leaves no database and no folder.
  @Test func nothingIsLeftAfterAnInterrupt() throws {
    let site = try site()
    let restored = try acceptClearRows(at: site)
    defer { restored() }
    let running = try site.workshop.start(["verify", "shop", "--mutate", "--source-sample", "300"], site.variables)
    // The mutants take longer than any look at the catalogue, so that it stands in the middle of them.
    #expect(try eventually { try !site.scratchDatabases().isEmpty || !running.process.isRunning })
    running.process.interrupt()
    let ended = try running.end()
    #expect(ended.status != 0, "\(ended.all)")
    #expect(try site.remains() == [])
  }
}

extension Ended {
  /// A terminal's lines are broken at words.
  fileprivate var unwrapped: String { all.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
