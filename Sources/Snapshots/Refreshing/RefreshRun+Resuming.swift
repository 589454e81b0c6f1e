import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// Going on from what an earlier run has left.
extension RefreshRun {
  /// `--resume`. Whatever can be used is used, and what is done again is said with its reason; only where the result would
  /// be another one than was begun, nothing is done.
  func goOn(_ past: Remains, _ recorder: SnapshotRecorder) throws(RefreshFailure) -> CopyResult {
    if past.settled != nil || past.waiting != nil, past.begun == nil { return try publish(past, recorder) }
    guard let begun = past.begun else {
      notes.append("nothing of an earlier run is left to go on from; everything was made anew")
      return try makeAnew(past, recorder)
    }
    let (lead, obstacle) = try keepingWork(of: begun) { () throws(RefreshFailure) in try look(at: begun) }
    if let obstacle {
      notes.append("everything was made anew: \(obstacle)")
      recorder.fail(begun.checkpoint.snapshot, "the run ended before the copy was done")
      try asked { () throws(QuarantineFailure) in try begun.quarantine.drop() }
      lead.end()
      return try makeAnew(past, recorder)
    }
    let id = begun.checkpoint.snapshot
    // Whoever cannot hold what was begun takes nothing of it away.
    try keepingWork(of: begun) { () throws(RefreshFailure) in
      try hold(begun.quarantine.name, on: begun.quarantine.server)
    }
    (quarantine, progressed) = (begun.quarantine, .rows)
    do throws(RefreshFailure) {
      if begun.checkpoint.phase < .verification { try indexAgain(begun, lead, recorder) } else { lead.end() }
      return try complete(begun.quarantine, id, lead, past, recorder)
    } catch { throw close(id, after: error, recorder) }
  }

  /// The instant to go on at, and why the rows that are there cannot be used; nothing where they can.
  private func look(at begun: Remains.Begun) throws(RefreshFailure) -> (lead: Lead, obstacle: String?) {
    let lead = try self.lead()
    try expectNoDifference(begun.checkpoint.differences(from: lead.basis(order)), "its rows were copied")
    return (lead, try obstacle(to: begun, lead))
  }

  /// What was begun is as good as before, and whoever loses a connection again is told so again.
  private func keepingWork<Result>(
    of begun: Remains.Begun, _ body: () throws(RefreshFailure) -> Result
  ) throws(RefreshFailure) -> Result {
    do throws(RefreshFailure) { return try body() } catch {
      guard begun.checkpoint.phase >= .indexes, error.leavesWork, !world.interrupt.isRaised else { throw error }
      throw .unfinished(error.cause, way: way)
    }
  }

  /// `decant publish`: what is finished gets its place, if it is still what is declared.
  func publish(_ past: Remains, _ recorder: SnapshotRecorder) throws(RefreshFailure) -> CopyResult {
    if let row = past.settled, let content = row.content {
      notes.append("the copy was in place already; that is written down now")
      return .published(summary(row.id, content))
    }
    guard let waiting = past.waiting, let content = waiting.row.content else {
      throw .refused("no finished copy waits for its place; make one with: \(order.commands.anew)")
    }
    let draft = waiting.row.draft
    // A finished copy shows the schema of its instant, as every copy does; only how it was masked has to be as declared.
    let basis = RefreshCheckpoint.Basis(
      policyDigest: draft.policyDigest, keyID: draft.keyID, schemaFingerprint: draft.schemaFingerprint ?? "")
    let present = RefreshCheckpoint.Basis(
      policyDigest: order.policyDigest, keyID: order.keyID, schemaFingerprint: basis.schemaFingerprint)
    let checkpoint = RefreshCheckpoint(
      target: order.target, snapshot: waiting.row.id, phase: .publication, quarantine: waiting.quarantine.name.name,
      basis: basis, run: world.run)
    try expectNoDifference(checkpoint.differences(from: present), "the copy was finished")
    notes.append("the finished copy of \(waiting.row.startedAt) was put in place; nothing was copied again")
    quarantine = waiting.quarantine
    try hold(waiting.quarantine.name, on: waiting.quarantine.server)
    progressed = .finished
    do throws(RefreshFailure) {
      let result = try publish(waiting.quarantine, waiting.row.id, content, basis, recorder)
      return result
    } catch {
      // Ctrl-C while it waits for its place: it goes on waiting, and is as good as before.
      release()
      if world.interrupt.isRaised { throw .interrupted }
      if case .unknown = error { throw error }
      throw .unfinished(error.cause, way: "Publish it with: \(order.commands.publish)")
    }
  }

  private func expectNoDifference(
    _ differences: [RefreshCheckpoint.Difference], _ moment: String
  ) throws(RefreshFailure) {
    guard !differences.isEmpty else { return }
    let names = differences.map(\.spoken).joined(separator: " and ")
    throw .refused(
      "\(names) changed since \(moment), so this copy would not be as declared; make it anew with: \(order.commands.anew)"
    )
  }

