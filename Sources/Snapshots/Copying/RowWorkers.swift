import Masking
import PostgreSQL
import Reconciliation
import Runtime
private import Synchronization
import Verification

/// One table as workers carry it over.
struct CarriedTable: Sendable {
  /// For people: `public.users`.
  let name: String
  let bytes: Int
  let isRanged: Bool
  var readsOthers = false
  /// The partitioned table that it is a part of; nothing where it is none.
  var root: QualifiedName?
  let plan: RowPlan
  /// The same with what SQL changes later, for whoever collects originals; the plan itself where there is nothing such.
  var watched: RowPlan?
  /// The columns whose originals are looked for, alone: for whoever reads nothing but them.
  var shown: OriginalsStream.Table?
  /// What the source changes on the way, as it was: for whoever collects originals.
  var hidden: OriginalsStream.Table?
  /// Places of the columns whose values change places with those of other rows.
  var shuffled: [Int] = []
  /// Places of the numbers and UUIDs by which a row is told, in the source as in the copy; empty where nothing tells it.
  var toldBy: [Int] = []
  /// `COPY (SELECT …) TO STDOUT` of the whole table, or of pages of it.
  let reading: @Sendable (PageRange?) -> String
  /// What names in it are looked up by, where they have no schema.
  var searchPath = ["pg_catalog"]
  /// `COPY … FROM STDIN`.
  let writing: String

  var observed: RowPlan { watched ?? plan }

  /// All that whoever collects originals reads of it.
  var originals: [OriginalsStream.Table] { [shown, hidden].compactMap { $0 } }

  /// The same from rows that were read for masking.
  var originalsOfRows: [OriginalsStream.Table] {
    [OriginalsStream.Table(reading: reading(nil), plan: observed, searchPath: searchPath)] + (hidden.map { [$0] } ?? [])
  }
}

/// What became of one table's rows.
struct CarriedRows: Sendable {
  var rows = 0
  var tallies: [ColumnTally] = []

  mutating func add(_ rows: Int, _ more: [ColumnTally]) {
    self.rows += rows
    if tallies.isEmpty { tallies = more } else { for index in tallies.indices { tallies[index] += more[index] } }
  }
}

/// Carries the rows of all tables from the leader's instant into the quarantine, several streams at once.
///
/// A stream's transaction in the quarantine also writes down which task it was, so that after a lost answer to COMMIT
/// the next try knows whether there is anything left to do. A connection that breaks costs its task and nothing else,
/// as long as the leader holds the instant.
struct RowWorkers: Sendable {
  let tables: [CarriedTable]
  let workers: Int
  let readers: SourceReaders
  let destination: ConnectionParameters
  let world: CopyWorld
  let progress: @Sendable (CopyProgress) -> Void
  /// Takes the originals of masked columns on their way.
  var originals: OriginalsCollector?
  /// Whether different values are counted: for a proof.
  var countsDistinct = false

  func run() throws(RefreshFailure) -> [CarriedRows] {
    let schedule = CopySchedule(
      tables.map { .init(bytes: $0.bytes, isRanged: $0.isRanged, readsOthers: $0.readsOthers) }, workers: workers)
    let queue = CopyQueue(
      schedule.tasks, names: tables.map(\.name), sizes: tables.map(\.bytes), progress: progress)
    let carried = Carried(count: tables.count)
    try CopyMarks(quarantine: destination, world: world).make()
    _ = concurrently(Array(0..<max(1, min(workers, schedule.tasks.count))), limit: workers) { _ in
      RowWorker(self, queue, carried).run()
    }
    if let failure = queue.failure { throw failure }
    return carried.all
  }
}

/// What all workers have carried over, by table.
private final class Carried: Sendable {
  private let rows: Mutex<[CarriedRows]>

  init(count: Int) { rows = Mutex(Array(repeating: CarriedRows(), count: count)) }

  var all: [CarriedRows] { rows.withLock { $0 } }

  func add(_ table: Int, _ count: Int, _ tallies: [ColumnTally]) { rows.withLock { $0[table].add(count, tallies) } }
}

/// One thread's streams, one after the other, over one pair of sessions as long as those live.
private final class RowWorker {
  private let job: RowWorkers
  private let queue: CopyQueue
  private let carried: Carried
  private var reading: CopyTransaction?
  /// The search path of the session that reads.
  private var searchPath = RowWorker.settledPath
  private var writing: Session?

  /// As `settleForCopying` leaves it.
  private static let settledPath = ["pg_catalog"]

  init(_ job: RowWorkers, _ queue: CopyQueue, _ carried: Carried) {
    self.job = job
    self.queue = queue
    self.carried = carried
  }

  func run() {
    while let (number, task) = queue.take() {
      do throws(RefreshFailure) { try carry(number, task) } catch {
        queue.fail(error)
        return
      }
    }
    reading?.rollback()
  }

  /// How often a task is begun at most.
  private static let attempts = 3
  private static let pause = Duration.milliseconds(300)

