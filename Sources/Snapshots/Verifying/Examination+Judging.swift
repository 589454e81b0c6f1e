import Documents
import Masking
import Reconciliation
import Verification

/// What was seen, as checks with their sentences: pure.
extension Examination {
  func judged(_ seen: Seen) -> CopyVerification {
    var checks = [coverage(seen), leak(seen), grammar(seen)]
    if !isBrief { checks += [integrity(seen), residue(seen)] + (risk(seen).map { [$0] } ?? []) }
    var notes = seen.notes
    if !seen.isSameDatabase {
      notes.append("it is not the database that was published last: somebody has put another one in its place")
    }
    if let made = facts.row?.draft.policyDigest, made != order.copy.policyDigest, !isForeign {
      notes.append(
        "the copy was made by another policy (\(made.shortDigest)) than the files declare now (\(order.copy.policyDigest.shortDigest))"
      )
    }
    return CopyVerification(
      tables: seen.reading.tables.count, rows: seen.reading.rows, builtAt: facts.row?.id.moment,
      policyDigest: facts.row?.draft.policyDigest, snapshot: facts.row?.id.description, checks: checks, notes: notes,
      reading: seen.readFor)
  }

  // MARK: - Coverage

  private func coverage(_ seen: Seen) -> CopyVerification.Check {
    let proves = "every column masked, kept or generated"
    guard let answer = seen.answer(where: { if case .coverage = $0 { true } else { false } }) else {
      return .init(
        .coverage, proves: proves, .notChecked, "no policy says what is to be masked",
        way: "name a target that has one: --against TARGET")
    }
    guard case .look(let look) = answer else {
      return .init(.coverage, proves: proves, .notChecked, answer.refusal)
    }
    let plan = seen.policy.plan
    let found = Coverage.judge(seen.declared, plan: plan, detections: look.detections)
      .filter { $0.code == .uncovered }
    let counts = ColumnCounts(Coverage(of: seen.declared, by: plan))
    var notes = look.unread.prefix(5).map { "no row of \($0.table) could be looked at (\($0.reason))" }
    notes += plan.problems.filter {
      ["unknown_table", "unknown_column"].contains($0.code) && !$0.path.hasPrefix("risk.")
    }.map {
      "\($0.path): \($0.message)"
    }
    return .init(
      .coverage, proves: proves, found.isEmpty ? .passed : .failed,
      found.isEmpty ? counts.sentence : "\(counted(found.count, "column")): \(listed(found.map(\.column.short)))",
      findings: found.map { .init($0.column.short, $0.sentence) }, notes: notes)
  }

  // MARK: - Leaks

  private func leak(_ seen: Seen) -> CopyVerification.Check {
    let proves = "no original value anywhere in the copy"
    guard let report = seen.leaks else {
      if case .none(let why, let way) = known {
        return .init(.leak, proves: proves, .notChecked, why, way: way.isEmpty ? nil : way)
      }
      return .init(.leak, proves: proves, .notChecked, "it was not looked for")
    }
    let found = report.leaks.filter { !$0.place.isResidue }
    var notes = report.notes.filter { !$0.isEmpty }
    notes.append("originals: \(known.origin)")
    if report.counts.unreadable > 0 { notes += report.sentences.suffix(1) }
    let values = found.reduce(0) { $0 + $1.hits }
    return .init(
      .leak, proves: proves, found.isEmpty && report.counts.unreadable == 0 ? .passed : .failed,
      found.isEmpty
        ? "\(counted(report.values, "value")) of \(counted(report.columns, "column")), none of \(spoken(report.counts.distinct)) originals"
        : "\(counted(found.count, "place")), \(counted(values, "value"))",
      findings: found.map { finding(of: $0, seen) }, notes: notes)
  }

  private func finding(of found: LeakReport.Finding, _ seen: Seen) -> CopyVerification.Finding {
    var sample: String?
    if case .column(let name) = found.place { sample = seen.reading.sample(of: name) }
    return .init(found.place.title, count: found.hits, sample: sample, rows: found.keys, found.advice)
  }

  // MARK: - Grammar

  private func grammar(_ seen: Seen) -> CopyVerification.Check {
    let proves = "masked values are ours"
    guard !isForeign else {
      return .init(.grammar, proves: proves, .notChecked, "not applicable: somebody else's masks made the copy")
    }
    let report = seen.reading.grammar
    let unlifted = seen.policy.plan.unlifted
    let findings = report.findings.filter { !unlifted.mayChange($0.column) }.map(\.told)
    let open = report.findings.filter { unlifted.mayChange($0.column) }.map(\.told)
    let notes = open.map { "\($0.place): \(spoken($0.count ?? 0)) values are none that the mask could have made" }
    let values =
      "\(counted(report.columns, "column")), \(counted(report.values, "value"))\(held(report, unlifted))"
    guard findings.isEmpty else {
      return .init(
        .grammar, proves: proves, .failed,
        "\(counted(findings.count, "column")) of \(spoken(report.columns))", findings: findings, notes: notes)
    }
    guard open.isEmpty else {
      return .init(
        .grammar, proves: proves, .notChecked,
        "SQL runs on the copy after the masks, and \(counted(open.count, "column")) may be its work",
        notes: notes, way: "declare a check on what that SQL makes")
    }
    return .init(.grammar, proves: proves, .passed, values)
  }

