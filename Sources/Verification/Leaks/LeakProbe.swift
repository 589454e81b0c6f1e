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
  public let tables: [CheckedTable]
  public let workers: Int
  /// How long nothing may move in a stream.
  public let stall: Duration
  private let connect: Connect

  /// - Parameter connect: a session of the copy that was settled for copying (`Session.settleForCopying`).
  public init(
    _ filter: LeakFilter, tables: [CheckedTable], workers: Int, stall: Duration, connect: @escaping Connect
  ) {
    (self.filter, self.tables, self.workers, self.stall, self.connect) = (filter, tables, workers, stall, connect)
  }

  /// - Parameters:
  ///   - others: what was probed beside the rows: the schema's text, statistics.
  ///   - confirm: is asked once, and only where something was found.
  public func run(
    with others: [ProbedText] = [], confirm: Confirm = { _ in nil }
  ) throws(LeakProbeFailure) -> LeakReport {
    var reading = CopyReading(tables)
    for pass in 0..<filter.passes {
      let part: LeakFilterPart
      do { part = try filter.part(pass) } catch { throw .filter(error) }
      reading.begin(part)
      try look(part, pass, &reading)
      reading.probe(others, part)
    }
    let suspects = reading.suspects
    return reading.leaks(filter, known: suspects.isEmpty ? [] : try confirm(suspects))
  }

  /// All rows once.
  private func look(
    _ part: LeakFilterPart, _ pass: Int, _ reading: inout CopyReading
  ) throws(LeakProbeFailure) {
    let tasks = ProbeTask.all(tables, workers)
    let shared = SharedReading(reading, pass, tasks.count)
    let lanes = max(1, min(workers, tasks.count))
    _ = concurrently(Array(0..<lanes), limit: lanes) { _ in
      do throws(LeakProbeFailure) {
        let (session, reader) = (try open(), TableReader(part, isFirst: pass == 0, takesSamples: false))
        while let number = shared.take() {
          let task = tasks[number]
          shared.add(try reader.read(tables[task.table], task.pages, in: session, stall: stall), of: task.table)
        }
      } catch { shared.fail(error) }
    }
    reading = try shared.result()
  }

  private func open() throws(LeakProbeFailure) -> Session {
    do throws(DatabaseError) { return try connect() } catch { throw .database(error) }
  }
}

/// Why it could not be told whether there are originals in a copy.
public enum LeakProbeFailure: Error, Sendable {
  case database(DatabaseError)
  case filter(SealedFilterError)
  case refused(String)
}

/// A part of a table that one stream reads.
struct ProbeTask: Sendable {
  var table: Int
  var pages: (from: Int, upTo: Int?)?
  var bytes: Int

  /// Below this a range is not worth a stream of its own; ranges are small enough that no session ends long before the
  /// others.
  private static let smallest = 16 << 20
  private static let blockSize = 8_192

  static func all(_ tables: [CheckedTable], _ workers: Int) -> [ProbeTask] {
    let total = tables.reduce(0) { $1.isProbed ? $0 + $1.bytes : $0 }
    let share = max(smallest, total / max(1, workers * 4))
    var tasks: [ProbeTask] = []
    for (index, table) in tables.enumerated() where table.isProbed {
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

private final class SharedReading: Sendable {
  private let state: Mutex<(next: Int, reading: CopyReading, failure: LeakProbeFailure?)>
  private let pass: Int
  private let tasks: Int

  init(_ reading: CopyReading, _ pass: Int, _ tasks: Int) {
    state = Mutex((0, reading, nil))
    (self.pass, self.tasks) = (pass, tasks)
  }

  func take() -> Int? {
    state.withLock { state in
      guard state.failure == nil, state.next < tasks else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  func add(_ tally: TableTally, of table: Int) {
    state.withLock { $0.reading.add(tally, of: table, pass: pass) }
  }

  func fail(_ failure: LeakProbeFailure) { state.withLock { $0.failure = $0.failure ?? failure } }

  func result() throws(LeakProbeFailure) -> CopyReading {
    let (reading, failure) = state.withLock { ($0.reading, $0.failure) }
    if let failure { throw failure }
    return reading
  }
}
