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

  /// Rows go as they are to the scratch server, and nothing of them to the destination's: not when all is done, and not
  /// while the SQL waits in the middle of its work. There every page is written out, those of unlogged tables too, which
  /// a checkpoint alone would leave in memory.
  @Test func aScratchServerKeepsClearRowsAway() throws {
    let scratch = try ScratchSite(Self.people, far: try Self.far.get(), on: try ScratchTests.scratch.get())
    let site = scratch.site
    let go = scratch.server.uniqueName("canary_go")
    let waiting =
      "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_database WHERE datname = '\(go)') LOOP PERFORM pg_sleep(0.05); END LOOP; END $$;\n"
    // A block may do anything, so that somebody has to say what becomes of the column that it changes.
    try scratch.declare(
      waiting + Self.statements,
      policy: "tables: {logins: {columns: {address: {keep: the block at the end replaces it}}}}")
    let canaries = try plant(Self.values, at: site)
    let running = try site.workshop.start(["refresh", "users"], site.variables)
    let sleepers =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND usename IN ('\(scratch.role)', '\(site.writer)')"
    #expect(
      try eventually {
        try [scratch.server, site.far].contains { try $0.run(sleepers, database: "postgres") != "0" }
          || !running.process.isRunning
      })
    // From version 15 on a database is made through the log, unless it is asked for otherwise.
    let written = "CREATE DATABASE \(go)_written TEMPLATE template0"
    let isOld = try site.far.run("SHOW server_version_num", database: "postgres").hasPrefix("14")
    try site.far.run(isOld ? written : written + " STRATEGY file_copy", database: "postgres")
    #expect(try canaries.found(in: "\(site.far.folder)/data") == [])
    for server in [scratch.server, site.far] { try server.run("CREATE DATABASE \(go)", database: "postgres") }
    let ended = try running.end()
    try #require(ended.status == 0, "\(ended.all)")
    #expect(
      try site.atCopy(
        "SELECT count(*), count(DISTINCT email), min(name), (SELECT count(DISTINCT address) FROM logins), (SELECT max(length(email)) FROM domains) FROM users"
      ) == "2000|2000|Name 1|2000|15")
    try expectNone(of: canaries, at: site, said: ended.all)
    #expect(try scratch.leftOver() == [])
  }
}