  private func carry(_ number: Int, _ task: CopyTask) throws(RefreshFailure) {
    var before: Attempt?
    for turn in 1...Self.attempts {
      var attempt = Attempt(count: task.tables.count)
      do throws(RefreshFailure) {
        // The answer to COMMIT got lost, and the rows did not: what was counted then is what is there.
        if let before, before.isComplete, try isDone(number) { return count(before, task, again: true) }
        try once(number, task, &attempt)
        return count(attempt, task, again: false)
      } catch {
        (reading, writing) = (nil, nil)
        for (table, amount) in zip(task.tables, attempt.told) {
          queue.advance(table, rows: -amount.rows, bytes: -amount.bytes)
        }
        // One that did not get as far says nothing about the one that did.
        if attempt.isComplete || before == nil { before = attempt }
        guard error.isLostConnection, turn < Self.attempts, !job.world.interrupt.isRaised else { throw error }
        // A server that is starting, or a network that is gone for a moment, wants a moment.
        if job.world.interrupt.wait(until: .after(Self.pause * turn)) { throw .interrupted }
      }
    }
  }

  /// What one try at a task has come to, whether or not its COMMIT was answered.
  private struct Attempt {
    var results: [CarriedRows] = []
    /// What was said of it as progress.
    var told: [(rows: Int, bytes: Int)]

    init(count: Int) { told = Array(repeating: (rows: 0, bytes: 0), count: count) }

    var isComplete: Bool { results.count == told.count }
  }

  private func count(_ attempt: Attempt, _ task: CopyTask, again: Bool) {
    for (index, table) in task.tables.enumerated() {
      let (result, told) = (attempt.results[index], attempt.told[index])
      carried.add(table, result.rows, result.tallies)
      if again { queue.advance(table, rows: told.rows, bytes: told.bytes) }
    }
    finish(task)
  }

  private func finish(_ task: CopyTask) { for table in task.tables { queue.finish(table) } }

  private func once(_ number: Int, _ task: CopyTask, _ attempt: inout Attempt) throws(RefreshFailure) {
    let (source, destination) = (try openSource(), try openDestination())
    let transaction = try reaching { () throws(DatabaseError) in
      try CopyTransaction(on: destination, for: .writing, deadline: job.world.short)
    }
    for (index, table) in task.tables.enumerated() {
      if queue.hasFailed { throw .interrupted }
      try lookUpNames(of: job.tables[table], in: source)
      let result = try pump(table, task.pages, from: source, to: destination, &attempt.told[index])
      attempt.results.append(result)
    }
    try reaching { () throws(DatabaseError) in
      _ = try destination.query(
        "INSERT INTO \(CopyMarks.streams) VALUES ($1::pg_catalog.int4)", ["\(number)"], deadline: job.world.short,
        as: "noting a stream")
      try transaction.commit(deadline: .after(job.world.stall))
    }
  }

  private func pump(
    _ index: Int, _ pages: PageRange?, from source: Session, to destination: Session,
    _ told: inout (rows: Int, bytes: Int)
  ) throws(RefreshFailure) -> CarriedRows {
    let table = job.tables[index]
    let pump = CopyPump(
      from: source, reading: table.reading(pages), to: destination, writing: table.writing, stall: job.world.stall)
    var known = (rows: 0, bytes: 0)
    do throws(StreamFailure) {
      let originals = job.originals?.observer(of: table.observed)
      var masker: RowMasker
      do throws(RowFailure) {
        masker = try RowMasker(table.plan, observer: originals, countsDistinct: job.countsDistinct)
      } catch { throw .refused(error) }
      _ = try pump.run(&masker) { stream in
        queue.advance(index, rows: stream.rows - known.rows, bytes: stream.bytesRead - known.bytes)
        known = (stream.rows, stream.bytesRead)
      }
      told = known
      originals?.finish()
      return CarriedRows(rows: masker.rows, tallies: masker.tallies)
    } catch {
      told = known
      throw RefreshFailure(error)
    }
  }

  /// Only tables whose queries hold people's own words are read under their search path: it also decides how the names of
  /// objects (`regclass`) are written.
  private func lookUpNames(of table: CarriedTable, in source: Session) throws(RefreshFailure) {
    guard table.searchPath != searchPath else { return }
    try reaching { () throws(DatabaseError) in
      try source.lookUpNames(in: table.searchPath, deadline: job.world.short)
    }
    searchPath = table.searchPath
  }

  private func openSource() throws(RefreshFailure) -> Session {
    if let reading, reading.session.isOpen { return reading.session }
    let transaction = try job.readers.take()
    (reading, searchPath) = (transaction, Self.settledPath)
    return transaction.session
  }

  private func openDestination() throws(RefreshFailure) -> Session {
    if let writing, writing.isOpen { return writing }
    let session = try job.world.connect(job.destination)
    try reaching { () throws(DatabaseError) in
      try session.settleForCopying(CopySettings(commitsAsynchronously: true), deadline: job.world.short)
    }
    writing = session
    return session
  }

  private func isDone(_ number: Int) throws(RefreshFailure) -> Bool {
    let session = try openDestination()
    let found = try reaching { () throws(DatabaseError) in
      try session.query(
        "SELECT count(*) FROM \(CopyMarks.streams) WHERE task = $1::pg_catalog.int4", ["\(number)"],
        deadline: job.world.short, as: "looking for a stream")
    }
    return found.single == "1"
  }
}
