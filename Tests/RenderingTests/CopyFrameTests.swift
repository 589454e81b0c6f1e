import Reconciliation
import TestServers
import Testing

@testable import decant

/// The bars of a copy on a terminal of any width.
struct CopyFrameTests {
  private static let users = Address("target", "users")
  private static let orders = CopyProgress.Table(name: "public.orders", rows: 3_000, bytes: 300, totalBytes: 400)
  private static let people = CopyProgress.Table(name: "public.users", rows: 1, bytes: 150, totalBytes: 600)
  /// Half of it.
  private static let half = CopyProgress(
    phase: .rows, rows: 3_001, bytes: 500, totalBytes: 1_000, running: [orders, people])
  /// As large as anything may be that somebody still looks at.
  private static let large = CopyProgress(
    phase: .rows, rows: 98_765_432, bytes: 2_000, totalBytes: 100_000,
    running: [.init(name: String(repeating: "long_", count: 12), rows: 98_765_432, bytes: 1, totalBytes: 0)])

  private func lines(_ progress: CopyProgress, _ elapsed: Duration = .seconds(10), width: Int = 100) -> [String] {
    CopyFrame(address: Self.users, width: width).lines(progress, after: elapsed)
  }

  @Test func theWholeAndEachRunningTableHaveABar() {
    #expect(
      lines(Self.half) == [
        "  » target.users                            ███████░░░░░░░░  50 %  300 rows/s  10 s left",
        "    public.orders                           ███████████░░░░  75 %  3,000 rows",
        "    public.users                            ███░░░░░░░░░░░░  25 %  1 row",
      ])
  }

  @Test(arguments: CopyProgress.Phase.allCases.filter { $0 != .rows })
  func whatIsNotCopyingIsSaidInWords(_ phase: CopyProgress.Phase) {
    let words = phase.spoken
    #expect(words.count > 10 && lines(CopyProgress(phase: phase)).map { $0.hasSuffix(" \(words)") } == [true])
    #expect(!lines(CopyProgress(phase: phase)).joined().contains("rows/s"))
  }

  /// The first second counts as what it was.
  @Test(arguments: [
    (250, "12,004 rows/s  0 s left"), (1_500, "2,000 rows/s  1 s left"), (6_000, "500 rows/s  6 s left"),
  ])
  func rateAndTimeFollowTheClock(_ milliseconds: Int, _ said: String) {
    let line = lines(Self.half, .milliseconds(milliseconds))[0]
    #expect(line.hasSuffix("  50 %  \(said)"), "\(line)")
  }

  /// Nothing is known yet, or nothing was ever known of the sizes; and a table may have grown since its size was read.
  @Test func barsStayWithinTheirBounds() {
    let none = CopyProgress(phase: .rows, rows: 7, bytes: 70, totalBytes: 0)
    #expect(lines(none)[0].hasSuffix("░░░░░░░░░░░░░░░   0 %  0 rows/s"), "no time is left where none is known")
    let grown = CopyProgress(phase: .rows, rows: 10, bytes: 300, totalBytes: 200)
    #expect(lines(grown)[0].hasSuffix(" ███████████████ 100 %  1 rows/s  0 s left"))
    let again = CopyProgress(phase: .rows, rows: 0, bytes: -5, totalBytes: 200)
    #expect(lines(again)[0].hasSuffix("░░░░░░░░░░░░░░░   0 %  0 rows/s"))
  }

  @Test func manyTablesDoNotFillTheScreen() {
    let tables = (0..<40).map { CopyProgress.Table(name: "public.t\($0)", rows: 0, bytes: 0, totalBytes: 1) }
    let lines = lines(CopyProgress(phase: .rows, totalBytes: 40, running: tables))
    #expect(lines.count == 9 && lines[8].contains("public.t7 "))
  }

  @Test(arguments: 1...130) func noLineReachesTheEdge(_ width: Int) {
    for progress in [Self.half, Self.large, CopyProgress(phase: .originals)] {
      let lines = lines(progress, .seconds(120), width: width)
      #expect(lines.count == progress.running.count + 1)
      #expect(lines.allSatisfy { $0.count < width }, "\(lines)")
    }
  }

  /// Names give way first, then time and rate; a bar that is cut would look like a full one.
  @Test(arguments: 40...130) func barsAreWholeOnNarrowTerminals(_ width: Int) {
    let lines = lines(Self.large, .seconds(120), width: width)
    let bar = /[█░]{15} +[0-9]+ %/
    #expect(lines.allSatisfy { $0.contains(bar) }, "\(lines)")
    #expect(lines[1].contains("    long_long_"))
    if width >= 80 {
      #expect(lines[0].hasSuffix("  823,045 rows/s  98 min left"), "\(lines)")
      #expect(lines[1].contains("…") && lines[1].hasSuffix("  98,765,432 rows"), "\(lines)")
    }
  }

  @Test func namesDoNothingToTheTerminal() {
    let table = CopyProgress.Table(name: "a\u{1B}[2J\nb", rows: 0, bytes: 0, totalBytes: 0)
    let lines = lines(CopyProgress(phase: .rows, running: [table]))
    #expect(lines[1].hasPrefix("    a\\u{1b}[2J\\u{a}b "))
  }
}

