import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// The policy itself is attacked: one rule or statement at a time is broken, on a sample in a scratch database, and
/// verification has to notice. What it does not notice, nothing would.
extension VerifyingRun {
  func verifyMutants(_ count: Int) throws(RefreshFailure) -> VerifiedCopy {
    try onBench { bench throws(RefreshFailure) in
      guard bench.copy.waived.contains(QuarantineSQL.waivable) else {
        throw .refused(
          "a broken rule leaves rows of the sample as they are, and they are not to be on the destination's server: declare a scratch server (`sanitize.dst_url`), or waive clear_rows_on_destination"
        )
      }
      guard let random = randomBytes(32) else { throw .refused("libcrypto gives no random bytes") }
      let trial = MutantTrial(
        base: self, bench: bench, count: count, keys: LeakKeys(random: random),
        places: try MutantTrial.choose(count, bench.lead, bench.instant))
      if bench.lead.plan.runsSQL { return try judged(bench, MutantDatabases(trial)) }
      return try inScratch(on: bench) { database throws(RefreshFailure) in
        // Keys and indexes are left out: a broken rule may well break them, and would then be noticed by the load alone.
        try bench.structure.makeTables(in: database)
        return try judged(bench, MutantDatabase(trial, database))
      }
    }
  }

  private func judged(
    _ bench: SampleBench, _ given: some MutantWorld
  ) throws(RefreshFailure) -> VerifiedCopy {
    var world = given
    let whole = Mutant(title: "", order: bench.copy, plan: bench.lead.plan)
    var verdict: VerifiedCopy
    switch try world.whole(whole) {
    case .judged(let found): verdict = found
    case .withoutEffect:
      throw .refused("there is no row in the sample that a mask would change; take a larger one")
    case .refused(let why): throw .refused("no sample can be made by the policy as it is: \(why)")
    }
    guard verdict.found.hasPassed, verdict.declared?.hasPassed ?? true else {
      verdict.found.notes.append("the policy fails on the sample as it is, so no rule of it was broken")
      return verdict
    }
    var tally = MutantTally()
    for (number, mutant) in Mutants(of: bench.lead, bench.copy).all.enumerated() {
      if self.world.interrupt.isRaised { throw .interrupted }
      worker.progress(CopyProgress(phase: .checks, rows: number))
      tally.add(mutant, try world.tried(mutant))
    }
    verdict.found.checks.append(tally.check)
    return verdict
  }
}

/// What became of the mutants.
private struct MutantTally {
  private var killed = 0
  private var withoutEffect: [String] = []
  private var survivors: [CopyVerification.Finding] = []

  mutating func add(_ mutant: Mutant, _ result: MutantTrial.Result) {
    switch result {
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
