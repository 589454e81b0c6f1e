import Documents
import Reconciliation

/// What was done and what was proved.
extension HTMLReport {
  func outcomes(of result: ApplyResult) -> Markup {
    let order = ["failed", "unknown", "not_attempted", "blocked", "done"]
    let sorted = order.flatMap { word in result.outcomes.filter { $0.word == word } }
    let rows = sorted.map { outcome -> [Markup] in
      var said = outcome.message ?? ""
      if case .done(let revision) = outcome.state { said = "revision \(revision)" }
      let word = outcome.word.replacing("_", with: " ")
      return [
        .all([badge(word, outcome.word), .text(" \(outcome.verb.rawValue)")]), code(outcome.address.description),
        sentence(said),
      ]
    }
    let head = result.head.map {
      [Markup.tag("p", class: "dim", .text("Audit head "), code("\($0.number):\($0.hash)"))]
    }
    guard !rows.isEmpty else { return .all(head ?? []) }
    return .tag(
      "section", all: [.tag("h2", .text("Outcomes")), table(["Outcome", "Object", "What"], rows)] + (head ?? []))
  }

  func recordTable(_ records: [Record]) -> Markup {
    guard !records.isEmpty else { return Markup() }
    let rows = records.map { record -> [Markup] in
      [
        code(record.address.description), .text("\(record.revision)"), .text(record.updatedAt.description),
        code(record.updatedBy), .text(record.isManaged ? "yes" : "no"),
      ]
    }
    return .tag(
      "section", .tag("h2", .text("Objects")), table(["Object", "Revision", "Changed", "By", "Managed"], rows))
  }

  func auditTable(_ entries: [AuditEntry]) -> Markup {
    guard !entries.isEmpty else { return Markup() }
    let rows = entries.map { entry -> [Markup] in
      [
        .text("\(entry.number)"), .text(entry.at.description), .text(entry.draft.event.rawValue),
        code(entry.draft.address?.description ?? ""), code(entry.draft.actor),
      ]
    }
    return .tag("section", .tag("h2", .text("Audit log")), table(["", "At", "Event", "Object", "Actor"], rows))
  }
}

extension HTMLReport {
  func personalTable(_ audit: PersonalDataAudit) -> Markup {
    let rows = audit.rows.map { row -> [Markup] in
      [code(row.column), .text(row.treatment), .text(row.looks), .text(row.reasons)]
    }
    return .tag(
      "section", .tag("h2", .text(audit.headline)), table(["Column", "Treatment", "Looks like", "Reasons"], rows))
  }
}
