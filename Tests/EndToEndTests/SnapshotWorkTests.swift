import Foundation
import Runtime
import TestServers
import Testing

/// Archives, loads and pulls by the real program on a real server.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, "\(PostgreSQLServer.unavailable ?? "")"), .timeLimit(.minutes(3)))
struct SnapshotWorkTests {
  @Test func aRefreshKeepsAnArchiveThatPgRestoreReads() throws {
    let site = try SnapshotSite()
    try site.run("refresh", "shop")
    let id = try #require(site.archives().first)
    // By what the page on snapshots says, without Decant.
    let copy = site.site.server.uniqueName("snapshot_by_hand")
    let said = try site.workshop.shell(
      """
      set -e; cd kept/shop/\(id)
      python3 -c 'import json; [print(p["sha256"] + "  " + p["name"]) for p in json.load(open("manifest.json"))["parts"]]' | sha256sum --check --quiet
      createdb --template template0 \(copy)
      pg_restore --exit-on-error --no-owner --jobs 2 --dbname \(copy) .
      """,
      [
        "PATH": "\(site.site.server.binaries):/usr/bin:/bin", "PGHOST": site.site.server.socketFolder,
        "PGPORT": "\(site.site.server.port)", "PGUSER": site.site.server.user, "PGPASSWORD": site.site.server.password,
      ])
    #expect(said.status == 0, "\(said.all)")
    #expect(try site.dump(copy) == site.dump(site.destination))
    #expect(!(try site.dump(copy)).contains("corp.example"))
    #expect(try site.remains() == [])
    for name in site.files("kept") {
      let mode = try FileManager.default.attributesOfItem(atPath: "\(site.workshop.folder)/kept/\(name)")[
        .posixPermissions]
      #expect(mode as? Int == 0o600, "\(name)")
    }
  }

  @Test func loadedTwiceItIsTheSame() throws {
    let site = try SnapshotSite()
    try site.run("refresh", "shop")
    let published = try site.dump(site.destination)
    let other = site.site.server.uniqueName("snapshot_other")
    for _ in 0..<2 {
      try site.run("load", "shop", "--to", site.url(other), "--yes")
      #expect(try site.dump(other) == published)
      try site.site.server.run("DELETE FROM orders; CREATE TABLE spoilt (i int)", database: other)
    }
    // Its own destination needs no consent, and comes back.
    try site.site.server.run("DROP TABLE orders CASCADE", database: site.destination)
    let loaded = try site.run("load", "shop", "0", "--json")
    #expect(try site.dump(site.destination) == published)
    let work = try #require(loaded.json?["work"] as? [String: Any])
    #expect(work["rows"] as? Int == 300 + 600 + 700 && work["snapshot"] as? String == site.archives().first)
    #expect(try site.remains() == [])
  }

  /// A snapshot that was damaged is refused, wherever it was damaged, and nothing is touched.
  @Test func aDamagedPartIsRefused() throws {
    let site = try SnapshotSite()
    try site.run("refresh", "shop")
    let before = try site.dump(site.destination)
    let names = site.files("kept")
    #expect(names.count >= 5)
    for name in names {
      let path = "\(site.workshop.folder)/kept/\(name)"
      let whole = try Data(contentsOf: URL(filePath: path))
      var flipped = whole
      flipped[whole.count / 2] ^= 1
      for damaged in [flipped, whole.dropLast(2), nil] {
        if let damaged {
          try damaged.write(to: URL(filePath: path))
        } else {
          try FileManager.default.removeItem(atPath: path)
        }
        let ended = try site.run("load", "shop", expecting: 1)
        #expect(ended.all.contains("cannot load into"), "\(name): \(ended.all)")
        try site.run("pull", "shop", expecting: 1)
      }
      try whole.write(to: URL(filePath: path))
    }
    #expect(try site.dump(site.destination) == before)
    #expect(try site.remains() == [] && site.files(".cache") == [])
    try site.run("load", "shop")
  }

