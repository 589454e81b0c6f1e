import Documents
import Reconciliation

extension MarkdownReport {
  func add(_ plan: Plan, to page: inout MarkdownPage) {
    page.add(
      "Drift since the last apply", table("Object", "Who", "What"), plan.drift.map { item($0, at: plan.seenAt) },
      share: 9_000)
    guard report.command != "drift" else { return }
    let actions = plan.worstFirst
    let removals = actions.filter { $0.verb == .delete || $0.verb == .replace }
    page.add("Deletes and replaces", table("", "Object", "Why"), removals.map(row), share: 8_000)
    // A deletion has nothing to unfold; the table above says it all.
    page.add("Actions", "", actions.filter { $0.verb != .delete }.map(details))
    if !plan.unmanaged.isEmpty {
      page.add(
        "Unmanaged in the control plane: \(Text.grouped(plan.unmanaged.count)) (`decant show --unmanaged`; declare one to adopt it)"
      )
    }
  }

  private func item(_ drift: Drift, at moment: Timestamp) -> MarkdownPage.Item {
    let who =
      "\(drift.isDeleted ? "deleted" : "changed") by \(MarkdownText.code(drift.by)) at \(drift.at) (revision \(drift.revision))"
    let shown = drift.changes.prefix(5).map { line(ChangeSides($0, isNew: false)) }
    let more = drift.changes.count > 5 ? ["and \(drift.changes.count - 5) more fields"] : []
    return MarkdownPage.Item(
      kind: "drifted object",
      text:
        "| \(MarkdownText.code(drift.address.description)) | \(who) | \((shown + more).joined(separator: "<br>")) |")
  }

  private func line(_ sides: ChangeSides) -> String {
    "\(MarkdownText.code(sides.path)) \(side(sides.before)) → \(side(sides.after))"
  }

  private func side(_ lines: [String]) -> String { lines.map { MarkdownText.code($0) }.joined(separator: "<br>") }

  private func row(_ action: Action) -> MarkdownPage.Item {
    MarkdownPage.Item(
      kind: action.verb.rawValue,
      text:
        "| \(action.verb.rawValue) | \(MarkdownText.code(action.address.description)) | \(action.spokenReason)\(blocked(action)) |"
    )
  }

  private func blocked(_ action: Action) -> String {
    guard !action.blockedBy.isEmpty else { return "" }
    let shown = action.blockedBy.prefix(5).map { MarkdownText.code($0) }.joined(separator: ", ")
    let more = action.blockedBy.count > 5 ? " and \(action.blockedBy.count - 5) more" : ""
    return ", <b>blocked</b> by \(shown)\(more)"
  }

  /// One action, folded; the table stands in it only where there is something to compare.
  private func details(_ action: Action) -> MarkdownPage.Item {
    let place = action.place.map { " · \(MarkdownText.code($0.short))" } ?? ""
    let head =
      "\(action.verb.symbol.spelled) \(action.verb.rawValue) \(MarkdownText.code(action.address.description)) · \(action.spokenReason)\(blocked(action))\(place)"
    let isNew = action.verb == .create
    let shown = action.changes.prefix(50).map { change in
      let sides = ChangeSides(change, isNew: isNew)
      let note = sides.replaces ? " (cannot change in place)" : ""
      return isNew
        ? "| \(MarkdownText.code(sides.path)) | \(side(sides.after)) |"
        : "| \(MarkdownText.code(sides.path))\(note) | \(side(sides.before)) | \(side(sides.after)) |"
    }
    let more = action.changes.count > 50 ? "\n\nand \(action.changes.count - 50) more fields" : ""
    // Without anything to unfold it is no more than a line.
    guard !shown.isEmpty else { return MarkdownPage.Item(kind: action.verb.rawValue, text: "\(head)\n") }
    let body =
      (isNew ? table("Field", "Value") : table("Field", "Before", "After")) + "\n" + shown.joined(separator: "\n")
    return MarkdownPage.Item(
      kind: action.verb.rawValue, text: "<details><summary>\(head)</summary>\n\n\(body)\(more)\n\n</details>\n")
  }
}

extension String {
  /// `+` and `-` at the beginning would be a list's.
  fileprivate var spelled: String { "<code>\(self)</code>" }
}
