/// What a copy would be, measured at its source and tried on a few of its rows. Nothing was written anywhere for it.
public struct CopyForecast: Sendable, Hashable {
  /// A table that holds rows, as the source's statistics tell of it.
  public struct Table: Sendable, Hashable {
    public var name: String
    /// `pg_class.reltuples`; nothing where nobody has counted yet.
    public var rows: Int?
    /// With what lies beside the heap: TOAST, free space map, visibility map.
    public var bytes: Int
    public var indexBytes: Int
    /// The share of its rows that filters, samples, references and statements leave, from 0 to 1.
    public var share: Double
    /// False where only the rate of a sample is known, or nothing.
    public var isShareMeasured: Bool

    public init(
      name: String, rows: Int?, bytes: Int, indexBytes: Int, share: Double = 1, isShareMeasured: Bool = true
    ) {
      (self.name, self.rows, self.bytes, self.indexBytes) = (name, rows, bytes, indexBytes)
      (self.share, self.isShareMeasured) = (share, isShareMeasured)
    }

    public var copiedRows: Int? { rows.map { Int((Double($0) * share).rounded()) } }
    public var copiedBytes: Int { Int((Double(bytes) * share).rounded(.up)) }
    public var copiedIndexBytes: Int { Int((Double(indexBytes) * share).rounded(.up)) }
  }

  /// A column that is changed on its way, that is kept for a reason, or that looks personal.
  public struct Column: Sendable, Hashable {
    public var table: String
    public var column: String
    public var type: String
    /// The strategy's name, `SQL` for what a statement changes, `keep`, or nothing where there is no rule.
    public var strategy: String?
    /// What it looks like: "an e-mail".
    public var looks: String?
    /// Nobody has decided about it.
    public var isUncovered: Bool

    public init(
      table: String, column: String, type: String, strategy: String?, looks: String? = nil, isUncovered: Bool = false
    ) {
      (self.table, self.column, self.type) = (table, column, type)
      (self.strategy, self.looks, self.isUncovered) = (strategy, looks, isUncovered)
    }
  }

  public var study: CopyStudy
  /// The biggest first.
  public var tables: [Table]
  public var columns: [Column]
  public var samples: [MaskSample]
  public var space: CopySpace
  public var pace: CopyPace?
  /// Who is connected to the destination; nothing where there is none yet, or where nobody could look.
  public var sessions: ConnectedSessions?
  /// Bytes of the database on the scratch server, where SQL runs there.
  public var scratchBytes: Int?
  /// What is worth knowing about all this, a sentence each.
  public var warnings: [String] = []

  public init(
    study: CopyStudy, tables: [Table], columns: [Column], samples: [MaskSample], space: CopySpace, pace: CopyPace?
  ) {
    (self.study, self.tables, self.columns) = (study, tables, columns)
    (self.samples, self.space, self.pace) = (samples, space, pace)
  }
}

/// Disk that a copy needs on its server, in bytes: estimates from the sizes of the source, which has dead rows that a
/// fresh copy has not. The server's log of writes and its temporary files are not in it.
public struct CopySpace: Sendable, Hashable {
  public var tables: Int
  public var indexes: Int
  /// Catalogues, and materialised views.
  public var other: Int
  /// The template that `refresh.keep_template` keeps beside the copy.
  public var template: Int
  /// What is there of this destination now, and stays until the copy takes its place; nothing where that is not known.
  public var present: Int?
  /// `refresh.disk_budget`.
  public var budget: Int?
  /// Of the archive, on this machine for a while and in the store: as large as the last one was.
  public var archive: Int?

  public init(
    tables: Int, indexes: Int, other: Int = 0, template: Int = 0, present: Int?, budget: Int? = nil,
    archive: Int? = nil
  ) {
    (self.tables, self.indexes, self.other, self.template) = (tables, indexes, other, template)
    (self.present, self.budget, self.archive) = (present, budget, archive)
  }

