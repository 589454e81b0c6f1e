public import Masking
public import PostgreSQL
private import Runtime
private import Synchronization

/// Reads the originals of masked columns from the source itself, without masking anything: to make a filter where the
/// masking pass is over, and to look up exactly what a filter has found.
public struct OriginalsStream: Sendable {
  public struct Table: Sendable {
    /// `COPY (SELECT …) TO STDOUT` in the plan's order and format.
    public var reading: String
    public var plan: RowPlan
    /// What names in the query are looked up by, where they have no schema.
    public var searchPath: [String]

    public init(reading: String, plan: RowPlan, searchPath: [String] = ["pg_catalog"]) {
      (self.reading, self.plan, self.searchPath) = (reading, plan, searchPath)
    }
  }

  public let tables: [Table]
  public let stall: Duration

  /// Tables without originals are left out.
  public init(_ tables: [Table], stall: Duration) {
    self.tables = tables.filter { !$0.plan.columnsWithOriginals.isEmpty }
    self.stall = stall
  }

  /// All of one table into a collector. The session is settled for copying.
  public func collect(
    _ table: Table, from session: Session, into collector: OriginalsCollector
  ) throws(LeakProbeFailure) {
    guard let observer = collector.observer(of: table.plan) else { return }
    try read(table, session, observer)
    observer.finish()
  }

  /// Which of the fingerprints are those of originals of a table.
  public func search(
    _ table: Table, for suspects: Set<KeyedFingerprint>, with fingerprinter: Fingerprinter, in session: Session
  ) throws(LeakProbeFailure) -> Set<KeyedFingerprint> {
    let observer = SuspectsObserver(table.plan, suspects, fingerprinter)
    try read(table, session, observer)
    return observer.found
  }

  private func read(_ table: Table, _ session: Session, _ observer: any RowObserver) throws(LeakProbeFailure) {
    var plan = table.plan
    for index in plan.columns.indices { plan.columns[index].mask = nil }
    do throws(DatabaseError) {
      try session.lookUpNames(in: table.searchPath, deadline: .after(stall))
    } catch { throw .database(error) }
    try observe(plan, table.reading, in: session, stall, observer, as: "reading originals of \(plan.table)")
  }
}

/// Shows the rows of one COPY to an observer, and nothing of them to anybody else.
func observe(
  _ plan: RowPlan, _ sql: String, in session: Session, _ stall: Duration, _ observer: any RowObserver,
  as operation: String
) throws(LeakProbeFailure) {
  var masker: RowMasker
  do { masker = try RowMasker(plan, observer: observer, writes: false) } catch { throw .refused(error.description) }
  var sink = ByteSink(capacity: 0)
  var failure: RowFailure?
  do throws(DatabaseError) {
    let reader = try session.beginCopyOut(sql, stall: stall, as: operation)
    while failure == nil, let row = try reader.next() {
      do throws(RowFailure) { try masker.mask(row, into: &sink) } catch { failure = error }
    }
  } catch { throw .database(error) }
  if let failure { throw .refused(failure.description) }
}

private final class SuspectsObserver: RowObserver {
  let watched: [Int]
  var found: Set<KeyedFingerprint> { search.found }
  private let columns: WatchedColumns
  private var search: SuspectSearch
  private var reader = OriginalsReader()

  init(_ plan: RowPlan, _ suspects: Set<KeyedFingerprint>, _ fingerprinter: Fingerprinter) {
    watched = plan.columnsWithOriginals
    columns = WatchedColumns(plan)
    search = SuspectSearch(suspects: suspects, fingerprinter: fingerprinter)
  }

  func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
    guard let original else { return }
    reader.read(original, of: columns[column], into: &search)
  }

  func finishedRow() {}

  var takesNotes: Bool { true }
  var note: UInt8 { reader.note }
  func sawAgain(column: Int, note: UInt8) {}
}

/// Which of the suspects are among the originals.
struct SuspectSearch: OriginalTaker {
  let suspects: Set<KeyedFingerprint>
  let fingerprinter: Fingerprinter
  var found: Set<KeyedFingerprint> = []

  mutating func put(_ key: UnsafeRawBufferPointer, isDigits: Bool) {
    let fingerprint = fingerprinter.fingerprint(key)
    if suspects.contains(fingerprint) { found.insert(fingerprint) }
  }
}
