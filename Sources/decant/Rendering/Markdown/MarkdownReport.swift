import Documents
import Reconciliation

/// A report as the one comment of a pull request: worst first, the details folded, below 60,000 bytes.
struct MarkdownReport {
  let report: Report

  init(_ report: Report) { self.report = report }

  var text: String {
    let end = end
    var page = MarkdownPage(keeping: end)
    page.add("## \(MarkdownText.sentence(report.headline))")
    page.add(heading)
    addTroubles(to: &page)
    if let result = report.result { add(result, to: &page) }
    if let verifications = report.verifications { add(verifications, to: &page) }
    for preflight in report.preflights ?? [] { add(preflight, to: &page) }
    if let plan = report.plan { add(plan, to: &page) }
    if let graph = report.graph, graph.nodes.count <= GraphDrawing.readable {
      page.add("```mermaid\n\(graph.mermaid)```")
    }
    if let records = report.records { add(records, to: &page) }
    if let audit = report.audit { add(audit, to: &page) }
    if let compliance = report.compliance { add(compliance, to: &page) }
    for audit in report.personalData ?? [] { add(audit, to: &page) }
    return page.text + end
  }

  private var heading: String {
    var parts = ["`decant \(report.command)`"]
    if let workspace = report.workspace { parts.append("workspace \(MarkdownText.code(workspace))") }
    if let title = report.controlPlane { parts.append("control plane \(MarkdownText.code(title))") }
    if !report.files.isEmpty { parts.append(Text.counted(report.files.count, "file")) }
    let tally = Tally(report).entries.filter { $0.number > 0 }
    let counts = tally.map { "\(Text.grouped($0.number)) \($0.label)" }.joined(separator: ", ")
    return [parts.joined(separator: " · "), counts].filter { !$0.isEmpty }.joined(separator: "  \n")
  }

  /// The command that applies exactly this, and the mark by which a job finds its comment again.
  private var end: String {
    let mark = "<!-- decant:\(report.command.replacing(" ", with: "-"))\(workspaceMark)\(digestMark) -->\n"
    // One line that begins with a word of ours ends no fence. Patterns can be longer than a comment may be.
    guard let command = report.applyCommand, command.utf8.count < 4_000 else { return mark }
    return "Apply exactly this:\n\n```sh\n\(command)\n```\n\n\(mark)"
  }

  private var workspaceMark: String { report.workspace.map { " workspace=\(MarkdownReport.marked($0))" } ?? "" }
  private var digestMark: String { report.plan.map { " digest=\($0.digest)" } ?? "" }

  /// Percent-encoded (RFC 3986), so that it has no space and cannot end the comment; long names are cut.
  static func marked(_ text: String) -> String {
    var result = ""
    for byte in text.utf8.prefix(200) {
      let scalar = Unicode.Scalar(byte)
      let isPlain = byte < 128 && (scalar.properties.isAlphabetic || (48...57).contains(byte) || scalar == ".")
      // Two hyphens would end an HTML comment for some readers.
      if isPlain || scalar == "_" || scalar == "-" && result.last != "-" {
        result.unicodeScalars.append(scalar)
      } else {
        result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result
  }

  private func addTroubles(to page: inout MarkdownPage) {
    if let error = report.error { page.add("**Error:** \(MarkdownText.sentence(error, limit: 2_000))") }
    if let refusal = report.refusalSentence {
      page.add("**Refused:** \(MarkdownText.sentence(refusal, limit: 2_000))")
    }
    if let partial = report.plan?.partial {
      page.add("**A part only.** \(MarkdownText.sentence(partial.sentence, limit: 2_000)).")
    }
    if let expected = report.expectedDigest, let plan = report.plan {
      page.add(
        "**This is not the plan that was reviewed.** Reviewed: \(MarkdownText.code(expected)). Now: <code>\(plan.digest)</code>. \(MarkdownText.sentence(report.digestSentence))."
      )
    }
    let sorted = report.diagnostics.sorted { $0.severity < $1.severity }
    page.add("Diagnostics", table("", "Where", "What"), sorted.map(item), share: 12_000)
    if let verdict = report.auditVerdict { page.add(MarkdownText.sentence(verdict.sentence)) }
    page.add("Brake", "", (report.plan?.brake ?? []).map(item), share: 4_000)
    let problems = report.problems
    page.add("Findings and conditions", table("", "Object", "What"), problems.map(item), share: 16_000)
  }

  func table(_ heads: String...) -> String {
    "| \(heads.joined(separator: " | ")) |\n|\(String(repeating: "---|", count: heads.count))"
  }

  private func item(_ diagnostic: Diagnostic) -> MarkdownPage.Item {
    let message = ([diagnostic.message] + [diagnostic.label].compactMap { $0 } + diagnostic.notes).joined(
      separator: "; ")
    let place = MarkdownText.code(diagnostic.place?.description ?? "")
    return MarkdownPage.Item(
      kind: diagnostic.severity.rawValue,
      text:
        "| \(diagnostic.severity.rawValue) <code>\(MarkdownText.bare(diagnostic.code))</code> | \(place) | \(MarkdownText.sentence(message)) |"
    )
  }

  private func item(_ reason: Brake.Reason) -> MarkdownPage.Item {
    MarkdownPage.Item(kind: "reason", text: "- **\(reason.code)** \(MarkdownText.sentence(reason.description))")
  }

  private func item(_ problem: Problem) -> MarkdownPage.Item {
    let place = problem.place.map { "<br>\(MarkdownText.code($0.short))" } ?? ""
    let path = problem.path.map { "\(MarkdownText.code($0)): " } ?? ""
    let waiver = problem.waiver.map { "<br>Waived: \(MarkdownText.sentence($0))" } ?? ""
    let word = problem.standing == .error ? "**error**" : problem.standing.rawValue
    return MarkdownPage.Item(
      kind: problem.standing == .waived
        ? "waived one" : problem.standing == .unknown ? "unknown one" : problem.standing.rawValue,
      text:
        "| \(word) <code>\(MarkdownText.bare(problem.code))</code> | \(MarkdownText.code(problem.address.description))\(place) | \(path)\(MarkdownText.sentence(problem.message))\(waiver) |"
    )
  }
}

extension MarkdownText {
  /// A code word of ours, where `<code>` stands around it already.
  static func bare(_ word: String) -> String { String(code(word).dropFirst(6).dropLast(7)) }
}