  public var copy: Int { tables + indexes + other }
  /// While both copies are there.
  public var needed: Int { copy + template + (present ?? 0) }
  /// What the budget leaves beside what is there.
  public var free: Int? { budget.map { max(0, $0 - (present ?? 0)) } }
  public var isOverBudget: Bool { budget.map { needed > $0 } ?? false }
}

/// How quick the last snapshots of a target were, from the catalogue.
public struct CopyPace: Sendable, Hashable {
  /// How many were looked at.
  public var snapshots: Int
  /// Of all of them.
  public var rows: Int
  /// Of their databases, or of their archives where no database was made.
  public var bytes: Int
  public var duration: Duration

  public init(snapshots: Int, rows: Int, bytes: Int, duration: Duration) {
    (self.snapshots, self.rows, self.bytes, self.duration) = (snapshots, rows, bytes, duration)
  }

  /// The newest complete ones of a kind, and none where none has said how long it took.
  public init?(of rows: [SnapshotRow], _ kind: SnapshotRow.Kind, target: String, newest: Int = 5) {
    let measured = rows.newestFirst.filter { row in
      row.target == target && row.kind == kind && row.content != nil && row.failure == nil
        && (row.duration ?? .zero) > .zero
    }.prefix(newest)
    guard !measured.isEmpty else { return nil }
    self.init(
      snapshots: measured.count, rows: measured.reduce(0) { $0 + ($1.content?.rows ?? 0) },
      bytes: measured.reduce(0) { $0 + ($1.content?.databaseBytes ?? $1.content?.bytes ?? 0) },
      duration: measured.reduce(.zero) { $0 + ($1.duration ?? .zero) })
  }

  /// Nothing where it says nothing about so much.
  public func time(rows: Int?, bytes: Int) -> Duration? {
    if let rows, rows > 0, self.rows > 0 { return duration * (Double(rows) / Double(self.rows)) }
    guard self.bytes > 0 else { return nil }
    return duration * (Double(bytes) / Double(self.bytes))
  }

  public var rowsPerSecond: Int { Int(Double(rows) / max(0.001, duration / .seconds(1))) }
}

/// A few rows of a table before and after, of its masked columns alone.
public struct MaskSample: Sendable, Hashable {
  public struct Cell: Sendable, Hashable {
    public var column: String
    /// Redacted (`j***@g***.com`); nothing where `isSeen` is false, or where it is NULL.
    public var before: String?
    /// False where the source has changed it before it was seen.
    public var isSeen: Bool
    /// As a refresh would write it; redacted too where it is the value of somebody. Nothing for NULL.
    public var after: String?
    /// The mask of the value is the value.
    public var isUnchanged: Bool
    /// In clear, and only where somebody asked for it. It stands in no rendering but a terminal's.
    public var original: String?

    public init(
      column: String, before: String?, isSeen: Bool = true, after: String?, isUnchanged: Bool = false,
      original: String? = nil
    ) {
      (self.column, self.before, self.isSeen, self.after) = (column, before, isSeen, after)
      (self.isUnchanged, self.original) = (isUnchanged, original)
    }
  }

  public var table: String
  public var rows: [[Cell]]
  /// Why there are none.
  public var unread: String?

  public init(table: String, rows: [[Cell]], unread: String? = nil) {
    (self.table, self.rows, self.unread) = (table, rows, unread)
  }
}

/// What a forecast tries on rows.
public struct TrialOptions: Sendable, Hashable {
  /// Of each table with masked columns.
  public var rows: Int
  /// Gives the originals in clear beside their redacted forms.
  public var showsOriginals: Bool

  public init(rows: Int = 3, showsOriginals: Bool = false) { (self.rows, self.showsOriginals) = (rows, showsOriginals) }
}

/// What is in a destination now.
public enum DestinationStanding: Sendable, Hashable {
  case absent
  /// A copy that the catalogue knows, of this instant.
  case copy(snapshot: String, of: Timestamp)
  /// A database of which the catalogue knows nothing.
  case other
}
