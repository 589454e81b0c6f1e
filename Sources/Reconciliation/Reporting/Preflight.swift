/// What a command would do with one target, and what stands in its way: for `--dry-run`. Nothing was done yet.
public struct Preflight: Sendable, Hashable {
  public enum Work: String, Sendable, Hashable, CaseIterable {
    case refresh, sync, load, build, sanitize
  }

  public var work: Work
  public var target: TargetListing
  /// A database (`prod-users:5432/users_api`), or a snapshot in words.
  public var source: String
  /// A database, or a place in a store.
  public var destination: String
  /// What is in the destination; nothing where nothing is replaced, or nobody could look.
  public var standing: DestinationStanding?
  /// The snapshot that is loaded or sanitized.
  public var snapshot: String?
  /// Tables that hold rows, and their rows as far as they are known, whatever of them is copied.
  public var tableCount: Int?
  public var rows: Int?
  /// Of a database, or of an archive where no database is there.
  public var bytes: Int?
  public var tables: [CopyForecast.Table] = []
  public var columns: [CopyForecast.Column] = []
  public var samples: [MaskSample] = []
  public var space: CopySpace?
  public var pace: CopyPace?
  /// What the pace is about, and what it leaves out.
  public var paceNote: String?
  /// Who is connected to the destination; nothing where nothing is replaced, or where nobody could look.
  public var sessions: ConnectedSessions?
  public var scratch: Scratch?
  public var rights: [CopyRights.Side] = []
  public var conditions: [Condition] = []
  public var findings: [Finding] = []
  /// What is worth knowing, a sentence each.
  public var warnings: [String] = []
  /// Codes of conditions and findings, or objects that this one depends on and that are blocked themselves.
  public var blockedBy: [String] = []

  /// The database that is made on the scratch server and dropped again.
  public struct Scratch: Sendable, Hashable {
    /// The server, as `db.example:5432/postgres`.
    public var title: String
    public var bytes: Int

    public init(title: String, bytes: Int) { (self.title, self.bytes) = (title, bytes) }
  }

  public init(_ work: Work, of target: TargetListing, from source: String, to destination: String) {
    (self.work, self.target, self.source, self.destination) = (work, target, source, destination)
  }

  public var canRun: Bool { blockedBy.isEmpty }

  /// Nothing where nothing was measured yet.
  public var estimate: Duration? {
    guard let pace else { return nil }
    let copied = tables.compactMap(\.copiedRows)
    let copiedRows = copied.isEmpty ? rows : copied.reduce(0, +)
    let copiedBytes = tables.isEmpty ? bytes ?? 0 : tables.reduce(0) { $0 + $1.copiedBytes + $1.copiedIndexBytes }
    return pace.time(rows: copiedRows, bytes: copiedBytes)
  }

  /// What a role lacks, as far as the servers told.
  public var missingRights: [String] { rights.flatMap { $0.rights.filter { $0.isMissing == true }.map(\.sql) } }
}

extension Preflight {
  /// Takes what was found at the source.
  public mutating func take(_ forecast: CopyForecast) {
    (tables, columns, samples) = (forecast.tables, forecast.columns, forecast.samples)
    (space, pace, sessions) = (forecast.space, forecast.pace, forecast.sessions)
    warnings += forecast.warnings
    tableCount = forecast.tables.count
    let known = forecast.tables.compactMap(\.rows)
    rows = known.isEmpty ? nil : known.reduce(0, +)
    bytes = forecast.tables.reduce(0) { $0 + $1.bytes + $1.indexBytes }
  }

  /// Takes what a plan says of this target, and what blocks it there.
  public mutating func take(_ plan: Plan, of address: Address) {
    conditions = plan.conditions.filter { $0.address == address }
    findings = plan.findings.filter { $0.address == address }
    blockedBy = plan.actions.first { $0.address == address && $0.verb == .refresh }?.blockedBy ?? []
  }

  /// Takes conditions that no plan has judged: what fails or is not known stands in the way.
  public mutating func take(_ seen: [Condition], waivedBy waivers: [Waiver], on day: CalendarDate) {
    conditions = seen.map { condition in
      var condition = condition
      if condition.isFailing, condition.isWaivable {
        condition.waiver = Judgement.waiver(condition.code, condition.path, in: waivers, on: day)
      }
      return condition
    }
    let obstacles = conditions.filter { $0.blocks || $0.isUnknown && $0.severity == .error }
    blockedBy = Set(obstacles.map(\.code)).sorted()
  }
}
