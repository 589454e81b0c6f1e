import Documents
import Reconciliation

/// A report as one page that needs nothing else: no script, no request, light or dark as the reader's system is.
struct HTMLReport {
  let report: Report

  init(_ report: Report) { self.report = report }

  var text: String {
    let title = [report.headline, report.workspace, "decant \(report.command)"].compactMap { $0 }.joined(
      separator: " · ")
    let head = Markup.tag(
      "head",
      all: [
        .tag("meta", [("charset", "utf-8")], []),
        .tag("meta", [("http-equiv", "Content-Security-Policy"), ("content", Stylesheet.policy)], []),
        .tag("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")], []),
        .tag("meta", [("name", "referrer"), ("content", "no-referrer")], []),
        .tag("meta", [("name", "robots"), ("content", "noindex")], []),
        .tag("title", .text(title)), .style(Stylesheet.text),
      ])
    let page = Markup.tag("html", [("lang", "en")], [head, .tag("body", .tag("main", all: [heading] + sections))])
    return "<!DOCTYPE html>\n\(page.html)\n"
  }

  private var heading: Markup {
    var facts = ["decant \(report.command)"] + (report.workspace.map { ["workspace \($0)"] } ?? [])
    if let title = report.controlPlane { facts.append("control plane \(title)") }
    if !report.files.isEmpty { facts.append(Text.counted(report.files.count, "file")) }
    if let seen = report.seenAt { facts.append("seen \(seen)") }
    facts.append("exit \(report.exit.rawValue) (\(report.exit.name.replacing("_", with: " ")))")
    return .tag(
      "header", .tag("h1", .text(report.headline)),
      .tag("p", class: "dim", .text(facts.joined(separator: " · "))))
  }

  private var sections: [Markup] {
    var found = [tiles] + troubles
    found.append(section("Brake", report.plan?.brake.map(item) ?? []))
    found.append(section("Diagnostics", sorted.map(item)))
    found.append(section("Findings and conditions", problems))
    if let result = report.result { found.append(outcomes(of: result)) }
    if let verifications = report.verifications { found += verificationSections(verifications) }
    found += (report.preflights ?? []).map(section)
    if let plan = report.plan { found += planSections(plan) }
    if let records = report.records { found.append(recordTable(records)) }
    if let audit = report.audit { found.append(auditTable(audit)) }
    if let compliance = report.compliance { found += complianceSections(compliance) }
    if let audits = report.personalData { found += audits.map(personalTable) }
    return found + [graph]
  }

  /// Many that nobody looked at, or of one code, are unfolded by who wants to read them.
  private var problems: [Markup] {
    var groups: [(key: String, members: [Problem])] = []
    var positions: [String: Int] = [:]
    for problem in report.problems {
      let isOpen = problem.standing == .unknown
      let key = problem.standing.rawValue + " " + (isOpen ? problem.message : problem.code)
      if let index = positions[key] {
        groups[index].members.append(problem)
      } else {
        positions[key] = groups.count
        groups.append((key, [problem]))
      }
    }
    return groups.flatMap { group in
      group.members.count > 3 && group.members.first?.standing != .error
        ? [folded(group.members)] : group.members.map(item)
    }
  }

  private func folded(_ problems: [Problem]) -> Markup {
    let (word, first) = (problems.first?.standing.rawValue ?? "", problems.first)
    let objects = Text.counted(Set(problems.map(\.address)).count, "object")
    let said =
      first?.standing == .unknown
      ? Markup.all([
        .text("\(Text.grouped(problems.count)) conditions of \(objects): "), sentence(first?.message ?? ""),
      ])
      : .all([code(first?.code ?? ""), .text(" \(Text.grouped(problems.count)) on \(objects)")])
    let head = Markup.tag(
      "summary", badge(word, word == "note" ? "note-badge" : word), .text(" "), said)
    return .tag("li", .tag("details", head, .tag("ul", class: "items", all: problems.map(item))))
  }

  private var sorted: [Diagnostic] { report.diagnostics.sorted { $0.severity < $1.severity } }

  /// Each number with its name, by which a reader finds it: `data-count="create"`.
  private var tiles: Markup {
    let entries = Tally(report).entries
    guard !entries.isEmpty else { return Markup() }
    return .tag(
      "ul", [("class", "tiles")],
      entries.map { entry in
        .tag(
          "li", [("class", entry.number == 0 ? "zero" : "some"), ("data-count", entry.name)],
          [.tag("b", .text(Text.grouped(entry.number))), .tag("span", .text(entry.label))])
      })
  }

  private var troubles: [Markup] {
    var found: [Markup] = []
    if let error = report.error { found.append(note("Error", error)) }
    if let refusal = report.refusalSentence { found.append(note("Refused", refusal)) }
    if let partial = report.plan?.partial { found.append(note("A part only", "\(partial.sentence).", isMild: true)) }
    if let expected = report.expectedDigest, let plan = report.plan {
      found.append(
        note(
          "This is not the plan that was reviewed",
          "Reviewed: \(expected). Now: \(plan.digest). \(report.digestSentence)."))
    }
    if let verdict = report.auditVerdict, case .broken = verdict { found.append(note("Audit log", verdict.sentence)) }
    if let stop = report.result?.stopSentence { found.append(note("Stopped", stop)) }
    if let before = report.result?.doneBeforeSentence {
      found.append(.tag("p", class: "dim", .text("\(before).")))
    }
    return found
  }

  private func note(_ title: String, _ text: String, isMild: Bool = false) -> Markup {
    .tag("div", class: isMild ? "note mild" : "note", .tag("b", .text("\(title): ")), .text(text))
  }

  func section(_ title: String, _ items: [Markup]) -> Markup {
    items.isEmpty ? Markup() : .tag("section", .tag("h2", .text(title)), .tag("ul", class: "items", all: items))
  }

  func badge(_ word: String, _ style: String) -> Markup { .tag("span", class: "badge \(style)", .text(word)) }

  func code(_ text: String) -> Markup { .tag("code", .text(text)) }

  /// What stands between backquotes becomes code, as in Markdown.
  func sentence(_ text: String) -> Markup {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    guard parts.count % 2 == 1 else { return .text(text) }
    return .all(parts.enumerated().map { $0 % 2 == 1 ? code(String($1)) : .text(String($1)) })
  }

  private func item(_ reason: Brake.Reason) -> Markup {
    .tag("li", badge(reason.code, "error"), .text(" "), sentence(reason.description))
  }

  private func item(_ diagnostic: Diagnostic) -> Markup {
    let word = diagnostic.severity.rawValue
    let notes = ([diagnostic.label].compactMap { $0 } + diagnostic.notes).map {
      Markup.tag("p", class: "dim", sentence($0))
    }
    return .tag(
      "li",
      all: [
        badge(word, word == "note" ? "note-badge" : word), .text(" "), code(diagnostic.code), .text(" "),
        .tag("span", class: "dim", code(diagnostic.place?.description ?? "")),
        .tag("p", sentence(diagnostic.message)),
      ] + notes)
  }

  private func item(_ problem: Problem) -> Markup {
    let word = problem.standing.rawValue
    var parts = [
      badge(word, word == "note" ? "note-badge" : word), .text(" "), code(problem.address.description), .text(" "),
      code(problem.code),
    ]
    if let place = problem.place { parts += [.text(" "), .tag("span", class: "dim", code(place.short))] }
    let path = problem.path.map { [code($0), .text(": ")] } ?? []
    parts.append(.tag("p", all: path + [sentence(problem.message)]))
    if let waiver = problem.waiver { parts.append(.tag("p", class: "dim", .text("Waived: \(waiver)"))) }
    return .tag("li", all: parts)
  }

  private var graph: Markup {
    let isPlanned = report.plan != nil || report.declared != nil
    let planned = isPlanned ? report.declaration.map { DependencyGraph($0, report.plan) } : nil
    guard let whole = report.graph ?? planned, !whole.nodes.isEmpty else { return Markup() }
    let drawing = GraphDrawing(whole)
    let note =
      drawing.hidden > 0
      ? "\(Text.grouped(drawing.graph.nodes.count)) of \(Text.counted(whole.nodes.count, "object")): what changes and what is next to it. All of it: decant graph --format svg"
      : "\(Text.counted(whole.nodes.count, "object")). An arrow runs from what names to what is named."
    let picture = drawing.graph.nodes.isEmpty ? Markup() : Markup.tag("div", class: "scroll", drawing.svg())
    return .tag("section", .tag("h2", .text("Dependency graph")), .tag("p", class: "dim", .text(note)), picture)
  }
}
