import Documents
import Reconciliation

/// What was found by reading all of a database: a line for each check, the worst first, and below a failed one what is wrong.
extension Renderer {
  /// `6 tables, 3,102,554 rows, built 2026-11-21T14:02:11.000Z by policy 7be2a1c0`
  func heading(of found: CopyVerification) -> String {
    var parts = [Text.counted(found.tables, "table"), Text.counted(found.rows, "row")]
    if let built = found.builtAt { parts.append("built \(built)") }
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
    let seconds = Double(found.reading.components.seconds) + Double(found.reading.components.attoseconds) / 1e18
    let rate = seconds > 0.5 ? " (\(Text.grouped(Int(Double(found.rows) / seconds))) rows/s)" : ""
    return
      "\(Text.counted(found.rows, "row")) read in \(Text.duration(found.reading))\(rate), \(Text.duration(found.duration)) in all"
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
    var below = check.findings.prefix(Self.mostFindings).flatMap { lines(of: $0) }
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
      result: (failed > 0 ? "\(failed) of \(declared.count) failed" : "\(declared.count - vacuous)") + doubt, below: [])
  }

  /// `orders.contact_email   103,407 values   j***@g***.com (orders.id 17, 29, 31 …)`, and what to do.
  private func lines(of finding: CopyVerification.Finding) -> [String] {
    var parts = [Text.shown(finding.place)]
    if let count = finding.count {
      parts.append(Text.counted(count, String(finding.unit.rawValue.dropLast())))
    }
    if let sample = finding.sample { parts.append(Text.shown(sample)) }
    if !finding.rows.isEmpty { parts.append("(\(keys(finding)))") }
    return [parts.joined(separator: "  ")] + Text.wrapped(Text.shown(finding.sentence), to: width - 8).map { "  \($0)" }
  }

  /// `id 17, 29, 31 …`: the key's name once.
  private func keys(_ finding: CopyVerification.Finding) -> String {
    let pairs = finding.rows.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    let more = finding.count ?? 0 > finding.rows.count ? " …" : ""
    guard let name = pairs.first?.first, pairs.allSatisfy({ $0.count == 2 && $0[0] == name }) else {
      return Text.shown(finding.rows.joined(separator: "; ")) + more
    }
    return Text.shown("\(name) \(pairs.map { $0[1] }.joined(separator: ", "))") + more
  }

  private func lines(of row: Row, proves: Int) -> [String] {
    let indent = 4 + 10 + 1 + proves + 2
    let result = Text.wrapped(Text.shown(row.result), to: max(20, width - indent))
    let first =
      "  \(style.paint(row.symbol.0, row.symbol.1)) \(Text.padded(row.name, to: 10)) \(Text.padded(row.proves, to: proves))  \(result[0])"
    return [first] + result.dropFirst().map { String(repeating: " ", count: indent) + $0 }
      + row.below.flatMap { line in Text.wrapped(line, to: width - 6).map { "      \($0)" } }
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
