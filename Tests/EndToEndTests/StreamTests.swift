import Foundation
import TestServers
import Testing

@Suite struct StreamTests {
  @Test func aReaderThatGoesAwayIsNoCrash() throws {
    let workshop = try Workshop(groups(3_000))
    let ended = try workshop.shell("decant plan --no-observe | head -1; echo \"${PIPESTATUS[0]}\"")
    #expect(ended.output.contains("Workspace shop"))
    // A report that was not written whole is no success; a signal would be 141.
    #expect(ended.output.hasSuffix("\n1\n"))
    #expect(ended.error.isEmpty)
  }

  /// With `=` as without: each rendering in its file, and none of them on standard output.
  @Test func renderingsGoIntoTheirFiles() throws {
    let workshop = try Workshop(groups(2))
    let ended = try workshop.run(["validate", "--html=a.html", "--markdown=b=c.text", "--junit", "d.xml"])
    #expect(ended.status == 0 && !ended.output.contains("<"), "\(ended.all)")
    for (file, beginning) in [("a.html", "<!doctype html>"), ("b=c.text", "#"), ("d.xml", "<?xml")] {
      let text = try String(contentsOfFile: "\(workshop.folder)/\(file)", encoding: .utf8)
      #expect(text.lowercased().contains(beginning), "\(file)")
    }
  }

  /// Nobody reads, and yet everything is done.
  @Test func anApplyWithoutAReaderIsCarriedOut() throws {
    let workshop = try Workshop(groups(3_000))
    let ended = try workshop.shell("decant apply --auto-approve --no-observe | head -1; echo \"${PIPESTATUS[0]}\"")
    #expect(ended.output.hasSuffix("\n1\n"))
    let plan = try workshop.run(["plan", "--no-observe", "--detailed-exitcode"])
    #expect(plan.status == 0 && plan.output.contains("3,000 objects match"))
  }

  static let commands = [
    "plan --no-observe", "plan --no-observe --json", "validate", "apply --auto-approve --no-observe",
    "drift --no-observe",
    "show", "audit log", "audit verify", "version", "completions bash", "verify", "--help",
  ]

  @Test(arguments: commands) func aFullDiskIsAnError(_ command: String) throws {
    let workshop = try Workshop(groups(2))
    let ended = try workshop.shell("decant \(command) > /dev/full")
    #expect(ended.status == 1)
    #expect(ended.error == "error: cannot write to standard output: No space left on device\n")
  }

  @Test(arguments: commands) func aClosedOutputIsAnError(_ command: String) throws {
    let workshop = try Workshop(groups(2))
    let ended = try workshop.shell("decant \(command) >&-")
    #expect(ended.status == 1)
    #expect(ended.error == "error: cannot write to standard output: Bad file descriptor\n")
  }

  /// The number of a closed stream goes to the next file that is opened; that must not be the control plane.
  @Test(arguments: ["<&- >&- 2>&-", ">&- 2>&-", "<&-", "2>&-"]) func closedStreamsHarmNoFile(_ closing: String) throws {
    let workshop = try Workshop(groups(200))
    let ended = try workshop.shell("decant apply --auto-approve --no-observe \(closing)")
    #expect(ended.status == (closing.contains(">&- ") || closing.hasPrefix(">&-") ? 1 : 0))
    let plan = try workshop.run(["plan", "--no-observe", "--detailed-exitcode"])
    #expect(plan.status == 0, "\(plan.all)")
    #expect(try workshop.run(["audit", "verify"]).output.contains("whole: 402 entries"))
  }

  @Test func anErrorKeepsItsOwnExitCode() throws {
    let workshop = try Workshop(groups(1))
    #expect(try workshop.shell("decant plan --no-observe --detailed-exitcode > /dev/full").status == 2)
  }

  // MARK: Colours

  @Test(arguments: [
    ("", "", false), ("--color always", "", true), ("--color never", "", false), ("--color always", "NO_COLOR=1", true),
    ("--color auto", "", false),
  ]) func coloursInAPipe(_ flag: String, _ setting: String, _ isColoured: Bool) throws {
    let workshop = try Workshop(groups(1))
    let ended = try workshop.shell("\(setting) decant plan --no-observe \(flag)")
    #expect(ended.status == 0 && ended.output.contains("\u{1B}") == isColoured)
  }

  @Test(
    arguments: [
      ([:], "auto", true), (["NO_COLOR": "1"], "auto", false), (["NO_COLOR": "0"], "auto", false),
      (["NO_COLOR": ""], "auto", true), ([:], "never", false), (["TERM": "dumb"], "auto", false),
    ] as [([String: String], String, Bool)])
  func coloursOnATerminal(_ environment: [String: String], _ flag: String, _ isColoured: Bool) throws {
    let workshop = try Workshop(groups(1))
    let terminal = try Terminal(
      ["plan", "--no-observe", "--color", flag], in: workshop, ["TERM": "xterm"].merging(environment) { $1 })
    let text = try terminal.rest()
    #expect(text.contains("Plan:") && text.contains("\u{1B}[") == isColoured, "\(text)")
    #expect(terminal.wait() == 0)
  }
}
