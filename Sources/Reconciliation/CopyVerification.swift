public import Documents

/// What was found in a database by reading all of it: the checks that need no declaration, beside those that people write.
public struct CopyVerification: Sendable, Hashable {
  public struct Check: Sendable, Hashable {
    public enum Name: String, Sendable, Hashable, CaseIterable {
      case coverage, leak, grammar, integrity, residue, risk
      /// What was broken on purpose was noticed.
      case mutants
    }

    public enum Result: String, Sendable, Hashable, CaseIterable {
      case failed
      /// Nobody looked; `summary` says why, `way` what to do about it. It is no pass.
      case notChecked = "not_checked"
      case passed
    }

    public var name: Name
    /// "every column masked, kept or generated"
    public var proves: String
    public var result: Result
    /// "9 columns, 18,612,204 values"
    public var summary: String
    /// The worst first.
    public var findings: [Finding]
    /// What is worth knowing, and no failure.
    public var notes: [String]
    /// How to have checked what was not.
    public var way: String?

    public init(
      _ name: Name, proves: String, _ result: Result, _ summary: String, findings: [Finding] = [],
      notes: [String] = [], way: String? = nil
    ) {
      self.name = name
      self.proves = proves
      self.result = result
      self.summary = summary
      self.findings = findings
      self.notes = notes
      self.way = way
    }
  }

  /// One thing that is wrong. No value of a row is in it: a sample has most of its characters replaced.
  public struct Finding: Sendable, Hashable {
    /// `orders.contact_email`, `the statistics of users.email`, `orders_user_id_fkey`
    public var place: String
    /// Values or rows of the place that are wrong, and which of the two.
    public var count: Int?
    public var unit: Unit
    /// `j***@g***.com`
    public var sample: String?
    /// Of at most five rows: `id=17`. Only numbers and UUIDs are told.
    public var rows: [String]
    /// What is wrong, and what to do; without the place and the number.
    public var sentence: String

    public enum Unit: String, Sendable, Hashable, CaseIterable { case values, rows }

    public init(
      _ place: String, count: Int? = nil, unit: Unit = .values, sample: String? = nil, rows: [String] = [],
      _ sentence: String
    ) {
      self.place = place
      self.count = count
      self.unit = unit
      self.sample = sample
      self.rows = rows
      self.sentence = sentence
    }
  }

  public var tables: Int
  public var rows: Int
  /// The instant of the source that the copy shows, and the policy that it was made by, as the catalogue knows it.
  public var builtAt: Timestamp?
  public var policyDigest: String?
  public var snapshot: String?
  /// When it was looked at, by the clock that `builtAt` is of.
  public var seenAt: Timestamp?
  public var checks: [Check]
  public var notes: [String]
  /// From the first question to the last answer.
  public var duration: Duration
  /// For how long rows were read.
  public var reading: Duration
  /// How long one stream of COPY would take over the same tables; nothing where they are too small to tell.
  public var copying: Duration?

  public init(
    tables: Int, rows: Int, builtAt: Timestamp? = nil, policyDigest: String? = nil, snapshot: String? = nil,
    checks: [Check], notes: [String] = [], duration: Duration = .zero, reading: Duration = .zero
  ) {
    self.tables = tables
    self.rows = rows
    self.builtAt = builtAt
    self.policyDigest = policyDigest
    self.snapshot = snapshot
    self.checks = checks
    self.notes = notes
    self.duration = duration
    self.reading = reading
  }

  public var hasPassed: Bool { !checks.contains { $0.result == .failed } }

  /// Failures first, then what was not checked; else in the order of the names.
  public var worstFirst: [Check] {
    let order = Check.Result.allCases
    return checks.enumerated().sorted { left, right in
      let ranks = [left, right].map { order.firstIndex(of: $0.element.result) ?? 0 }
      return (ranks[0], left.offset) < (ranks[1], right.offset)
    }.map(\.element)
  }
}

extension CopyVerification {
  public var json: Value {
    var fields: Fields = [
      "tables": .integer(tables), "rows": .integer(rows), "milliseconds": .integer(duration.wholeMilliseconds),
      "reading_milliseconds": .integer(reading.wholeMilliseconds), "checks": .list(worstFirst.map(\.json)),
      "notes": .list(notes.map { .string($0) }),
    ]
    fields["copy_milliseconds"] = copying.map { .integer($0.wholeMilliseconds) }
    fields["seen_at"] = seenAt.map { .string($0.description) }
    fields["built_at"] = builtAt.map { .string($0.description) }
    fields["policy"] = policyDigest.map { .string($0) }
    fields["snapshot"] = snapshot.map { .string($0) }
    return .object(fields)
  }

  static var schema: Value {
    ReportSchema.closed(
      [
        "tables": ReportSchema.count("Tables that hold rows."), "rows": ReportSchema.count("Rows that were read."),
        "milliseconds": ReportSchema.count("How long it took."),
        "reading_milliseconds": ReportSchema.count("How long rows were read."),
        "copy_milliseconds": ReportSchema.count(
          "How long one stream of COPY would take, by a part of the largest table."),
        "built_at": ReportSchema.moment, "seen_at": ReportSchema.moment,
        "policy": ReportSchema.text("The digest of the rules that made the copy."),
        "snapshot": ReportSchema.text("Its id in the snapshot catalogue."),
        "checks": ReportSchema.list(Check.schema), "notes": ReportSchema.list(ReportSchema.text("Worth knowing.")),
      ], "What was found by reading all of the database.",
      optional: ["built_at", "copy_milliseconds", "seen_at", "policy", "snapshot"])
  }
}

extension CopyVerification.Check {
  fileprivate var json: Value {
    var fields: Fields = [
      "check": .string(name.rawValue), "proves": .string(proves), "result": .string(result.rawValue),
      "summary": .string(summary), "findings": .list(findings.map(\.json)), "notes": .list(notes.map { .string($0) }),
    ]
    fields["way"] = way.map { .string($0) }
    return .object(fields)
  }

  fileprivate static var schema: Value {
    ReportSchema.closed(
      [
        "check": ReportSchema.words(Name.allCases.map(\.rawValue), "The check."),
        "proves": ReportSchema.text("What it proves."),
        "result": ReportSchema.words(Result.allCases.map(\.rawValue), "`not_checked` is no pass."),
        "summary": ReportSchema.text("The result in numbers."),
        "findings": ReportSchema.list(CopyVerification.Finding.schema),
        "notes": ReportSchema.list(ReportSchema.text("What is worth knowing, and no failure.")),
        "way": ReportSchema.text("How to have checked what was not."),
      ], optional: ["way"])
  }
}

extension CopyVerification.Finding {
  fileprivate var json: Value {
    var fields: Fields = [
      "place": .string(place), "rows": .list(rows.map { .string($0) }), "message": .string(sentence),
    ]
    fields["count"] = count.map { .integer($0) }
    if count != nil { fields["unit"] = .string(unit.rawValue) }
    fields["sample"] = sample.map { .string($0) }
    return .object(fields)
  }

  fileprivate static var schema: Value {
    ReportSchema.closed(
      [
        "place": ReportSchema.text("A column, a key, an object of the schema."),
        "count": ReportSchema.count("Values or rows that are wrong."),
        "unit": ReportSchema.words(Unit.allCases.map(\.rawValue), "What is counted."),
        "sample": ReportSchema.text("One of them, with most of its characters replaced."),
        "rows": ReportSchema.list(ReportSchema.text("A row by its key, which is a number or a UUID.")),
        "message": ReportSchema.text("What is wrong, and what to do."),
      ], optional: ["count", "unit", "sample"])
  }
}
