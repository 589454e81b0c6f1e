import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// The policy as it is declared now, tried on some rows of the source.
extension VerifyingRun {
  func verifySample(_ count: Int) throws(RefreshFailure) -> VerifiedCopy {
    try onBench { bench throws(RefreshFailure) in
      var choice = SampleChoice(bench.lead, bench.instant, deadline: .after(.seconds(600)))
      let tables = try choice.choose(count).map { CarriedTable($0, at: bench.instant) }
      return try inScratch(on: bench) { database throws(RefreshFailure) in
        try examine(try make(tables, on: bench, in: database))
      }
    }
  }

  /// A masked sample in a database of its own, and the source's instant that it is of.
  struct Sample {
    let lead: Lead
    let tables: [CarriedTable]
    let database: Quarantine
    let carried: [CarriedRows]
    let filter: LeakFilter?
  }

  private func make(
    _ tables: [CarriedTable], on bench: SampleBench, in database: Quarantine
  ) throws(RefreshFailure) -> Sample {
    let (lead, copy) = (bench.lead, bench.copy)
    try bench.structure.makeTables(in: database)
    if !bench.runsSQLInWhole { try bench.statements.prepare(database) }
    let collector = try bench.run.leaks.begin(lead, copy, world)
    let carried = try RowWorkers(
      tables: tables, workers: copy.workers, readers: lead.readers, destination: database.database, world: world,
      progress: worker.progress, originals: collector
    ).run()
    try lead.collectHidden(into: collector, tables, world)
    try bench.finish(database)
    return Sample(
      lead: lead, tables: tables, database: database, carried: carried, filter: try bench.run.leaks.finish())
  }

  /// Beyond so many rows, masks are not held against their originals one by one: those would have to lie in memory.
  private static let mostExpected = 200_000

  private func expected(of sample: Sample) throws(RefreshFailure) -> ExpectedValues? {
    guard let random = randomBytes(32) else { return nil }
    var rows = SampledRows()
    try rows.read(sample.tables, from: sample.lead, stall: world.stall)
    return try rows.knowledge(of: sample.tables, LeakKeys(random: random), before: sample.lead.plan.unlifted).expected
  }

  private func examine(_ sample: Sample) throws(RefreshFailure) -> VerifiedCopy {
    let known: KnownFilter =
      sample.filter.map { .sampled($0, SampledOriginals(sample.tables, sample.lead, world)) }
      ?? .none("no mask has originals that could be looked for", way: "")
    var expected: ExpectedValues?
    if sample.carried.reduce(0, { $0 + $1.rows }) <= Self.mostExpected {
      expected = try self.expected(of: sample)
    }
    let found = try Examination(
      order: order, world: world, database: sample.database.database, facts: CopyFacts(sample), known: known,
      expected: expected
    ).run()
    return VerifiedCopy(found, declared: check(workbench.naming(sample.database.name.name)))
  }
}

/// Looks suspects up among the sampled rows, at the instant that they were read at.
struct SampledOriginals: Sendable {
  private let stream: OriginalsStream
  private let readers: SourceReaders

  init(_ tables: [CarriedTable], _ lead: Lead, _ world: CopyWorld) {
    stream = OriginalsStream(tables.flatMap(\.originals), stall: world.stall)
    readers = lead.readers
  }

  func search(
    _ suspects: Set<KeyedFingerprint>, _ fingerprinter: Fingerprinter
  ) throws(RefreshFailure) -> Set<KeyedFingerprint>? {
    let transaction = try readers.take()
    defer { transaction.rollback() }
    var known: Set<KeyedFingerprint> = []
    for table in stream.tables {
      do throws(LeakProbeFailure) {
        known.formUnion(try stream.search(table, for: suspects, with: fingerprinter, in: transaction.session))
      } catch { throw RefreshFailure(error) }
    }
    return known
  }
}

extension CopyFacts {
  /// What was carried is what has to be there.
  init(_ sample: VerifyingRun.Sample) {
    self.init()
    isOurs = true
    guard sample.lead.plan.remaining.isEmpty else { return }
    for (table, carried) in zip(sample.lead.plan.tables, sample.carried) {
      tables[table.table.name] = carried.rows
      for tally in carried.tallies {
        unchanged[ColumnName(table.table.name, tally.column)] = (tally.unchanged, tally.changed + tally.unchanged)
      }
    }
    rows = sample.carried.reduce(0) { $0 + $1.rows }
  }
}

extension CopyVerification {
  /// No copy can be made at all: the rules miss a column, or do not fit the schema.
  static func refusedByRules(_ notes: [CopyNote]) -> CopyVerification {
    let findings = notes.map { note in Finding(note.path, note.message) }
    return CopyVerification(
      tables: 0, rows: 0,
      checks: [
        Check(
          .coverage, proves: "every column masked, kept or generated", .failed,
          "no copy can be made by this policy: \(counted(notes.count, "problem"))", findings: findings)
      ])
  }
}
