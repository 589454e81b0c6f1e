public import Documents
public import Masking

/// What an auditor keeps of one copy: by which rules it was made, what was counted, and what was looked for in it.
///
/// Everything in it are names, digests and numbers; no value of any row is in it, and nothing that was derived from one.
/// It says "pseudonymised", because whoever has the key and the source could find people again.
public struct Proof: Sendable, Hashable {
  /// The values of one column on their way.
  public struct Column: Sendable, Hashable {
    public enum Treatment: String, Sendable, Hashable, CaseIterable {
      /// Through a mask, in our process.
      case masked
      /// As the source computes it: shuffled, or by a function or SQL of the team's own.
      case computed
      /// As it is, with a reason that somebody gave.
      case kept
      /// As it is.
      case copied
    }

    public var name: String
    public var treatment: Treatment
    /// Of a column that is kept.
    public var reason: String?
    /// Of a masked column: NULL, changed, values that are the masks of themselves, and how many different ones.
    public var counts: ColumnTally?
    /// Values in which something was found that must not be there: an original, or what the mask could not have made.
    /// Nothing where nobody looked.
    public var findings: Int?

    public init(
      _ name: String, _ treatment: Treatment, reason: String? = nil, counts: ColumnTally? = nil, findings: Int? = nil
    ) {
      (self.name, self.treatment, self.reason, self.counts) = (name, treatment, reason, counts)
      self.findings = findings
    }
  }

  public struct Table: Sendable, Hashable {
    public var name: QualifiedName
    public var rows: Int
    public var columns: [Column]

    public init(_ name: QualifiedName, rows: Int, columns: [Column]) {
      (self.name, self.rows, self.columns) = (name, rows, columns)
    }
  }

  /// What the declared checks said, in numbers.
  public struct Checks: Sendable, Hashable {
    public var state: String
    public var passed: Int
    public var failed: Int
    /// Nothing where none was run.
    public var proofs: CheckProofs?

    public init(state: String, passed: Int, failed: Int, proofs: CheckProofs? = nil) {
      (self.state, self.passed, self.failed, self.proofs) = (state, passed, failed, proofs)
    }
  }

  /// Which of the checks that passed could have failed.
  public struct CheckProofs: Sendable, Hashable {
    /// They fail on the source.
    public var onSource: Int
    /// They fail on planted rows.
    public var onCanaries: Int
    /// By name: they pass there too, so that their passing proves nothing.
    public var vacuous: [String]
    /// By name: nobody knows.
    public var open: [String]

    public init(onSource: Int, onCanaries: Int, vacuous: [String], open: [String]) {
      (self.onSource, self.onCanaries, self.vacuous, self.open) = (onSource, onCanaries, vacuous, open)
    }
  }

  public var workspace: String
  public var target: String
  public var snapshot: String
  public var policyDigest: String
  public var schemaFingerprint: String
  public var keyID: String?
  /// RFC 3339, in UTC.
  public var madeAt: String
  public var madeBy: String
  public var toolVersion: String
  public var tables: [Table]
  public var checks: Checks
  public var leaks: LeakReport?
  public var deadRows: DeadRows

  public init(
    workspace: String, target: String, snapshot: String, policyDigest: String, schemaFingerprint: String,
    keyID: String?, madeAt: String, madeBy: String, toolVersion: String, tables: [Table], checks: Checks,
    leaks: LeakReport?, deadRows: DeadRows
  ) {
    self.workspace = workspace
    self.target = target
    self.snapshot = snapshot
    self.policyDigest = policyDigest
    self.schemaFingerprint = schemaFingerprint
    self.keyID = keyID
    self.madeAt = madeAt
    self.madeBy = madeBy
    self.toolVersion = toolVersion
    self.tables = tables
    self.checks = checks
    self.leaks = leaks
    self.deadRows = deadRows
  }

  public var hasPassed: Bool { checks.failed == 0 && checks.state != "failed" && leaks?.hasPassed ?? true }
}

extension Proof {
  static let format = "decant proof 1"

