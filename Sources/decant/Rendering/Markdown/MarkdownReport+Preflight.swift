import Reconciliation

/// What a command would do, for a comment: the verdict first.
extension MarkdownReport {
  func add(_ preflight: Preflight, to page: inout MarkdownPage) {
    page.add("\(MarkdownText.code("target.\(preflight.target.name)")): \(MarkdownText.sentence(preflight.verdict))")
    let title = "Pre-flight of \(preflight.work.rawValue)"
    let facts = (preflight.facts + preflight.warnings.map { ("warning", $0) }).map { fact in
      MarkdownPage.Item(
        kind: "fact", text: "| \(fact.name) | \(MarkdownText.sentence(fact.text)) |")
    }
    page.add(title, table("", "What"), facts, share: 8_000)
    let columns = preflight.columns.map { column in
      MarkdownPage.Item(
        kind: "column",
        text:
          "| \(MarkdownText.code("\(column.table).\(column.column)")) | \(MarkdownText.sentence(column.strategy ?? "no rule")) | \(MarkdownText.sentence(column.looks ?? "")) |"
      )
    }
    page.add("Columns", table("Column", "Strategy", "Looks like"), columns, share: 12_000)
    page.add("Masks, tried on a few rows", table("Column", "Before", "After"), preflight.cells.map(item), share: 12_000)
  }

  private func item(_ tried: Preflight.Tried) -> MarkdownPage.Item {
    MarkdownPage.Item(
      kind: "value",
      text:
        "| \(MarkdownText.code(tried.column)) | \(MarkdownText.sentence(tried.before)) | \(MarkdownText.sentence(tried.after)) |"
    )
  }
}