  /// Why the rows that are there cannot be used; nothing where they can.
  private func obstacle(to begun: Remains.Begun, _ lead: Lead) throws(RefreshFailure) -> String? {
    guard begun.checkpoint.phase >= .data,
      let sealed = try marks(in: begun.quarantine).read(lead.tables.map(\.name))
    else {
      return "the earlier run ended before its rows were complete, and the instant that it read them at ended with it"
    }
    carried = sealed.tables.map { CarriedRows(rows: $0.rows, tallies: $0.tallies) }
    expected = sealed.tables.map(\.rows)
    moved = sealed.sequences
    guard begun.checkpoint.phase < .verification else {
      notes.append("gone on with after the indexes; the checks are done again, because nobody heard what they said")
      return nil
    }
    guard !sealed.isOfScratch else {
      return "its rows came by way of the scratch server, and what comes after the rows ended with the database there"
    }
    guard order.options["template"] == nil else {
      return "indexes of the template \(order.options["template"]?.string ?? "") cannot be told from those of the copy"
    }
    do throws(RefreshFailure) { try AfterRows(quarantine: begun.quarantine.database, world: world).takeBack() } catch {
      guard !error.isLostConnection, !world.interrupt.isRaised else { throw error }
      return "what was made after the rows could not be taken back: \(error.cause)"
    }
    notes.append("gone on with after the rows; indexes and keys are made again, because some may have been half made")
    return nil
  }

  private func indexAgain(
    _ begun: Remains.Begun, _ lead: Lead, _ recorder: SnapshotRecorder
  ) throws(RefreshFailure) {
    let structure = try Structure(
      of: lead, order, world, maintenance, template: order.options["template"]?.string)
    notes += structure.leftOut.map(\.sentence)
    let sequences = if let moved { moved } else { try lead.sequences(world.short) }
    lead.end()
    try note(.indexes, begun.checkpoint.snapshot, begun.checkpoint.basis, recorder)
    try index(begun.quarantine, structure, sequences)
  }
}

extension RefreshCheckpoint.Difference {
  fileprivate var spoken: String {
    switch self {
    case .policy: "the policy"
    case .key: "the masking key"
    case .schema: "the source's schema"
    }
  }
}

/// What `pg_restore --section=post-data` makes: taken back, so that it can be made again from a clean state.
private struct AfterRows {
  let quarantine: ConnectionParameters
  let world: CopyWorld

  /// In one transaction: all of it, or nothing and an error. What something else depends on, such as a view that groups
  /// by a primary key, is such an error.
  func takeBack() throws(RefreshFailure) {
    let session = try world.connect(quarantine)
    let deadline = Deadline.after(world.stall)
    try reaching { () throws(DatabaseError) in
      _ = try session.query(Self.endOthers, deadline: deadline, as: "ending what the earlier run left running")
      try session.transaction(readOnly: false, deadline: deadline) { session throws(DatabaseError) in
        for question in Self.questions {
          let rows = try session.query(question, deadline: deadline, as: "looking for what was made after the rows")
          for row in rows {
            _ = try session.query(row[0] ?? "", deadline: deadline, as: "taking back what was made after the rows")
          }
        }
      }
    }
  }

  private static let endOthers = """
    SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
      AND pg_catalog.pg_has_role(usesysid, 'USAGE')
    """

  private static let ours = """
    n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '\(CopyMarks.schema)')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = r.oid AND d.deptype = 'e')
    """

  private static let tables = """
    pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
    """

  /// Foreign keys first, because they hold the keys that they refer to; what a parent has given to its partitions goes
  /// with the parent's.
  private static let questions = [
    """
    SELECT pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', r.oid::pg_catalog.regclass, c.conname)
    FROM \(tables) JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid
    WHERE c.contype = 'f' AND c.conparentid = 0 AND \(ours)
    """,
    """
    SELECT pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', r.oid::pg_catalog.regclass, c.conname)
    FROM \(tables) JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid
    WHERE c.contype IN ('p', 'u', 'x') AND c.conparentid = 0 AND \(ours)
    """,
    """
    SELECT pg_catalog.format('DROP INDEX IF EXISTS %s', i.indexrelid::pg_catalog.regclass)
    FROM \(tables) JOIN pg_catalog.pg_index i ON i.indrelid = r.oid
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    WHERE NOT x.relispartition AND \(ours)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype <> 'f')
    """,
    """
    SELECT pg_catalog.format('DROP TRIGGER IF EXISTS %I ON %s', t.tgname, r.oid::pg_catalog.regclass)
    FROM \(tables) JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid
    WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND \(ours)
    """,
    """
    SELECT pg_catalog.format('DROP RULE IF EXISTS %I ON %s', w.rulename, r.oid::pg_catalog.regclass)
    FROM \(tables) JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN' AND \(ours)
    """,
    """
    SELECT pg_catalog.format('DROP POLICY IF EXISTS %I ON %s', p.polname, r.oid::pg_catalog.regclass)
    FROM \(tables) JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid WHERE \(ours)
    """,
    """
    SELECT pg_catalog.format('DROP STATISTICS IF EXISTS %I.%I', m.nspname, s.stxname)
    FROM \(tables) JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = r.oid
      JOIN pg_catalog.pg_namespace m ON m.oid = s.stxnamespace
    WHERE \(ours)
    """,
  ]
}
