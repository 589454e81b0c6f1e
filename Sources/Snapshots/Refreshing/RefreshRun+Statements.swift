import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// SQL in the quarantine, which somebody has accepted.
extension RefreshRun {
  /// Sequences stand where the source's do while it runs, so that rows that it makes get numbers of their own, and
  /// afterwards where it has left them.
  func run(
    _ statements: QuarantineSQL, in quarantine: Quarantine, _ lead: Lead, _ standing: [SequenceState]
  ) throws(RefreshFailure) {
    try expectRows(quarantine, lead)
    progress(CopyProgress(phase: .statements))
    // No column has its index yet, so that each maximum is looked for in the whole table.
    let deadline = Deadline.after(.seconds(3_600))
    try asked { () throws(QuarantineFailure) in
      try SequenceState.set(standing, in: try quarantine.open(), deadline: deadline)
    }
    expected = try statements.run(in: quarantine, lead.plan.tables.map(\.table.name))
    moved = try asked { () throws(QuarantineFailure) in
      try SequenceState.read(of: lead.schemas.copied, in: try quarantine.open(), deadline: deadline)
    }
  }
}
