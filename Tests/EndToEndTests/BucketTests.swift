import Foundation
import Reconciliation
import Runtime
import TestServers
import Testing

/// Archives in a bucket, by the real program: stored, given out, damaged, and interrupted on their way.
@Suite(
  .enabled(if: PostgreSQLServer.isAvailable, noServer), .enabled(if: Bucket.isAvailable, Bucket.why),
  .timeLimit(.minutes(30)))
struct BucketTests {
  private func site(_ bucket: Bucket, refresh: String = "") throws -> SnapshotSite {
    try SnapshotSite(refresh: refresh, profile: bucket.profile, variables: bucket.variables)
  }

  @Test func whatARefreshStoresIsListedPulledAndLoaded() throws {
    let bucket = try Bucket()
    let site = try site(bucket)
    try site.run("refresh", "shop")
    try site.run("apply", "--auto-approve")
    let published = try site.dump(site.destination)
    let names = try bucket.names()
    #expect(names.count { $0.hasSuffix("/manifest.json") } == 1 && names.count { $0.hasSuffix(".dat.gz") } >= 4)
    let listed = try #require(try site.run("snapshots", "shop", "--json").json?["snapshots"] as? [[String: Any]])
    let id = try #require(listed.first?["id"] as? String)
    #expect(listed.count == 1 && listed.first?["state"] as? String == "published")
    #expect(names.allSatisfy { $0.hasPrefix("shop/\(id)/") })
    let other = site.site.server.uniqueName("snapshot_bucket")
    try site.run("load", "shop", id, "--to", site.url(other), "--yes")
    #expect(try site.dump(other) == published)
    try site.run("pull", "shop", "--into", "here")
    for name in names { #expect(try bucket.bytes(name) == site.bytes("here/\(name)"), "\(name)") }
    try site.run(
      "load", "shop", "--offline", "--into", "here", "--to", site.url(other), "--yes", expecting: 0,
      ["S3_PORT": "1"])
    #expect(try site.dump(other) == published)
    #expect(try site.remains() == [])
  }

  /// Wherever it was damaged, with the same number of bytes or not, nothing is loaded, and nothing is touched.
  @Test func aDamagedPartIsRefused() throws {
    let bucket = try Bucket()
    let site = try site(bucket)
    try site.run("refresh", "shop")
    let before = try site.dump(site.destination)
    let names = try bucket.names()
    let rows = try #require(names.last { $0.hasSuffix(".dat.gz") })
    let chosen = names.filter { $0 == rows || $0.hasSuffix("/toc.dat") || $0.hasSuffix("/manifest.json") }
    #expect(chosen.count == 3)
    for name in chosen {
      let whole = try bucket.bytes(name)
      var flipped = whole
      flipped[whole.count / 2] ^= 1
      for damaged in [flipped, Array(whole.dropLast(2)), nil] {
        if let damaged { try bucket.put(damaged, at: name) } else { try bucket.remove(name) }
        let ended = try site.run("load", "shop", expecting: 1)
        #expect(ended.all.contains("cannot load into"), "\(name): \(ended.all)")
        try site.run("pull", "shop", "--into", "here", expecting: 1)
      }
      try bucket.put(whole, at: name)
    }
    #expect(try site.dump(site.destination) == before)
    #expect(try site.remains() == [] && site.files("here") == [])
    try site.run("load", "shop")
  }

  /// A connection that is cut in the middle of a file: once, and the file is sent again; always, and there is no
  /// refresh, and nothing of it anywhere.
  @Test func aCutUploadIsDoneAgainOrLeavesNothing() throws {
    let bucket = try Bucket()
    let site = try site(bucket)
    let once = try FaultProxy(toPort: bucket.server.port, .cutUp(3_000), connections: 1)
    try site.run("refresh", "shop", expecting: 0, ["S3_PORT": "\(once.port)"])
    let before = (try site.dump(site.destination), try bucket.names())
    try site.run("load", "shop")
    try site.site.server.run("UPDATE users SET email = 'x' || email", database: site.site.source)
    let always = try FaultProxy(toPort: bucket.server.port, .cutUp(3_000))
    let failed = try site.run("refresh", "shop", expecting: 1, ["S3_PORT": "\(always.port)"])
    let said = failed.all.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(said.contains("cannot store") && said.contains("the previous copy is untouched"), "\(failed.all)")
    #expect(try site.dump(site.destination) == before.0 && bucket.names() == before.1)
    #expect(try bucket.unfinished() == [] && site.remains() == [])
    try site.run("refresh", "shop")
    #expect(try site.dump(site.destination) != before.0)
  }

  /// Killed between two parts of a large file, and between the last file and the manifest.
  @Test(arguments: [
    ("partNumber=2", ["refresh"]), ("/manifest.json", ["refresh"]), ("/manifest.json", ["refresh", "--resume"]),
  ]) func aKilledUploadLeavesNothingThatAnybodySees(_ place: String, _ next: [String]) throws {
    let bucket = try Bucket()
    let site = try site(bucket)
    if place == "partNumber=2" { try site.addLargeTable() }
    let reached = try Interrupt()
    let proxy = try QuestionProxy(toPort: bucket.server.port) { _, question in
      guard question.hasPrefix("PUT "), question.prefix(while: { $0 != "\r" }).contains(place) else { return .pass }
      reached.raise()
      return .swallow
    }
    let running = try site.workshop.start(
      ["refresh", "shop"], site.variables.merging(["S3_PORT": "\(proxy.port)"]) { $1 })
    #expect(eventually { reached.isRaised || !running.process.isRunning })
    running.signal(SIGKILL)
    #expect(try running.end().isSignal)
    // There are remains of it, everywhere; and nobody is given any.
    let left = (objects: try bucket.names(), uploads: try bucket.unfinished())
    #expect(!left.objects.contains { $0.hasSuffix("/manifest.json") })
    #expect(place == "partNumber=2" ? left.uploads.count == 1 : !left.objects.isEmpty)
    #expect(try site.remains().count == 2, "a quarantine and a private folder")
    for command in ["load", "pull"] {
      #expect(try site.run(command, "shop", expecting: 1).all.contains("there is no sanitized snapshot of shop"))
    }
    #expect(
      try site.site.server.run(
        "SELECT count(*) FROM pg_database WHERE datname = '\(site.destination)'", database: "postgres") == "0")
    if place == "partNumber=2" { try site.site.server.run("DROP TABLE large", database: site.site.source) }
    try site.run(words: next + ["shop"])
    #expect(try bucket.unfinished() == [] && site.remains() == [])
    let names = try bucket.names()
    #expect(Set(names.map { $0.split(separator: "/")[1] }).count == 1, "\(names)")
    let published = try site.dump(site.destination)
    #expect(published.contains("@anon.example") && !published.contains("corp.example"))
    try site.run("load", "shop")
    #expect(try site.dump(site.destination) == published)
  }
}

extension SnapshotSite {
  @discardableResult
  func run(words: [String]) throws -> Ended {
    let ended = try workshop.run(words, variables)
    #expect(ended.status == 0, "\(words): \(ended.all)")
    return ended
  }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(workshop.folder)/\(name)")))
  }

  /// Of which an archive has a file of more than 64 MB, which goes up in parts.
  fileprivate func addLargeTable() throws {
    try site.server.run(
      """
      CREATE EXTENSION pgcrypto; CREATE TABLE large (id int PRIMARY KEY, content bytea);
      ALTER TABLE large ALTER content SET STORAGE EXTERNAL;
      INSERT INTO large SELECT n, (SELECT string_agg(gen_random_bytes(1024), '') FROM generate_series(n, n + 1023)) FROM generate_series(1, 64) n;
      DROP EXTENSION pgcrypto; GRANT SELECT ON large TO \(site.reader);
      """, database: site.source)
  }
}
