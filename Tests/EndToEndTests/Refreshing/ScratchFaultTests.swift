import Foundation
import Runtime
import Synchronization
import TestServers
import Testing

/// Connections that break, and runs that are killed, while a copy goes by way of a scratch server.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct ScratchFaultTests {
  /// The scratch server through a relay, which reads what is asked.
  private func relayed(_ scratch: ScratchSite, _ port: Int) -> String {
    "postgresql://\(scratch.role):${DEV_PASS}@127.0.0.1:\(port)/postgres?sslmode=disable"
  }

  /// At as many places as there are questions for the scratch server: pg_dump's and pg_restore's are among them.
  @Test func killedAnywhereNothingIsLeftAfterTheNextRun() throws {
    let scratch = try ScratchSite(ScratchTests.stock, on: try ScratchTests.scratch.get())
    let site = scratch.site
    let counter = try QuestionProxy(toPort: scratch.server.port)
    try scratch.declare(ScratchTests.statements, scratch: relayed(scratch, counter.port))
    try site.refreshed()
    let (count, after) = (counter.questions, try site.atCopy(AllRows.query))
    #expect(count > 100)
    var killed = 0
    for (number, step) in [1, 2, 3, 4, 5, 6, 7, 8].map({ ($0, count * $0 / 9) }) {
      try site.atSource("UPDATE logbook SET line = 'turn \(number)' WHERE id = 50")
      let reached = try Interrupt()
      let proxy = try QuestionProxy(toPort: scratch.server.port) { asked, _ in
        guard asked >= step else { return .pass }
        reached.raise()
        return .swallow
      }
      try scratch.declare(ScratchTests.statements, scratch: relayed(scratch, proxy.port))
      let running = try site.workshop.start(["refresh", "users"], site.variables)
      #expect(eventually { reached.isRaised || !running.process.isRunning })
      running.signal(SIGKILL)
      let ended = try running.end()
      // Its pg_restore may have outlived it, in the middle of saying who it is: until then no database can be dropped.
      proxy.stop()
      if ended.isSignal { killed += 1 } else { #expect(ended.status == 0, "at \(step): \(ended.all)") }
      // What was there is there, or what is new is; and never anything between.
      let standing = try site.atCopy(AllRows.query)
      let turns = (0...number).map { $0 == 0 ? after : after.replacingOccurrences(of: "line 50", with: "turn \($0)") }
      #expect(turns.contains(standing), "at \(step)")
      try scratch.declare(ScratchTests.statements)
      let again = try site.refreshed()
      #expect(try scratch.leftOver() == [], "at \(step): \(again.all)")
      #expect(try site.databases() == [site.destination], "at \(step): \(again.all)")
      #expect(try site.atCopy(AllRows.query) == turns[number], "at \(step)")
    }
    #expect(killed > 5)
  }

  /// What is made after the rows came from the scratch database, which is gone.
  @Test func indexesAreNotGoneOnWith() throws {
    let scratch = try ScratchSite(ScratchTests.stock, on: try ScratchTests.scratch.get())
    let site = scratch.site
    try scratch.declare(ScratchTests.statements)
    let hit = Atomic(false)
    let cut = try QuestionProxy(toPort: site.far.port) { _, question in
      if question.contains("CREATE INDEX") { hit.store(true, ordering: .relaxed) }
      return hit.load(ordering: .relaxed) ? .cutQuestion : .pass
    }
    let path = site.workshop.folder + "/decant.yaml"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let name = "/\(site.destination)?sslmode="
    let through = text.replacingOccurrences(
      of: "localhost:\(site.far.port)\(name)verify-full", with: "127.0.0.1:\(cut.port)\(name)disable")
    #expect(through != text)
    try site.workshop.write(through)
    let lost = try site.decant("refresh", "users")
    #expect(lost.status == 1 && lost.flat.contains("decant refresh users --resume"), "\(lost.all)")
    #expect(try scratch.leftOver() == [])
    try site.workshop.write(text)
    let resumed = try site.decant("refresh", "users", "--resume")
    #expect(resumed.status == 0, "\(resumed.all)")
    #expect(
      resumed.flat.contains("everything was made anew: its rows came by way of the scratch server"), "\(resumed.all)")
    #expect(try site.atCopy("SELECT count(*) FROM kept_aside") != "0")
    #expect(try scratch.leftOver() == [])
    #expect(try site.databases() == [site.destination])
  }

  /// Where the scratch server goes away in the middle, the refresh fails, and what it leaves there is swept later.
  @Test(arguments: ["COPY \"public\"", "INSERT INTO parts (code, weight)", "COPY (SELECT"])
  func aScratchServerThatGoesAwayCostsTheCopy(_ question: String) throws {
    let scratch = try ScratchSite(ScratchTests.stock, on: try ScratchTests.scratch.get())
    let site = scratch.site
    let hit = Atomic(false)
    let cut = try QuestionProxy(toPort: scratch.server.port) { _, asked in
      if asked.contains(question) { hit.store(true, ordering: .relaxed) }
      return hit.load(ordering: .relaxed) ? .cutQuestion : .pass
    }
    try scratch.declare(ScratchTests.statements, scratch: relayed(scratch, cut.port))
    let lost = try site.decant("refresh", "users")
    #expect(lost.status == 1, "\(lost.all)")
    #expect(lost.flat.contains("the previous copy is untouched"), "\(lost.all)")
    #expect(try site.databases() == [])
    try scratch.declare(ScratchTests.statements)
    try site.refreshed()
    #expect(try scratch.leftOver() == [])
    #expect(try site.databases() == [site.destination])
  }
}
