import Reconciliation

/// What a command would do: facts first, then what was tried, then what stands in the way.
extension Renderer {
  func add(_ preflight: Preflight, to blocks: inout Blocks) {
    let title = "Pre-flight of \(preflight.work.rawValue) · target.\(Text.shown(preflight.target.name))"
    if !output.quiet {
      blocks.add([style.paint(title, .bold)] + preflight.facts.flatMap(fact))
      blocks.add(section("Tables", tableLines(preflight.tables)))
      blocks.add(section("Columns", preflight.columns.map(line)))
      blocks.add(section("Masks, tried on a few rows", preflight.samples.flatMap(lines)))
      blocks.add(section("Rights", rightLines(preflight)))
      blocks.add(section("Findings", findingLines(preflight.findings, folding: !output.verbose)))
      blocks.add(section("Conditions", conditionLines(preflight.conditions)))
      blocks.add(section("Warnings", preflight.warnings.flatMap { item("!", .yellow, $0) }))
    }
    let verdict = preflight.verdict
    blocks.add(
      Text.wrapped(verdict, to: width).enumerated().map { index, line in
        index == 0 && !preflight.canRun ? style.paint(line, .red) : line
      })
  }

  /// A name, and what is to be said of it wrapped beside it.
  private func fact(_ fact: (name: String, text: String)) -> [String] {
    Text.wrapped(fact.text, to: width - 14).enumerated().map { index, line in
      "  \(Text.padded(index == 0 ? fact.name : "", to: 12))\(line)"
    }
  }

  private static let mostTables = 12

  private func tableLines(_ tables: [CopyForecast.Table]) -> [String] {
    let shown = output.verbose ? tables[...] : tables.prefix(Self.mostTables)
    let width = min(40, shown.map(\.name.count).max() ?? 0)
    let lines = shown.map { table in
      let rows = table.copiedRows.map { "about \(Text.counted($0, "row"))" } ?? "rows not counted yet"
      let size = Text.bytes(table.copiedBytes + table.copiedIndexBytes)
      return
        "  \(Text.padded(Text.shown(table.name), to: width))  \(Text.padded(rows, to: 24))  \(Text.padded(size, to: 9))  \(table.part)"
        .trimmedAtEnd
    }
    let rest = tables.dropFirst(shown.count)
    guard !rest.isEmpty else { return lines }
    let bytes = rest.reduce(0) { $0 + $1.copiedBytes + $1.copiedIndexBytes }
    return lines + ["  and \(Text.counted(rest.count, "smaller one")), together \(Text.bytes(bytes)) (--verbose)"]
  }

  private func line(of column: CopyForecast.Column) -> String {
    let name = Text.padded(Text.shown("\(column.table).\(column.column)"), to: 32)
    let mark = column.isUncovered ? style.paint("✗", .red) : " "
    let looks = column.looks.map { "looks like \($0)" } ?? ""
    return "  \(mark) \(name) \(Text.padded(Text.shown(column.strategy ?? "no rule"), to: 16)) \(looks)".trimmedAtEnd
  }

  private func lines(of sample: MaskSample) -> [String] {
    if let unread = sample.unread { return item("?", .yellow, "\(sample.table): \(unread)") }
    if sample.rows.isEmpty { return ["  \(Text.shown(sample.table)): no row to try them on"] }
    let width = min(24, sample.rows.flatMap { $0 }.map(\.column.count).max() ?? 0)
    return sample.rows.enumerated().flatMap { index, row in
      let head = "  \(Text.shown(sample.table)), row \(index + 1)"
      return [style.paint(head, .dim)]
        + row.map { "    \(Text.padded(Text.shown($0.column), to: width))  \(text(of: $0))" }
    }
  }

  private func text(of cell: MaskSample.Cell) -> String {
    let before = cell.isSeen ? (cell.original ?? cell.before).map(Self.onOneLine) ?? "NULL" : "(changed in the source)"
    let after = cell.after.map(Self.onOneLine) ?? "NULL"
    return "\(before) → \(after)\(cell.isUnchanged ? "  (unchanged)" : "")"
  }

  private static func onOneLine(_ text: String) -> String {
    let shown = Text.shown(text)
    return shown.count > 120 ? "\(shown.prefix(119))…" : shown
  }

  private func rightLines(_ preflight: Preflight) -> [String] {
    preflight.rights.flatMap { side -> [String] in
      if let unseen = side.unseen {
        return item("?", .yellow, "what \(side.role) lacks on \(side.database) is not known: \(unseen)")
      }
      return side.rights.filter { $0.isMissing == true }.flatMap { right in
        item("✗", .red, "missing on \(side.database): \(right.sql)")
      }
    }
  }
}

extension CopyForecast.Table {
  /// "all rows", "12 % of its rows", "no row": of what the source holds.
  fileprivate var part: String {
    if share >= 1 { return isShareMeasured ? "all rows" : "all rows at most: what a filter leaves was not measured" }
    if share <= 0 { return "no row" }
    let percent = share < 0.1 ? "\(Int((share * 1_000).rounded())) ‰" : "\(Int((share * 100).rounded())) %"
    return "\(percent) of its rows\(isShareMeasured ? "" : ", by the rate of the sample alone")"
  }
}

