import Foundation
import TestServers
import Testing

/// The audit log cannot be written: then nothing is changed, and the next apply does it all.
@Suite(.timeLimit(.minutes(30))) struct UnwritableLogTests {
  private static let noDisk: Comment = "skipped: mounting a file system takes root and its rights"

  private func expectNothingChanged(
    _ plane: some SteppedPlane, _ workshop: Workshop, _ variables: [String: String], saying part: String
  ) throws {
    let before = try plane.lines(workshop, "shop")
    let ended = try workshop.run(FiftyObjects.apply, variables)
    #expect(ended.status == 1 && ended.applied["done"] == 0, "\(ended.all)")
    #expect(ended.all.contains(part), "\(ended.all)")
    #expect(try plane.lines(workshop, "shop") == before)
  }

  @Test(
    .enabled(if: PostgreSQLServer.isAvailable, noServer), .enabled(if: SmallDisk.isPossible, noDisk))
  func theServersDiskIsFull() throws {
    let plane = try SteppedPostgreSQL(try .own())
    let workshop = try plane.workshop("shop")
    let disk = try SmallDisk()
    defer { try? plane.server.stop("immediate") }
    let place = try disk.folderForServer()
    try plane.server.run("CREATE TABLESPACE small LOCATION '\(place)'", database: plane.database)
    try plane.server.run("ALTER TABLE decant.audit SET TABLESPACE small", database: plane.database)
    let filling = try disk.fill()
    try expectNothingChanged(
      plane, workshop, plane.variables, saying: "make room on the server's disk and try again")
    try FileManager.default.removeItem(atPath: filling)
    try plane.goOn("shop", workshop)
  }

  @Test(.enabled(if: PostgreSQLServer.isAvailable, noServer)) func theRoleMayNotWriteTheLog() throws {
    let plane = try SteppedPostgreSQL()
    let workshop = try plane.workshop("shop")
    let role = plane.server.uniqueName("logless")
    try plane.server.run(
      """
      CREATE ROLE \(role) LOGIN PASSWORD 'logless';
      GRANT USAGE ON SCHEMA decant TO \(role);
      GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA decant TO \(role);
      REVOKE INSERT ON decant.audit FROM \(role);
      """, database: plane.database)
    let url = "postgresql://\(role):logless@127.0.0.1:\(plane.server.port)/\(plane.database)?sslmode=disable"
    try expectNothingChanged(plane, workshop, ["PLANE": url], saying: "GRANT SELECT, INSERT ON \"decant\".audit")
    try plane.goOn("shop", workshop)
  }

  /// A standby only reads; what a database has for a default does not count, because each of our transactions says what it is.
  @Test(.enabled(if: PostgreSQLServer.isAvailable, noServer)) func theServerOnlyReads() throws {
    let plane = try SteppedPostgreSQL(try .own())
    let workshop = try plane.workshop("shop")
    defer { try? plane.server.stop("immediate") }
    let signal = plane.server.folder + "/data/standby.signal"
    try plane.server.stop("fast")
    #expect(FileManager.default.createFile(atPath: signal, contents: nil))
    try plane.server.start()
    try expectNothingChanged(plane, workshop, plane.variables, saying: "this server only reads; name the primary")
    try plane.server.stop("fast")
    try FileManager.default.removeItem(atPath: signal)
    try plane.server.start()
    try plane.server.run(
      "ALTER DATABASE \(plane.database) SET default_transaction_read_only = on", database: "postgres")
    try plane.goOn("shop", workshop)
  }

  /// Everything that is changed is written into the log in the same transaction, so what fits fits whole.
  @Test func theDiskIsFullAfterSoManyBytes() throws {
    let plane = SteppedSQLite()
    let undisturbed = try plane.workshop("shop")
    let before = try plane.lines(undisturbed, "shop")
    let (first, steps) = try plane.watch(in: undisturbed, FiftyObjects.apply)
    #expect(first.status == 0)
    let goal = try plane.lines(undisturbed, "shop")
    var failures = 0
    for step in steps where step % 16 == 0 {
      let workshop = try plane.workshop("shop")
      // Ignored, the signal becomes an error of the write; and only files are limited, not the pipe.
      let limited =
        "(trap '' XFSZ; ulimit -f \(step); decant \(FiftyObjects.apply.joined(separator: " ")) --json) | cat"
      let ended = try workshop.shell("set -o pipefail; \(limited)", plane.variables)
      let found = try plane.lines(workshop, "shop")
      try LostCommitTests.expectTrue(ended, found, before, goal, "\(step) KiB")
      if ended.status != 0 { failures += 1 }
      try plane.goOn("shop", workshop)
      #expect(try plane.lines(workshop, "shop") == goal, "\(step) KiB")
    }
    #expect(failures > 5, "\(failures)")
  }

  @Test(.enabled(if: SmallDisk.isPossible, noDisk)) func theFileIsReadOnly() throws {
    let plane = SteppedSQLite()
    let workshop = try plane.workshop("shop")
    let disk = try SmallDisk()
    #expect(try workshop.shell("cp .decant/control.db '\(disk.folder)/'").status == 0)
    try disk.remount("ro")
    let before = try Data(contentsOf: URL(filePath: disk.folder + "/control.db"))
    let ended = try workshop.run(FiftyObjects.apply, ["PLANE": "sqlite:\(disk.folder)/control.db"])
    #expect(ended.status == 1 && ended.all.contains("have to be writable"), "\(ended.all)")
    #expect(try Data(contentsOf: URL(filePath: disk.folder + "/control.db")) == before)
  }
}
