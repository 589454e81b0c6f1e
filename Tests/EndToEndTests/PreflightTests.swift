import Foundation
import TestServers
import Testing

/// `--dry-run` of everything that makes or gives out copies, by the real program on a real server.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, "\(PostgreSQLServer.unavailable ?? "")"), .timeLimit(.minutes(30)))
struct PreflightTests {
  /// Everything that a run could have changed.
  private static func world(_ site: SnapshotSite) throws -> [String] {
    let databases = try site.site.server.run(
      "SELECT datname, oid FROM pg_database WHERE datname LIKE '\(site.destination.prefix(30))%' ORDER BY 1",
      database: "postgres")
    let control = try site.workshop.shell(
      "test -f .decant/control.db && sqlite3 .decant/control.db 'SELECT count(*) FROM audit; SELECT * FROM snapshots; SELECT * FROM leases' || true"
    )
    let files = FileManager.default.subpaths(atPath: site.workshop.folder) ?? []
    // A reader of SQLite's log makes and removes files beside the database.
    return [databases, control.output] + files.filter { !$0.contains("control.db-") }.sorted()
  }

  private static let commands = [
    ["refresh", "shop"], ["build", "shop"], ["sanitize", "shop"], ["load", "shop"],
    ["load", "shop", "--offline"], ["load", "shop", "--original"],
  ]

  @Test func nothingIsWritten() throws {
    let site = try SnapshotSite(
      target: "    storage_profile: raw\n    waive: [{code: clear_rows_on_destination, reason: test}]")
    // Before there is anything at all.
    let bare = try Self.world(site)
    for command in Self.commands {
      try site.dry(command, expecting: ["refresh", "build"].contains(command[0]) ? 0 : 1)
    }
    #expect(try Self.world(site) == bare)
    try site.run("build", "shop")
    try site.run("refresh", "shop")
    try site.run("pull", "shop")
    let made = try Self.world(site)
    for command in Self.commands {
      let ended = try site.dry(command, expecting: 0)
      #expect(ended.all.contains("Nothing was written."), "\(ended.all)")
      let json = try #require(try site.dry(command + ["--json"], expecting: 0).json)
      let preflight = try #require((json["preflight"] as? [[String: Any]])?.first)
      #expect(preflight["can_run"] as? Bool == true && preflight["work"] as? String == command[0])
      #expect(preflight["name"] as? String == "shop" && preflight["sso_groups"] as? [String] == [])
      #expect(preflight["last_snapshot_date"] as? String != nil || command.contains("--offline"))
      #expect((preflight["snapshot"] as? [String: Any])?["src_url"] as? String != nil)
      for text in [ended.all, String(decoding: try JSONSerialization.data(withJSONObject: json), as: UTF8.self)] {
        #expect(!text.contains("corp.example") && !text.contains("Name 1"), "\(command): \(text)")
      }
    }
    #expect(try Self.world(site) == made)
    #expect(try site.remains() == [])
  }

  /// What was measured is said, and before anything was measured that is said.
  @Test func timeIsToldFromMeasuredRatesAlone() throws {
    let site = try SnapshotSite()
    #expect(try site.dry(["refresh", "shop"], expecting: 0).output.contains("no complete snapshot of this target was"))
    try site.run("refresh", "shop")
    let ended = try site.dry(["refresh", "shop", "--json"], expecting: 0)
    let preflight = try #require((ended.json?["preflight"] as? [[String: Any]])?.first)
    let estimate = try #require(preflight["estimate"] as? [String: Any])
    #expect(estimate["snapshots"] as? Int == 1 && (estimate["milliseconds"] as? Int ?? 0) > 0)
    #expect((preflight["space"] as? [String: Any])?["archive"] as? Int ?? 0 > 1_000)
    #expect((preflight["replaces"] as? [String: Any])?["what"] as? String == "copy")
  }

