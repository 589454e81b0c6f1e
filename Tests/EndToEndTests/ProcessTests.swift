import Foundation
import Runtime
import TestServers
import Testing

@Suite struct SignalTests {
  /// A database behind a connection that swallows everything, with a deadline that no test waits for.
  private func blackHole() throws -> (Workshop, Listener) {
    let hole = try Listener()
    let workshop = try Workshop(
      """
      decant: {workspace: shop}
      storage_profiles: {laptop: {provider: local, path: ./snapshots}}
      targets:
        users:
          snapshot:
            src_url: "postgresql://ro@127.0.0.1:\(hole.port)/users?sslmode=disable"
            dst_url: "postgresql://dev@127.0.0.1:\(hole.port)/users_dev?sslmode=disable"
          storage_profile: laptop

      """)
    return (workshop, hole)
  }

  @Test(arguments: [SIGINT, SIGTERM], [["plan"], ["apply", "--auto-approve"], ["drift"]])
  func aPlanThatWaitsEndsWithASentence(_ number: Int32, _ command: [String]) throws {
    let (workshop, hole) = try blackHole()
    let running = try workshop.start(command + ["--timeout", "3600"])
    #expect(hole.waitForClient())
    running.signal(number)
    let ended = try running.end()
    #expect(!ended.isSignal && ended.status == 1)
    #expect(ended.error == "error: interrupted while planning; nothing was changed\n")
    #expect(!FileManager.default.fileExists(atPath: workshop.folder + "/.decant"))
  }

  @Test func asJSONToo() throws {
    let (workshop, hole) = try blackHole()
    let running = try workshop.start(["plan", "--json", "--timeout", "3600"])
    #expect(hole.waitForClient())
    running.signal(SIGINT)
    let ended = try running.end()
    #expect(ended.status == 1 && ended.json?["error"] as? String == "interrupted while planning; nothing was changed")
  }

  /// Stopped, so that the first signal cannot have ended it before the second comes.
  @Test func aSecondInterruptEndsItAtOnce() throws {
    let (workshop, hole) = try blackHole()
    let running = try workshop.start(["plan", "--timeout", "3600"])
    #expect(hole.waitForClient())
    // The handler is forgotten when the first signal was handled: what `/proc` says of caught signals shows it.
    let caught = try #require(Self.caught(running.pid))
    #expect(caught & (1 << (SIGINT - 1)) != 0)
    running.signal(SIGINT)
    let isOver = eventually { Self.caught(running.pid).map { $0 & (1 << (SIGINT - 1)) == 0 } ?? true }
    #expect(isOver)
    running.signal(SIGINT)
    let ended = try running.end()
    // Whichever came first, its own end or the second signal: it is no success.
    #expect(ended.isSignal ? ended.status == SIGINT : ended.status == 1)
  }

  private static func caught(_ pid: Int32) -> UInt64? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
    return line.flatMap { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) }
  }
}

/// Accepts connections, reads what comes and never answers.
final class Listener: Sendable {
  let port: Int
  private let descriptor: Int32
  private let connected: Interrupt
  private let stopping: Interrupt

  struct Unavailable: Error {}

  init() throws {
    (connected, stopping) = (try Interrupt(), try Interrupt())
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let (descriptor, size) = (descriptor, length)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else { throw Unavailable() }
    port = Int(UInt16(bigEndian: address.sin_port))
    let (connected, stopping) = (connected, stopping)
    Runtime.Thread.start { Self.accept(descriptor, connected, stopping) }?.abandon()
  }

  deinit { stopping.raise() }

  private static func accept(_ descriptor: Int32, _ connected: Interrupt, _ stopping: Interrupt) {
    var clients: [Int32] = []
    while !stopping.isRaised {
      var waiting = [descriptor, stopping.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&waiting, 2, -1) > 0, waiting[1].revents == 0 else { continue }
      let client = Foundation.accept(descriptor, nil, nil)
      if client >= 0 { clients.append(client) }
      connected.raise()
    }
    for descriptor in clients + [descriptor] { close(descriptor) }
  }

  func waitForClient() -> Bool { connected.wait(until: .after(.seconds(60))) }
}