  @Test func nothingIsLoadedOverASource() throws {
    let site = try SnapshotSite()
    try site.run("refresh", "shop")
    let (source, server) = (site.site.source, site.site.server)
    let before = try site.dump(source)
    try server.run("ALTER DATABASE \(source) OWNER TO \(site.site.writer)", database: "postgres")
    // By other words for the same server; where the source answers, and where its password is not known here.
    for (host, change) in [
      ("127.0.0.1", [:]), ("localhost", [:]), ("localhost,127.0.0.1", [:]), ("[::1]", [:]),
      ("127.0.0.1", ["MASKING_KEY": ""]),
    ] as [(String, [String: String])] {
      let ended = try site.run("load", "shop", "--to", site.url(source, host: host), "--yes", expecting: 1, change)
      #expect(
        ended.all.replacingOccurrences(of: "\n   ", with: "").contains("nothing is ever loaded over"), "\(ended.all)")
    }
    // By a name that the declaration does not know: only the lock, and without the source only its number, can tell.
    let text = try String(contentsOfFile: "\(site.workshop.folder)/decant.yaml", encoding: .utf8)
    let relay = try QuestionProxy(toPort: server.port)
    let through = "postgresql://\(site.site.writer):${PW}@127.0.0.1:\(relay.port)/\(source)?sslmode=disable"
    for change in [
      text, text.replacingOccurrences(of: "\(site.site.reader):${PW}", with: "\(site.site.reader):${NOT_HERE}"),
    ] {
      try site.workshop.write(change)
      let ended = try site.run("load", "shop", "--to", through, "--yes", expecting: 1)
      #expect(
        ended.all.replacingOccurrences(of: "\n   ", with: "").contains("nothing is ever loaded over"), "\(ended.all)")
    }
    #expect(try site.dump(source) == before)
    #expect(try site.remains() == [])
  }

  @Test func aReadOnlyEnvironmentIsNeverLoadedOver() throws {
    let site = try SnapshotSite()
    try site.run("refresh", "shop")
    let safe = "\(site.destination)_safe"
    try site.site.server.run("CREATE DATABASE \(safe) OWNER \(site.site.writer)", database: "postgres")
    let relay = try QuestionProxy(toPort: site.site.server.port)
    for url in [
      site.url(safe), site.url(safe, host: "localhost"),
      "postgresql://\(site.site.writer):${PW}@127.0.0.1:\(relay.port)/\(safe)?sslmode=disable",
    ] {
      let ended = try site.run("load", "shop", "--to", url, "--yes", expecting: 1)
      #expect(ended.all.contains("environment.safe"), "\(ended.all)")
    }
    #expect(try site.site.server.run("SELECT count(*) FROM pg_class WHERE relname = 'users'", database: safe) == "0")
  }

  /// Without a sanitized snapshot nothing else is given out, and what asks for consent gets it or stops.
  @Test func itFailsClosed() throws {
    let site = try SnapshotSite(target: "    storage_profile: raw")
    for command in ["load", "pull"] {
      #expect(try site.run(command, "shop", expecting: 1).all.contains("there is no sanitized snapshot of shop"))
    }
    try site.run("build", "shop")
    #expect(try site.run("load", "shop", expecting: 1).all.contains("there is no sanitized snapshot"))
    let other = site.site.server.uniqueName("snapshot_none")
    #expect(try site.run("load", "shop", "--original", "--to", site.url(other), expecting: 1).all.contains("--yes"))
    try site.run("refresh", "shop")
    #expect(try site.run("load", "shop", "--to", site.url(other), expecting: 1).all.contains("--yes"))
    #expect(try site.run("load", "shop", "9", expecting: 1).all.contains("there is no snapshot 9"))
    let literal = "postgresql://\(site.site.writer):q7zword@127.0.0.1/x"
    let refused = try site.run("load", "shop", "--to", literal, "--yes", expecting: 1)
    #expect(refused.all.contains("${NAME}") && !refused.all.contains("q7zword"))
    for name in ["postgres", "template1"] {
      try site.run("load", "shop", "--to", site.url(name), "--yes", expecting: 1)
    }
    #expect(
      try site.site.server.run("SELECT count(*) FROM pg_database WHERE datname = '\(other)'", database: "postgres")
        == "0")
  }

  @Test func sessionsKeepTheirDatabaseUntilTheyAreEnded() throws {
    let site = try SnapshotSite()
    try site.run("refresh", "shop")
    let server = site.site.server
    let holder = try HeldSession(server, site.destination, application: "holder")
    try holder.say("SELECT 1;")
    #expect(
      try eventually {
        try server.run(
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holder' AND state = 'idle'",
          database: "postgres") == "1"
      })
    let before = try server.run(
      "SELECT oid FROM pg_database WHERE datname = '\(site.destination)'", database: "postgres")
    let ended = try site.run("load", "shop", expecting: 1)
    #expect(ended.all.contains("holder") && ended.all.contains("--disconnect"), "\(ended.all)")
    #expect(try site.remains() == [])
    #expect(
      try server.run("SELECT oid FROM pg_database WHERE datname = '\(site.destination)'", database: "postgres")
        == before)
    try holder.end()
    try site.run("load", "shop")
  }

  @Test func retentionKeepsWhatIsPinned() throws {
    let site = try SnapshotSite(refresh: ", retain: 2")
    try site.run("refresh", "shop")
    let first = try #require(site.archives().first)
    try site.run("apply", "--auto-approve")
    try site.run("snapshots", "shop", "pin", first, "--reason", "QA works with it")
    for _ in 0..<3 { try site.run("refresh", "shop") }
    let kept = site.archives()
    #expect(kept.count == 3 && kept.last == first, "\(kept)")
    #expect(site.files("kept").allSatisfy { name in kept.contains { name.contains($0) } })
    let listed = try #require(try site.run("snapshots", "shop", "--json").json?["snapshots"] as? [[String: Any]])
    #expect(listed.compactMap { $0["state"] as? String }.sorted() == ["pruned", "published", "published", "published"])
    #expect(try site.run("audit", "log").all.contains("snapshot prune"))
    try site.run("snapshots", "shop", "unpin", first)
    try site.run("refresh", "shop")
    #expect(site.archives().count == 2 && !site.archives().contains(first))
    try site.run("load", "shop", first, expecting: 1)
  }

  /// Pulled, it needs no control plane, no store and no source.
  @Test func whatWasPulledIsLoadedOffline() throws {
    let site = try SnapshotSite()
    try site.run("refresh", "shop")
    let published = try site.dump(site.destination)
    try site.run("pull", "shop", "--into", "here")
    try site.workshop.shell("mv .decant away; mv kept away/")
    let other = site.site.server.uniqueName("snapshot_offline")
    try site.run("load", "shop", "--offline", "--into", "here", "--to", site.url(other), "--yes")
    #expect(try site.dump(other) == published)
    #expect(site.files(".decant") == [])
    let listed = try site.run("snapshots", "shop", "--local", "--into", "here", "--json")
    let local = try #require(listed.json?["local"] as? [[String: Any]])
    #expect(local.count == 1 && local.first?["rows"] as? Int == 1_600)
    // What was damaged here is not loaded either.
    let part = try #require(site.files("here").first { $0.hasSuffix(".gz") })
    var bytes = try Data(contentsOf: URL(filePath: "\(site.workshop.folder)/here/\(part)"))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: "\(site.workshop.folder)/here/\(part)"))
    try site.run("load", "shop", "--offline", "--into", "here", "--to", site.url(other), "--yes", expecting: 1)
    #expect(try site.dump(other) == published)
    try site.run("load", "shop", "--offline", "--into", "nowhere", "--to", site.url(other), "--yes", expecting: 1)
  }

  /// Where the archive cannot be stored, there is no refresh, and nothing of it stays anywhere.
  @Test func aFailedUploadIsAFailedRefresh() throws {
    let site = try SnapshotSite()
    try site.run("refresh", "shop")
    let before = try site.dump(site.destination)
    try site.site.server.run("UPDATE users SET email = 'x' || email", database: site.site.source)
    let kept = site.files("kept")
    // A part of the folder's path is a file: not even root can make a folder there.
    try site.workshop.shell("mv kept/shop aside && touch kept/shop")
    let failed = try site.run("refresh", "shop", expecting: 1)
    #expect(failed.all.contains("cannot store"), "\(failed.all)")
    try site.workshop.shell("rm kept/shop && mv aside kept/shop")
    #expect(try site.dump(site.destination) == before)
    #expect(site.files("kept") == kept)
    #expect(try site.remains() == [])
    try site.run("refresh", "shop")
    #expect(try site.dump(site.destination) != before)
  }

  @Test func resetGivesBackTheCopy() throws {
    for keeps in [false, true] {
      let site = try SnapshotSite(refresh: keeps ? ", keep_template: true" : "")
      #expect(try site.run("reset", "shop", expecting: 1).all.contains("no copy was ever put there"))
      try site.run("refresh", "shop")
      let published = try site.dump(site.destination)
      let first = try site.run("reset", "shop")
      #expect(first.all.contains("the template was made") != keeps, "\(first.all)")
      for _ in 0..<2 {
        try site.site.server.run("DELETE FROM orders; CREATE TABLE spoilt (i int)", database: site.destination)
        #expect(!(try site.run("reset", "shop")).all.contains("the template was made"))
        #expect(try site.dump(site.destination) == published)
      }
      // After another refresh it is the new copy that comes back, and never the old one.
      try site.site.server.run("UPDATE users SET email = 'x' || email", database: site.site.source)
      try site.run("refresh", "shop")
      let second = try site.dump(site.destination)
      try site.run("reset", "shop")
      #expect(try site.dump(site.destination) == second && second != published)
    }
  }

  @Test func aRawSnapshotIsSealedAndSanitized() throws {
    let site = try SnapshotSite(
      target: "    storage_profile: raw\n    waive: [{code: clear_rows_on_destination, reason: a test server}]")
    try site.run("refresh", "shop")
    let published = try site.dump(site.destination)
    try site.run("build", "shop")
    for name in site.files("raw") {
      let bytes = try Data(contentsOf: URL(filePath: "\(site.workshop.folder)/raw/\(name)"))
      #expect(bytes.range(of: Data("corp.example".utf8)) == nil && bytes.prefix(5) != Data("PGDMP".utf8))
    }
    let before = site.archives()
    try site.run("sanitize", "shop")
    #expect(site.archives().count == before.count + 1)
    // By the same key and policy it is the same copy as that of the refresh; the destination was not touched.
    #expect(try site.dump(site.destination) == published)
    let other = site.site.server.uniqueName("snapshot_sanitized")
    let made = try #require(site.archives().first { !before.contains($0) })
    try site.run("load", "shop", made, "--to", site.url(other), "--yes")
    #expect(try site.dump(other) == published)
    #expect(try site.remains() == [])
    try site.run("load", "shop", "--original", "--to", site.url(other), "--yes")
    #expect(try site.dump(other).contains("user7@corp.example"))
    // Another key, no key, no waiver, no place.
    let text = try String(contentsOfFile: "\(site.workshop.folder)/decant.yaml", encoding: .utf8)
    #expect(
      try site.run("sanitize", "shop", expecting: 1, ["SEALING_KEY": "another key of 27 characters"]).all.contains(
        "another key"))
    for (gone, word) in [
      ("  sealing: {key: \"${SEALING_KEY}\"}\n", "openssl rand"), ("    storage_profile: raw\n", "no place for raw"),
    ] {
      try site.workshop.write(text.replacingOccurrences(of: gone, with: ""))
      #expect(try site.run("build", "shop", expecting: 1).all.contains(word))
    }
    try site.workshop.write(text.replacingOccurrences(of: "    waive:", with: "    # waive:"))
    #expect(try site.run("sanitize", "shop", expecting: 1).all.contains("sanitize.dst_url"))
  }
}
