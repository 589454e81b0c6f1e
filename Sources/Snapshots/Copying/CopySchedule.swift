/// What a worker copies at a time, in one transaction of the destination: a range of one large table, or several small
/// tables as a whole.
public struct CopyTask: Sendable, Hashable {
  /// Positions in the plan's list of tables.
  public let tables: [Int]
  /// Pages of the only table; nothing for whole tables.
  public let pages: PageRange?
  /// What it weighs, for the order and the progress.
  public let bytes: Int
}

/// Pages of a heap, from the first on and up to the one that is not in it any more; the last range is open, because
/// pages may have been added since the size was read.
public struct PageRange: Sendable, Hashable {
  public let from: Int
  public let upTo: Int?

  public init(from: Int, upTo: Int?) { (self.from, self.upTo) = (from, upTo) }

  /// The condition for SQL. A range of `ctid` is read by a Tid Range Scan, from PostgreSQL 14 on; a lower bound of
  /// (0,0) is below every row.
  public var condition: String {
    let lower = "ctid >= '(\(from),0)'::pg_catalog.tid"
    return upTo.map { "\(lower) AND ctid < '(\($0),0)'::pg_catalog.tid" } ?? lower
  }
}

/// How the tables are divided among the workers.
public struct CopySchedule: Sendable {
  /// One table as the division sees it.
  public struct Item: Sendable {
    public let bytes: Int
    /// Whether it may be read by ranges of pages: an ordinary heap whose rows depend on no other row.
    public let isRanged: Bool
    /// Whether a statement that reads a range of it reads other tables too, whole: then each worker does so once at most.
    public let readsOthers: Bool

    public init(bytes: Int, isRanged: Bool, readsOthers: Bool = false) {
      (self.bytes, self.isRanged, self.readsOthers) = (bytes, isRanged, readsOthers)
    }
  }

  /// The biggest first, so that no worker is left with a long one at the end.
  public let tasks: [CopyTask]

  public init(_ items: [Item], workers: Int, blockSize: Int = 8_192) {
    let total = items.reduce(0) { $0 + $1.bytes }
    let share = max(Self.smallestRange, total / max(1, workers * Self.rangesForEach))
    var tasks: [CopyTask] = []
    var batch: (tables: [Int], bytes: Int) = ([], 0)
    for (index, item) in items.enumerated() {
      if item.bytes >= share * 2, item.isRanged, workers > 1 {
        let most = item.readsOthers ? max(workers, item.bytes / Self.largestOfOthers) : .max
        tasks += Self.ranges(of: index, item.bytes, share, blockSize, most: most)
      } else if item.bytes >= Self.largestBatch {
        tasks.append(CopyTask(tables: [index], pages: nil, bytes: item.bytes))
      } else {
        batch.tables.append(index)
        batch.bytes += item.bytes + Self.perTable
        if batch.bytes >= Self.largestBatch { tasks.append(Self.take(&batch)) }
      }
    }
    if !batch.tables.isEmpty { tasks.append(Self.take(&batch)) }
    self.tasks = tasks.enumerated().sorted { ($1.element.bytes, $0.offset) < ($0.element.bytes, $1.offset) }
      .map(\.element)
  }

  private static func take(_ batch: inout (tables: [Int], bytes: Int)) -> CopyTask {
    defer { batch = ([], 0) }
    return CopyTask(tables: batch.tables, pages: nil, bytes: batch.bytes)
  }

  private static func ranges(of index: Int, _ bytes: Int, _ share: Int, _ blockSize: Int, most: Int) -> [CopyTask] {
    let pages = max(1, bytes / blockSize)
    let count = max(1, min(most, (bytes + share - 1) / share))
    let step = (pages + count - 1) / count
    return stride(from: 0, to: pages, by: step).map { from in
      let upTo = from + step
      return CopyTask(
        tables: [index], pages: PageRange(from: from, upTo: upTo >= pages ? nil : upTo),
        bytes: min(step, pages - from) * blockSize)
    }
  }

  /// Below this a range is not worth a COPY of its own.
  static let smallestRange = 32 << 20
  static let rangesForEach = 6
  /// A range is done again as a whole where its connection is lost, which is worse than to read other tables again.
  static let largestOfOthers = 64 << 30
  static let largestBatch = 8 << 20
  /// A table costs something even where it is empty.
  static let perTable = 64 << 10
}