/// Frames one after the other, as somebody sees them.
struct RedrawnLinesTests {
  private static let before = ["Workspace shop", ""]

  private func begun(_ columns: Int) -> TerminalScreen {
    var screen = TerminalScreen(columns: columns)
    screen.write(Self.before.map { "\($0)\n" }.joined())
    return screen
  }

  /// Blanks at the end of a line cannot be seen.
  private func seen(_ lines: [String]) -> [String] {
    lines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }
  }

  /// More tables, fewer tables, none, and words: nothing of one frame is left in the next, and nothing after the last.
  @Test(arguments: [20, 39, 40, 80, 100, 200]) func eachFrameTakesThePlaceOfTheOneBefore(_ columns: Int) {
    var (screen, drawn) = (begun(columns), RedrawnLines())
    let frame = CopyFrame(address: Address("target", "users"), width: columns)
    for count in [0, 3, 8, 1, 0, 2] {
      let tables = (0..<count).map { number in
        CopyProgress.Table(name: "public.table_\(number)", rows: count, bytes: number, totalBytes: 8)
      }
      let lines = frame.lines(
        CopyProgress(phase: count == 0 ? .schema : .rows, rows: count, bytes: 1, totalBytes: 2, running: tables),
        after: .seconds(count))
      screen.write(drawn.draw(lines))
      #expect(screen.lines == Self.before + seen(lines))
    }
    screen.write(drawn.clear())
    #expect(screen.lines == ["Workspace shop"])
    screen.write("  » users done\n")
    #expect(screen.lines == Self.before + ["  » users done"])
    #expect(screen.unknown == [])
  }

  @Test func nothingIsTakenAwayTwice() {
    var (screen, drawn) = (begun(80), RedrawnLines())
    screen.write(drawn.clear())
    screen.write(drawn.draw(["one", "two"]))
    screen.write(drawn.clear())
    screen.write("done\n")
    screen.write(drawn.clear())
    #expect(screen.lines == Self.before + ["done"])
  }

  /// A line of so many characters, each of which takes two columns, is cut off and not gone on with below.
  @Test func wideLettersLeaveNothingBehind() {
    var (screen, drawn) = (begun(60), RedrawnLines())
    let (name, rows) = (String(repeating: "\u{540D}", count: 60), 98_765_432)
    let table = CopyProgress.Table(name: name, rows: rows, bytes: 1, totalBytes: 2)
    let lines = CopyFrame(address: Address(name, name), width: 60)
      .lines(CopyProgress(phase: .rows, rows: rows, running: [table]), after: .seconds(1))
    for _ in 0..<3 { screen.write(drawn.draw(lines + lines)) }
    #expect(screen.lines.count == Self.before.count + 4)
    screen.write(drawn.clear())
    #expect(screen.lines == ["Workspace shop"])
  }
}
