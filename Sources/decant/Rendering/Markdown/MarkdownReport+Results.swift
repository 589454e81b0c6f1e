import Documents
import Reconciliation

/// What was done and what was proved.
extension MarkdownReport {
  func add(_ result: ApplyResult, to page: inout MarkdownPage) {
    if let stop = result.stopSentence { page.add("**Stopped:** \(MarkdownText.sentence(stop))") }
    if let before = result.doneBeforeSentence { page.add("\(before).") }
    if let head = result.head { page.add("Audit head <code>\(head.number):\(MarkdownText.bare(head.hash))</code>") }
    let order = ["failed", "unknown", "not_attempted", "blocked", "done"]
    let sorted = order.flatMap { word in result.outcomes.filter { $0.word == word } }
    page.add("Outcomes", table("", "Action", "Object", "What"), sorted.map(item), share: 14_000)
  }

  private func item(_ outcome: Outcome) -> MarkdownPage.Item {
    let word = outcome.word.replacing("_", with: " ")
    var said = outcome.message.map { MarkdownText.sentence($0) } ?? ""
    if case .done(let revision) = outcome.state { said = "revision \(revision)" }
    let shown = outcome.word == "done" ? word : "**\(word)**"
    return MarkdownPage.Item(
      kind: "\(word) action",
      text: "| \(shown) | \(outcome.verb.rawValue) | \(MarkdownText.code(outcome.address.description)) | \(said) |")
  }

  func add(_ verifications: [Verification], to page: inout MarkdownPage) {
    let sorted = verifications.filter { !$0.hasPassed } + verifications.filter(\.hasPassed)
    let rows = sorted.flatMap { verification in
      (verification.failure.map { [unreached(verification, $0)] } ?? [])
        + verification.shown.filter(\.isFailed).map { row($0, of: verification, "failed check") }
    }
    page.add("Failed checks", table("Target", "Check", "About", "Result"), rows, share: 24_000)
    let doubtful = sorted.flatMap { verification in
      verification.shown.filter { [.vacuous, .open, .unchecked].contains($0.standing) }.map {
        row($0, of: verification, "check that proves nothing")
      }
    }
    page.add("Checks that prove nothing", table("Target", "Check", "About", "Why"), doubtful, share: 8_000)
    page.add("Targets", table("Target", "Database", "Passed"), sorted.map(row), share: 14_000)
    let unchecked = report.unchecked.map {
      MarkdownPage.Item(kind: "target", text: "- \(MarkdownText.code($0.description))")
    }
    page.add("Nothing is checked on", "", unchecked, share: 4_000)
  }

  private func unreached(_ verification: Verification, _ failure: String) -> MarkdownPage.Item {
    MarkdownPage.Item(
      kind: "failed check",
      text:
        "| \(MarkdownText.code(verification.address.description)) | | | **no check could be run:** \(MarkdownText.sentence(failure)) |"
    )
  }

  private func row(_ check: ShownCheck, of verification: Verification, _ kind: String) -> MarkdownPage.Item {
    let place = check.place.map { " \(MarkdownText.code($0.short))" } ?? ""
    let found = check.lines.prefix(5).map { line in
      "<br>\(MarkdownText.code(line.place))\(line.counted.map { ": \($0)" } ?? "")"
    }
    let more = check.lines.count > 5 ? ["<br>and \(check.lines.count - 5) more"] : []
    return MarkdownPage.Item(
      kind: kind,
      text:
        "| \(MarkdownText.code(verification.address.description)) | \(MarkdownText.code(check.name)) | \(MarkdownText.sentence(check.about)) | \(MarkdownText.sentence(check.sentence ?? ""))\(place)\((found + more).joined()) |"
    )
  }

  private func row(_ verification: Verification) -> MarkdownPage.Item {
    let all = verification.shown
    return MarkdownPage.Item(
      kind: "target",
      text:
        "| \(MarkdownText.code(verification.address.description)) | \(MarkdownText.code(verification.subject)) | \(all.count(where: \.isPassed)) of \(all.count) |"
    )
  }

  func add(_ records: [Record], to page: inout MarkdownPage) {
    let rows = records.map { record in
      MarkdownPage.Item(
        kind: "object",
        text:
          "| \(MarkdownText.code(record.address.description)) | \(record.revision) | \(record.updatedAt) | \(MarkdownText.code(record.updatedBy)) | \(record.isManaged ? "yes" : "no") |"
      )
    }
    page.add("Objects", table("Object", "Revision", "Changed", "By", "Managed"), rows)
  }

  /// The newest entries first, because the last ones are asked for most.
  func add(_ entries: [AuditEntry], to page: inout MarkdownPage) {
    let rows = entries.reversed().map { entry in
      MarkdownPage.Item(
        kind: "older record",
        text:
          "| \(entry.number) | \(entry.at) | \(entry.draft.event.rawValue) | \(MarkdownText.code(entry.draft.address?.description ?? "")) | \(MarkdownText.code(entry.draft.actor)) |"
      )
    }
    page.add("Audit log", table("", "At", "Event", "Object", "Actor"), rows)
  }

  func add(_ audit: PersonalDataAudit, to page: inout MarkdownPage) {
    let rows = audit.rows.map { row in
      MarkdownPage.Item(
        kind: "column",
        text:
          "| \(MarkdownText.code(row.column)) | \(row.treatment) | \(MarkdownText.sentence(row.looks)) | \(MarkdownText.sentence(row.reasons)) |"
      )
    }
    page.add(
      MarkdownText.sentence(audit.headline), table("Column", "Treatment", "Looks like", "Reasons"), rows, share: 16_000)
  }
}
