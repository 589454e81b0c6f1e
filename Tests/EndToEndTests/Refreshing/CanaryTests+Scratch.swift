import Foundation
import TestServers
import Testing

extension CanaryTests {
  /// Each statement for another reason has to run on clear rows: a FROM, a volatile function, a block.
  private static let statements = """
    UPDATE users SET email = 'u' || p.place || '@x.example', name = 'Name ' || p.place, others = NULL, notes = '{}', ssn = NULL
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM users) p WHERE p.id = users.id;
    UPDATE users SET phone = '+49-555-' || (random() * 1000)::int, remark = random()::text;
    DO $$ BEGIN UPDATE logins SET address = md5(random()::text); END $$;
    """

  /// Rows go as they are to the scratch server, and nothing of them to the destination's.
  @Test func aScratchServerKeepsClearRowsAway() throws {
    let scratch = try ScratchSite(Self.people, far: try Self.far.get(), on: try ScratchTests.scratch.get())
    let site = scratch.site
    // A block may do anything, so that somebody has to say what becomes of the column that it changes.
    try scratch.declare(
      Self.statements, policy: "tables: {logins: {columns: {address: {keep: the block at the end replaces it}}}}")
    let canaries = try plant(Self.values, at: site)
    let ended = try site.decant("refresh", "users")
    try #require(ended.status == 0, "\(ended.all)")
    #expect(
      try site.atCopy(
        "SELECT count(*), count(DISTINCT email), min(name), (SELECT count(DISTINCT address) FROM logins), (SELECT max(length(email)) FROM domains) FROM users"
      ) == "2000|2000|Name 1|2000|15")
    try expectNone(of: canaries, at: site, said: ended.all)
    #expect(try scratch.leftOver() == [])
  }
}
