public import Masking

/// What the leak check found, in numbers; no value is in it.
public struct LeakReport: Sendable, Hashable {
  /// Where originals were found.
  public enum Place: Sendable, Hashable {
    case column(ColumnName)
    /// What pg_stats, or extended statistics, hold of a column.
    case statistics(ColumnName)
    /// Dead rows in the pages of a table.
    case deadRows(QualifiedName)
    /// An object of the schema by pg_restore's own words: `TYPE public.mood`.
    case schema(String)
  }

  public enum Verdict: String, Sendable, Hashable {
    /// Originals, each looked up among the originals themselves.
    case leak
    /// More than chance explains, and the originals could not be asked.
    case unconfirmed
    /// No more than chance explains, or refuted.
    case chance
    /// Originals in a column that is kept for a reason.
    case kept
    /// Originals that are the masks of themselves, as rare as the masking pass has counted them.
    case unchanged
  }

  public struct Finding: Sendable, Hashable {
    public var place: Place
    /// Values that were looked at, and those in which an original was found.
    public var values: Int
    public var hits: Int
    /// Hits that chance explains: those of the filter, and numbers that are some other number by chance.
    public var expectedByChance: Double
    /// Hits that were looked up; nothing where the originals could not be asked.
    public var confirmed: Int?
    /// Not all different hits were remembered, so at least so many are confirmed.
    public var isPartlyConfirmed: Bool
    /// Of at most five rows: `id=17`. Only numbers and UUIDs are told.
    public var keys: [String]
    public var verdict: Verdict
    /// Why the column is kept, where it is.
    public var reason: String?

    public var isLeak: Bool { verdict == .leak || verdict == .unconfirmed }
  }

  public var counts: LeakCounts
  public var keyID: String?
  /// Columns, values, and what was asked of the filter.
  public var columns = 0
  public var values = 0
  public var candidates = 0
  /// Of one question, that a value which is no original passes for one.
  public var chance: Double
  /// Columns that are not looked at, because their masks keep originals by what they are.
  public var outsideByDeclaration: [ColumnName] = []
  /// Columns whose originals are not in the filter: SQL changes them in some rows only, or inside of documents, or nobody
  /// would call them personal.
  public var notCollected: [ColumnName] = []
  /// Leaks first, the most hits first.
  public var findings: [Finding] = []

  public init(counts: LeakCounts, keyID: String?, chance: Double) {
    (self.counts, self.keyID, self.chance) = (counts, keyID, chance)
  }

  public var leaks: [Finding] { findings.filter(\.isLeak) }

  /// Values of a column with an original in them that counts as a leak; nothing where the column was not looked into.
  public func hits(in column: ColumnName, of type: ColumnType) -> Int? {
    guard CandidateReader.Form(type.family) != nil, !outsideByDeclaration.contains(column) else { return nil }
    return leaks.filter { $0.place == .column(column) }.reduce(0) { $0 + $1.hits }
  }

  public var hasPassed: Bool { leaks.isEmpty && counts.unreadable == 0 }
  public var expectedByChance: Double { findings.reduce(Double(candidates) * chance) { $0 + $1.expectedByChance } }

  /// Statistics of a column that leaks itself say nothing more.
  mutating func add(_ more: [Finding]) {
    let leaking = more.compactMap { finding -> ColumnName? in
      if case .column(let name) = finding.place, finding.isLeak { name } else { nil }
    }
    findings += more.filter { finding in
      if case .statistics(let name) = finding.place { !leaking.contains(name) } else { true }
    }
    findings.sort { left, right in
      if left.isLeak != right.isLeak { return left.isLeak }
      return left.hits == right.hits ? left.place.title < right.place.title : left.hits > right.hits
    }
  }
}

extension LeakReport {
  /// What is wrong, a sentence for each place, the worst first; never a value.
  public var sentences: [String] {
    var all = leaks.map(\.sentence)
    if counts.unreadable > 0 {
      all.append(
        "\(spoken(counts.unreadable)) masked values could not be taken apart, so their originals were not looked for")
    }
    return all
  }

  /// What is worth knowing, and no reason not to publish.
  public var notes: [String] {
    findings.compactMap { finding in
      switch finding.verdict {
      case .kept:
        "\(finding.place.title) is kept (\(finding.reason ?? "")), and \(spoken(finding.hits)) of its values are originals of masked columns"
      default: nil
      }
    }
      + (notCollected.isEmpty
        ? []
        : [
          "the leak check does not know the originals of \(notCollected.map { LeakReport.Place.column($0).title }.joined(separator: ", ")), because SQL changes them: in the source, which only `global.read_hidden_originals` lets be read, in some rows only, inside of documents, or without their looking personal"
        ])
  }
}

extension LeakReport.Finding {
  public var sentence: String {
    let share =
      hits == 1
      ? "1 value is an original"
      : hits == values ? "all \(spoken(hits)) values are originals" : "\(spoken(hits)) values are originals"
    let rows = keys.isEmpty ? "" : " (\(keys.joined(separator: "; "))\(hits > keys.count ? "; …" : ""))"
    let proof =
      verdict == .unconfirmed
      ? "; the originals could not be asked, and chance explains \(expectedByChance < 1 ? "fewer than 1" : "about \(spoken(Int(expectedByChance.rounded())))") of them"
      : ""
    return switch place {
    case .column:
      "\(place.title): \(share) of masked columns\(rows)\(proof); mask the column, or `keep` it with a reason"
    case .statistics:
      "\(place.title): \(share) of masked columns\(proof); run ANALYZE on the table when its rows are masked"
    case .deadRows:
      "\(place.title): \(share) of masked columns\(proof); write the table anew (VACUUM FULL)"
    case .schema:
      "\(place.title): its text has \(hits == 1 ? "an original" : "\(spoken(hits)) originals") of masked columns\(proof); change it in the source"
    }
  }
}

extension LeakReport.Place {
  /// For people, without the schema `public`.
  public var title: String {
    switch self {
    case .column(let name): name.short
    case .statistics(let name): "the statistics of \(name.short)"
    case .deadRows(let table): "dead rows of \(table.short)"
    case .schema(let object): "the schema's \(object)"
    }
  }
}

extension QualifiedName {
  var short: String { schema == "public" ? name : description }
}

/// With commas: 103,407.
package func spoken(_ number: Int) -> String {
  var digits = Array(String(number))
  var place = digits.count - 3
  while place > 0 {
    digits.insert(",", at: place)
    place -= 3
  }
  return String(digits)
}
