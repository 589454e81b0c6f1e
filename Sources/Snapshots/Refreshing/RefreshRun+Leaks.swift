import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// Whether anything that was masked is in the finished copy all the same: in its rows, in the text of its schema, in
/// its statistics.
extension RefreshRun {
  /// A leak keeps the previous copy, with a sentence that says where; the policy may say that it is published with a
  /// note.
  func expectNoLeaks(_ quarantine: Quarantine, _ lead: Lead) throws(RefreshFailure) {
    notes += lead.unwatchedNotes
    var known = try leaks.finish()
    if known == nil { known = try collectAgain(lead) }
    guard let filter = known else { return }
    let declared = declarations(lead)
    let (tables, texts, deadRows) = try reachable(quarantine, lead, declared)
    let (world, database) = (world, quarantine.database)
    let probe = LeakProbe(filter, tables: tables, workers: order.workers, stall: world.stall) {
      () throws(DatabaseError) in try world.settled(database)
    }
    var report: LeakReport
    do throws(LeakProbeFailure) {
      report = try probe.run(with: texts) { suspects throws(LeakProbeFailure) in
        try search(suspects, filter.fingerprinter, lead)
      }
    } catch { throw RefreshFailure(error) }
    report.notCollected = lead.plan.tables.flatMap { table in
      table.columnsNotCollected.map { ColumnName(table.table.name, $0) }
    }
    leaks.note(report, deadRows)
    notes += report.notes
    if case .notChecked = deadRows { notes.append(deadRows.sentence) }
    guard !report.hasPassed else { return }
    let sentence = report.sentences.joined(separator: "; ")
    guard order.policy?["global", "fail_on_pii_leak"]?.bool ?? true else {
      return notes.append("\(sentence); the policy publishes it all the same")
    }
    throw .unproved(sentence, nil)
  }

  /// What is looked through beside the source: every table that is there now, be it made by users' SQL.
  private func reachable(
    _ quarantine: Quarantine, _ lead: Lead, _ declared: [ColumnName: LeakDeclaration]
  ) throws(RefreshFailure) -> ([CheckedTable], [ProbedText], DeadRows) {
    let session = try world.connect(quarantine.database)
    let deadline = world.short
    let hasRunSQL = lead.plan.runsSQL && lead.scratch == nil
    let (schema, statistics, deadRows) = try reaching { () throws(DatabaseError) in
      (
        try session.transaction(readOnly: true, isolation: .repeatableRead, deadline: deadline) {
          session throws(DatabaseError) in
          try SchemaReader.read(SchemaSelection(), in: session, deadline: deadline)
        },
        try Residue.statistics(in: session, declaration: { declared[$0] ?? .none }, deadline: deadline),
        try DeadRows.ofFreshCopy(in: session, rewritten: hasRunSQL, deadline: deadline)
      )
    }
    let tables = schema.tables.filter { $0.name.schema != CopyMarks.schema }
      .compactMap { table in CheckedTable(table, declaration: { declared[$0] ?? .none }) }
    return (tables, statistics + (try schemaText(quarantine)), deadRows)
  }

  /// The schema as SQL, of the copy itself: what was left out of it cannot leak.
  private func schemaText(_ quarantine: Quarantine) throws(RefreshFailure) -> [ProbedText] {
    let session = try world.connect(quarantine.database)
    let tools = try Structure.tools(session.serverVersion, world)
    do {
      return ProbedText.objects(
        ofSchema: try SchemaArchive.text(
          of: quarantine.database, leavingOut: CopyMarks.schema, with: tools,
          ToolPatience(.stall(world.stall), interrupt: world.interrupt)))
    } catch { throw .tool(error) }
  }

  /// What the rules say of each column of the copy.
  private func declarations(_ lead: Lead) -> [ColumnName: LeakDeclaration] {
    var declared: [ColumnName: LeakDeclaration] = [:]
    for (place, table) in lead.plan.tables.enumerated() {
      let tallies = place < carried.count ? carried[place].tallies : []
      for column in table.columns {
        let name = ColumnName(table.table.name, column.column.name)
        if column.keepsOriginals {
          declared[name] = .keepsOriginals
        } else if let reason = column.keepReason {
          declared[name] = .kept(reason: reason)
        } else if let tally = tallies.first(where: { $0.column == column.column.name }) {
          declared[name] = .masked(unchanged: tally.unchanged, of: tally.changed + tally.unchanged)
        }
      }
    }
    return declared
  }
}

