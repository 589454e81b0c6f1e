import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// What masked samples are made with: an instant of the source, its schema, and the order of a copy that is made on the
/// workbench.
struct SampleBench {
  let copy: CopyOrder
  let run: RefreshRun
  let lead: Lead
  let instant: CopyInstant
  let structure: Structure
  /// SQL that runs on rows finds a whole database, with keys and triggers, as it does on the scratch server in a refresh. Else
  /// it runs before those are there, as in the quarantine.
  let runsSQLInWhole: Bool

  var statements: QuarantineSQL { QuarantineSQL(lead.plan, lead.context, run.world) }
}

extension VerifyingRun {
  /// Takes the source's instant, gives it to `body`, and lets it go: only there can be asked what a sample's originals were.
  /// What the rules and the schema say to each other is an answer too.
  func onBench(_ body: (SampleBench) throws(RefreshFailure) -> VerifiedCopy) throws(RefreshFailure) -> VerifiedCopy {
    if let problem = order.sourceProblem { throw .refused("the source cannot be read from here: \(problem)") }
    let (copy, isApart) = try onWorkbench()
    let run = RefreshRun(copy, catalogue, world, check: { _ in nil }, progress: worker.progress)
    let lead: Lead
    do throws(RefreshFailure) { lead = try run.lead() } catch {
      guard case .rules(let notes) = error else { throw error }
      return VerifiedCopy(.refusedByRules(notes), declared: nil)
    }
    defer { lead.end() }
    guard let instant = CopyInstant(lead.leader.instant) else { throw .refused("the source gave no time") }
    let structure = try Structure(
      of: lead, copy, world, try run.maintenance, template: copy.options["template"]?.string)
    return try body(
      SampleBench(
        copy: copy, run: run, lead: lead, instant: instant, structure: structure, runsSQLInWhole: isApart))
  }

  /// A database for a sample, as the source is made.
  func inScratch<Answer>(
    on bench: SampleBench, _ body: (Quarantine) throws(RefreshFailure) -> Answer
  ) throws(RefreshFailure) -> Answer {
    try inScratch(
      like: { _ throws(DatabaseError) in
        try DatabaseLocale.read(in: bench.lead.leader.session, deadline: world.short)
      }, template: template, body)
  }
}

extension SampleBench {
  private var world: CopyWorld { run.world }

  /// From the rows to a finished database: what the refresh does with it, in the refresh's order.
  func finish(_ database: Quarantine) throws(RefreshFailure) {
    let sequences = try lead.sequences(world.short)
    let tables = lead.plan.tables.map(\.table.name)
    if runsSQLInWhole || statements.isEmpty {
      try complete(database, sequences)
      if !statements.isEmpty { try run(statements, inWhole: database) }
    } else {
      _ = try statements.run(in: database, tables)
      try complete(database, sequences)
    }
  }

  private func complete(_ database: Quarantine, _ sequences: [SequenceState]) throws(RefreshFailure) {
    try structure.makeIndexes(in: database, jobs: copy.workers)
    try structure.finish(database, sequences, workers: copy.workers)
  }

  /// Also brings the database to what a copy of it would be: one without dead rows and with statistics of what is there.
  private func run(_ statements: QuarantineSQL, inWhole database: Quarantine) throws(RefreshFailure) {
    _ = try statements.execute(in: database, lead.plan.tables.map(\.table.name))
    let session = try world.connect(database.database)
    try reaching { () throws(DatabaseError) in
      _ = try session.query("VACUUM (FULL, ANALYZE)", deadline: .after(.seconds(3_600)), as: "writing the sample anew")
    }
  }

  /// The same for a mutant, of which only rows are looked at. Where its SQL finds no keys, none are made, because a broken rule
  /// may well break them, and would then be noticed by the load alone.
  func finish(_ database: Quarantine, by plan: CopyPlan) throws(RefreshFailure) {
    let sequences = try lead.sequences(world.short)
    if runsSQLInWhole {
      try structure.makeIndexes(in: database, jobs: copy.workers)
      try structure.settle(database, sequences, workers: copy.workers)
    } else {
      let deadline = world.short
      try run.asked { () throws(QuarantineFailure) in
        try SequenceState.set(sequences, in: try database.open(), deadline: deadline)
      }
    }
    let statements = QuarantineSQL(plan, lead.context, world)
    guard !statements.isEmpty else { return }
    _ = try statements.execute(in: database, lead.plan.tables.map(\.table.name))
    try run.asked { () throws(QuarantineFailure) in
      try database.analyze(connections: copy.workers, deadline: .after(.seconds(3_600)))
    }
  }
}
