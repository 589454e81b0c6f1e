import Foundation
import Runtime
import TestServers
import Testing

@testable import Snapshots

@Suite(.timeLimit(.minutes(30)))
struct ChildProcessTests {
  private func run(
    _ arguments: [String], _ limit: TimeLimit = .total(.seconds(30)), interrupt: Interrupt? = nil,
    files: [HandedFile] = [], outputLimit: Int = 1 << 20
  ) throws -> String {
    let run = ProgramRun(
      program: "/bin/sh", arguments: arguments, environment: ["PATH": "/usr/bin:/bin"], files: files, limit: limit,
      interrupt: interrupt, outputLimit: outputLimit)
    return String(decoding: try run.output(), as: UTF8.self)
  }

  private func failure(_ body: () throws -> Void) throws -> ToolFailure {
    try #require(throws: ToolFailure.self, performing: body)
  }

  @Test func givesTheOutputAndNothingOfOurEnvironment() throws {
    #expect(try run(["-c", "echo one; echo noise >&2; env | grep -v '^PWD=' | sort"]) == "one\nPATH=/usr/bin:/bin\n")
  }

  @Test func outputThatIsLargerThanAPipeArrivesWhole() throws {
    let size = try run(["-c", "head -c 900000 /dev/zero; head -c 900000 /dev/zero >&2"]).utf8.count
    #expect(size == 900_000)
  }

  @Test func moreOutputThanWantedIsAnError() throws {
    #expect(try failure { _ = try run(["-c", "cat /dev/zero"], outputLimit: 100_000) }.kind == .unfit)
  }

  @Test func inheritsOnlyWhatIsHandedOver() throws {
    // A descriptor of some library that forgot to mark it.
    let leak = fcntl(0, F_DUPFD, 200)
    defer { close(leak) }
    try #require(leak >= 200 && fcntl(leak, F_GETFD) & FD_CLOEXEC == 0)
    let file = try HandedFile("test", holding: "handed\n")
    let listed = try run(["-c", "cat /proc/self/fd/3; for n in /proc/$$/fd/*; do echo ${n##*/}; done"], files: [file])
    // The shell's own number 4 is the folder that it lists.
    #expect(listed.split(separator: "\n") == ["handed", "0", "1", "2", "3", "4"])
  }

  @Test func aHandedFileIsReadableByTheOwnerAlone() throws {
    let file = try HandedFile("test", holding: "x")
    var facts = stat()
    #expect(fstat(file.descriptor, &facts) == 0)
    #expect(facts.st_mode & 0o777 == 0o600)
    #expect(fcntl(file.descriptor, F_GETFD) & FD_CLOEXEC != 0)
  }

  @Test func anExitCodeIsAFailureWithTheProgramsFirstComplaint() throws {
    let error = try failure {
      _ = try run([
        "-c", "echo 'pg_dump: error: permission denied for table x' >&2; echo 'pg_dump: error: two' >&2; exit 3",
      ])
    }
    #expect(error.kind == .failed(status: 3))
    #expect(error.description == "sh: permission denied for table x")
  }

  @Test func aSignalOfSomebodyElseIsTold() throws {
    #expect(try failure { _ = try run(["-c", "kill -9 $$"]) }.kind == .killed(signal: 9))
  }

  @Test func aMissingProgramIsNoCrash() throws {
    let run = ProgramRun(program: "/nowhere/pg_dump", arguments: [], environment: [:], limit: .total(.seconds(5)))
    #expect(try failure { _ = try run.output() }.kind == .system)
  }

  /// The numbers of the processes of a group that are not yet dead.
  private func alive(group: Int32) -> [Int32] {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
    return numbers.filter { number in
      guard let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
        let close = text.lastIndex(of: ")")
      else { return false }
      let words = text[text.index(after: close)...].split(separator: " ")
      return words.count > 2 && Int32(words[2]) == group && words[0] != "Z"
    }
  }

  @Test func timeIsUpForAChildThatDoesNotEnd() throws {
    let error = try failure { _ = try run(["-c", "sleep 100"], .total(.milliseconds(200))) }
    #expect(error.kind == .timedOut)
  }

