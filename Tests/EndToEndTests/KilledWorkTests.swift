import Foundation
import Runtime
import Synchronization
import TestServers
import Testing

/// `build`, `sanitize`, `load` and `pull` are killed while rows are on their way, some of them in clear: what they leave in
/// temporary folders goes with the next run, what they leave on a server with one that comes later, and nobody is given any
/// of it.
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
    try site.run(verb, "shop")
    // A database beside another may be somebody's who is still at work on it, so a young one is left alone.
    let databases = left.filter { !$0.hasPrefix("decant-private") }
    #expect(try site.remains() == databases)
    for database in databases { try site.age(database) }
    if !databases.isEmpty { try site.run(verb, "shop") }
    #expect(try site.remains() == [])
    #expect(try site.dump(site.destination) == before.0)
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
  /// As if whoever made it had begun two hours earlier, and nobody were connected any more.
  fileprivate func age(_ database: String) throws {
    let time = try #require(database.split(separator: "-").dropFirst().first.flatMap { Int($0) })
    func aged(_ text: String) -> String { text.replacingOccurrences(of: "\(time)", with: "\(time - 7_200_000)") }
    let comment = try site.server.run(
      "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '\(database)'",
      database: "postgres")
    #expect(comment.contains("\(time)"))
    let name = PostgreSQLServer.quoted(aged(database))
    try site.server.run(
      """
      SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '\(database)';
      ALTER DATABASE \(PostgreSQLServer.quoted(database)) RENAME TO \(name);
      COMMENT ON DATABASE \(name) IS '\(aged(comment))';
      """, database: "postgres")
  }
}
