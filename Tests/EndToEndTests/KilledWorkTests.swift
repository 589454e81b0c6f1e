import Foundation
import Runtime
import Synchronization
import TestServers
import Testing

/// `build`, `sanitize`, `load` and `pull` are killed while rows are on their way, some of them in clear: what they leave in
/// temporary folders and on a server goes with the next run, and nobody is given any of it.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct KilledWorkTests {
  @Test(arguments: ["build", "sanitize", "load"]) func whatTheyLeaveGoesWithTheNextRun(_ verb: String) throws {
    let isArmed = Atomic(false)
    let reached = try Interrupt()
    let proxy = try QuestionProxy(toPort: PostgreSQLServer.shared().port) { _, question in
      guard isArmed.load(ordering: .relaxed), question.contains("COPY public.users") else { return .pass }
      reached.raise()
      return .swallow
    }
    let site = try SnapshotSite(
      target: "    storage_profile: raw\n    waive: [{code: clear_rows_on_destination, reason: a test server}]",
      through: proxy.port)
    try site.run("refresh", "shop")
    if verb == "sanitize" { try site.run("build", "shop") }
    let before = (try site.dump(site.destination), site.files("kept"), site.files("raw"))
    isArmed.store(true, ordering: .relaxed)
    let running = try site.workshop.start([verb, "shop"], site.variables)
    #expect(eventually { reached.isRaised || !running.process.isRunning })
    running.signal(SIGKILL)
    #expect(try running.end().isSignal)
    isArmed.store(false, ordering: .relaxed)
    let left = try site.remains()
    #expect(left.contains { $0.hasPrefix("decant-private") }, "\(left)")
    #expect(left.contains { $0.contains("__decant") } == (verb != "build"), "\(left)")
    #expect(
      try site.dump(site.destination) == before.0 && site.files("kept") == before.1 && site.files("raw") == before.2)
    // pg_restore ends when it has a line for its parent; here it waits for an answer that never comes.
    for database in left { try site.disconnect(from: database) }
    // Whatever comes next on this server: a refresh takes away what a load has left.
    try site.run(verb == "load" ? "refresh" : verb, "shop")
    #expect(try site.remains() == [])
    if verb != "load" { #expect(try site.dump(site.destination) == before.0) }
  }

  @Test(.enabled(if: Bucket.isAvailable, Bucket.why)) func aKilledPullIsNoSnapshot() throws {
    let bucket = try Bucket()
    let site = try SnapshotSite(profile: bucket.profile, variables: bucket.variables)
    try site.run("refresh", "shop")
    let reached = try Interrupt()
    let proxy = try QuestionProxy(toPort: bucket.server.port) { _, question in
      guard question.hasPrefix("GET "), question.prefix(while: { $0 != "\r" }).contains("/toc.dat") else {
        return .pass
      }
      reached.raise()
      return .swallow
    }
    let running = try site.workshop.start(
      ["pull", "shop", "--into", "here"], site.variables.merging(["S3_PORT": "\(proxy.port)"]) { $1 })
    #expect(eventually { reached.isRaised || !running.process.isRunning })
    running.signal(SIGKILL)
    #expect(try running.end().isSignal)
    #expect(!site.files("here").isEmpty && !site.files("here").contains { $0.hasSuffix("manifest.json") })
    try site.run("load", "shop", "--offline", "--into", "here", expecting: 1)
    // As one that was killed while it wrote a file.
    let part = try #require(site.files("here").first)
    try site.workshop.shell(
      "cp 'here/\(part)' 'here/\(part.prefix { $0 != "." }.split(separator: "/").dropLast().joined(separator: "/"))/.0.partial'"
    )
    #expect(site.files("here").contains { $0.hasSuffix(".partial") })
    try site.run("pull", "shop", "--into", "here")
    #expect(try site.files("here") == bucket.names().sorted() && site.remains() == [])
    try site.run("load", "shop", "--offline", "--into", "here")
  }
}

extension SnapshotSite {
  fileprivate func disconnect(from database: String) throws {
    try site.server.run(
      "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '\(database)'",
      database: "postgres")
  }
}
