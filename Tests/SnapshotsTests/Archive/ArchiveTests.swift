import Foundation
import PostgreSQL
import Runtime
import TestServers
import Testing

@testable import Snapshots

@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct ArchiveTests {
  private func folder() -> String { "/tmp/decant-archive-\(UUID().uuidString)" }

  private static let rows = """
    CREATE TABLE "a b" (id serial PRIMARY KEY, t text); INSERT INTO "a b" (t) SELECT 'row ' || g FROM generate_series(1, 5000) g;
    CREATE TABLE child (id int REFERENCES "a b"); INSERT INTO child SELECT g FROM generate_series(1, 100) g;
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS c FROM child; SELECT setval('"a b_id_seq"', 9999);
    """

  private func filled(_ site: CopySite, _ id: String) throws -> Quarantine {
    let quarantine = try site.makeQuarantine(id)
    try site.server.run(
      "SET ROLE \(site.writer); \(Self.rows); ALTER DATABASE \(quarantine.name) SET work_mem = '7MB'; RESET ROLE; ALTER TABLE version OWNER TO \(site.writer)",
      database: quarantine.name.name)
    return quarantine
  }

  private func digest(_ site: CopySite, _ database: String) throws -> String {
    try site.shell("pg_dump --restrict-key=x --no-comments --no-acl -d '\(database)'")
  }

  @Test func whatIsDumpedIsRestoredWhole() throws {
    let site = try CopySite("SELECT 1")
    let (first, place) = (try filled(site, "dumped"), folder())
    defer { try? FileManager.default.removeItem(atPath: place) }
    let archive = try Archive.make(
      of: first.database, in: place, .init(jobs: 2, compression: 1), with: site.tools(),
      ToolPatience(.stall(.seconds(30))))
    // The digests are those that anybody computes.
    for part in archive.parts {
      let other = try site.shell("sha256sum < '\(place)/\(part.name)'; stat -c %s '\(place)/\(part.name)'")
      #expect(other == "\(part.sha256)  -\n\(part.size)\n")
    }
    #expect(archive.parts.contains { $0.name == "toc.dat" } && archive.parts.count == 4)
    let second = try Quarantine.create(
      try site.name("restored"), like: DatabaseLocale(encoding: "UTF8", collate: "C", ctype: "C"),
      on: site.maintenance())
    let leftOut = try Archive(folder: place, parts: archive.parts)
      .restore(into: second, RestoreScope(extensions: []), jobs: 2, with: site.tools(), brief)
    #expect(leftOut.isEmpty)
    #expect(try digest(site, second.name.name) == digest(site, first.name.name))
    #expect(
      try site.server.run("SELECT c, nextval('\"a b_id_seq\"') FROM counted", database: second.name.name) == "100|10000"
    )
    #expect(try Publication(of: second).publish() == Publication.Outcome())
    #expect(try site.version() == "new")
  }

  @Test func aDamagedArchiveIsNotTouched() throws {
    let site = try CopySite("SELECT 1")
    let place = folder()
    defer { try? FileManager.default.removeItem(atPath: place) }
    let quarantine = try filled(site, "damaged")
    let archive = try Archive.make(
      of: quarantine.database, in: place, .init(jobs: 1), with: site.tools(), brief)
    let part = try #require(archive.parts.first { $0.name != "toc.dat" })
    func refusal() throws -> String {
      "\(try #require(throws: QuarantineFailure.self) { try archive.verify() })"
    }
    try archive.verify()
    let whole = try Data(contentsOf: URL(filePath: "\(place)/\(part.name)"))
    var flipped = whole
    flipped[whole.count / 2] ^= 1
    try flipped.write(to: URL(filePath: "\(place)/\(part.name)"))
    #expect(try refusal().contains("digest differs"))
    #expect(throws: QuarantineFailure.self) {
      _ = try archive.restore(into: quarantine, RestoreScope(extensions: []), jobs: 1, with: site.tools(), brief)
    }
    try FileManager.default.removeItem(atPath: "\(place)/\(part.name)")
    #expect(try refusal().contains("is missing"))
    try whole.write(to: URL(filePath: "\(place)/\(part.name)"))
    try Data().write(to: URL(filePath: "\(place)/9999.dat"))
    #expect(try refusal().contains("does not belong"))
  }

  @Test func aKeptTemplateGivesFreshCopies() throws {
    let site = try CopySite("SELECT 1")
    #expect(try KeptTemplate.fresh(try site.name("none"), on: site.maintenance()) == nil)
    let first = try filled(site, "kept")
    try KeptTemplate.keep(first)
    try KeptTemplate.keep(first)
    _ = try Publication(of: first).publish()
    for id in ["again", "and-again"] {
      try site.server.run("DELETE FROM child; UPDATE version SET v = 'spoilt'", database: site.destination)
      let fresh = try #require(try KeptTemplate.fresh(try site.name(id), on: site.maintenance()))
      _ = try Publication(of: fresh).publish()
      #expect(try site.version() == "new")
      #expect(try site.server.run("SELECT count(*) FROM child", database: site.destination) == "100")
    }
    _ = try Sweep(site.destination, on: site.maintenance(), alive: []).run()
    let template = try KeptTemplate.name(for: site.destination).name
    #expect(try site.databases() == [site.destination, template])
  }
}
