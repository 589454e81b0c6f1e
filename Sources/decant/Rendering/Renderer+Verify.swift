import Documents
import Reconciliation

extension Renderer {
  func add(_ verifications: [Verification], _ report: Report, to blocks: inout Blocks) {
    for verification in verifications where !output.quiet || !verification.hasPassed {
      blocks.add(lines(of: verification))
    }
    if !output.quiet, !report.findings.isEmpty { blocks.add(section("Findings", findingLines(report.findings))) }
    if !report.unchecked.isEmpty, !output.quiet {
      let names = report.unchecked.prefix(10).map { Text.shown($0.description) }.joined(separator: ", ")
      blocks.add(
        item(
          "!", .yellow,
          "Nothing is checked on \(names)\(report.unchecked.count > 10 ? ", …" : ""): no checks are declared"))
    }
    // What was made says its own summary.
    if report.result == nil {
      blocks.add([summary(verifications, report)])
    } else if verifications.contains(where: { !$0.hasPassed }) {
      blocks.add([style.paint("Verification failed on the copy that is in place now.", .red)])
    }
  }

  func lines(of verification: Verification) -> [String] {
    let title = [
      Text.shown(verification.address.description), Text.shown(verification.subject),
      verification.found.map(heading) ?? "",
    ].filter { !$0.isEmpty }
    var lines = [style.paint(title.joined(separator: " · "), .bold)]
    if let failure = verification.failure { return lines + item("✗", .red, "no check could be run: \(failure)") }
    let declared = verification.declaredChecks
    if let found = verification.found {
      lines += self.lines(of: found, declared: declared)
      if declared.isEmpty { return lines }
    }
    let width = min(60, max(20, declared.map { $0.name.count }.max() ?? 0))
    for check in declared { lines += self.lines(of: check, width) }
    return lines + ["    \(declared.counted)"]
  }

  private func lines(of check: ShownCheck, _ width: Int) -> [String] {
    let name = Text.padded(Text.shown(check.name), to: width)
    let (symbol, ink) = check.standing.mark
    let time = check.duration.map { "  \(Text.duration($0))" } ?? ""
    let about = check.isFailed ? check.about : "\(Text.padded(check.about, to: 9))\(time)"
    let place = check.isFailed || check.standing == .vacuous ? check.place.map { " (\($0.short))" } ?? "" : ""
    let said = check.sentence ?? ""
    return ["  \(style.paint(symbol, ink)) \(name)  \(about)"]
      + (said.isEmpty ? [] : Text.wrapped(Text.shown(said + place), to: self.width - 6).map { "      \($0)" })
  }

  private func summary(_ verifications: [Verification], _ report: Report) -> String {
    let time = Text.duration(report.elapsed)
    let failing = "Verification failed:"
    guard report.headline.hasPrefix(failing) else {
      return verifications.isEmpty ? "\(report.headline)." : "\(report.headline) in \(time)."
    }
    return "\(style.paint(failing, .red))\(report.headline.dropFirst(failing.count)), in \(time)."
  }
}

extension ShownCheck.Standing {
  fileprivate var mark: (symbol: String, ink: Style.Ink) {
    switch self {
    case .failed: ("✗", .red)
    case .vacuous: ("!", .yellow)
    case .open, .unchecked: ("?", .yellow)
    case .passed: ("✓", .green)
    }
  }
}
