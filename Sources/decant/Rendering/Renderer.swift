import Documents
import Reconciliation

/// Makes text of a report: for a terminal, or in the form that is asked for on standard output.
struct Renderer {
  let output: OutputOptions
  let style: Style
  let width: Int

  init(_ output: OutputOptions) {
    self.output = output
    // Any value but the empty one, also "0" (https://no-color.org).
    let refusesColour = !(Environment.variable("NO_COLOR") ?? "").isEmpty || Environment.variable("TERM") == "dumb"
    let isTerminal = Console.outputIsTerminal && !refusesColour
    style = Style(isColoured: output.color == .always || output.color == .auto && isTerminal)
    width = Console.width
  }

  /// What goes to standard output.
  func text(of report: Report) -> String {
    if let form = output.standardOutput { return form.text(of: report) }
    var blocks = Blocks()
    if !output.quiet { addHeading(report, to: &blocks) }
    if report.declared != nil { addValidation(report, to: &blocks) }
    if let plan = report.plan, !report.isPlanShown, report.result == nil { add(plan, report, to: &blocks) }
    if let result = report.result { add(result, report, to: &blocks) }
    if let verifications = report.verifications { add(verifications, report, to: &blocks) }
    if let records = report.records { add(records, to: &blocks) }
    if let targets = report.targets { add(targets, to: &blocks) }
    if let target = report.target { add(target, report, to: &blocks) }
    if let rights = report.rights { add(rights, to: &blocks) }
    for preflight in report.preflights ?? [] { add(preflight, to: &blocks) }
    if let work = report.work { add(work, report, to: &blocks) }
    if let pulled = report.pulled { add(pulled, to: &blocks) }
    if let audit = report.audit { add(audit, to: &blocks) }
    if let verdict = report.auditVerdict, report.compliance == nil { add(verdict, to: &blocks) }
    if let compliance = report.compliance { add(compliance, report, to: &blocks) }
    if let audits = report.personalData { add(audits, to: &blocks) }
    return blocks.text
  }

  /// What goes to standard error: diagnostics, and why the command could not do its work.
  func complaint(of report: Report) -> String {
    if output.json { return "" }
    var blocks = Blocks()
    addDiagnostics(report, to: &blocks)
    if let refusal = report.refusalSentence { blocks.add(item("✗", .red, refusal)) }
    if let failure = report.workFailure { blocks.add(item("✗", .red, failure.sentence)) }
    if let error = report.error { blocks.add([style.paint("error", .red) + ": \(Text.shown(error))"]) }
    return blocks.text
  }

  private func addHeading(_ report: Report, to blocks: inout Blocks) {
    guard let workspace = report.workspace, report.controlPlane != nil, !report.isPlanShown, report.result == nil else {
      return
    }
    var parts = ["Workspace \(Text.shown(workspace))"]
    if let title = report.controlPlane { parts.append("control plane \(title)") }
    if let partial = report.plan?.partial { parts.append(partial.selection.spoken) }
    if !report.files.isEmpty { parts.append(Text.counted(report.files.count, "file")) }
    if let seen = report.seenAt { parts.append("seen \(seen.timeOfDay)") }
    blocks.add(Text.wrapped(parts.joined(separator: " · "), to: width).map { style.paint($0, .dim) })
  }

  func applyHeading(of report: Report) -> String {
    guard output.standardOutput == nil, !output.quiet else { return "" }
    var blocks = Blocks()
    addHeading(report, to: &blocks)
    return report.isPlanShown ? "\n" : blocks.text + "\n"
  }

  /// A value on one line.
  func shown(_ value: Value?) -> String { Text.shown(value) }
}

/// Groups of lines with one empty line between them.
struct Blocks {
  private var blocks: [[String]] = []

  mutating func add(_ lines: [String]) {
    if !lines.isEmpty { blocks.append(lines) }
  }

  /// Without an empty line before them.
  mutating func addDirectly(_ lines: [String]) {
    if let last = blocks.popLast() { blocks.append(last + lines) } else { add(lines) }
  }

  var text: String {
    blocks.isEmpty ? "" : blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }
}
