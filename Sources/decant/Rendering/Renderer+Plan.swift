import Documents
import Reconciliation

extension Renderer {
  func add(_ plan: Plan, _ report: Report, to blocks: inout Blocks) {
    let isDriftOnly = report.command == "drift"
    if !output.quiet {
      blocks.add(section("Drift since the last apply", plan.drift.flatMap { lines(of: $0, at: plan.seenAt) }))
      if !isDriftOnly { blocks.add(section("Actions", plan.actions.flatMap(lines))) }
      blocks.add(section("Findings", findingLines(plan.findings)))
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
      "\(drift.isDeleted ? "deleted" : "changed") by \(Text.shown(drift.by)), \(ago(drift.at, moment)) (revision \(drift.revision))"
    let symbol = drift.isDeleted ? style.paint("-", .red) : style.paint("~", .yellow)
    return ["  \(symbol) \(Text.padded(Text.shown(drift.address.description), to: 39)) \(who)"]
      + changeLines(drift.changes)
  }

  private func ago(_ then: Timestamp, _ now: Timestamp) -> String {
    let seconds = max(0, Int(now.since(then).components.seconds))
    switch seconds {
    case ..<120: return "\(seconds) s ago"
    case ..<7_200: return "\(seconds / 60) min ago"
    case ..<172_800: return "\(seconds / 3_600) h ago"
    default: return "\(seconds / 86_400) days ago"
    }
  }

  private func lines(of action: Action) -> [String] {
    let reason = action.reason.spoken + (action.blockedBy.isEmpty ? "" : ", blocked (below)")
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
    return heads.map(\.trimmedAtEnd) + by + changeLines(action.changes, isNew: action.verb == .create)
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
        ? shown(change.new) : "\(shown(change.old, or: change.fallback)) → \(shown(change.new, or: change.fallback))"
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

  /// An absent key with what it means.
  private func shown(_ value: Value?, or fallback: Value?) -> String {
    guard value == nil, let fallback else { return shown(value) }
    return "\(shown(fallback)) (default)"
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
    if plan.actions.isEmpty {
      lines.append("No changes. \(standing(plan)) (\(Text.duration(report.elapsed)))")
    } else {
      let counts = [Action.Verb.create, .update, .replace, .delete, .adopt].map { "\(plan.count($0)) \($0.rawValue)" }
      let blocked = plan.blocked.isEmpty ? "" : " · \(plan.blocked.count) blocked"
      lines += titled(
        "Plan:", .bold, "\(counts.joined(separator: ", "))\(blocked) · \(Text.grouped(plan.unchanged)) unchanged")
      if plan.brake.isEmpty, report.expectedDigest == nil, report.command == "plan" {
        lines.append("Apply exactly this:  decant apply --digest \(plan.digest)")
      }
    }
    if let expected = report.expectedDigest {
      lines += item(
        "✗", .red,
        "This is not the plan that was reviewed. Reviewed: \(expected). Now: \(plan.digest). Nothing was changed.")
    } else if report.command == "apply", !plan.brake.isEmpty {
      lines.append("Nothing was changed.")
    }
    return lines
  }

  /// "41 objects match, all 16 conditions hold."
  private func standing(_ plan: Plan) -> String {
    let objects = "\(Text.counted(plan.unchanged, "object")) \(plan.unchanged == 1 ? "matches" : "match")"
    let (failing, unknown) = (plan.conditions.count(where: \.isFailing), plan.conditions.count(where: \.isUnknown))
    let holding = plan.conditions.count - failing - unknown
    if plan.conditions.isEmpty { return "\(objects)." }
    if failing + unknown == 0 {
      return plan.conditions.count == 1
        ? "\(objects), its one condition holds." : "\(objects), all \(Text.grouped(holding)) conditions hold."
    }
    let rest = [
      (failing, "\(Text.grouped(failing)) \(failing == 1 ? "does" : "do") not"),
      (unknown, "\(Text.grouped(unknown)) unknown"),
    ]
    return
      "\(objects); of the conditions \(Text.grouped(holding)) hold, \(rest.filter { $0.0 > 0 }.map(\.1).joined(separator: ", "))."
  }

  private func driftSummary(_ plan: Plan) -> [String] {
    plan.drift.isEmpty
      ? ["No drift. \(Text.counted(plan.unchanged, "object")) as applied."]
      : [
        "Drift: \(Text.counted(plan.drift.count, "object")) changed by somebody else. See what would be done: decant plan"
      ]
  }
}

extension String {
  var trimmedAtEnd: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

extension Action.Verb {
  var ink: Style.Ink {
    switch self {
    case .create: .green
    case .update, .adopt: .yellow
    case .replace, .delete: .red
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
    case .deletedOutside: "deleted by somebody else"
    case .declaredUnmanaged: "declared, was unmanaged"
    case .changedOutsideAlike: "somebody else made this change"
    }
  }
}
