import Masking
public import PostgreSQL
import Runtime
private import Synchronization

/// Looks through every row of a copy for originals: one stream for each table, by several sessions over ranges of pages.
public struct LeakProbe: Sendable {
  public typealias Connect = @Sendable () throws(DatabaseError) -> Session
  /// Which of the fingerprints are those of originals; nothing where the originals cannot be asked.
  public typealias Confirm = (Set<KeyedFingerprint>) throws(LeakProbeFailure) -> Set<KeyedFingerprint>?

  public let filter: LeakFilter
  public let tables: [ProbedTable]
  public let workers: Int
  /// How long nothing may move in a stream.
  public let stall: Duration
  private let connect: Connect

  /// - Parameter connect: a session of the copy that was settled for copying (`Session.settleForCopying`).
  public init(
    _ filter: LeakFilter, tables: [ProbedTable], workers: Int, stall: Duration, connect: @escaping Connect
  ) {
    (self.filter, self.tables, self.workers, self.stall, self.connect) = (filter, tables, workers, stall, connect)
  }

  /// - Parameters:
  ///   - others: what was probed beside the rows: the schema's text, statistics.
  ///   - confirm: is asked once, and only where something was found.
  public func run(
    with others: [ProbedText] = [], confirm: Confirm = { _ in nil }
  ) throws(LeakProbeFailure) -> LeakReport {
    var tallies = Tallies(tables, others.count)
    var chance = 0.0
    for pass in 0..<filter.passes {
      let part: LeakFilterPart
      do { part = try filter.part(pass) } catch { throw .filter(error) }
      chance += part.chance
      try look(part, &tallies)
      for (index, text) in others.enumerated() { tallies.texts[index] += text.probe(part) }
    }
    let suspects = tallies.suspects
    let known = suspects.isEmpty ? [] : try confirm(suspects)
    return report(tallies, others, chance, known)
  }

  private func report(
    _ tallies: Tallies, _ others: [ProbedText], _ chance: Double, _ known: Set<KeyedFingerprint>?
  ) -> LeakReport {
    var report = LeakReport(counts: filter.counts, keyID: filter.keyID, chance: chance)
    var findings: [LeakReport.Finding?] = []
    for (table, columns) in zip(tables, tallies.columns) {
      report.columns += table.columns.count
      report.outsideByDeclaration += table.outside
      for (column, tally) in zip(table.columns, columns) {
        report.values += tally.values / filter.passes
        report.candidates += tally.candidates / filter.passes
        findings.append(tally.finding(.column(column.name), column.declaration, chance: chance, known: known))
      }
    }
    for (text, tally) in zip(others, tallies.texts) {
      report.candidates += tally.candidates / filter.passes
      findings.append(tally.finding(text.place, text.declaration, chance: chance, known: known))
    }
    report.add(findings.compactMap { $0 })
    return report
  }

  /// All rows once.
  private func look(_ part: LeakFilterPart, _ tallies: inout Tallies) throws(LeakProbeFailure) {
    let tasks = ProbeTask.all(tables, workers)
    let shared = SharedTallies(tallies, tasks.count)
    let lanes = max(1, min(workers, tasks.count))
    _ = concurrently(Array(0..<lanes), limit: lanes) { _ in
      do throws(LeakProbeFailure) {
        let session = try open()
        while let number = shared.take() {
          let task = tasks[number]
          let table = tables[task.table]
          shared.add(task.table, try Self.stream(table, task, session, part, stall))
        }
      } catch { shared.fail(error) }
    }
    tallies = try shared.result()
  }

  private func open() throws(LeakProbeFailure) -> Session {
    do throws(DatabaseError) { return try connect() } catch { throw .database(error) }
  }

  private static func stream(
    _ table: ProbedTable, _ task: ProbeTask, _ session: Session, _ part: LeakFilterPart, _ stall: Duration
  ) throws(LeakProbeFailure) -> [SuspectTally] {
    let observer = ProbeObserver(table, part)
    let sql: String
    do { sql = try table.copy(task.pages) } catch { throw .refused("\(table.name): \(error)") }
    try observe(table.rows, sql, in: session, stall, observer, as: "looking for originals in \(table.name)")
    return observer.tallies
  }
}

