import Reconciliation

/// How far a copy is, as lines for a terminal: one for the whole and one for each running table. Pure, so that every
/// width and every moment can be tried.
struct CopyFrame {
  let address: Address
  /// Columns of the terminal. No line reaches the last one, or some terminals would go on in the next line.
  let width: Int

  /// More would push what was said before off a small screen.
  static let mostTables = 8

  /// - Parameter elapsed: since rows are copied.
  func lines(_ progress: CopyProgress, after elapsed: Duration) -> [String] {
    let tables = progress.running.prefix(Self.mostTables).map(row)
    return ([head(progress, elapsed)] + tables).map { String($0.prefix(max(0, width - 1))) }
  }

  private func head(_ progress: CopyProgress, _ elapsed: Duration) -> String {
    let title = "  » \(name(address.description))"
    guard progress.phase == .rows else { return "\(title) \(progress.phase.spoken)" }
    let share = Self.share(progress.bytes, of: progress.totalBytes)
    let seconds = max(0.001, elapsed / Duration.seconds(1))
    // Before a hundredth is done, the rest of the time would be a guess.
    let left = share > 0.01 ? "  \(Text.age(Int(seconds / share - seconds))) left" : ""
    return "\(title) \(Self.bar(share))  \(Text.grouped(Int(Double(progress.rows) / seconds))) rows/s\(left)"
  }

  private func row(_ table: CopyProgress.Table) -> String {
    let share = Self.share(table.bytes, of: table.totalBytes)
    return "    \(name(table.name)) \(Self.bar(share))  \(Text.counted(table.rows, "row"))"
  }

  /// A column of the same width in every line. On a narrow terminal it gives way to bars, rate and time.
  private func name(_ text: String) -> String {
    let column = min(39, max(12, width - Self.beside))
    let shown = Text.shown(text)
    return Text.padded(shown.count > column ? "\(shown.prefix(column - 1))…" : shown, to: column)
  }

  /// What stands beside a name: the margins, the bar with its number, "  12,345,678 rows/s  119 min left".
  private static let beside = 6 + 21 + 33

  private static func share(_ part: Int, of whole: Int) -> Double {
    whole > 0 ? min(1, max(0, Double(part) / Double(whole))) : 0
  }

  private static func bar(_ share: Double) -> String {
    let filled = Int(share * 15)
    let percent = Text.padded(leading: "\(Int(share * 100))", to: 3)
    return String(repeating: "█", count: filled) + String(repeating: "░", count: 15 - filled) + " \(percent) %"
  }
}

/// Lines at the end of what stands on a terminal, which others take the place of.
struct RedrawnLines {
  private var count = 0

  /// What is written for these lines to stand where those before them stood. A name may have letters that take two
  /// columns; so that no line goes on in the next one, the terminal is told to cut it off (DECAWM).
  mutating func draw(_ lines: [String]) -> String {
    defer { count = lines.count }
    return erasing + "\u{1B}[?7l" + lines.joined(separator: "\n") + "\u{1B}[?7h\n"
  }

  /// What is written for none of them to be left.
  mutating func clear() -> String {
    defer { count = 0 }
    return erasing
  }

  /// Up to the first of the lines, and everything from there on gone.
  private var erasing: String { count == 0 ? "" : "\u{1B}[\(count)F\u{1B}[J" }
}

extension CopyProgress.Phase {
  var spoken: String {
    switch self {
    case .schema: "making the quarantine"
    case .rows: "copying rows"
    case .statements: "running SQL on the rows"
    case .indexes: "building indexes and keys"
    case .checks: "checking the copy"
    case .originals: "looking for originals in it"
    case .archive: "writing the archive"
    case .publish: "putting it in place"
    }
  }
}