@Suite struct KilledProcessTests {
  /// 2,000 creates, killed at a moment that differs from round to round, then run again.
  @Test func aKilledApplyIsContinuedByRunningItAgain() throws {
    var interrupted = 0
    for round in 0..<20 {
      let workshop = try Workshop(groups(2_000))
      let running = try workshop.start(["apply", "--auto-approve", "--no-observe", "--quiet"])
      // The moment is a point of its progress and not of time: so many bytes of the database or its log are written.
      let goal = round * 70_000
      _ = eventually { !running.process.isRunning || Self.size(of: workshop.folder + "/.decant") >= goal }
      running.signal(SIGKILL)
      if try running.end().isSignal { interrupted += 1 }
      let again = try workshop.run(["apply", "--auto-approve", "--no-observe", "--quiet"])
      #expect(again.status == 0, "round \(round): \(again.all)")
      let plan = try workshop.run(["plan", "--no-observe", "--detailed-exitcode", "--quiet"])
      #expect(plan.status == 0 && plan.output.contains("2,000 objects match"), "round \(round): \(plan.all)")
      let show = try workshop.shell("decant show | grep -c 'revision 1 '")
      #expect(show.output == "2000\n", "round \(round): every object was made once")
      #expect(try workshop.run(["audit", "verify"]).status == 0)
    }
    #expect(interrupted > 5)
  }

  private static func size(of folder: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.reduce(0) { sum, name in
      sum + ((try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int) ?? 0)
    }
  }

  @Test(arguments: [[], ["--lease-wait", "60"]]) func twoAtOnceLoseNothing(_ waiting: [String]) throws {
    let workshop = try Workshop(groups(2_000))
    try workshop.write(groups(1_999) + "  mine: {}\n", to: "other.yml.txt")
    let arguments = ["apply", "--auto-approve", "--no-observe", "--quiet"] + waiting
    let first = try workshop.start(arguments)
    let second = try workshop.start(arguments + ["--file", "other.yml.txt"])
    let ended = [try first.end(), try second.end()]
    let statuses = ended.map(\.status)
    // One is done; the other finds the lease held (7), or that the first was quicker (4, 6), or nothing to do (0).
    #expect(statuses.contains(0) || statuses.contains(6), "\(statuses) \(ended.map(\.all))")
    #expect(statuses.allSatisfy { [0, 4, 6, 7, 5].contains($0) }, "\(statuses) \(ended.map(\.all))")
    if !waiting.isEmpty { #expect(!statuses.contains(7)) }
    #expect(try workshop.run(["audit", "verify"]).status == 0)
    // Nothing was written twice, and the next run settles the rest.
    let revisions = try workshop.shell("decant show | grep -c 'revision 1 '")
    #expect((Int(revisions.output.dropLast()) ?? 0) >= 1_999)
    let last = try workshop.run(["apply", "--auto-approve", "--no-observe", "--quiet", "--allow-deletes", "9"])
    #expect(last.status == 0)
    #expect(try workshop.run(["plan", "--no-observe", "--detailed-exitcode"]).status == 0)
  }

  /// Somebody else really holds the lease, for as long as the test wants.
  @Test func aHeldLeaseIsExitCode7AndWaitingForItEnds() throws {
    let workshop = try Workshop(groups(2))
    #expect(try workshop.run(["apply", "--auto-approve", "--no-observe"]).status == 0)
    try workshop.write(groups(3))
    let database = workshop.folder + "/.decant/control.db"
    let hold = "UPDATE leases SET token = 99, holder = 'bob', expires_at = '2099-01-01T00:00:00.000Z'"
    #expect(try workshop.shell("sqlite3 '\(database)' \"\(hold)\"").status == 0)
    let refused = try workshop.run(["apply", "--auto-approve", "--no-observe"])
    #expect(refused.status == 7 && refused.applied["not"] == 1)
    let json = try workshop.run(["apply", "--auto-approve", "--no-observe", "--json"])
    #expect(json.status == 7 && (json.json?["exit"] as? [String: Any])?["name"] as? String == "lease_held")
    let waiting = try workshop.start(["apply", "--auto-approve", "--no-observe", "--lease-wait", "3600"])
    #expect(
      try workshop.shell("sqlite3 '\(database)' 'UPDATE leases SET holder = NULL, expires_at = NULL'").status == 0)
    let ended = try waiting.end()
    #expect(ended.status == 0 && ended.applied["done"] == 1)
  }
}