/// Why it could not be told whether there are originals in a copy.
public enum LeakProbeFailure: Error, Sendable {
  case database(DatabaseError)
  case filter(SealedFilterError)
  case refused(String)
}

/// A part of a table that one stream reads.
private struct ProbeTask: Sendable {
  var table: Int
  var pages: (from: Int, upTo: Int?)?
  var bytes: Int

  /// Below this a range is not worth a stream of its own; ranges are small enough that no session ends long before the
  /// others.
  private static let smallest = 16 << 20
  private static let blockSize = 8_192

  static func all(_ tables: [ProbedTable], _ workers: Int) -> [ProbeTask] {
    let total = tables.reduce(0) { $0 + $1.bytes }
    let share = max(smallest, total / max(1, workers * 4))
    var tasks: [ProbeTask] = []
    for (index, table) in tables.enumerated() where !table.columns.isEmpty {
      guard workers > 1, table.isRanged, table.bytes >= share * 2 else {
        tasks.append(ProbeTask(table: index, pages: nil, bytes: table.bytes))
        continue
      }
      let (pages, step) = (table.bytes / blockSize, share / blockSize)
      for from in stride(from: 0, to: pages, by: step) {
        let end = from + step
        tasks.append(ProbeTask(table: index, pages: (from, end >= pages ? nil : end), bytes: share))
      }
    }
    return tasks.sorted { $0.bytes > $1.bytes }
  }
}

private struct Tallies: Sendable {
  var columns: [[SuspectTally]]
  var texts: [SuspectTally]

  init(_ tables: [ProbedTable], _ texts: Int) {
    columns = tables.map { $0.columns.map { _ in SuspectTally() } }
    self.texts = Array(repeating: SuspectTally(), count: texts)
  }

  var suspects: Set<KeyedFingerprint> {
    Set((columns.joined() + texts).flatMap(\.suspects.keys))
  }
}

private final class SharedTallies: Sendable {
  private let state: Mutex<(next: Int, tallies: Tallies, failure: LeakProbeFailure?)>
  private let tasks: Int

  init(_ tallies: Tallies, _ tasks: Int) {
    state = Mutex((0, tallies, nil))
    self.tasks = tasks
  }

  func take() -> Int? {
    state.withLock { state in
      guard state.failure == nil, state.next < tasks else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  func add(_ table: Int, _ more: [SuspectTally]) {
    state.withLock { state in
      for index in more.indices { state.tallies.columns[table][index] += more[index] }
    }
  }

  func fail(_ failure: LeakProbeFailure) { state.withLock { $0.failure = $0.failure ?? failure } }

  func result() throws(LeakProbeFailure) -> Tallies {
    let (tallies, failure) = state.withLock { ($0.tallies, $0.failure) }
    if let failure { throw failure }
    return tallies
  }
}

/// Gives the columns of a stream to the prober. The key's columns come first.
private final class ProbeObserver: RowObserver {
  let watched: [Int]
  // Both are written for every value, by the one thread that this belongs to.
  @exclusivity(unchecked) private(set) var tallies: [SuspectTally]
  @exclusivity(unchecked) private var prober: Prober
  private let keys: Int
  private let forms: [CandidateReader.Form]
  private let key: RowKey

  init(_ table: ProbedTable, _ part: LeakFilterPart) {
    prober = Prober(part)
    keys = table.key.names.count
    key = RowKey(table.key)
    forms = table.columns.map(\.form)
    watched = Array(0..<(keys + table.columns.count))
    tallies = table.columns.map { _ in SuspectTally() }
  }

  func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
    guard column >= keys else { return key.saw(column, original) }
    guard let original else { return }
    let place = column - keys
    prober.look(original, as: forms[place], in: place, &tallies[place])
  }

  func finishedRow() {
    prober.settle { place, fingerprint in tallies[place].hit(fingerprint, key: key.title) }
  }
}
