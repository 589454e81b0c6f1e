import Documents
import Reconciliation

extension Renderer {
  func add(_ plan: Plan, _ report: Report, to blocks: inout Blocks) {
    let isDriftOnly = report.command == "drift"
    if !output.quiet {
      blocks.add(section("Drift since the last apply", plan.drift.flatMap { lines(of: $0, at: plan.seenAt) }))
      if !isDriftOnly { blocks.add(section("Actions", plan.actions.flatMap(lines))) }
      blocks.add(section("Findings", findingLines(plan.findings, folding: !output.verbose)))
      blocks.add(section("Conditions", conditionLines(plan.conditions)))
      if !isDriftOnly { blocks.add(unmanagedLines(plan.unmanaged)) }
    }
    if !isDriftOnly { blocks.add(section("Brake", plan.brake.flatMap { item("✗", .red, $0.description) })) }
    blocks.add(isDriftOnly ? driftSummary(plan) : summary(plan, report))
  }

  func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : [style.paint(title, .bold)] + lines
  }

  private func lines(of drift: Drift, at moment: Timestamp) -> [String] {
    let who =
      "\(drift.isDeleted ? "deleted" : "changed") by \(Text.shown(drift.by)), \(drift.at.ago(at: moment)) (revision \(drift.revision))"
    let symbol = drift.isDeleted ? style.paint("-", .red) : style.paint("~", .yellow)
    return ["  \(symbol) \(Text.padded(Text.shown(drift.address.description), to: 39)) \(who)"]
      + changeLines(drift.changes)
  }

  private func lines(of action: Action) -> [String] {
    let reason = action.spokenReason + (action.blockedBy.isEmpty ? "" : ", blocked (below)")
    let place = action.place.map { $0.short } ?? ""
    let address = Text.padded(Text.shown(action.address.description), to: 39)
    let symbol = style.paint(action.verb.symbol, action.verb.ink)
    let rest = "\(Text.padded(reason, to: place.isEmpty ? 0 : 33)) \(style.paint(place, .dim))".trimmedAtEnd
    let isWide = 4 + address.count + 1 + max(reason.count, 33) + 1 + place.count <= width
    let heads =
      isWide
      ? ["  \(symbol) \(address) \(rest)"]
      : ["  \(symbol) \(address.trimmedAtEnd)"]
        + [reason, place].filter { !$0.isEmpty }.map { "      \(style.paint($0, $0 == place ? .dim : nil))" }
    let by = action.blockedBy.isEmpty ? [] : ["      blocked by \(action.blockedBy.joined(separator: ", "))"]
    let copy = action.copy.map { ["      \(Text.shown($0.spoken))"] } ?? []
    return heads.map(\.trimmedAtEnd) + by + changeLines(action.changes, isNew: action.verb == .create) + copy
  }

  private func changeLines(_ changes: [Change], isNew: Bool = false) -> [String] {
    let width = min(44, changes.map(\.path.count).max() ?? 0)
    return changes.map { change in
      let name = Text.padded(Text.shown(change.path), to: max(13, width))
      let note = change.replaces && !isNew ? "  (cannot change in place)" : ""
      return "      \(name) \(text(of: change, isNew: isNew))\(note)".replacing(" \n", with: "\n")
    }
  }

  private func text(of change: Change, isNew: Bool) -> String {
    switch change.form {
    case .members(let added, let removed):
      if isNew { return shown(change.new) }
      return (added.map { "+ \(shown(.string($0)))" } + removed.map { "- \(shown(.string($0)))" }).joined(
        separator: ", ")
    case .parts(let parts):
      return parts.map { "\($0.name) \(Text.shown($0.old ?? "(none)")) → \(Text.shown($0.new ?? "(none)"))" }
        .joined(separator: ", ")
    case .lines(let lines): return self.lines(lines)
    case .value:
      return isNew
        ? shown(change.new)
        : "\(Text.shown(change.old, or: change.fallback)) → \(Text.shown(change.new, or: change.fallback))"
    }
  }

  /// The lines themselves, below the path: SQL that masks is what a reviewer has to read.
  private func lines(_ lines: [Change.Line]) -> String {
    let shown = lines.prefix(40).map { line in
      "\n        \(style.paint(line.isAdded ? "+" : "-", line.isAdded ? .green : .red)) \(Text.shown(line.text))"
    }
    let more = lines.count > 40 ? "\n        and \(lines.count - 40) lines more" : ""
    return shown.joined() + more
  }

  /// A painted word and what follows it, wrapped.
  func titled(_ title: String, _ ink: Style.Ink, _ text: String) -> [String] {
    Text.wrapped("\(title) \(text)", to: width).enumerated().map { index, line in
      index == 0 && line.hasPrefix(title) ? style.paint(title, ink) + line.dropFirst(title.count) : line
    }
  }

  /// A symbol and a sentence, wrapped below itself.
  func item(_ symbol: String, _ ink: Style.Ink?, _ text: String) -> [String] {
    let lines = Text.wrapped(Text.shown(text), to: width - 4)
    return lines.enumerated().map { $0 == 0 ? "  \(style.paint(symbol, ink)) \($1)" : "    \($1)" }
  }

  private func unmanagedLines(_ addresses: [Address]) -> [String] {
    guard !addresses.isEmpty else { return [] }
    let names = addresses.prefix(5).map { "  \(Text.shown($0.description))" }
    let more = addresses.count > 5 ? ["  and \(addresses.count - 5) more"] : []
    return ["Unmanaged in the control plane: \(addresses.count)   (decant show --unmanaged; declare one to adopt it)"]
      + names + more
  }

  private func summary(_ plan: Plan, _ report: Report) -> [String] {
    var lines: [String] = []
    if !plan.actions.isEmpty {
      lines += titled("Plan:", .bold, plan.counted)
    } else if report.expectedDigest == nil {
      lines.append("No changes. \(plan.standing) (\(Text.duration(report.elapsed)))")
    }
    lines += (plan.partial.map { item("!", .yellow, $0.sentence) } ?? []) + bindingLines(report)
    if let expected = report.expectedDigest {
      lines += item(
        "✗", .red,
        "This is not the plan that was reviewed. Reviewed: \(expected). Now: \(plan.digest). \(report.digestSentence).")
    } else if ["apply", "destroy"].contains(report.command), !plan.brake.isEmpty {
      lines.append("Nothing was changed.")
    }
    return lines
  }

  /// How exactly this is applied.
  private func bindingLines(_ report: Report) -> [String] {
    let saved = report.saved.map { saved in
      "Saved to \(Text.shown(saved.path))\(saved.signer.map { ", signed by \($0)" } ?? "")"
    }
    return [saved, report.applyCommand.map { "Apply exactly this:  \($0)" }].compactMap { $0 }
  }

  private func driftSummary(_ plan: Plan) -> [String] {
    [plan.driftSentence + (plan.drift.isEmpty ? "" : " See what would be done: decant plan")]
  }
}

