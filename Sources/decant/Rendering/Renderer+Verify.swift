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
    let passed = verification.checks.count(where: \.hasPassed)
    let title = [
      Text.shown(verification.address.description), Text.shown(verification.subject),
      verification.found.map(heading) ?? "",
    ].filter { !$0.isEmpty }
    var lines = [style.paint(title.joined(separator: " · "), .bold)]
    if let failure = verification.failure { return lines + item("✗", .red, "no check could be run: \(failure)") }
    if let found = verification.found {
      lines += self.lines(of: found, declared: verification.checks)
      if verification.checks.isEmpty { return lines }
    }
    let worst = verification.checks.filter { !$0.hasPassed } + verification.checks.filter(\.hasPassed)
    let width = min(60, max(20, worst.map { $0.name.count }.max() ?? 0))
    for check in worst {
      let name = Text.padded(Text.shown(check.name), to: width)
      if let failure = check.failure {
        lines += failed(name, "\(check.about)", failure, check)
      } else {
        lines.append(
          "  \(style.paint("✓", .green)) \(name)  \(Text.padded(check.about, to: 9))  \(Text.duration(check.duration))")
      }
    }
    return lines + ["    \(passed) of \(Text.counted(verification.checks.count, "check")) passed"]
  }

  private func failed(_ name: String, _ about: String, _ failure: String, _ check: CheckResult) -> [String] {
    let place = check.place.map { " (\($0.short))" } ?? ""
    return ["  \(style.paint("✗", .red)) \(name)  \(about)"]
      + Text.wrapped(Text.shown(failure + place), to: width - 6).map { "      \($0)" }
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
