import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// The policy itself is attacked: one rule at a time is broken, on a sample in a scratch database, and verification has to
/// notice. What it does not notice, nothing would.
extension VerifyingRun {
  func verifyMutants(_ count: Int) throws(RefreshFailure) -> VerifiedCopy {
    if let problem = order.sourceProblem { throw .refused("the source cannot be read from here: \(problem)") }
    let copy = try onWorkbench()
    guard copy.waived.contains(QuarantineSQL.waivable) else {
      throw .refused(
        "a broken rule leaves rows of the sample as they are, and they are not to be on the destination's server: declare a scratch server (`sanitize.dst_url`), or waive clear_rows_on_destination"
      )
    }
    let run = RefreshRun(copy, catalogue, world, check: { _ in nil }, progress: worker.progress)
    let lead: Lead
    do throws(RefreshFailure) { lead = try run.lead() } catch {
      guard case .rules(let notes) = error else { throw error }
      return VerifiedCopy(.refusedByRules(notes), declared: nil)
    }
    defer { lead.end() }
    guard let instant = CopyInstant(lead.leader.instant) else { throw .refused("the source gave no time") }
    guard lead.plan.remaining.isEmpty, lead.plan.quarantined.isEmpty else {
      throw .refused("SQL runs on the copy after the masks, and a mutant is made of masks alone")
    }
    let structure = try Structure(
      of: lead, copy, world, try run.maintenance, template: copy.options["template"]?.string)
    return try inScratch(
      like: { _ throws(DatabaseError) in try DatabaseLocale.read(in: lead.leader.session, deadline: world.short) },
      template: template
    ) { database throws(RefreshFailure) in
      // Keys and indexes are left out: a broken rule may well break them, and would then be noticed by the load alone.
      try structure.makeTables(in: database)
      var trials = try MutantTrials(self, copy, lead, instant, database, count)
      return try trials.run()
    }
  }
}

/// One after another: rows are put in place of those before, read, and judged.
private struct MutantTrials {
  private let base: VerifyingRun
  private let copy: CopyOrder
  private let lead: Lead
  private let instant: CopyInstant
  private let database: Quarantine
  private let count: Int
  private let keys: LeakKeys
  private let context: SQLContext
  private let places: [QualifiedName: [String]]
  private var rows = SampledRows()
  /// What lies in each table now.
  private var loaded: [QualifiedName: [UInt8]] = [:]

  init(
    _ base: VerifyingRun, _ copy: CopyOrder, _ lead: Lead, _ instant: CopyInstant, _ database: Quarantine, _ count: Int
  ) throws(RefreshFailure) {
    (self.base, self.copy, self.lead, self.instant, self.database, self.count) = (
      base, copy, lead, instant, database, count
    )
    context = lead.context
    guard let random = randomBytes(32) else { throw .refused("libcrypto gives no random bytes") }
    keys = LeakKeys(random: random)
    places = try Self.choose(count, lead, instant)
  }

  private static func choose(
    _ count: Int, _ lead: Lead, _ instant: CopyInstant
  ) throws(RefreshFailure) -> [QualifiedName: [String]] {
    var choice = SampleChoice(lead, instant, deadline: .after(.seconds(600)))
    _ = try choice.choose(count)
    return choice.places
  }

  mutating func run() throws(RefreshFailure) -> VerifiedCopy {
    let whole = Mutant(title: "", path: "", order: copy, plan: lead.plan)
    guard case .judged(var verdict) = try tried(whole, isWhole: true) else {
      throw .refused("there is no row in the sample that a mask would change; take a larger one")
    }
    guard verdict.found.hasPassed, verdict.declared?.hasPassed ?? true else {
      verdict.found.notes.append("the policy fails on the sample as it is, so no rule of it was broken")
      return verdict
    }
    var tally = MutantTally()
    let mutants = Mutant.all(of: copy, lead.plan, lead.schema, context)
    for (number, mutant) in mutants.enumerated() {
      if base.world.interrupt.isRaised { throw .interrupted }
      base.worker.progress(CopyProgress(phase: .checks, rows: number))
      tally.add(mutant, try tried(mutant))
    }
    verdict.found.checks.append(tally.check)
    return verdict
  }

  enum Trial {
    /// The rows are the same as without the defect: nobody could tell.
    case withoutEffect
    /// The rows could not even be made or stored.
    case refused(String)
    case judged(VerifiedCopy)
  }