  @Test func aChildThatMovesIsNotStalled() throws {
    #expect(
      try run(["-c", "for i in 1 2 3 4 5 6; do echo $i >&2; sleep 0.2; done; echo end"], .stall(.seconds(1))) == "end\n"
    )
    #expect(try failure { _ = try run(["-c", "echo 1; sleep 100"], .stall(.milliseconds(300))) }.kind == .timedOut)
  }

  @Test func theInterruptEndsChildAndGrandchildrenThatIgnoreIt() throws {
    let interrupt = try Interrupt()
    let child = try ChildProcess(
      "/bin/sh", ["-c", "trap '' TERM; sleep 3600 & sleep 3600 & wait"], environment: [:], descriptors: [0, 1, 2])
    while alive(group: child.identifier).count < 3, !interrupt.wait(until: .after(.milliseconds(20))) {}
    child.terminate()
    #expect(child.end() == .signalled(SIGKILL))
    // Only the child is ours to wait for; the signal that the others have takes effect when they get a processor.
    let deadline = Deadline.after(.seconds(120))
    while !alive(group: child.identifier).isEmpty, !deadline.hasPassed {
      _ = interrupt.wait(until: .after(.milliseconds(20)))
    }
    #expect(alive(group: child.identifier).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: "/proc/\(child.identifier)"), "a zombie is left")
    interrupt.raise()
    #expect(try failure { _ = try run(["-c", "sleep 100"], interrupt: interrupt) }.kind == .interrupted)
  }

  /// What ends pg_dump when we are killed: nobody reads its standard error any more.
  @Test func aChildWhoseListenerIsGoneEndsAtItsNextWord() throws {
    // As a program that writes to sockets has it; a child must not inherit that.
    signal(SIGPIPE, SIG_IGN)
    let pipe = try ChildPipe()
    let descriptors = [0, 1, pipe.writing]
    let child = try ChildProcess(
      "/bin/sh", ["-c", "while :; do echo word >&2; sleep 0.05; done"], environment: ["PATH": "/bin"],
      descriptors: descriptors)
    pipe.closeWriting()
    pipe.closeReading()
    #expect(child.ended.wait(until: .after(.seconds(60))))
    #expect(child.end() == .signalled(SIGPIPE))
  }

  @Test func anOwnerThatIsReleasedEndsItsChild() throws {
    var child: ChildProcess? = try ChildProcess("/bin/sleep", ["100"], environment: [:], descriptors: [0, 1, 2])
    let number = try #require(child?.identifier)
    #expect(kill(number, 0) == 0)
    child = nil
    #expect(kill(number, 0) != 0)
  }
}

@Suite struct ProgramComplaintTests {
  private func complaint(_ text: String) -> ProgramComplaint {
    var complaint = ProgramComplaint()
    var text = text
    text.withUTF8 { complaint.take(UnsafeRawBufferPointer($0)) }
    complaint.endLine()
    return complaint
  }

  /// What the programs print, as they print it, with a value of a row in it.
  @Test(arguments: [
    "pg_restore: error: COPY failed for table \"people\": ERROR:  invalid input syntax for type integer: \"ceo@x.com\"\nCONTEXT:  COPY people, line 1, column a: \"ceo@x.com\"",
    "pg_restore: error: could not execute query: ERROR:  could not create unique index \"people_email\"\nDETAIL:  Key (email)=(ceo@x.com) is duplicated.",
    "pg_restore: error: could not execute query: ERROR:  ceo@x.com is too long\nCONTEXT:  PL/pgSQL function f(text)",
    "pg_restore: error: could not execute query: ERROR:  value too long for ceo@x.com does not exist",
    "pg_dump: error: Dumping the contents of table \"people\" failed: ceo@x.com",
    "pg_dump: error: permission\u{8}: ceo@x.com",
  ])
  func noValueOfARowIsKept(text: String) {
    let complaint = complaint(text)
    #expect(complaint.message != nil)
    #expect(!"\(complaint)".contains("ceo@x.com"))
  }

  @Test(arguments: [
    (
      "pg_dump: error: query failed: ERROR:  permission denied for table orders\n", "permission denied for table orders"
    ),
    (
      "pg_restore: error: could not execute query: ERROR:  relation \"a b\" does not exist\n",
      "relation \"a b\" does not exist"
    ),
    ("pg_dump: error: aborting because of server version mismatch", "aborting because of server version mismatch"),
    (
      "x: verbose\npg_dump: error: connection to server at \"h\", port 1 failed: Connection refused\n",
      "connection to server at \"h\", port 1 failed: Connection refused"
    ),
    (
      "pg_restore: error: could not execute query: lost synchronization with server: got message type \"?\", length -1",
      "lost synchronization with server: got message type \"?\", length -1"
    ),
    (
      "pg_restore: error: pg_restore: error: could not execute query: could not execute query: server closed the connection",
      "server closed the connection"
    ),
    ("pg_restore: error: \npg_restore: error: lost connection to x\n", "lost connection to x"),
    (
      "pg_restore: error: connection to server at \"h\", port 1 failed: FATAL:  sorry, too many clients already",
      "sorry, too many clients already"
    ),
    (
      "pg_restore: error: could not execute query: SSL connection has been closed unexpectedly",
      "SSL connection has been closed unexpectedly"
    ),
    (
      "pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout",
      "canceling statement due to lock timeout"
    ),
    (
      "pg_restore: error: could not execute query: ERROR:  function public.f(text) does not exist",
      "function public.f(text) does not exist"
    ),
  ])
  func namesAndReasonsAreKept(text: String, message: String) { #expect(complaint(text).message == message) }

  @Test func theObjectIsNamed() {
    let complaint = complaint(
      "pg_restore: while PROCESSING TOC:\npg_restore: from TOC entry 3341; 2606 16400 FK CONSTRAINT orders orders_fkey dev\npg_restore: error: nonsense"
    )
    #expect(complaint.entry == "FK CONSTRAINT orders orders_fkey dev")
    #expect(complaint.message == ProgramComplaint.withheld)
  }

  @Test func aLineWithoutEndIsBounded() {
    #expect((complaint("pg_dump: error: " + String(repeating: "x", count: 1_000_000)).message?.count ?? 0) < 400)
  }
}

@Suite struct ClientVersionTests {
  @Test(arguments: [
    ("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", 15, 18), ("pg_dump (PostgreSQL) 17.6\n", 17, 6),
  ])
  func versionsAreRead(text: String, major: Int, minor: Int) {
    #expect(ClientVersion(printed: text) == ClientVersion(major: major, minor: minor))
  }