  private func held(_ report: GrammarReport, _ unlifted: UnliftedSQL) -> String {
    guard report.heldColumns > 0 else { return "" }
    let isWhole = report.heldColumns == report.columns
    let whose = isWhole ? "" : " those of \(counted(report.heldColumns, "column"))"
    return ",\(whose) \(unlifted.changesNothing ? "each" : "each that no SQL changes") the mask of its original"
  }

  // MARK: - Risk

  private func risk(_ seen: Seen) -> CopyVerification.Check? {
    let declared = order.copy.policy?["risk"]?.list?.count ?? 0
    guard declared > 0, !isForeign else { return nil }
    if order.isSample {
      return .init(
        .risk, proves: "k of the quasi-identifiers", .notChecked, "groups of a sample are smaller than those of a copy")
    }
    var (findings, summaries, refusals) = ([CopyVerification.Finding](), [String](), [String]())
    for (question, answer) in seen.answers {
      guard case .risk(let rule) = question else { continue }
      switch answer {
      case .groups(let smallest, let tooSmall, let rows):
        summaries.append("k = \(smallest.map { spoken($0) } ?? "none") of \(rule.title)")
        if tooSmall > 0 {
          findings.append(
            .init(
              rule.title, count: rows, unit: .rows,
              "in \(counted(tooSmall, "group")) of fewer than \(rule.k), the smallest of \(spoken(smallest ?? 0)); mask these columns coarser (`generalize`), or leave such rows out"
            ))
        }
      default: refusals.append("\(rule.title): \(answer.refusal)")
      }
    }
    refusals += seen.notes.filter { $0.hasPrefix("risk.") }
    let proves =
      seen.risks.count == 1 ? "k ≥ \(seen.risks[0].k) of \(seen.risks[0].title)" : "k of the quasi-identifiers"
    if !refusals.isEmpty, findings.isEmpty {
      return .init(.risk, proves: proves, .failed, refusals.joined(separator: "; "))
    }
    return .init(
      .risk, proves: proves, findings.isEmpty ? .passed : .failed,
      findings.isEmpty
        ? summaries.joined(separator: ", ") : "\(counted(findings.count, "rule")) of \(spoken(declared))",
      findings: findings, notes: refusals)
  }
}

/// How many columns of a database are treated how.
private struct ColumnCounts {
  private var masked = 0
  private var kept = 0
  private var all = 0

  init(_ coverage: Coverage) {
    for table in coverage.tables {
      for column in table.columns {
        all += 1
        switch coverage.treatment(of: column, in: table) {
        case .masked: masked += 1
        case .kept: kept += 1
        default: break
        }
      }
    }
  }

  var sentence: String {
    "\(counted(all, "column")), \(spoken(masked)) masked, \(spoken(kept)) kept with a reason; the others look like nobody's"
  }
}

extension Examination.Seen {
  func answer(where isWanted: (Question.Subject) -> Bool) -> Question.Answer? {
    answers.first { isWanted($0.question) }?.answer
  }
}

extension Question.Answer {
  /// Why it is none.
  var refusal: String { if case .refused(let why) = self { why } else { "it could not be asked" } }
}

extension GrammarReport.Finding {
  fileprivate var told: CopyVerification.Finding {
    guard strangers > 0 else {
      return .init(
        column.short, count: unexpected,
        "of the mask's form, and not what the declared key makes of the originals: made with another key, with none, or put into another row"
      )
    }
    return .init(
      column.short, count: strangers, sample: sample, rows: keys,
      "\(strangers == values ? "none of its values is" : "not") what its mask could have made; whoever wrote it did not mask it by this policy"
    )
  }
}

extension LeakReport.Finding {
  /// Without the place and the numbers, which stand beside it.
  var advice: String {
    let doubt =
      verdict == .unconfirmed
      ? "; the originals could not be asked, and chance explains \(expectedByChance < 1 ? "fewer than 1" : "about \(spoken(Int(expectedByChance.rounded())))") of them"
      : ""
    let way =
      switch place {
      case .column: "mask the column, or `keep` it with a reason"
      case .statistics: "run ANALYZE on the table when its rows are masked"
      case .deadRows: "write the table anew (VACUUM FULL)"
      case .schema: "change the text in the source"
      }
    return "originals of masked columns\(doubt); \(way)"
  }
}

extension CoverageFinding {
  /// Without the column, which stands beside it.
  fileprivate var sentence: String {
    message.hasPrefix("\(column.short) ") ? String(message.dropFirst(column.short.count + 1)) : message
  }
}

extension LeakReport.Place {
  /// What the server holds beside the rows.
  var isResidue: Bool {
    switch self {
    case .statistics, .deadRows: true
    case .column, .schema: false
    }
  }
}

extension String {
  /// `7be2…`: enough to tell two apart.
  fileprivate var shortDigest: String { String(split(separator: ":").last?.prefix(8) ?? "") }
}

func counted(_ number: Int, _ noun: String) -> String { "\(spoken(number)) \(noun)\(number == 1 ? "" : "s")" }

/// At most four names.
func listed(_ names: [String]) -> String {
  names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
}
