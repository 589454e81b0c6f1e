import Masking
import Reconciliation
import Verification

/// Whether the rows are whole: as many as were copied, none that refers to nothing, sequences ahead of their columns.
extension Examination {
  func integrity(_ seen: Seen) -> CopyVerification.Check {
    var (findings, notes) = (lostRows(seen), [String]())
    var (keys, sequences) = (0, 0)
    for (question, answer) in seen.answers {
      switch (question, answer) {
      case (.foreignKey(let key), .orphans(let count, let rows)):
        keys += 1
        if count > 0 { findings.append(.orphans(of: key, count, rows)) }
      case (.foreignKey(let key), _): notes.append("\(key.name) was not checked: \(answer.refusal)")
      case (.sequence(let name, let owner), .sequence(let column?, let sequence)):
        sequences += 1
        if column > sequence { findings.append(.behind(name, owner)) }
      case (.sequence, .sequence): sequences += 1
      case (.sequence(let name, _), _): notes.append("\(name) was not checked: \(answer.refusal)")
      default: continue
      }
    }
    let all = "\(counted(seen.reading.rows, "row")), \(counted(keys, "key")), \(counted(sequences, "sequence"))"
    if !isKnown(seen) { notes.append("how many rows there were when the copy was made is not known here") }
    let unvalidated = seen.schema.foreignKeys.filter { !$0.isValidated }.map(\.name)
    if !unvalidated.isEmpty {
      notes.append(
        "\(listed(unvalidated)) \(unvalidated.count == 1 ? "is" : "are") NOT VALID in the copy, and checked all the same"
      )
    }
    findings.sort { ($1.count ?? 0) < ($0.count ?? 0) }
    return .init(
      .integrity, proves: "rows, foreign keys, sequences", findings.isEmpty ? .passed : .failed,
      findings.isEmpty ? all : "\(counted(findings.count, "place")) of \(all)", findings: findings, notes: notes)
  }

  private func isKnown(_ seen: Seen) -> Bool {
    isForeign || seen.isSameDatabase && (facts.rows != nil || !facts.tables.isEmpty)
  }

  /// By table where a proof says it, else by their sum.
  private func lostRows(_ seen: Seen) -> [CopyVerification.Finding] {
    guard !isForeign, seen.isSameDatabase else { return [] }
    var findings: [CopyVerification.Finding] = []
    for (place, table) in seen.reading.tables.enumerated() {
      guard let expected = facts.tables[table.name] else { continue }
      let rows = seen.reading.rows(of: place)
      if rows != expected { findings.append(.lost(table.name.title, rows, expected)) }
    }
    let missing = facts.tables.keys.filter { name in !seen.reading.tables.contains { $0.name == name } }
    findings += missing.sorted().map { .lost($0.title, nil, facts.tables[$0] ?? 0) }
    if facts.tables.isEmpty, let expected = facts.rows, seen.reading.rows != expected {
      findings.append(.lost("the copy", seen.reading.rows, expected))
    }
    return findings
  }

  // MARK: - Residue

  func residue(_ seen: Seen) -> CopyVerification.Check {
    let proves = "statistics and dead pages"
    guard let report = seen.leaks else {
      return .init(.residue, proves: proves, .notChecked, "not looked for without originals, as the leak check")
    }
    let found = (report.leaks.filter(\.place.isResidue) + seen.deadFindings.filter(\.isLeak)).map { leak in
      CopyVerification.Finding(leak.place.title, count: leak.hits, leak.advice)
    }
    guard found.isEmpty else {
      return .init(
        .residue, proves: proves, .failed, counted(found.count, "place"), findings: found,
        notes: [seen.deadRows.sentence])
    }
    // Statistics of a column that leaks itself say nothing more, and are not told.
    let statistics = report.hasPassed ? "statistics hold no original" : "statistics hold no more than the rows do"
    if case .notChecked = seen.deadRows {
      return .init(
        .residue, proves: proves, .notChecked, "\(statistics); \(seen.deadRows.sentence)",
        way:
          "connect as a superuser to a database that has the extension pageinspect, or write the tables anew: VACUUM FULL"
      )
    }
    return .init(.residue, proves: proves, .passed, "\(statistics); \(seen.deadRows.sentence)")
  }
}

extension CopyVerification.Finding {
  fileprivate static func orphans(of key: ForeignKey, _ count: Int, _ rows: [String]) -> Self {
    Self(
      key.name, count: count, unit: .rows, rows: rows,
      "of \(key.from.title) \(count == 1 ? "refers" : "refer") to no row of \(key.to.title)"
    )
  }

  fileprivate static func behind(_ sequence: QualifiedName, _ owner: ColumnName) -> Self {
    Self(
      sequence.title, "the sequence is behind \(owner.short): its next value is there already; setval it")
  }

  fileprivate static func lost(_ place: String, _ rows: Int?, _ expected: Int) -> Self {
    guard let rows else {
      return Self(place, count: expected, unit: .rows, "were copied, and the table is gone")
    }
    return Self(
      place, count: rows, unit: .rows,
      "\(rows < expected ? "\(spoken(expected - rows)) fewer" : "\(spoken(rows - expected)) more") than were copied: somebody has written to it since"
    )
  }
}

extension QualifiedName {
  /// For people, without the schema that everybody has.
  var title: String { schema == "public" ? name : description }
}
