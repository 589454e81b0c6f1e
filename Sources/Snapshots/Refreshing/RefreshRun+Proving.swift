import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// What stands between a finished copy and its publication.
extension RefreshRun {
  /// Counts rows, asks the masks' own grammar, and runs what is declared. A gate that does not hold keeps the previous
  /// copy.
  func prove(_ quarantine: Quarantine, _ lead: Lead) throws(RefreshFailure) -> SnapshotContent {
    progress(CopyProgress(phase: .checks))
    try expectGrammar(lead)
    try expectRows(quarantine, lead)
    progress(CopyProgress(phase: .originals))
    try expectNoLeaks(quarantine, lead)
    progress(CopyProgress(phase: .checks))
    let verification = try expectChecks(quarantine)
    return SnapshotContent(
      tables: lead.tables.count, rows: (expected ?? carried.map(\.rows)).reduce(0, +),
      databaseBytes: try size(of: quarantine),
      verification: verification)
  }

  /// The masking pass has looked at every masked value; one that the mask could not have made is a leak or a defect.
  private func expectGrammar(_ lead: Lead) throws(RefreshFailure) {
    var wrong: [String] = []
    for (table, rows) in zip(lead.tables, carried) {
      for tally in rows.tallies where tally.unrecognised > 0 {
        wrong.append(
          "\(tally.unrecognised) values of \(table.name).\(tally.column) are none that its mask could have made")
      }
      for tally in rows.tallies where tally.unchanged > 0 {
        notes.append("\(tally.unchanged) values of \(table.name).\(tally.column) are masks of themselves")
      }
    }
    if !wrong.isEmpty { throw .unproved(wrong.joined(separator: "; "), nil) }
  }

  /// A server that was restarted in the middle empties unlogged tables and may lose what it had answered.
  func expectRows(_ quarantine: Quarantine, _ lead: Lead) throws(RefreshFailure) {
    let counts = expected ?? carried.map(\.rows)
    let expected = zip(lead.plan.tables, counts).map { (table: $0.table.name, rows: $1) }
    let lanes = max(1, min(order.workers, expected.count))
    let (world, database) = (world, quarantine.database)
    let results = concurrently(Array(0..<lanes), limit: lanes) { lane -> Result<[String], RefreshFailure> in
      Result { () throws(RefreshFailure) in
        let session = try world.connect(database)
        var wrong: [String] = []
        for index in stride(from: lane, to: expected.count, by: lanes) {
          let (table, rows) = expected[index]
          let found = try reaching { () throws(DatabaseError) in
            try session.query(
              "SELECT count(*) FROM ONLY \(table.quoted)", deadline: .after(.seconds(3_600)), as: "counting rows")
          }
          if found.single != "\(rows)" {
            wrong.append("\(table) has \(found.single ?? "no") rows, and \(rows) were copied")
          }
        }
        return wrong
      }
    }
    var wrong: [String] = []
    for result in results { wrong += try result.get() }
    if !wrong.isEmpty { throw .unproved(wrong.joined(separator: "; "), nil) }
  }

  /// The policy may switch them off, which is a finding of its own.
  private func expectChecks(_ quarantine: Quarantine) throws(RefreshFailure) -> SnapshotRow.Verification {
    guard order.policy?["global", "verify_after_sync"]?.bool ?? true else { return .none }
    let endpoint = order.destination.naming(quarantine.name.name)
    guard let verification = check(endpoint) else { return SnapshotRow.Verification(.passed) }
    note(proofsOf: verification)
    let wrong = verification.checks.filter { !verification.counts($0) }
    let (failed, passed) = (wrong.count, verification.checks.count - wrong.count)
    guard !verification.hasPassed else { return SnapshotRow.Verification(.passed, passed: passed) }
    let sentence = verification.failure ?? Self.spoken(wrong, of: verification.checks.count)
    guard order.policy?["global", "fail_on_pii_leak"]?.bool ?? true else {
      notes.append("\(sentence), and the policy publishes it all the same")
      return SnapshotRow.Verification(.failed, passed: passed, failed: failed)
    }
    throw .unproved(sentence, verification)
  }

  /// A check that could not have failed is worth knowing, also where it holds nothing back.
  private func note(proofsOf verification: Verification) {
    checkProofs = Proof.CheckProofs(verification.checks)
    for check in verification.checks where check.isVacuous {
      notes.append("the check `\(check.name)` is vacuous: \(check.proof?.sentence ?? "")")
    }
    for check in verification.checks {
      if let reason = check.notProved, check.lacksProof {
        notes.append("the check `\(check.name)` was not shown able to fail: \(reason)")
      }
    }
  }

  /// By name alone: what a check found can be a value, and this sentence is written down.
  private static func spoken(_ wrong: [CheckResult], of count: Int) -> String {
    let unproved = wrong.filter(\.hasPassed)
    let failed = wrong.filter { !$0.hasPassed }
    let parts = [
      (failed, "\(failed.count) of \(count) checks failed on the finished copy"),
      (unproved, "\(unproved.count) of \(count) checks could not be shown able to fail"),
    ]
    return parts.filter { !$0.0.isEmpty }.map { "\($0.1): \(names(of: $0.0))" }.joined(separator: "; ")
  }

  private static func names(of wrong: [CheckResult]) -> String {
    wrong.prefix(5).map(\.name).joined(separator: ", ") + (wrong.count > 5 ? " and others" : "")
  }

  private func size(of quarantine: Quarantine) throws(RefreshFailure) -> Int? {
    let session = try world.connect(quarantine.database)
    return try reaching { () throws(DatabaseError) in
      try session.query(
        "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())", deadline: world.short,
        as: "measuring the copy")
    }.single.flatMap { Int($0) }
  }
}

extension Proof.CheckProofs {
  init(_ checks: [CheckResult]) {
    self.init(
      onSource: checks.count { $0.hasPassed && $0.proof == .able(.source) },
      onCanaries: checks.count { $0.hasPassed && $0.proof == .able(.canary) },
      vacuous: checks.filter(\.isVacuous).map(\.name), open: checks.filter { $0.notProved != nil }.map(\.name))
  }
}

extension DatabaseEndpoint {
  /// Another database of the same server.
  func naming(_ database: String) -> DatabaseEndpoint {
    var parameters = parameters
    parameters["dbname"] = database
    return DatabaseEndpoint(
      parameters: parameters, password: password, connectTimeout: connectTimeout, statementTimeout: statementTimeout,
      pool: pool, maintenanceDatabase: maintenanceDatabase)
  }
}
