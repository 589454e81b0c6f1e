import Foundation
import TestServers
import Testing

/// The program on a terminal of its own: a pseudo-terminal whose other end the test holds.
final class Terminal {
  private let main: Int32
  private let child: pid_t
  private var bytes: [UInt8] = []
  private var status: Int32?

  /// Decoded as a whole, because a read may end in the middle of a character.
  var seen: String { String(decoding: bytes, as: UTF8.self) }

  struct Unavailable: Error {}

  init(
    _ arguments: [String], in workshop: Workshop, _ environment: [String: String] = [:], columns: UInt16 = 0
  ) throws {
    // posix_openpt(3) and its companions are not in the Glibc module; on Linux these calls are what they do.
    main = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (isLocked, number): (Int32, UInt32) = (0, 0)
    guard main >= 0, ioctl(main, 0x4004_5431, &isLocked) == 0, ioctl(main, 0x8004_5430, &number) == 0
    else { throw Unavailable() }
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    guard ioctl(main, UInt(TIOCSWINSZ), &size) == 0 else { throw Unavailable() }
    let name = "/dev/pts/\(number)"
    // setsid gives the program a session whose terminal this is, so that Ctrl-C reaches it as a signal.
    let line = "cd \"$1\"; shift; exec setsid -c \"$@\" <\"$TTY\" >\"$TTY\" 2>&1"
    let words = ["/bin/bash", "-c", line, "bash", workshop.folder, Workshop.program] + arguments
    let variables = workshop.environment(environment).merging(["TTY": name]) { $1 }.map { "\($0)=\($1)" }
    var argv = words.map { strdup($0) } + [nil]
    var envp = variables.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var child = pid_t()
    guard posix_spawn(&child, "/bin/bash", nil, nil, &argv, &envp) == 0 else { throw Unavailable() }
    self.child = child
  }

  deinit {
    if status == nil {
      kill(child, SIGKILL)
      _ = wait()
    }
    close(main)
  }

  /// Reads until the text has come; false where the program ended before.
  func waits(for text: String) -> Bool {
    while !seen.contains(text) {
      if !readMore() { return seen.contains(text) }
    }
    return true
  }

  func type(_ text: String) { _ = text.withCString { write(main, $0, strlen($0)) } }

  /// What it says until it asks; then it is told no.
  func asked() throws -> String {
    _ = waits(for: "Only `yes` is taken for yes: ")
    type("\n")
    return try rest()
  }

  /// Everything until the program has ended.
  func rest() throws -> String {
    while readMore() {}
    return seen
  }

  private func readMore() -> Bool {
    var waiting = pollfd(fd: main, events: Int16(POLLIN), revents: 0)
    // The program is given a minute; a test that hangs says nothing.
    while poll(&waiting, 1, 100) == 0 {
      if hasEnded, poll(&waiting, 1, 0) == 0 { return false }
      rounds += 1
      if rounds > 600 { return false }
    }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = read(main, &buffer, buffer.count)
    // Before the program has opened its end, and after it has closed it, Linux says EIO.
    if count <= 0 { return !hasEnded && pause() }
    bytes += buffer.prefix(count)
    return true
  }

  private var rounds = 0

  private func pause() -> Bool {
    usleep(2_000)
    rounds += 1
    return rounds < 30_000
  }

  private var hasEnded: Bool {
    if status != nil { return true }
    var status: Int32 = 0
    guard waitpid(child, &status, WNOHANG) == child else { return false }
    self.status = status
    return true
  }

  /// The exit code, or minus the signal.
  func wait() -> Int32 {
    while status == nil {
      var status: Int32 = 0
      if waitpid(child, &status, 0) == child { self.status = status }
    }
    let status = status ?? 0
    return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
  }
}

@Suite struct TerminalTests {
  @Test func yesApplies() throws {
    let workshop = try Workshop(groups(2))
    let terminal = try Terminal(["apply", "--no-observe"], in: workshop)
    #expect(terminal.waits(for: "Only `yes` is taken for yes: "))
    #expect(terminal.seen.contains("+ sso_group.g1") || terminal.seen.contains("sso_group.g1"))
    terminal.type("yes\n")
    let text = try terminal.rest()
    #expect(text.contains("Applied:") && text.contains("2 done"))
    #expect(terminal.wait() == 0)
  }

  /// A line break alone, another word, and the end of the input (Ctrl-D).
  @Test(arguments: ["\n", "y\n", "Yes\n", "yes!\n", "no\n", "\u{4}"]) func anythingElseDoesNot(_ answer: String) throws
  {
    let workshop = try Workshop(groups(2))
    let terminal = try Terminal(["apply", "--no-observe"], in: workshop)
    #expect(terminal.waits(for: "Only `yes` is taken for yes: "))
    terminal.type(answer)
    let text = try terminal.rest()
    #expect(text.contains("not applied: the answer was not `yes`"))
    #expect(terminal.wait() == 1)
    #expect(!FileManager.default.fileExists(atPath: workshop.folder + "/.decant"))
  }

  @Test func controlCAtTheQuestionEndsIt() throws {
    let workshop = try Workshop(groups(2))
    let terminal = try Terminal(["apply", "--no-observe"], in: workshop)
    #expect(terminal.waits(for: "Only `yes` is taken for yes: "))
    terminal.type("\u{3}")
    let text = try terminal.rest()
    #expect(text.contains("interrupted; nothing was changed"))
    #expect(terminal.wait() == 1)
    #expect(!FileManager.default.fileExists(atPath: workshop.folder + "/.decant"))
  }

  @Test func aNarrowTerminalBreaksAtWords() throws {
    let workshop = try Workshop(groups(2))
    let text = try Terminal(["apply", "--no-observe"], in: workshop, ["NO_COLOR": "1"], columns: 52).asked()
    #expect(text.contains("Plan: 2 create"))
    let lines = text.split(whereSeparator: \.isNewline)
    #expect(lines.allSatisfy { $0.count <= 52 }, "\(text)")
  }

  @Test func withoutATerminalNobodyIsAsked() throws {
    let workshop = try Workshop(groups(2))
    let ended = try workshop.run(["apply", "--no-observe"])
    #expect(ended.status == 1 && ended.error.contains("--digest"))
    #expect(!FileManager.default.fileExists(atPath: workshop.folder + "/.decant"))
  }
}
