import Foundation
import TestServers
import Testing

/// Passwords, keys and the bucket's secret, while snapshots are made, given out and loaded: none is on a wire, in a file,
/// or among what others on the machine see of the programs that we run.
@Suite(
  .enabled(if: PostgreSQLServer.isAvailable, noServer), .enabled(if: Bucket.isAvailable, Bucket.why),
  .timeLimit(.minutes(30)))
struct SnapshotSecretTests {
  @Test func theyAreNowhere() throws {
    let bucket = try Bucket()
    let (password, masking, sealing, wrong) = (Planted(0), Planted(1), Planted(2), Planted(3))
    let server = try PostgreSQLServer.shared()
    let wires = (postgres: try RecordingProxy(toPort: server.port), s3: try RecordingProxy(toPort: bucket.server.port))
    let tools = try WatchedTools(server.binaries)
    let site = try SnapshotSite(
      profile: bucket.profile,
      target: "    storage_profile: raw\n    waive: [{code: clear_rows_on_destination, reason: a test server}]",
      variables: bucket.variables.merging(tools.variables) { $1 }.merging([
        "S3_PORT": "\(wires.s3.port)", "PW": password.value, "MASKING_KEY": masking.value, "SEALING_KEY": sealing.value,
      ]) { $1 }, through: wires.postgres.port)
    for role in [site.site.reader, site.site.writer] {
      try server.run("ALTER ROLE \(role) PASSWORD \(password.sql)", database: "postgres")
    }
    var search = Search([password, masking, sealing, wrong, Planted("S3_SECRET", bucket.server.secretKey)])
    let other = site.url(server.uniqueName("snapshot_secret"))
    for words in [
      ["refresh", "shop"], ["reset", "shop"], ["apply", "--auto-approve"], ["build", "shop"], ["sanitize", "shop"],
      ["load", "shop", "--to", other, "--yes"],
      ["load", "shop", "--original", "--to", other, "--yes"], ["pull", "shop", "--into", "here"],
      ["load", "shop", "--offline", "--into", "here"], ["plan", "--json"],
      ["snapshots", "shop", "--json"], ["audit", "log", "--json"],
    ] {
      search.add(words.joined(separator: " "), try site.run(words: words).all)
    }
    // What goes wrong is said without them too.
    for (variable, verb) in [
      ("PW", "refresh"), ("PW", "load"), ("S3_SECRET", "refresh"), ("S3_SECRET", "load"), ("SEALING_KEY", "sanitize"),
    ] {
      let ended = try site.workshop.run(
        [verb, "shop", "--verbose"], site.variables.merging([variable: wrong.value]) { $1 })
      #expect(ended.status != 0, "\(verb), \(variable)")
      search.add("\(verb) with a wrong \(variable)", ended.all)
    }
    #expect(tools.runs("pg_dump") >= 6 && tools.runs("pg_restore") >= 8)
    for folder in [tools.records, tools.scratch, site.workshop.folder, wires.postgres.folder, wires.s3.folder] {
      search.addFiles(below: folder)
    }
    #expect(search.size > 1_000_000)
    // The one place of a password is the memory file that its program alone has open, and nothing else is there.
    let (handed, elsewhere) = (
      search.leaks.filter { $0.contains("decant-pgpass") }, search.leaks.filter { !$0.contains("decant-pgpass") }
    )
    #expect(handed.count >= 8 && handed.allSatisfy { $0.hasPrefix("SECRET_0 ") && $0.contains("_memfd:") })
    #expect(elsewhere == [])
  }
}

extension Search {
  mutating func addFiles(below folder: String) {
    for name in FileManager.default.subpaths(atPath: folder) ?? [] {
      let path = "\(folder)/\(name)"
      if let data = FileManager.default.contents(atPath: path) { add(path, Array(data)) }
    }
  }
}