extension Preflight {
  /// One value that was tried, in words; redacted, in every rendering that is kept.
  struct Tried {
    let column, before, after: String
  }

  var cells: [Tried] {
    samples.flatMap { sample in
      sample.rows.flatMap { $0 }.map { cell in
        Tried(
          column: "\(sample.table).\(cell.column)",
          before: cell.isSeen ? cell.before ?? "NULL" : "(changed in the source)",
          after: "\(cell.after ?? "NULL")\(cell.isUnchanged ? " (unchanged)" : "")")
      }
    }
  }

  /// Names and sentences, the same in every rendering.
  var facts: [(name: String, text: String)] {
    [
      ("from", "\(source)\(size.isEmpty ? "" : ": \(size)")"), ("to", "\(destination)\(replaced)"),
      space.map { ("space", $0.spoken) },
      scratch.map { ("scratch", "\($0.title): about \(Text.bytes($0.bytes)), until its rows are where they belong") },
      sessions.map { ("sessions", $0.spoken(target.name)) }, ("time", time),
      rights.isEmpty ? nil : ("rights", spokenRights),
    ].compactMap { $0 }
  }

  private var size: String {
    [
      tableCount.map { Text.counted($0, "table") },
      rows.map { "\(isCounted ? "" : "about ")\(Text.counted($0, "row"))" },
      bytes.map(Text.bytes),
    ].compactMap { $0 }.joined(separator: ", ")
  }

  /// Rows of a snapshot were counted when it was made; those of a source are an estimate of its statistics.
  private var isCounted: Bool { snapshot != nil }

  private var replaced: String {
    switch standing {
    case nil: ""
    case .absent?: ", which is not there yet"
    case .copy(_, let moment)?: ", in place of the copy of \(moment)"
    case .other?: ", in place of a database that Decant did not make"
    }
  }

  private var time: String {
    guard let pace else { return "not known: \(paceNote ?? "nothing was measured yet")" }
    let measured =
      "\(Text.grouped(pace.rowsPerSecond)) rows/s, measured on the last \(pace.snapshots == 1 ? "snapshot" : "\(pace.snapshots) snapshots")"
    let note = paceNote.map { "; \($0)" } ?? ""
    return estimate.map { "about \(Text.duration($0)), at \(measured)\(note)" } ?? "not known: \(measured)\(note)"
  }

  private var spokenRights: String {
    let (missing, unseen) = (missingRights.count, rights.count { $0.unseen != nil })
    let known = missing == 0 ? "nothing is missing" : "\(missing) missing (decant grants \(target.name))"
    guard unseen > 0 else { return known }
    return missing == 0 ? "not known of every side" : "\(known), and not known of every side"
  }

  var verdict: String {
    guard !canRun else { return "Nothing stands in the way. Nothing was written." }
    return "It could not run: \(blockedBy.joined(separator: ", ")). Nothing was written."
  }
}

extension ConnectedSessions {
  /// "3 are connected: 2 of ana with psql, 1 of app with web. They are waited for, 30 s at most; …"
  func spoken(_ target: String) -> String {
    guard count > 0 else { return "nobody is connected to the destination" }
    let shown = groups.prefix(5).map { group in
      if group.arePrepared { return Text.counted(group.count, "prepared transaction") + " of \(group.role)" }
      return "\(group.count) of \(group.role)\(group.application.isEmpty ? "" : " with \(group.application)")"
    }
    let rest = groups.dropFirst(5).reduce(0) { $0 + $1.count }
    let names = (shown + (rest > 0 ? ["\(rest) others"] : [])).joined(separator: ", ")
    let connected = "\(count) \(count == 1 ? "is" : "are") connected to the destination: \(names)."
    switch fate {
    case .ended: return "\(connected) They are ended when the copy takes its place (refresh.disconnect)"
    case .waitedFor(let seconds):
      return
        "\(connected) They are waited for, \(seconds < 60 ? "\(seconds) s" : Text.duration(.seconds(seconds))) at most (refresh.wait); the finished copy then waits until they are gone: decant publish \(target)"
    }
  }
}

extension CopySpace {
  /// "4.1 GB (3.0 GB of rows, 1.1 GB of indexes), beside 3.9 GB that are there; of the budget of 10 GB 6.1 GB are free"
  var spoken: String {
    var text = "about \(Text.bytes(copy))"
    if indexes > 0 { text += " (\(Text.bytes(tables)) of rows, \(Text.bytes(indexes)) of indexes)" }
    if template > 0 { text += ", as much again for its template" }
    switch present {
    case nil: text += ", beside what is there, which could not be measured"
    case 0?: break
    case let present?: text += ", beside \(Text.bytes(present)) that are there until it takes their place"
    }
    if let budget, let free { text += "; of the budget of \(Text.bytes(budget)) \(Text.bytes(free)) are free" }
    if let archive { text += "; \(Text.bytes(archive)) on this machine for the archive, as for the last one" }
    return text
  }
}
