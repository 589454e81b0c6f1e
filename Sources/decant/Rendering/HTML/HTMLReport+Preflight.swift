import Reconciliation

/// What a command would do.
extension HTMLReport {
  func section(of preflight: Preflight) -> Markup {
    let facts = (preflight.facts + preflight.warnings.map { ("warning", $0) }).map { fact -> [Markup] in
      [.text(fact.name), sentence(fact.text)]
    }
    let columns = preflight.columns.map { column -> [Markup] in
      [
        code("\(column.table).\(column.column)"), .text(column.strategy ?? "no rule"), .text(column.looks ?? ""),
      ]
    }
    let cells = preflight.cells.map { tried -> [Markup] in
      [code(tried.column), .text(tried.before), .text(tried.after)]
    }
    var parts = [
      Markup.tag(
        "h2", .text("Pre-flight of \(preflight.work.rawValue): "), code("target.\(preflight.target.name)")),
      .tag("p", sentence(preflight.verdict)), table(["", "What"], facts),
    ]
    if !columns.isEmpty { parts.append(table(["Column", "Strategy", "Looks like"], columns)) }
    if !cells.isEmpty { parts.append(table(["Column", "Before", "After"], cells)) }
    return .tag("section", all: parts)
  }
}
