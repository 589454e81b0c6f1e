public import Masking

/// What was read of all tables, and the judgements on it: a value, without any database.
public struct CopyReading: Sendable {
  public let tables: [CheckedTable]
  private var tallies: [TableTally]
  /// What was probed beside the rows: the schema's text, statistics.
  private var texts: [ProbedText] = []
  private var textTallies: [SuspectTally] = []
  /// The probability that a value which is no original is taken for one, of all parts of the filter together.
  private var chance = 0.0

  public init(_ tables: [CheckedTable]) {
    self.tables = tables
    tallies = tables.map { TableTally(columns: $0.columns.count) }
  }

  /// - Parameter pass: rows are counted in the first one alone.
  public mutating func add(_ tally: TableTally, of table: Int, pass: Int = 0) {
    var tally = tally
    if pass > 0 {
      tally.rows = 0
      for index in tally.columns.indices { (tally.columns[index].values, tally.columns[index].nulls) = (0, 0) }
    }
    tallies[table] += tally
  }

  /// Begins a pass over a part of the filter.
  public mutating func begin(_ part: LeakFilterPart) { chance += part.chance }

  public mutating func probe(_ more: [ProbedText], _ part: LeakFilterPart) {
    if texts.isEmpty {
      texts = more
      textTallies = more.map { _ in SuspectTally() }
    }
    for index in texts.indices { textTallies[index] += texts[index].probe(part) }
  }

  public func rows(of table: Int) -> Int { tallies[table].rows }
  public var rows: Int { tallies.reduce(0) { $0 + $1.rows } }

  /// Of which it is worth asking whether they are originals.
  public var suspects: Set<KeyedFingerprint> {
    Set((tallies.flatMap { $0.columns.map(\.suspects) } + textTallies).flatMap(\.suspects.keys))
  }
}

// MARK: - Leaks

extension CopyReading {
  /// - Parameter known: which of the suspects are originals; nothing where nobody could be asked.
  public func leaks(_ filter: LeakFilter, known: Set<KeyedFingerprint>?) -> LeakReport {
    var report = LeakReport(counts: filter.counts, keyID: filter.keyID, chance: chance)
    var findings: [LeakReport.Finding?] = []
    for (table, tally) in zip(tables, tallies) {
      report.outsideByDeclaration += table.outside
      for (column, tally) in zip(table.columns, tally.columns) where column.form != nil {
        report.columns += 1
        report.values += tally.suspects.values / filter.passes
        report.candidates += tally.suspects.candidates / filter.passes
        findings.append(
          tally.suspects.finding(.column(column.name), column.declaration, chance: chance, known: known))
      }
    }
    for (text, tally) in zip(texts, textTallies) {
      report.candidates += tally.candidates / filter.passes
      findings.append(tally.finding(text.place, text.declaration, chance: chance, known: known))
    }
    report.add(findings.compactMap { $0 })
    return report
  }

  /// The masked sample of what was found in a column.
  public func sample(of name: ColumnName) -> String? { column(name)?.suspectSample }

  private func column(_ name: ColumnName) -> CheckedColumnTally? {
    for (table, tally) in zip(tables, tallies) where table.name == name.table {
      if let place = table.columns.firstIndex(where: { $0.name == name }) { return tally.columns[place] }
    }
    return nil
  }
}

// MARK: - Grammar

/// Whether masked values are such as the masks make.
public struct GrammarReport: Sendable, Hashable {
  public struct Finding: Sendable, Hashable {
    public var column: ColumnName
    public var values: Int
    /// Values that the column's mask could not have made.
    public var strangers: Int
    /// Of at most five rows: `id=17`.
    public var keys: [String]
    public var sample: String?
    /// Values of the mask's form that are none of the declared key.
    public var unexpected: Int
  }

  public var columns = 0
  public var values = 0
  /// Columns of which every value was held against the mask of its original.
  public var heldColumns = 0
  /// The most strangers first.
  public var findings: [Finding] = []

  public var hasPassed: Bool { findings.isEmpty }
}

extension CopyReading {
  public var grammar: GrammarReport {
    var report = GrammarReport()
    for (table, tally) in zip(tables, tallies) {
      for (column, tally) in zip(table.columns, tally.columns) where !column.masks.isEmpty || column.expected != nil {
        report.columns += 1
        report.values += tally.values
        if column.expected != nil { report.heldColumns += 1 }
        guard tally.strangers + tally.unexpected > 0 else { continue }
        report.findings.append(
          GrammarReport.Finding(
            column: column.name, values: tally.values, strangers: tally.strangers, keys: tally.strangerKeys,
            sample: tally.strangerSample, unexpected: tally.unexpected))
      }
    }
    report.findings.sort {
      ($1.strangers + $1.unexpected, $0.column.description) < ($0.strangers + $0.unexpected, $1.column.description)
    }
    return report
  }
}