extension String {
  var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }

  var trimmedAtEnd: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

extension Selection {
  /// "only target.prod_*, except target.prod_users"
  var spoken: String {
    [("only", only), ("except", except)].filter { !$0.1.isEmpty }
      .map { "\($0.0) \($0.1.map(Text.shown).joined(separator: ", "))" }.joined(separator: ", ")
  }
}

extension Action.Verb {
  var ink: Style.Ink {
    switch self {
    case .create: .green
    case .update, .adopt: .yellow
    case .replace, .delete: .red
    case .refresh: .blue
    }
  }
}

extension Action.Reason {
  var spoken: String {
    switch self {
    case .newInFiles: "new in files"
    case .changedInFiles: "changed in files"
    case .drifted: "drifted"
    case .changedInFilesAndDrifted: "changed in files and drifted"
    case .removedFromFiles: "removed from files; its data stays"
    case .destroyed: "destroy asks for it; its data stays"
    case .deletedOutside: "deleted by somebody else"
    case .declaredUnmanaged: "declared, was unmanaged"
    case .changedOutsideAlike: "somebody else made this change"
    case .neverBuilt: "there is no copy yet"
    case .olderThanMaxAge: "the copy is too old"
    case .policyChanged: "masked by other rules"
    case .keyChanged: "masked with another key"
    case .sourceSchemaChanged: "the source's schema changed"
    case .requested: "asked for"
    }
  }
}