/// What is asked of the source again: at an instant of its own, because that of the copy is not held for so long.
extension RefreshRun {
  /// A run that goes on from the rows of another has not seen their originals.
  private func collectAgain(_ lead: Lead) throws(RefreshFailure) -> LeakFilter? {
    guard let collector = try leaks.begin(lead, order, world) else { return nil }
    let stream = originals(lead)
    let (world, source) = (world, lead.source)
    let results = concurrently(stream.tables, limit: order.workers) { table in
      Result<Void, RefreshFailure> { () throws(RefreshFailure) in
        let session = try world.connect(source)
        try reaching { () throws(DatabaseError) in try session.settleForCopying(deadline: world.short) }
        do throws(LeakProbeFailure) { try stream.collect(table, from: session, into: collector) } catch {
          throw RefreshFailure(error)
        }
      }
    }
    for result in results { try result.get() }
    return try leaks.finish()
  }

  /// Which of the suspects are originals. Only where something was found is anything read here.
  private func search(
    _ suspects: Set<KeyedFingerprint>, _ fingerprinter: Fingerprinter, _ lead: Lead
  ) throws(LeakProbeFailure) -> Set<KeyedFingerprint>? {
    let stream = originals(lead)
    let (world, source) = (world, lead.source)
    let results = concurrently(stream.tables, limit: order.workers) {
      table -> Result<Set<KeyedFingerprint>, LeakProbeFailure> in
      Result { () throws(LeakProbeFailure) in
        let session: Session
        do throws(DatabaseError) { session = try world.settled(source) } catch { throw .database(error) }
        return try stream.search(table, for: suspects, with: fingerprinter, in: session)
      }
    }
    var known: Set<KeyedFingerprint> = []
    for result in results {
      switch result {
      case .success(let found): known.formUnion(found)
      // A source that cannot be asked any more refutes nothing.
      case .failure(.database(let error)) where error.kind != .interrupted: return nil
      case .failure(let failure): throw failure
      }
    }
    return known
  }

  private func originals(_ lead: Lead) -> OriginalsStream {
    OriginalsStream(lead.tables.flatMap(\.originals), stall: world.stall)
  }
}

extension Lead {
  /// What the source changes on the way never passes by: it is read beside the rows, at their instant, by the session that
  /// holds it. Another one would want locks of its own, and would meet whoever waits for the tables by now.
  func collectHidden(
    into collector: OriginalsCollector?, _ tables: [CarriedTable], _ world: CopyWorld
  ) throws(RefreshFailure) {
    let stream = OriginalsStream(tables.compactMap(\.hidden), stall: world.stall)
    guard let collector, !stream.tables.isEmpty else { return }
    do throws(LeakProbeFailure) { try collect(stream, into: collector, world) } catch {
      guard !world.interrupt.isRaised, endsTheInstant(error) else { throw RefreshFailure(error) }
      throw .leaderLost(RefreshFailure(error).cause)
    }
  }

  private func collect(
    _ stream: OriginalsStream, into collector: OriginalsCollector, _ world: CopyWorld
  ) throws(LeakProbeFailure) {
    for table in stream.tables { try stream.collect(table, from: leader.session, into: collector) }
    do throws(DatabaseError) {
      try leader.session.lookUpNames(in: ["pg_catalog"], deadline: world.short)
    } catch { throw .database(error) }
  }

  /// Whether another instant may well give what this one did not: the connection is gone, or the server ended the
  /// transaction for the moment's sake (manual, "PostgreSQL Error Codes": rollback, lock not available, resources,
  /// operator). Any other refusal would be the same at every try.
  private func endsTheInstant(_ failure: LeakProbeFailure) -> Bool {
    guard case .database(let error) = failure else { return false }
    let isOfTheMoment = ["40", "53", "57", "55P03"].contains { error.sqlstate?.hasPrefix($0) ?? false }
    return isOfTheMoment || !leader.session.isOpen
  }
}

extension CopyWorld {
  func settled(_ parameters: ConnectionParameters) throws(DatabaseError) -> Session {
    let session = try Session(connecting: parameters, deadline: .after(connectTimeout), interrupt: interrupt)
    try session.settleForCopying(deadline: short)
    return session
  }
}

extension RefreshFailure {
  init(_ failure: LeakProbeFailure) {
    switch failure {
    case .database(let error): self.init(error)
    case .filter(let error): self = .refused(error.description)
    case .refused(let sentence): self = .refused(sentence)
    }
  }
}
