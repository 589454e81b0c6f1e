/// The pages about codes, one for each, and their index.
enum FindingPages {
  static func all(of catalogue: Catalogue) -> [(path: String, text: String)] {
    let codes = catalogue.codes
    let groups = Dictionary(grouping: codes, by: \.code)
    let pages = groups.keys.sorted().map { code in
      ("docs/findings/\(code).md", page(code, groups[code] ?? []))
    }
    return [("docs/findings/README.md", index(codes))] + pages
  }

  static func page(_ code: String, _ entries: [RegisteredCode]) -> String {
    let sections = entries.map { section($0, isAlone: entries.count == 1) }
    return "# \(code)\n\n" + sections.joined(separator: "\n") + (entries.isEmpty ? "" : waiver(code, entries))
  }

  private static func section(_ entry: RegisteredCode, isAlone: Bool) -> String {
    let told = entry.explanation
    let side = entry.nature == .finding ? "In the files" : "In the live world"
    var text = isAlone ? "" : "## \(side)\n\n"
    text += "A \(entry.nature.rawValue) of severity **\(entry.severity.rawValue)**: \(told.summary).\n\n"
    if entry.isDetail { text += "It is shown by `--verbose` and in `--json` alone.\n\n" }
    text += "**Why it matters.** \(told.why)\n\n**What to do.** \(told.remedy)\n"
    if let example = told.example {
      let word = example.prefix { $0 != "\n" }
      text += "\n```\(word)\n\(example.dropFirst(word.count + 1))\n```\n"
    }
    return text
  }

  private static func waiver(_ code: String, _ entries: [RegisteredCode]) -> String {
    guard entries.allSatisfy(\.isWaivable) else { return "\nIt cannot be waived.\n" }
    if code == CommonRules.waiverExpired { return "" }
    return """

      Where it is known and accepted, say so in the object, with a reason and an end:

      ```yaml
      waive: [{code: \(code), reason: "why it is accepted", until: 2027-03-31}]
      ```

      """
  }

  private static func index(_ codes: [RegisteredCode]) -> String {
    """
    # Findings and conditions

    Written by `decant schema --write` from the rules themselves; `decant explain CODE` prints the same pages.

    A *finding* is what a rule says about the files; `validate`, `plan` and `verify` show it. A *condition* is what was seen in
    the live world; `plan`, `apply` and `drift` show it. An *error* blocks its object and its dependents (exit code 9), a
    *warning* blocks nothing. A condition that could not be read is *unknown*, which is neither fine nor an error. Where both sides have a code and the live world was seen, the plan shows the condition alone: it
    knows better than a warning of the files. How to accept one: [waivers](../planning.md#conditions-and-findings).

    ## Findings: the files

    \(table(codes.filter { $0.nature == .finding }))

    ## Conditions: the live world

    \(table(codes.filter { $0.nature == .condition }))

    """
  }

  private static func table(_ codes: [RegisteredCode]) -> String {
    let order = codes.sorted { $0.severity == $1.severity ? $0.code < $1.code : $0.severity < $1.severity }
    let rows = order.map { entry in
      "| [`\(entry.code)`](\(entry.code).md) | \(entry.severity.rawValue) | \(entry.explanation.summary) |"
    }
    return "| code | severity | when |\n|---|---|---|\n" + rows.joined(separator: "\n")
  }
}

extension Catalogue {
  /// The page of one code, as Markdown; nothing where there is no such code.
  public func page(of code: String) -> String? {
    let entries = codes.filter { $0.code == code }
    return entries.isEmpty ? nil : FindingPages.page(code, entries)
  }
}
