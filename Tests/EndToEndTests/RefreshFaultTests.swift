import Foundation
import Runtime
import Synchronization
import TestServers
import Testing

/// What happens to a refresh when a connection, a server or a disk fails.
@Suite(.timeLimit(.minutes(30)), .enabled(if: PostgreSQLServer.isAvailable, noServer)) struct RefreshFaultTests {
  /// A relay that does this to the first question that holds the text, and to what follows it.
  private static func relay(
    _ site: DisturbedSite, at text: String, _ verdict: QuestionProxy.Verdict, forEver: Bool = false
  ) throws -> QuestionProxy {
    let hit = Atomic(false)
    return try QuestionProxy(toPort: site.server.port) { _, question in
      if forEver, hit.load(ordering: .relaxed) { return verdict }
      guard question.contains(text), hit.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
      else { return .pass }
      return verdict
    }
  }

  @Test(arguments: [
    ("source", "COPY (SELECT", false), ("source", "COPY (SELECT", true), ("destination", "COPY \"public\"", false),
    ("destination", "INSERT INTO decant_copy.done", false), ("destination", "INSERT INTO decant_copy.done", true),
  ]) func aWorkerThatLosesAConnectionDoesItsRangeAgain(_ end: String, _ text: String, _ isHeard: Bool) throws {
    let site = try DisturbedSite()
    let after = try site.copied().after
    let trial = try site.workshop("cut")
    let proxy = try Self.relay(site, at: text, isHeard ? .cutAnswer : .cutQuestion)
    let variables =
      end == "source" ? trial.variables(source: proxy.port) : trial.variables(destination: proxy.port)
    let made = try trial.decant("refresh", [], variables)
    #expect(made.status == 0, "\(made.all)")
    #expect(try trial.dump() == after)
    #expect(try trial.leftOver() == [])
  }

  /// The session that holds the instant is ended while rows are on their way.
  @Test func aLostLeaderCostsTheRowsAndNothingElse() throws {
    let site = try DisturbedSite()
    let after = try site.copied().after
    let trial = try site.workshop("leader")
    let hit = Atomic(false)
    let proxy = try QuestionProxy(toPort: site.server.port) { _, question in
      guard question.contains("COPY (SELECT"),
        hit.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
      else { return .pass }
      _ = try? site.server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(site.reader)'", database: "postgres")
      return .pass
    }
    let made = try trial.decant("refresh", [], trial.variables(source: proxy.port))
    #expect(made.status == 0 && made.output.contains("the rows were copied again"), "\(made.all)")
    #expect(try trial.dump() == after)
    #expect(try trial.leftOver() == [])
    #expect(try trial.states() == ["published", "failed"])
  }

  @Test(arguments: [
    ("ADD CONSTRAINT", "indexes and keys are made again"), ("CREATE INDEX", "indexes and keys are made again"),
    ("count(*) FROM ONLY", "the checks are done again"),
  ]) func whatIsLostAfterTheRowsIsGoneOnWith(_ text: String, _ note: String) throws {
    let site = try DisturbedSite()
    let (before, after) = try site.copied()
    let trial = try site.workshop("late")
    let cut = try Self.relay(site, at: text, .cutQuestion, forEver: true)
    let lost = try trial.decant("refresh", [], trial.variables(destination: cut.port))
    #expect(lost.status == 1, "\(lost.all)")
    let said = lost.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(
      said.contains("the previous copy is untouched. Continue with: decant refresh \(trial.destination) --resume"),
      "\(lost.all)")
    #expect(try trial.dump() == before)
    #expect(try trial.leftOver().count == 1)
    let rows = Atomic(0)
    let source = try QuestionProxy(toPort: site.server.port) { _, question in
      if question.contains("COPY (SELECT") { rows.add(1, ordering: .relaxed) }
      return .pass
    }
    let resumed = try trial.decant("refresh", ["--resume"], trial.variables(source: source.port))
    let spoken = resumed.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(resumed.status == 0 && spoken.contains(note), "\(resumed.all)")
    // No row is copied again. The one table with masked columns is read once, because nobody remembers its originals,
    // and the leak check has to know them.
    #expect(rows.load(ordering: .relaxed) == 1)
    #expect(try trial.dump() == after)
    #expect(try trial.leftOver() == [])
  }

  @Test func anotherPolicyIsNoReasonToGoOn() throws {
    let site = try DisturbedSite()
    let trial = try site.workshop("policy")
    let cut = try Self.relay(site, at: "ADD CONSTRAINT", .cutQuestion, forEver: true)
    #expect(try trial.decant("refresh", [], trial.variables(destination: cut.port)).status == 1)
    let text = try String(contentsOfFile: trial.workshop.folder + "/decant.yaml", encoding: .utf8)
    try trial.workshop.write(
      text.replacingOccurrences(of: "domain: anon.example", with: "domain: other.example")
        .replacingOccurrences(of: "%@anon.example", with: "%@other.example"))
    let refused = try trial.decant("refresh", ["--resume"], trial.variables())
    #expect(
      refused.status == 1 && refused.output.contains("the policy changed since its rows were copied"), "\(refused.all)")
    var other = trial.variables()
    other["MASKING_KEY"] = String(repeating: "fedcba9876543210", count: 4)
    let both = try trial.decant("refresh", ["--resume"], other)
    #expect(both.status == 1 && both.output.contains("the policy and the masking key changed"), "\(both.all)")
    #expect(try trial.leftOver().count == 1)
    let anew = try trial.decant("refresh", [], trial.variables())
    #expect(anew.status == 0, "\(anew.all)")
    #expect(try trial.dump().contains("@other.example"))
    #expect(try trial.leftOver() == [])
  }

  /// Killed between the renames and the row in the control plane: nothing is copied again.
  @Test(arguments: [["publish"], ["refresh", "--resume"]])
  func whatIsInPlaceIsWrittenDownByTheNextRun(_ words: [String]) throws {
    let site = try DisturbedSite()
    let after = try site.copied().after
    let trial = try site.workshop("placed")
    let hasRenamed = Atomic(false)
    let isPlaced = Atomic(false)
    let reached = try Interrupt()
    let proxy = try QuestionProxy(toPort: site.server.port) { _, question in
      if isPlaced.load(ordering: .relaxed) {
        reached.raise()
        return .swallow
      }
      if question.contains("RENAME TO") { hasRenamed.store(true, ordering: .relaxed) }
      if question.contains("COMMIT"), hasRenamed.load(ordering: .relaxed) { isPlaced.store(true, ordering: .relaxed) }
      return .pass
    }
    let running = try trial.workshop.start(
      ["refresh", trial.destination], trial.variables(through: proxy.port, isShared: true))
    #expect(eventually { reached.isRaised || !running.process.isRunning })
    running.signal(SIGKILL)
    #expect(try running.end().isSignal)
    #expect(try trial.dump() == after)
    #expect(try trial.states(isShared: true) == ["ready"])
    let verb = try #require(words.first)
    let next = try trial.decant(verb, words.dropFirst() + ["--lease-wait", "60"], trial.variables(isShared: true))
    #expect(next.status == 0 && next.output.contains("was in place already"), "\(next.all)")
    #expect(try trial.states(isShared: true) == ["published"])
    #expect(try trial.dump() == after)
    #expect(try trial.leftOver() == [])
  }

  @Test func aFinishedCopyWaitsForItsPlace() throws {
    let site = try DisturbedSite()
    let (before, after) = try site.copied()
    let trial = try site.workshop("waiting")
    let others = try Session(site, trial.destination)
    let waits = try trial.decant("refresh", [], trial.variables())
    let said = waits.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(
      waits.status == 1 && said.contains("with decant-test") && said.contains("decant publish \(trial.destination)"),
      "\(waits.all)")
    #expect(try trial.states() == ["ready"])
    // A refresh that fails does not cost it.
    let cut = try Self.relay(site, at: "CREATE TABLE", .cutQuestion, forEver: true)
    #expect(try trial.decant("refresh", [], trial.variables(destination: cut.port)).status == 1)
    // Nor does one more try while they are still there.
    #expect(try trial.decant("publish", [], trial.variables()).status == 1)
    #expect(try trial.leftOver().count >= 1)
    others.end()
    #expect(try trial.dump() == before)
    let put = try trial.decant("publish", [], trial.variables())
    #expect(put.status == 0 && put.output.contains("nothing was copied again"), "\(put.all)")
    #expect(try trial.dump() == after)
    #expect(try trial.leftOver() == [])
    let nothing = try trial.decant("publish", [], trial.variables())
    #expect(nothing.status == 1 && nothing.output.contains("no finished copy waits"), "\(nothing.all)")
  }

  @Test func aNewerCopyTakesTheTurnOfOneThatWaits() throws {
    let site = try DisturbedSite()
    let trial = try site.workshop("turn")
    let others = try Session(site, trial.destination)
    #expect(try trial.decant("refresh", [], trial.variables()).status == 1)
    others.end()
    let made = try trial.decant("refresh", [], trial.variables())
    #expect(made.status == 0, "\(made.all)")
    #expect(try trial.states() == ["published", "failed"])
    #expect(try trial.leftOver() == [])
  }

  @Test func sessionsAreEndedWhereThatIsDeclared() throws {
    let site = try DisturbedSite()
    let after = try site.copied().after
    try site.server.run("GRANT pg_signal_backend TO \(site.writer)", database: "postgres")
    // A session of a superuser cannot be ended by anybody else.
    let trial = try site.workshop("ending", more: ", disconnect: true")
    let others = try Session(site, trial.destination, user: site.writer, password: DisturbedSite.password)
    let made = try trial.decant("refresh", [], trial.variables())
    #expect(made.status == 0, "\(made.all)")
    #expect(try trial.dump() == after)
    #expect(
      try site.server.run(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = '\(site.writer)'", database: "postgres")
        == "0")
    #expect(try trial.states() == ["published"] && trial.leftOver() == [])
    others.end()
  }

  @Test(arguments: ["source", "destination"]) func aServerThatIsRestartedMeanwhile(_ end: String) throws {
    let server = try PostgreSQLServer.own()
    let other = try DisturbedSite(server)
    let trial = try other.workshop("restarted")
    let before = try trial.dump()
    let hit = Atomic(false)
    let text = end == "source" ? "COPY (SELECT" : "COPY \"public\""
    let proxy = try QuestionProxy(toPort: server.port) { _, question in
      guard question.contains(text), hit.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
      else { return .pass }
      try? server.stop("immediate")
      try? server.start()
      return .cutQuestion
    }
    // Both ends are one server here, so that either way both sessions are gone; what counts is what is left.
    let variables =
      end == "source" ? trial.variables(source: proxy.port) : trial.variables(destination: proxy.port)
    let ended = try trial.decant("refresh", [], variables)
    let now = try trial.dump()
    #expect(ended.status == 0 ? now.contains("@anon.example") : now == before, "\(ended.all)")
    let again = try trial.decant("refresh", ["--resume"], trial.variables())
    #expect(again.status == 0, "\(again.all)")
    #expect(try trial.dump().contains("@anon.example"))
    #expect(try trial.leftOver() == [])
  }

  @Test(
    .enabled(if: SmallDisk.isPossible, "skipped: no file system may be mounted here (be root, and not in a container)"))
  func aFullDiskOfTheDestination() throws {
    let site = try DisturbedSite(rows: 20_000)
    let disk = try SmallDisk()
    let space = site.server.uniqueName("small")
    try site.server.run(
      "CREATE TABLESPACE \(space) LOCATION '\(try disk.folderForServer())'", database: "postgres")
    try site.server.run(
      "GRANT CREATE ON TABLESPACE \(space) TO \(site.writer); ALTER ROLE \(site.writer) SET default_tablespace = \(space)",
      database: "postgres")
    let trial = try site.workshop("full")
    let before = try trial.dump()
    let full = try trial.decant("refresh", [], trial.variables())
    #expect(full.status == 1 && full.output.contains("the previous copy is untouched"), "\(full.all)")
    #expect(full.output.contains("53100") || full.output.contains("No space left"), "\(full.all)")
    #expect(!full.output.contains("--resume"))
    #expect(try trial.dump() == before)
    #expect(try trial.leftOver() == [])
    try site.server.run("ALTER ROLE \(site.writer) RESET default_tablespace", database: "postgres")
    let again = try trial.decant("refresh", [], trial.variables())
    #expect(again.status == 0, "\(again.all)")
    try site.server.run("DROP TABLESPACE \(space)", database: "postgres")
  }

  @Test func aSavedPlanCarriesWhatItsCopiesAreMadeBy() throws {
    let site = try DisturbedSite()
    let after = try site.copied().after
    let trial = try site.workshop("saved")
    let variables = trial.variables()
    let planned = try trial.workshop.run(["plan", "--out", "p.plan", "--json"], variables)
    #expect(planned.status == 0, "\(planned.all)")
    let saved = planned.json?["saved"] as? [String: Any]
    let bytes = try Data(contentsOf: URL(fileURLWithPath: trial.workshop.folder + "/p.plan"))
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(!text.contains(variables["MASKING_KEY"] ?? "-") && text.contains("${MASKING_KEY}"))
    try FileManager.default.removeItem(atPath: trial.workshop.folder + "/decant.yaml")
    let plain = try trial.workshop.run(
      ["apply", "p.plan", "--digest", try #require(planned.json?["digest"] as? String)], variables)
    #expect(plain.status != 0)
    #expect(plain.all.contains("its own digest does not hold what they are made by"), "\(plain.all)")
    let applied = try trial.workshop.run(
      ["apply", "p.plan", "--digest", try #require(saved?["digest"] as? String)], variables)
    #expect(applied.status == 0 && applied.applied["done"] == 3, "\(applied.all)")
    #expect(try trial.dump() == after)
    let twice = try trial.workshop.run(["apply", "p.plan"], variables)
    #expect(twice.status != 0, "\(twice.all)")
    #expect(try trial.states(isShared: false) == ["published"])
  }

  @Test func grantsSaysWhatIsMissing() throws {
    let site = try DisturbedSite()
    let trial = try site.workshop("grants")
    try site.server.run("REVOKE SELECT ON users FROM \(site.reader)", database: site.source)
    let said = try trial.decant("grants", [], trial.variables())
    let line = "GRANT SELECT ON ALL TABLES IN SCHEMA \"public\" TO \"\(site.reader)\";"
    #expect(said.status == 0 && said.output.contains("\(line)    -- missing"), "\(said.all)")
    #expect(said.output.contains("ALTER ROLE \"\(site.writer)\" CREATEDB;"))
    let json = try trial.decant("grants", ["--json"], trial.variables())
    #expect(((json.json?["rights"] as? [[String: Any]])?.first?["object"] as? String) == "target.\(trial.destination)")
    let nobody = try trial.decant(
      "grants", [], trial.variables(source: try LoopbackSocket.unusedPort(), destination: 1))
    #expect(nobody.status == 0 && nobody.output.contains("what is missing is not known"), "\(nobody.all)")
  }
}

/// Somebody who is connected, until the end.
private final class Session: Sendable {
  private let running: Running
  private let pipe = Pipe()

  init(_ site: DisturbedSite, _ database: String, user: String? = nil, password: String? = nil) throws {
    let server = site.server
    running = try Running(
      server.binaries + "/psql", ["-X", "-q"], in: "/tmp",
      [
        "PGHOST": server.socketFolder, "PGPORT": "\(server.port)", "PGUSER": user ?? server.user,
        "PGPASSWORD": password ?? server.password, "PGDATABASE": database, "PGAPPNAME": "decant-test",
        "PATH": "/usr/bin",
      ], input: pipe.fileHandleForReading)
    let isThere = eventually {
      (try? server.run(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database)' AND application_name = 'decant-test'",
        database: "postgres")) == "1"
    }
    #expect(isThere)
  }

  /// Says so as well as closing: another program that was started meanwhile may hold the pipe open.
  func end() {
    try? pipe.fileHandleForWriting.write(contentsOf: Data("\\q\n".utf8))
    try? pipe.fileHandleForWriting.close()
    _ = try? running.end()
  }
}
