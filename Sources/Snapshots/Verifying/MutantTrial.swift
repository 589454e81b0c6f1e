import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// Where mutants are tried, one after the other.
protocol MutantWorld {
  /// The policy as it is; what is tried later is held against it.
  mutating func whole(_ mutant: Mutant) throws(RefreshFailure) -> MutantTrial.Result
  mutating func tried(_ mutant: Mutant) throws(RefreshFailure) -> MutantTrial.Result
}

/// One mutant: its rows, and what verification says of a database that they are in.
struct MutantTrial {
  let base: VerifyingRun
  let bench: SampleBench
  let count: Int
  let keys: LeakKeys
  /// Which rows the sample has.
  let places: [QualifiedName: [String]]
  private(set) var rows = SampledRows()

  init(
    base: VerifyingRun, bench: SampleBench, count: Int, keys: LeakKeys, places: [QualifiedName: [String]]
  ) {
    (self.base, self.bench, self.count, self.keys, self.places) = (base, bench, count, keys, places)
  }

  enum Result {
    /// The rows are the same as without the defect: nobody could tell.
    case withoutEffect
    /// The rows could not even be made or stored.
    case refused(String)
    case judged(VerifiedCopy)
  }

  /// What a table is to hold: messages of COPY, in the format of its plan.
  struct Rows {
    let table: CarriedTable
    let name: QualifiedName
    let bytes: [UInt8]
    /// Over all rows, whatever their order: a shuffle may bring the same rows in another one.
    let sum: Int

    /// In the binary format there are a header of 19 bytes and a trailer of 2 without any row.
    var isEmpty: Bool { bytes.count <= (table.plan.format == .binary ? 21 : 0) }
  }

  static func choose(
    _ count: Int, _ lead: Lead, _ instant: CopyInstant
  ) throws(RefreshFailure) -> [QualifiedName: [String]] {
    var choice = SampleChoice(lead, instant, deadline: .after(.seconds(600)))
    _ = try choice.choose(count)
    return choice.places
  }

  /// Why no copy can be made by it, or its rows as masks and lifted SQL leave them.
  mutating func made(_ mutant: Mutant) throws(RefreshFailure) -> Swift.Result<[Rows], RefreshFailure> {
    let known = bench.lead.plan.problems
    let isNew = mutant.plan.problems.contains { problem in
      problem.severity == .error && problem.code != QuarantineSQL.waivable && !known.contains(problem)
    }
    if isNew { return .failure(.refused("no copy can be made by it")) }
    let broken = try tables(mutant.plan, mutant)
    do throws(RefreshFailure) {
      try rows.read(broken, from: bench.lead, stall: base.world.stall)
      var made: [Rows] = []
      for (table, plan) in zip(broken, mutant.plan.tables) {
        let (bytes, sum) = try rows.masked(table)
        made.append(Rows(table: table, name: plan.table.name, bytes: bytes, sum: sum))
      }
      return .success(made)
    } catch {
      if base.world.interrupt.isRaised { throw .interrupted }
      if error.isLostConnection { throw error }
      return .failure(error)
    }
  }

  /// Tables with the places of their rows: those of the sample, or others where the rules choose others.
  private func tables(_ plan: CopyPlan, _ mutant: Mutant) throws(RefreshFailure) -> [CarriedTable] {
    let places = mutant.choosesRows ? try Self.choose(count, bench.lead.with(plan), bench.instant) : places
    return plan.tables.map { CarriedTable($0.holding(places[$0.table.name] ?? []), at: bench.instant) }
  }

  func load(_ made: [Rows], into database: Quarantine) throws(RefreshFailure) {
    let session = try reaching { () throws(DatabaseError) in try base.world.settled(database.database) }
    let (stall, deadline) = (base.world.stall, base.world.short)
    try reaching { () throws(DatabaseError) in
      for rows in made {
        _ = try session.query("TRUNCATE ONLY \(rows.name.quoted)", deadline: deadline, as: "emptying a table")
        let writer = try session.beginCopyIn(rows.table.writing, stall: stall, as: "loading \(rows.name)")
        try writer.write(rows.bytes)
        _ = try writer.finish()
        _ = try session.query("ANALYZE \(rows.name.quoted)", deadline: deadline, as: "ANALYZE")
      }
    }
  }

  mutating func judged(_ mutant: Mutant, in database: Quarantine) throws(RefreshFailure) -> VerifiedCopy {
    // By the policy that the mutant is verified with: true masks, whatever was made of the rows.
    let plan = Mutants(of: bench.lead, bench.copy).plan(mutant.order)
    let read = try tables(plan, mutant)
    try rows.read(read, from: bench.lead, stall: base.world.stall)
    let (filter, expected) = try rows.knowledge(of: read, keys, before: plan.unlifted)
    var order = base.order
    order.copy = mutant.order
    order.copy.destination = base.workbench.naming(database.name.name)
    let examination = Examination(
      order: order, world: base.world, database: database.database, facts: CopyFacts(),
      known: .sampled(filter, SampledOriginals(read, bench.lead, base.world)), expected: expected, isBrief: true,
      modelled: bench.lead.schema)
    return VerifiedCopy(try examination.run(), declared: base.check(order.copy.destination))
  }
}

extension Lead {
  /// The same instant with other rules.
  fileprivate func with(_ plan: CopyPlan) -> Lead {
    Lead(
      leader: leader, readers: readers, source: source, schema: schema, plan: plan, schemas: schemas, tables: tables,
      context: context, scratch: scratch, personal: personal, unwatched: unwatched)
  }
}

extension CopyWriter {
  fileprivate func write(_ bytes: [UInt8]) throws(DatabaseError) {
    var failure: DatabaseError?
    bytes.withUnsafeBytes { bytes in
      do throws(DatabaseError) { try write(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