  private mutating func tried(_ mutant: Mutant, isWhole: Bool = false) throws(RefreshFailure) -> Trial {
    if !isWhole,
      mutant.plan.problems.contains(where: { problem in
        problem.severity == .error && !lead.plan.problems.contains(problem)
      })
    {
      return .refused("no copy can be made by it")
    }
    let broken = try tables(mutant.plan, mutant)
    try rows.read(broken, from: lead, stall: base.world.stall)
    var changed: [(CarriedTable, QualifiedName, [UInt8])] = []
    for (table, plan) in zip(broken, mutant.plan.tables) {
      let bytes: [UInt8]
      do throws(RefreshFailure) { bytes = try rows.masked(table) } catch { return .refused(error.cause) }
      if isWhole || bytes != loaded[plan.table.name] { changed.append((table, plan.table.name, bytes)) }
    }
    guard !changed.isEmpty else { return .withoutEffect }
    let before = loaded
    defer { if !isWhole { restore(changed.map(\.1), before) } }
    do throws(RefreshFailure) { try load(changed) } catch {
      if base.world.interrupt.isRaised { throw .interrupted }
      return .refused(error.cause)
    }
    return .judged(try judged(mutant))
  }

  /// Tables with the places of their rows: those of the sample, or others where the rules choose others.
  private func tables(_ plan: CopyPlan, _ mutant: Mutant) throws(RefreshFailure) -> [CarriedTable] {
    var places = places
    if mutant.path.hasSuffix(".filter") || mutant.path.hasSuffix(".sample_rate") {
      places = try Self.choose(count, lead.with(plan), instant)
    }
    return plan.tables.map { CarriedTable($0.holding(places[$0.table.name] ?? []), at: instant) }
  }

  private mutating func load(_ changed: [(CarriedTable, QualifiedName, [UInt8])]) throws(RefreshFailure) {
    let session = try reaching { () throws(DatabaseError) in try base.world.settled(database.database) }
    let (stall, deadline) = (base.world.stall, base.world.short)
    try reaching { () throws(DatabaseError) in
      for (table, name, bytes) in changed {
        _ = try session.query("TRUNCATE ONLY \(name.quoted)", deadline: deadline, as: "emptying a table")
        let writer = try session.beginCopyIn(table.writing, stall: stall, as: "loading \(name)")
        try writer.write(bytes)
        _ = try writer.finish()
        _ = try session.query("ANALYZE \(name.quoted)", deadline: deadline, as: "ANALYZE")
      }
    }
    for (_, name, bytes) in changed { loaded[name] = bytes }
  }

  /// Puts back what was there; where that fails, the next load says so.
  private mutating func restore(_ names: [QualifiedName], _ before: [QualifiedName: [UInt8]]) {
    let whole = lead.plan.tables.filter { names.contains($0.table.name) }.map { table in
      (
        CarriedTable(table.holding(places[table.table.name] ?? []), at: instant), table.table.name,
        before[table.table.name] ?? []
      )
    }
    do throws(RefreshFailure) { try load(whole) } catch { for name in names { loaded[name] = nil } }
  }

  private mutating func judged(_ mutant: Mutant) throws(RefreshFailure) -> VerifiedCopy {
    // By the policy that the mutant is verified with: true masks, whatever was made of the rows.
    let plan = CopyPlan(mutant.order, lead.schema, context)
    let read = try tables(plan, mutant)
    try rows.read(read, from: lead, stall: base.world.stall)
    let (filter, expected) = try rows.knowledge(of: read, keys)
    var order = base.order
    order.copy = mutant.order
    order.copy.destination = base.workbench.naming(database.name.name)
    let examination = Examination(
      order: order, world: base.world, database: database.database, facts: CopyFacts(),
      known: .sampled(filter, SampledOriginals(read, lead, base.world)), expected: expected, isBrief: true,
      modelled: lead.schema)
    return VerifiedCopy(try examination.run(), declared: base.check(order.copy.destination))
  }
}

extension Lead {
  /// The same instant with other rules.
  fileprivate func with(_ plan: CopyPlan) -> Lead {
    Lead(
      leader: leader, readers: readers, source: source, schema: schema, plan: plan, schemas: schemas, tables: tables,
      context: context, scratch: scratch, unwatched: unwatched)
  }
}

/// What became of the mutants.
private struct MutantTally {
  private var killed = 0
  private var withoutEffect: [String] = []
  private var survivors: [CopyVerification.Finding] = []

  mutating func add(_ mutant: Mutant, _ trial: MutantTrials.Trial) {
    switch trial {
    case .withoutEffect: withoutEffect.append(mutant.title)
    case .refused: killed += 1
    case .judged(let verdict):
      if verdict.found.hasPassed, verdict.declared?.hasPassed ?? true {
        survivors.append(
          .init(
            mutant.title, "nothing would notice; declare a check that fails then, or a reason why it does not matter"))
      } else {
        killed += 1
      }
    }
  }

  var check: CopyVerification.Check {
    let all = killed + survivors.count
    var notes: [String] = []
    if !withoutEffect.isEmpty {
      notes.append("without any effect on the sample: \(listed(withoutEffect))")
    }
    return .init(
      .mutants, proves: "a broken rule is noticed", survivors.isEmpty ? .passed : .failed,
      survivors.isEmpty
        ? "\(counted(killed, "broken rule")), each noticed"
        : "\(survivors.count) of \(counted(all, "broken rule")) not noticed",
      findings: survivors, notes: notes)
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
