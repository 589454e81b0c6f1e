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

  func verificationSections(_ verifications: [Verification]) -> [Markup] {
    let sorted = verifications.filter { !$0.hasPassed } + verifications.filter(\.hasPassed)
    let unchecked = report.unchecked.map { Markup.tag("li", code($0.description)) }
    return sorted.map(verification) + [section("Nothing is checked on", unchecked)]
  }

  private func verification(_ verification: Verification) -> Markup {
    let passed = verification.passed
    var parts = [
      Markup.tag("h2", code(verification.address.description)),
      .tag(
        "p", class: "dim", code(verification.subject),
        .text(" · \(passed) of \(Text.counted(verification.all, "check")) passed")),
    ]
    if let failure = verification.failure {
      parts.append(.tag("div", class: "note", .text("No check could be run: "), sentence(failure)))
    }
    if let found = verification.found { parts.append(checks(of: found)) }
    if !verification.checks.isEmpty {
      parts += [
        bar(verification.checks.count(where: \.hasPassed), of: verification.checks.count), checks(of: verification),
      ]
    }
    return .tag("section", all: parts)
  }

  private func checks(of found: CopyVerification) -> Markup {
    table(
      ["Check", "What it proves", "Result"],
      found.worstFirst.map { check in
        let word = check.result.rawValue.replacing("_", with: " ")
        let places = check.findings.map { finding in
          Markup.tag(
            "p", code(finding.place), .text(" \(finding.count.map { Text.grouped($0) } ?? "") "),
            sentence(finding.sentence))
        }
        return [
          .text(check.name.rawValue), .text(check.proves),
          .all(
            [badge(word, check.result == .failed ? "failed" : check.result == .passed ? "passed" : "warning")]
              + [.tag("p", sentence(check.summary))] + places),
        ]
      })
  }

  private func checks(of verification: Verification) -> Markup {
    let sorted = verification.checks.filter { !$0.hasPassed } + verification.checks.filter(\.hasPassed)
    let slowest = max(1, verification.checks.map(\.duration.milliseconds).max() ?? 1)
    return table(
      ["Check", "About", "Result", "Time"],
      sorted.map { check in
        let place = check.place.map { Markup.tag("p", class: "dim", code($0.short)) } ?? Markup()
        let result = check.failure.map { Markup.all([badge("failed", "failed"), .tag("p", sentence($0)), place]) }
        let time = Markup.all([
          .text(Text.duration(check.duration)),
          share(check.duration.milliseconds, of: slowest),
        ])
        return [.text(check.name), .text(check.about), result ?? badge("passed", "passed"), time]
      })
  }

  /// How many of them passed.
  private func bar(_ part: Int, of whole: Int) -> Markup {
    let width = part * 1_000 / max(1, whole)
    return drawn("\(part) of \(whole) passed", [("bad", 0, 1_000), ("ok", 0, width)])
  }

  /// How long it took beside the slowest; in no colour that means something else here.
  private func share(_ part: Int, of whole: Int) -> Markup {
    let width = max(6, part * 1_000 / whole)
    return drawn("time", [("ground", 0, 1_000), ("time", 0, width)])
  }

  private func drawn(_ label: String, _ parts: [(style: String, x: Int, width: Int)]) -> Markup {
    .tag(
      "svg",
      [
        ("class", "bar"), ("viewBox", "0 0 1000 8"), ("preserveAspectRatio", "none"), ("role", "img"),
        ("aria-label", label),
      ],
      parts.map {
        .tag("rect", [("class", $0.style), ("x", "\($0.x)"), ("width", "\($0.width)"), ("height", "8")], [])
      })
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

extension Duration {
  fileprivate var milliseconds: Int {
    Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
