import Documents
import Reconciliation

extension HTMLReport {
  func planSections(_ plan: Plan) -> [Markup] {
    let drift = section("Drift since the last apply", plan.drift.map { item($0, at: plan.seenAt) })
    guard report.command != "drift" else { return [drift] }
    return [drift, actions(of: plan), unmanaged(plan), applyCommand]
  }

  private func item(_ drift: Drift, at moment: Timestamp) -> Markup {
    let who =
      "\(drift.isDeleted ? "deleted" : "changed") by \(drift.by), \(drift.at.ago(at: moment)) (revision \(drift.revision))"
    return .tag(
      "li", badge(drift.isDeleted ? "deleted" : "changed", drift.isDeleted ? "delete" : "update"), .text(" "),
      code(drift.address.description), .tag("p", class: "dim", .text(who)), changes(drift.changes, isNew: false))
  }

  private func actions(of plan: Plan) -> Markup {
    guard !plan.actions.isEmpty else { return Markup() }
    // Many open ones would be a page nobody reads to the end.
    let isOpen = plan.actions.count <= 40
    return .tag(
      "section", all: [.tag("h2", .text("Actions"))] + plan.worstFirst.map { details(of: $0, isOpen: isOpen) })
  }

  private func details(of action: Action, isOpen: Bool) -> Markup {
    var head = [
      Markup.tag("span", class: "sym \(action.verb.rawValue)", .text(action.verb.symbol)), .text(" "),
      code(action.address.description), .text(" "), badge(action.verb.rawValue, action.verb.rawValue), .text(" "),
      .tag("span", class: "dim", .text(action.spokenReason)),
    ]
    if let place = action.place { head += [.text(" "), .tag("span", class: "dim", code(place.short))] }
    if !action.blockedBy.isEmpty {
      head += [
        .text(" "), badge("blocked by \(Text.clipped(action.blockedBy.joined(separator: ", "), to: 120))", "blocked"),
      ]
    }
    guard !action.changes.isEmpty else { return .tag("div", class: "bare", all: head) }
    return .tag(
      "details", isOpen ? [("open", "")] : [],
      [
        .tag("summary", all: head),
        .tag("div", class: "body", changes(action.changes, isNew: action.verb == .create)),
      ])
  }

  private func changes(_ changes: [Change], isNew: Bool) -> Markup {
    guard !changes.isEmpty else { return Markup() }
    let rows = changes.map { change -> [Markup] in
      let sides = ChangeSides(change, isNew: isNew)
      let note = sides.replaces ? Markup.tag("span", class: "dim", .text(" cannot change in place")) : Markup()
      let name = Markup.all([code(sides.path), note])
      return isNew ? [name, side(sides.after)] : [name, side(sides.before), side(sides.after)]
    }
    return table(isNew ? ["Field", "Value"] : ["Field", "Before", "After"], rows)
  }

  private func side(_ lines: [String]) -> Markup {
    .all(lines.enumerated().flatMap { $0 == 0 ? [code($1)] : [.tag("br", [], []), code($1)] })
  }

  /// On a narrow screen each cell stands on its own line, with the head of its column before it.
  func table(_ heads: [String], _ rows: [[Markup]]) -> Markup {
    let head = Markup.tag("thead", .tag("tr", all: heads.map { .tag("th", class: width(of: $0), .text($0)) }))
    let body = rows.map { row in
      Markup.tag(
        "tr",
        all: zip(heads, row).map { title, cell in
          .tag("td", title.isEmpty || title == heads.first ? [] : [("data-head", title)], [cell])
        })
    }
    return .tag("table", head, .tag("tbody", all: body))
  }

  /// Names and short words leave the room to what is long.
  private func width(of head: String) -> String {
    switch head {
    case "Field", "Where": "name"
    case "Check", "Proves": "check"
    case "About", "Time", "Count", "Revision", "Managed", "", "Event": "short"
    default: ""
    }
  }

  private func unmanaged(_ plan: Plan) -> Markup {
    guard !plan.unmanaged.isEmpty else { return Markup() }
    let shown = plan.unmanaged.prefix(100).map { Markup.tag("li", code($0.description)) }
    let more = plan.unmanaged.count > 100 ? [Markup.tag("li", .text("and \(plan.unmanaged.count - 100) more"))] : []
    return section("Unmanaged in the control plane", shown + more)
  }

  private var applyCommand: Markup {
    guard let command = report.applyCommand else { return Markup() }
    return .tag("section", .tag("h2", .text("Apply exactly this")), .tag("pre", code(command)))
  }
}
