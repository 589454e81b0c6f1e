import Documents
import Reconciliation

extension Renderer {
  /// Worst first; of many that say the same, one line with their number; those that hold are counted. Details are for
  /// `--verbose`.
  func conditionLines(_ conditions: [Condition]) -> [String] {
    var lines: [String] = []
    let failing = conditions.filter { $0.isFailing && $0.waiver == nil && (output.verbose || !$0.isDetail) }
    for severity in [Severity.error, .warning, .note] {
      for condition in failing where condition.severity == severity { lines += self.lines(of: condition) }
    }
    for condition in conditions where condition.waiver != nil {
      lines += row("w", .dim, condition.address, condition.code, "waived: \(condition.waiver ?? "")")
    }
    lines += unknownLines(conditions.filter(\.isUnknown))
    let holding = conditions.filter { $0.state == .holds }
    if output.verbose {
      // A code names what would be wrong (`source_role_can_write`), so that "holds" would say the opposite of it.
      for condition in holding { lines.append(line(ofHolding: condition)) }
    } else if !holding.isEmpty {
      let word =
        lines.isEmpty ? "all \(Text.grouped(holding.count)) hold" : "\(Text.counted(holding.count, "other")) hold"
      lines.append("  \(style.paint("✓", .green)) \(holding.count == 1 && !lines.isEmpty ? "1 other holds" : word)")
    }
    return lines
  }

  /// Unknown is neither fine nor failing; a hundred databases that nobody looked at are one line.
  private func unknownLines(_ unknown: [Condition]) -> [String] {
    var groups: [(message: String, conditions: [Condition])] = []
    var positions: [String: Int] = [:]
    for condition in unknown {
      let message = condition.message ?? ""
      if let index = positions[message] {
        groups[index].conditions.append(condition)
      } else {
        positions[message] = groups.count
        groups.append((message, [condition]))
      }
    }
    return groups.flatMap { group -> [String] in
      guard group.conditions.count > 2, let first = group.conditions.first else {
        return group.conditions.flatMap { row("?", .yellow, $0.address, $0.code, "unknown: \(group.message)") }
      }
      let objects = Set(group.conditions.map(\.address)).count
      if objects == 1 {
        let codes = group.conditions.map(\.code).joined(separator: ", ")
        return row("?", .yellow, first.address, codes, "unknown: \(group.message)")
      }
      return item(
        "?", .yellow,
        "\(Text.grouped(group.conditions.count)) conditions of \(Text.grouped(objects)) objects are unknown: \(group.message)"
      )
    }
  }

  private func lines(of condition: Condition) -> [String] {
    let message = condition.message ?? ""
    let said = condition.path.map { "\($0): \(message)" } ?? message
    return row(condition.severity.symbol, condition.severity.ink, condition.address, condition.code, said)
  }

  private func line(ofHolding condition: Condition) -> String {
    let path = condition.path.map { " (\(Text.shown($0)))" } ?? ""
    let address = Text.padded(Text.shown(condition.address.description), to: 25)
    return "  \(style.paint("✓", .green)) \(address) \(condition.code): as it should be\(path)"
  }

  /// - Parameter folding: of what does not block, many with one code are one line.
  func findingLines(_ findings: [Finding], folding: Bool = false) -> [String] {
    let sorted = findings.filter { $0.waiver == nil }.sorted { $0.severity < $1.severity }
    let mild = folding ? Dictionary(grouping: sorted.filter { $0.severity != .error }, by: \.code) : [:]
    let folded = mild.filter { $0.value.count > Self.mostAlike }
    var lines: [String] = []
    var said: Set<String> = []
    for finding in sorted {
      guard finding.severity != .error, let alike = folded[finding.code] else {
        lines += self.lines(of: finding)
        continue
      }
      if said.insert(finding.code).inserted { lines += self.lines(ofAlike: alike, finding) }
    }
    return lines
      + findings.filter { $0.waiver != nil }.flatMap {
        row("w", .dim, $0.address, $0.code, "waived: \($0.waiver ?? "")")
      }
  }

  private static let mostAlike = 3

  private func lines(of finding: Finding) -> [String] {
    let place = finding.place.map { " (\($0.short))" } ?? ""
    return row(
      finding.severity.symbol, finding.severity.ink, finding.address, finding.code, "\(finding.message)\(place)")
  }

  private func lines(ofAlike findings: [Finding], _ first: Finding) -> [String] {
    let objects = Set(findings.map(\.address)).sorted()
    let names = objects.prefix(3).map { Text.shown($0.description) }.joined(separator: ", ")
    let more = objects.count > 3 ? ", …" : ""
    return item(
      first.severity.symbol, first.severity.ink,
      "\(first.code): \(Text.counted(findings.count, "finding")) on \(Text.counted(objects.count, "object")) (\(names)\(more)); --verbose has each, decant explain \(first.code) says what it is about"
    )
  }

  /// Symbol, address and code in columns, the sentence wrapped below itself.
  private func row(_ symbol: String, _ ink: Style.Ink, _ address: Address, _ code: String, _ message: String)
    -> [String]
  {
    let head = "  \(style.paint(symbol, ink)) \(Text.padded(Text.shown(address.description), to: 25)) \(code)"
    return [head] + Text.wrapped(Text.shown(message), to: width - 6).map { "      \($0)" }
  }
}

extension Severity {
  var symbol: String { self == .error ? "✗" : self == .warning ? "!" : "i" }
  var ink: Style.Ink { self == .error ? .red : self == .warning ? .yellow : .dim }
}