  @Test(arguments: ["pg_dump (PostgreSQL) 18beta1", "pg_dump (PostgreSQL) 19devel", "", "pg_dump 15.3", "15.18"])
  func whatIsNoReleaseIsNone(text: String) { #expect(ClientVersion(printed: text) == nil) }

  @Test(arguments: [
    (14, 18, false), (14, 19, true), (15, 13, false), (15, 14, true), (16, 9, false), (16, 10, true), (17, 5, false),
    (17, 6, true), (18, 0, true), (13, 99, false),
  ])
  func theFixDecides(major: Int, minor: Int, isSafe: Bool) {
    #expect(ClientVersion(major: major, minor: minor).isSafe == isSafe)
  }

  /// A folder with programs that say they are of that version.
  private func folder(_ dump: String, _ restore: String? = nil) throws -> String {
    let folder = "/tmp/decant-tools-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, version) in [("pg_dump", dump), ("pg_restore", restore ?? dump)] {
      // By another process: a file that this one has open for writing could be inherited by a child of another test,
      // and the system runs no program that somebody writes to.
      let script = "#!/bin/sh\necho '\(name) (PostgreSQL) \(version)'\n"
      _ = try Program.play(
        "/bin/sh", ["-c", "printf %s \"$1\" >\"$2\"; chmod 755 \"$2\"", "sh", script, "\(folder)/\(name)"],
        environment: ["PATH": "/usr/bin:/bin"])
    }
    return folder
  }

  @Test(arguments: [
    ("15.13", "15.14 is needed"), ("14.19", "cannot read a server of version 15"), ("18beta1", "no pg_dump"),
  ])
  func whatMayNotBeUsedIsRefusedWithTheWayOut(version: String, words: String) throws {
    let folder = try folder(version)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let error = try #require(throws: ToolFailure.self) {
      _ = try ClientTools.find(forServerMajor: 15, in: .init(folder: folder))
    }
    #expect(error.kind == .missing)
    #expect(error.message.contains(words) && error.message.contains("apt-get install postgresql-client-15"), "\(error)")
  }

  /// A server that is newer than everything here: which programs are there, what they cannot do, and what to install.
  @Test(arguments: [19, 42]) func aServerThatIsNewerThanThePrograms(major: Int) throws {
    let (old, older) = (try folder("18.1"), try folder("15.18"))
    defer { for folder in [old, older] { try? FileManager.default.removeItem(atPath: folder) } }
    let error = try #require(throws: ToolFailure.self) {
      _ = try ClientTools.find(forServerMajor: major, in: .init(path: [older, old]))
    }
    #expect(error.kind == .missing)
    let refused = [(older, "15.18"), (old, "18.1")].map {
      "\($0) has \($1), which cannot read a server of version \(major)"
    }
    #expect(
      error.message
        == "no pg_dump and pg_restore of version \(major) or newer (found: \(refused.joined(separator: "; "))); install them (apt-get install postgresql-client-\(major)), or set PGBINDIR to their folder"
    )
    // A newer program reads an older server, and one of a major that nobody knows of is taken as it is.
    let newer = try folder("\(major + 1).0")
    defer { try? FileManager.default.removeItem(atPath: newer) }
    #expect(try ClientTools.find(forServerMajor: major, in: .init(path: [old, newer])).version.major == major + 1)
  }

  @Test func twoProgramsOfDifferentVersionsAreNone() throws {
    let folder = try folder("15.18", "15.17")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(throws: ToolFailure.self) { _ = try ClientTools.find(forServerMajor: 15, in: .init(folder: folder)) }
  }

  @Test func theFirstThatWillDoOnThePathIsTaken() throws {
    let (old, good) = (try folder("99.1", "99.2"), try folder("99.3"))
    defer { for folder in [old, good] { try? FileManager.default.removeItem(atPath: folder) } }
    #expect(try ClientTools.find(forServerMajor: 99, in: .init(path: [old, good])).folder == good)
  }

  @Test(.enabled(if: PostgreSQLServer.isAvailable, noServer)) func theRealOnesAreFound() throws {
    let tools = try ClientTools.find(forServerMajor: 15, in: .init(folder: PostgreSQLServer.shared().binaries))
    #expect(tools.version.major >= 15)
  }
}
