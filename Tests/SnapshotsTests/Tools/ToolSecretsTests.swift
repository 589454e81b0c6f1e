import Foundation
import PostgreSQL
import Runtime
import Synchronization
import TestServers
import Testing

@testable import Snapshots

/// What others on the machine could see of a program that runs.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct ToolSecretsTests {
  /// Processes whose arguments name this database.
  private func processes(_ database: String) -> [(number: Int32, arguments: String, environment: String)] {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
    return numbers.compactMap { number in
      func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: "/proc/\(number)/\(name)").map { String(decoding: $0, as: UTF8.self) }
      }
      guard let arguments = text("cmdline"), arguments.contains("pg_dump"), arguments.contains(database),
        let environment = text("environ"), let status = text("stat"), !status.contains(") Z ")
      else { return nil }
      return (number, arguments, environment)
    }
  }

  @Test func noSecretIsInTheArgumentsOrTheEnvironmentAndAnInterruptLeavesNothing() throws {
    let site = try CopySite("CREATE TABLE held (a int)")
    let holder = try Session(
      connecting: try ConnectionParameters(
        [
          ("host", site.server.socketFolder), ("port", "\(site.server.port)"), ("user", site.server.user),
          ("dbname", site.source),
        ], password: Secret(site.server.password)), deadline: soon)
    _ = try holder.query("BEGIN", deadline: soon)
    _ = try holder.query("LOCK TABLE public.held IN ACCESS EXCLUSIVE MODE", deadline: soon)
    let interrupt = try Interrupt()
    let failure = Mutex<ToolFailure?>(nil)
    let (tools, parameters) = (try site.tools(), try site.parameters(site.reader, site.source))
    // pg_dump waits for the table and stays to be looked at.
    let dumping = try #require(
      Thread.start {
        do throws(ToolFailure) {
          _ = try tools.run(
            .dump, ["--schema-only", "--file=/dev/null"], on: parameters,
            ToolPatience(.total(.seconds(50)), interrupt: interrupt))
        } catch { failure.withLock { $0 = error } }
      })
    try site.waitForSessions(in: site.source, "wait_event_type = 'Lock'")
    let seen = processes(site.source)
    #expect(seen.count == 1)
    for process in seen {
      // Each half of the password, so that an escaped spelling would be found too.
      for part in [CopySite.password, "s3", "$x y#"] {
        #expect(!process.arguments.contains(part) && !process.environment.contains(part))
      }
      let names = process.environment.split(separator: "\0").map { $0.prefix { $0 != "=" } }.sorted()
      #expect(names == ["LC_ALL", "PATH"])
    }
    interrupt.raise()
    dumping.join()
    #expect(failure.withLock { $0?.kind } == .interrupted)
    #expect(processes(site.source).isEmpty)
    // The server has noticed too: only the holder is left.
    try site.waitForSessions(in: site.source, "true")
    holder.close()
  }

  @Test func everyPasswordThatAFileCanHoldArrives() throws {
    let site = try CopySite("CREATE TABLE t (a int)")
    let text = try site.tools().run(
      .dump, ["--schema-only"], on: site.parameters(site.reader, site.source), brief)
    #expect(String(decoding: text, as: UTF8.self).contains("CREATE TABLE public.t"))
  }

  @Test func whatCannotBeHandedOverIsRefused() throws {
    let server = try PostgreSQLServer.shared()
    let tools = try ClientTools.find(forServerMajor: 15, in: .init(folder: server.binaries))
    let broken = try ConnectionParameters([("host", "h")], password: Secret("two\nlines"))
    let key = try ConnectionParameters([("host", "h")], sslpassword: Secret("hush"))
    for parameters in [broken, key] {
      let error = try #require(throws: ToolFailure.self) { _ = try tools.run(.dump, [], on: parameters, brief) }
      #expect(error.kind == .unfit)
      #expect(!"\(error)".contains("two") && !"\(error)".contains("hush"))
    }
  }

  @Test func aWrongPasswordIsAnErrorWithoutIt() throws {
    let site = try CopySite("SELECT 1")
    let parameters = try ConnectionParameters(
      [
        ("host", site.server.socketFolder), ("port", "\(site.server.port)"), ("user", site.reader),
        ("dbname", site.source),
      ],
      password: Secret("hunter2"))
    let error = try #require(throws: ToolFailure.self) {
      _ = try site.tools().run(.dump, ["--schema-only"], on: parameters, brief)
    }
    #expect(error.message.contains("password authentication failed"), "\(error)")
    #expect(!"\(error)".contains("hunter2"))
  }

  @Test func aConnectionStringKeepsStrangeNames() throws {
    let name = "it's a \\ name"
    let parameters = try ConnectionParameters(
      [("host", "h"), ("dbname", name), ("user", "u")], password: Secret("hush"))
    let text = parameters.programConnectionString(passwordFile: "/proc/self/fd/3")
    #expect(text.contains("dbname='it\\'s a \\\\ name'") && text.contains("passfile='/proc/self/fd/3'"))
    #expect(!text.contains("hush"))
    // Keywords that an older libpq does not know are not said unless they were declared.
    #expect(!text.contains("sslmode") && !text.contains("target_session_attrs"))
  }
}