  /// The document, as `schemas/proof.json` describes it.
  public var document: Value {
    var fields: Fields = [
      "format": .string(Self.format), "workspace": .string(workspace), "target": .string(target),
      "snapshot": .string(snapshot), "policy_digest": .string(policyDigest),
      "schema_fingerprint": .string(schemaFingerprint), "made_at": .string(madeAt), "made_by": .string(madeBy),
      "tool": .string("decant \(toolVersion)"), "data": "pseudonymised", "passed": .bool(hasPassed),
      "tables": .list(tables.map(\.value)),
      "checks": checks.value,
      "dead_rows": deadRows.value,
    ]
    fields["key_id"] = keyID.map { .string($0) }
    fields["leaks"] = leaks?.value
    return .object(fields)
  }
}

extension Proof.Checks {
  fileprivate var value: Value {
    var fields: Fields = ["state": .string(state), "passed": .integer(passed), "failed": .integer(failed)]
    fields["proofs"] = proofs.map { proofs in
      [
        "on_source": .integer(proofs.onSource), "on_canaries": .integer(proofs.onCanaries),
        "vacuous": .list(proofs.vacuous.map { .string($0) }), "not_proved": .list(proofs.open.map { .string($0) }),
      ]
    }
    return .object(fields)
  }
}

extension Proof.Table {
  fileprivate var value: Value {
    ["name": .string(name.description), "rows": .integer(rows), "columns": .list(columns.map(\.value))]
  }
}

extension Proof.Column {
  fileprivate var value: Value {
    var fields: Fields = ["name": .string(name), "treatment": .string(treatment.rawValue)]
    fields["findings"] = findings.map { .integer($0) }
    fields["reason"] = reason.map { .string($0) }
    fields["counts"] = counts.map { tally in
      var counts: Fields = [
        "null": .integer(tally.nulls), "changed": .integer(tally.changed), "unchanged": .integer(tally.unchanged),
        "not_of_the_mask": .integer(tally.unrecognised),
      ]
      counts["distinct_in"] = (tally.distinct?.arriving.estimate).map { .integer($0) }
      counts["distinct_out"] = (tally.distinct?.leaving.estimate).map { .integer($0) }
      return .object(counts)
    }
    return .object(fields)
  }
}

extension DeadRows {
  fileprivate var value: Value {
    switch self {
    case .noneByConstruction(let how): ["state": "none_by_construction", "because": .string(how)]
    case .looked(let versions): ["state": "looked", "versions": .integer(versions)]
    case .notChecked(let why): ["state": "not_checked", "because": .string(why)]
    }
  }
}

extension LeakReport {
  /// Probabilities are told in parts of 10¹², so that the document has whole numbers only.
  var value: Value {
    var fields: Fields = [
      "passed": .bool(hasPassed), "originals": .integer(counts.originals), "distinct": .integer(counts.distinct),
      "outside_by_length": .integer(counts.tooShort), "outside_by_entropy": .integer(counts.tooCommon),
      "unreadable": .integer(counts.unreadable), "columns": .integer(columns), "values": .integer(values),
      "questions": .integer(candidates), "chance_in_1e12": .integer(Int(chance * 1e12)),
      "expected_by_chance": .integer(Int(expectedByChance.rounded(.up))),
      "outside_by_declaration": .list(outsideByDeclaration.map { .string($0.description) }),
      "not_collected": .list(notCollected.map { .string($0.description) }),
      "findings": .list(findings.map(\.value)),
    ]
    fields["key_id"] = keyID.map { .string($0) }
    return .object(fields)
  }
}

extension LeakReport.Finding {
  fileprivate var value: Value {
    var fields: Fields = [
      "place": .string(place.title), "verdict": .string(verdict.rawValue), "values": .integer(values),
      "hits": .integer(hits), "expected_by_chance": .integer(Int(expectedByChance.rounded(.up))),
    ]
    fields["confirmed"] = confirmed.map { .integer($0) }
    fields["reason"] = reason.map { .string($0) }
    return .object(fields)
  }
}
