import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// The policy as it is declared now, tried on some rows of the source.
extension VerifyingRun {
  func verifySample(_ count: Int) throws(RefreshFailure) -> VerifiedCopy {
    if let problem = order.sourceProblem { throw .refused("the source cannot be read from here: \(problem)") }
    do throws(RefreshFailure) {
      return try withSample(count) { sample throws(RefreshFailure) in try examine(sample) }
    } catch {
      // What the rules and the schema say to each other is what this was asked for.
      guard case .rules(let notes) = error else { throw error }
      return VerifiedCopy(.refusedByRules(notes), declared: nil)
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

  /// Makes it, gives it to `body`, and takes it away. The source's instant is held for so long, because only there can be
  /// asked what the sample's originals were.
  func withSample<Answer>(
    _ count: Int, _ body: (Sample) throws(RefreshFailure) -> Answer
  ) throws(RefreshFailure) -> Answer {
    let copy = try onWorkbench()
    let run = RefreshRun(copy, catalogue, world, check: { _ in nil }, progress: worker.progress)
    let lead = try run.lead()
    defer { lead.end() }
    guard let instant = CopyInstant(lead.leader.instant) else { throw .refused("the source gave no time") }
    var choice = SampleChoice(lead, instant, deadline: .after(.seconds(600)))
    let tables = try choice.choose(count).map { CarriedTable($0, at: instant) }
    let structure = try Structure(
      of: lead, copy, world, try run.maintenance, template: copy.options["template"]?.string)
    return try inScratch(
      like: { _ throws(DatabaseError) in try DatabaseLocale.read(in: lead.leader.session, deadline: world.short) },
      template: template
    ) { database throws(RefreshFailure) in
      try structure.makeTables(in: database)
      let statements = QuarantineSQL(lead.plan, lead.context, world)
      try statements.prepare(database)
      let carried = try RowWorkers(
        tables: tables, workers: copy.workers, readers: lead.readers, destination: database.database, world: world,
        progress: worker.progress, originals: try run.leaks.begin(lead, copy, world)
      ).run()
      _ = try statements.run(in: database, lead.plan.tables.map(\.table.name))
      let sequences = try lead.sequences(world.short)
      try structure.makeIndexes(in: database, jobs: copy.workers)
      try structure.finish(database, sequences, workers: copy.workers)
      let filter = try run.leaks.finish()
      return try body(
        Sample(
          lead: lead, tables: tables, database: database, carried: carried, filter: filter))
    }
  }

  /// Beyond so many rows, masks are not held against their originals one by one: those would have to lie in memory.
  private static let mostExpected = 200_000

  /// Nothing where SQL makes other values of them afterwards.
  private func expected(of sample: Sample) throws(RefreshFailure) -> ExpectedValues? {
    guard sample.lead.plan.remaining.isEmpty, let random = randomBytes(32) else { return nil }
    var rows = SampledRows()
    try rows.read(sample.tables, from: sample.lead, stall: world.stall)
    return try rows.knowledge(of: sample.tables, LeakKeys(random: random)).expected
  }

  private func examine(_ sample: Sample) throws(RefreshFailure) -> VerifiedCopy {
    let known: KnownFilter =
      sample.filter.map { .sampled($0, SampledOriginals(sample.tables, sample.lead, world)) }
      ?? .none("no mask has originals that could be looked for", way: "")
    var expected: ExpectedValues?
    if sample.filter != nil, sample.carried.reduce(0, { $0 + $1.rows }) <= Self.mostExpected {
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
    stream = OriginalsStream(
      tables.map { .init(reading: $0.reading(nil), plan: $0.plan, searchPath: $0.searchPath) }, stall: world.stall)
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
