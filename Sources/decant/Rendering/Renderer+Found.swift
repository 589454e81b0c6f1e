import Documents
import Reconciliation

/// What was found by reading all of a database: a line for each check, the worst first, and below a failed one what is wrong.
extension Renderer {
  /// `6 tables, 3,102,554 rows, built 2 h ago by policy 7be2a1c0`
  func heading(of found: CopyVerification) -> String {
    var parts = [Text.counted(found.tables, "table"), Text.counted(found.rows, "row")]
    if let built = found.builtAt { parts.append("built \(found.seenAt.map { built.ago(at: $0) } ?? "\(built)")") }
    let policy = found.policyDigest.map { " by policy \($0.split(separator: ":").last?.prefix(8) ?? "")" } ?? ""
    return parts.joined(separator: ", ") + (found.builtAt == nil ? "" : policy)
  }

  func lines(of found: CopyVerification, declared: [ShownCheck]) -> [String] {
    var rows = found.worstFirst.map { row($0) }
    if !declared.isEmpty { rows.append(row(declared)) }
    rows.sort { $0.rank < $1.rank }
    let proves = min(44, rows.map(\.proves.count).max() ?? 0)
    var lines = [
      style.paint("    \(Text.padded("check", to: 10)) \(Text.padded("what it proves", to: proves))  result", .dim)
    ]
    for row in rows { lines += self.lines(of: row, proves: proves) }
    for note in found.notes { lines += item("i", .dim, note) }
    return lines + [style.paint("    \(speed(of: found))", .dim)]
  }

  private func speed(of found: CopyVerification) -> String {
    let seconds = found.reading / .seconds(1)
    let rate = seconds > 0.5 ? "\(Text.grouped(Int(Double(found.rows) / seconds))) rows/s" : nil
    // As one COPY would take longer on a busy machine too, this says more than seconds do.
    let cost = found.copying.flatMap { copying -> String? in
      guard copying > .zero else { return nil }
      let tenths = Int((found.reading / copying * 10).rounded())
      return "about \(Text.grouped(tenths / 10)).\(tenths % 10) × one COPY"
    }
    let beside = [rate, cost].compactMap { $0 }
    return
      "\(Text.counted(found.rows, "row")) read in \(Text.duration(found.reading))\(beside.isEmpty ? "" : " (\(beside.joined(separator: ", ")))"), \(Text.duration(found.duration)) in all"
  }

  private struct Row {
    var rank: Int
    var symbol: (String, Style.Ink)
    var name: String
    var proves: String
    var result: String
    var below: [String]
  }

  private func row(_ check: CopyVerification.Check) -> Row {
    var below = lines(of: Array(check.findings.prefix(Self.mostFindings)))
    if check.findings.count > Self.mostFindings {
      below.append("and \(check.findings.count - Self.mostFindings) more: --json has them all")
    }
    below += check.notes.map { "i \(Text.shown($0))" }
    if let way = check.way { below.append("→ \(Text.shown(way))") }
    let (rank, symbol, before) = check.result.look
    return Row(
      rank: rank, symbol: symbol, name: check.name.rawValue, proves: check.proves, result: before + check.summary,
      below: below)
  }

  private static let mostFindings = 10

  private func row(_ declared: [ShownCheck]) -> Row {
    let failed = declared.count(where: \.isFailed)
    let vacuous = declared.count { $0.standing == .vacuous }
    let doubt = vacuous > 0 ? " · vacuous \(vacuous)" : ""
    return Row(
      rank: failed > 0 ? 0 : 2, symbol: failed > 0 ? ("✗", .red) : ("✓", .green), name: "custom",
      proves: "your \(Text.counted(declared.count, "check"))",
      result: (failed > 0 ? "\(failed) of \(declared.count) failed" : "\(declared.count - vacuous) passed") + doubt,
      below: [])
  }

  /// `orders.contact_email   103,407 values   j***@g***.com  (id 17, 29, 31 …)` for each, in columns, and what to do: once
  /// where it is the same for several that follow one another.
  private func lines(of findings: [CopyVerification.Finding]) -> [String] {
    let cells = findings.map(cells)
    let widths = (0..<3).map { column in min(40, cells.map { $0[column].count }.max() ?? 0) }
    var lines: [String] = []
    for (place, finding) in findings.enumerated() {
      let parts = zip(cells[place], widths).enumerated().map { column, cell in
        column == 1 ? Text.padded(leading: cell.0, to: cell.1) : Text.padded(cell.0, to: cell.1)
      }
      let row = (parts.filter { !$0.isEmpty } + [cells[place][3]]).joined(separator: "  ")
      lines.append(String(row.reversed().drop { $0 == " " }.reversed()))
      let isLast = place + 1 == findings.count || findings[place + 1].sentence != finding.sentence
      if isLast { lines += Text.wrapped(Text.shown(finding.sentence), to: width - 8).map { "  \($0)" } }
    }
    return lines
  }

  /// Place, number, sample, and keys of rows.
  private func cells(_ finding: CopyVerification.Finding) -> [String] {
    [
      Text.shown(finding.place),
      finding.count.map { Text.counted($0, String(finding.unit.rawValue.dropLast())) } ?? "",
      finding.sample.map(Text.shown) ?? "", finding.rows.isEmpty ? "" : "(\(keys(finding)))",
    ]
  }

  /// `id 17, 29, 31 …`: the key's name once.
  private func keys(_ finding: CopyVerification.Finding) -> String {
    let pairs = finding.rows.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    let more = finding.count ?? 0 > finding.rows.count ? " …" : ""
    guard let name = pairs.first?.first, pairs.allSatisfy({ $0.count == 2 && $0[0] == name }) else {
      return Text.shown(finding.rows.joined(separator: "; ")) + more
    }
    let values = pairs.map { $0[1] }.sorted { left, right in
      guard let (first, second) = Int(left).flatMap({ first in Int(right).map { (first, $0) } }) else {
        return left < right
      }
      return first < second
    }
    return Text.shown("\(name) \(values.joined(separator: ", "))") + more
  }

  private func lines(of row: Row, proves: Int) -> [String] {
    let indent = 4 + 10 + 1 + proves + 2
    let result = Text.wrapped(Text.shown(row.result), to: max(20, width - indent))
    let first =
      "  \(style.paint(row.symbol.0, row.symbol.1)) \(Text.padded(row.name, to: 10)) \(Text.padded(row.proves, to: proves))  \(result[0])"
    return [first] + result.dropFirst().map { String(repeating: " ", count: indent) + $0 }
      + row.below.flatMap { line in
        // What is indented already has its width.
        (line.hasPrefix("  ") ? [line] : Text.wrapped(line, to: width - 6)).map { "      \($0)" }
      }
  }
}

extension CopyVerification.Check.Result {
  /// Its place among the others, its sign, and the words that say it without one.
  fileprivate var look: (Int, (String, Style.Ink), String) {
    switch self {
    case .failed: (0, ("✗", .red), "")
    case .notChecked: (1, ("?", .yellow), "not checked: ")
    case .passed: (2, ("✓", .green), "")
    }
  }
}