  /// Clear values are for eyes on a terminal, and for nothing that is kept.
  @Test func originalsAreShownOnATerminalAlone() throws {
    let site = try SnapshotSite()
    for more in [[], ["--json"], ["--markdown", "kept"], ["--html", "page"]] {
      let ended = try site.dry(["refresh", "shop", "--show-originals"] + more, expecting: 1)
      #expect(ended.all.contains("on a terminal alone") && !ended.all.contains("corp.example"), "\(ended.all)")
    }
    #expect(try site.workshop.run(["refresh", "shop", "--show-originals"], site.variables).status == 1)
    let terminal = try Terminal(
      ["refresh", "shop", "--dry-run", "--show-originals"], in: site.workshop, site.variables, columns: 120)
    let seen = try terminal.rest()
    #expect(terminal.wait() == 0)
    #expect(seen.contains("@corp.example → user_") && seen.contains("Name "), "\(seen)")
    let plain = try Terminal(["refresh", "shop", "--dry-run"], in: site.workshop, site.variables, columns: 120)
    let said = try plain.rest()
    #expect(said.contains("u***@c***.example → user_") && !said.contains("@corp.example"), "\(said)")
    let kept = try Terminal(
      ["refresh", "shop", "--dry-run", "--show-originals", "--html", "page"], in: site.workshop, site.variables)
    #expect(try kept.rest().contains("on a terminal alone") && kept.wait() == 1)
  }

  @Test func whatStandsInTheWayIsExitNine() throws {
    let site = try SnapshotSite(refresh: ", disk_budget: 5MB")
    let over = try site.dry(["refresh", "shop"], expecting: 9)
    #expect(over.output.contains("disk_budget") && over.output.contains("It could not run: disk_budget"))
    // As it says, so it is.
    let refused = try site.run("refresh", "shop", expecting: 9)
    #expect(refused.output.contains("disk_budget"), "\(refused.all)")
    let text = try String(contentsOfFile: "\(site.workshop.folder)/decant.yaml", encoding: .utf8)
    try site.workshop.write(text.replacingOccurrences(of: "5MB", with: "1GB"))
    try site.dry(["refresh", "shop"], expecting: 0)
    try site.run("refresh", "shop")
    // Over a source, over a read-only environment, and by a role that may not.
    let source = site.url(site.site.source)
    let over2 = try site.dry(["load", "shop", "--to", source], expecting: 9)
    #expect(over2.output.contains("same_source_and_destination"), "\(over2.all)")
    let safe = try site.dry(["load", "shop", "--to", site.url("\(site.destination)_safe")], expecting: 9)
    #expect(safe.output.contains("environment.safe"), "\(safe.all)")
    let other = site.site.server.uniqueName("preflight_none")
    try site.dry(["load", "shop", "--to", site.url(other)], expecting: 0)
    try site.site.server.run("ALTER ROLE \(site.site.writer) NOCREATEDB", database: "postgres")
    for command in [["load", "shop", "--to", site.url(other)], ["refresh", "shop"]] {
      let lacking = try site.dry(command, expecting: 9)
      #expect(
        lacking.output.contains("destination_role_cannot_publish") && lacking.output.contains("CREATEDB;"),
        "\(lacking.all)")
    }
  }

  /// What cannot be reached is unknown, and a refresh of it would be blocked.
  @Test func whatCannotBeLookedAtStandsInTheWay() throws {
    let site = try SnapshotSite()
    let text = try String(contentsOfFile: "\(site.workshop.folder)/decant.yaml", encoding: .utf8)
    try site.workshop.write(
      text.replacingOccurrences(of: ":\(site.site.server.port)/\(site.site.source)?", with: ":1/\(site.site.source)?"))
    let ended = try site.dry(["refresh", "shop"], expecting: 9)
    #expect(ended.output.contains("It could not run: ") && ended.output.contains("source_reachable"), "\(ended.all)")
  }
}

extension SnapshotSite {
  @discardableResult
  func dry(_ words: [String], expecting status: Int32) throws -> Ended {
    let ended = try workshop.run(words + ["--dry-run"], variables)
    #expect(ended.status == status, "\(words): \(ended.all)")
    return ended
  }
}
