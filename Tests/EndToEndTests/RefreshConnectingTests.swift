import Foundation
import Runtime
import Synchronization
import TestServers
import Testing

/// Connections that a refresh begins in the middle of its work are refused, swallowed or answered with garbage; those
/// that stand are left alone.
@Suite(.timeLimit(.minutes(30)), .enabled(if: PostgreSQLServer.isAvailable, noServer)) struct RefreshConnectingTests {
  private func variables(_ trial: RefreshWorkshop, _ end: String, _ gate: Gate) -> [String: String] {
    end == "source" ? trial.variables(source: gate.proxy.port) : trial.variables(destination: gate.proxy.port)
  }

  @Test(arguments: [("source", "COPY (SELECT"), ("destination", "COPY \"public\"")])
  func aWorkerThatIsRefusedOnceComesAgain(_ end: String, _ text: String) throws {
    let site = try DisturbedSite()
    let after = try site.copied().after
    let trial = try site.workshop("refused")
    try trial.useOneWorker()
    let gate = try Gate(site.server, from: text, .cutQuestion, newcomers: .cutQuestion, limit: 1)
    let made = try trial.decant("refresh", [], variables(trial, end, gate))
    #expect(made.status == 0, "\(made.all)")
    #expect(gate.newcomers > 1)
    #expect(try trial.dump() == after)
    #expect(try trial.leftOver() == [])
  }

  /// While rows are on their way the copy is given up; behind them it waits for somebody to go on.
  @Test(arguments: [
    ("source", "COPY (SELECT", "connect failed: "), ("destination", "COPY \"public\"", "connect failed: "),
    ("destination", "INSERT INTO decant_copy.run", "pg_restore: connection to server "),
  ]) func whoIsRefusedForGoodLeavesThePreviousCopy(_ end: String, _ text: String, _ words: String) throws {
    let site = try DisturbedSite()
    let (before, after) = try site.copied()
    let trial = try site.workshop("refused")
    try trial.useOneWorker()
    let hasRows = text.hasPrefix("INSERT")
    let gate = try Gate(site.server, from: text, hasRows ? .pass : .cutQuestion, newcomers: .cutQuestion)
    let refused = try trial.decant("refresh", [], variables(trial, end, gate))
    #expect(refused.status == 1 && gate.newcomers > 0, "\(refused.all)")
    #expect(refused.flat.contains(words) && refused.flat.contains("\(gate.proxy.port)"), "\(refused.all)")
    #expect(refused.flat.contains("the previous copy is untouched"), "\(refused.all)")
    #expect(refused.flat.contains("--resume") == hasRows, "\(refused.all)")
    #expect(try trial.dump() == before)
    // Where the destination's server lets nobody in, nobody can take away what was being made there.
    #expect(try trial.leftOver().count == (end == "source" ? 0 : 1))
    let made = try trial.decant("refresh", ["--resume"], trial.variables())
    #expect(made.status == 0, "\(made.all)")
    #expect(made.flat.contains("indexes and keys are made again") == hasRows, "\(made.all)")
    #expect(try trial.dump() == after)
    #expect(try trial.leftOver() == [])
  }

  /// The run that goes on from another's rows begins connections too: to read at an instant of its own, and to take back
  /// what the other has half made.
  @Test(arguments: [("source", "pg_export_snapshot"), ("destination", "to_regclass('decant_copy.run')")])
  func aResumedRunThatNobodyAnswersEndsInTime(_ end: String, _ text: String) throws {
    try resume(end, from: text, newcomers: .swallow, saying: "connect failed: no answer within 5 s")
  }

  @Test(arguments: [("source", "pg_export_snapshot"), ("destination", "to_regclass('decant_copy.run')")])
  func aResumedRunThatIsAnsweredWithGarbage(_ end: String, _ text: String) throws {
    try resume(end, from: text, newcomers: .garbage, saying: "connect failed: ")
  }

  @Test func aResumedRunWhoseProgramIsAnsweredWithGarbage() throws {
    try resume(
      "destination", from: "ADD CONSTRAINT", .garbage, newcomers: .pass,
      saying: "pg_restore: lost synchronization with server")
  }

  /// A run that has lost its connection after the rows, one that goes on and meets the fault, and one that goes on.
  private func resume(
    _ end: String, from text: String, _ itself: QuestionProxy.Verdict = .pass, newcomers: QuestionProxy.Verdict,
    saying words: String
  ) throws {
    let site = try DisturbedSite()
    let (before, after) = try site.copied()
    let trial = try site.workshop("resumed")
    let cut = try Gate(site.server, from: "ADD CONSTRAINT", .cutQuestion, newcomers: .cutQuestion)
    let lost = try trial.decant("refresh", [], variables(trial, "destination", cut))
    #expect(lost.status == 1 && lost.flat.contains("--resume"), "\(lost.flat)")
    let gate = try Gate(site.server, from: text, itself, newcomers: newcomers)
    let met = try trial.decant("refresh", ["--resume", "--timeout", "5"], variables(trial, end, gate))
    #expect(met.status == 1 && met.flat.contains(words), "\(met.flat)")
    let way = "the previous copy is untouched. Continue with: decant refresh \(trial.destination) --resume"
    #expect(met.flat.contains(way), "\(met.all)")
    #expect(try trial.dump() == before)
    #expect(try trial.leftOver().count == 1)
    let made = try trial.decant("refresh", ["--resume"], trial.variables())
    #expect(made.status == 0 && made.flat.contains("indexes and keys are made again"), "\(made.all)")
    #expect(try trial.dump() == after)
    #expect(try trial.leftOver() == [])
  }
}

/// A relay that passes everything until it hears a question with a certain text; from then on those who begin a
/// connection fare as they are told.
private struct Gate {
  let proxy: QuestionProxy
  private let seen = Seen()

  private final class Seen: Sendable {
    let isReached = Atomic(false)
    let newcomers = Atomic(0)
  }

  /// How many have begun a connection since then.
  var newcomers: Int { seen.newcomers.load(ordering: .relaxed) }

  /// - Parameters:
  ///   - text: of the first question of that kind.
  ///   - itself: what becomes of that question.
  ///   - fate: what becomes of the message that begins a connection.
  ///   - limit: so many of them; the later ones pass.
  init(
    _ server: PostgreSQLServer, from text: String, _ itself: QuestionProxy.Verdict,
    newcomers fate: QuestionProxy.Verdict, limit: Int = .max
  ) throws {
    let seen = seen
    proxy = try QuestionProxy(toPort: server.port) { _, question in
      // A message has its type first, and only the one that begins a connection has none: its length begins with 0.
      if question.utf8.first == 0 {
        guard seen.isReached.load(ordering: .relaxed) else { return .pass }
        return seen.newcomers.add(1, ordering: .relaxed).oldValue < limit ? fate : .pass
      }
      guard question.contains(text),
        seen.isReached.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
      else { return .pass }
      return itself
    }
  }
}

extension RefreshWorkshop {
  /// With one worker nobody else can take over what it loses.
  fileprivate func useOneWorker() throws {
    let text = try String(contentsOfFile: workshop.folder + "/decant.yaml", encoding: .utf8)
    try workshop.write(text.replacingOccurrences(of: "cpus: 2", with: "cpus: 1"))
  }
}
