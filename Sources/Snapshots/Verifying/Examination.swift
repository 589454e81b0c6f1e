import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// One look at a whole database: every row once, at one instant, for all checks.
///
/// A leader holds the instant and the locks; sessions at its instant read tables, and the server answers beside them what
/// is better asked there: orphans, sequences, sizes of groups.
struct Examination: Sendable {
  let order: VerificationOrder
  let world: CopyWorld
  let database: ConnectionParameters
  let facts: CopyFacts
  let known: KnownFilter
  /// What the copy has to hold, where its originals are at hand.
  var expected: ExpectedValues?
  /// Only what the rows say: for copies of which many are made.
  var isBrief = false
  /// What the policy is held against, where it is another schema than that of the database: one without keys.
  var modelled: DatabaseSchema?

  private static let lockTimeout = Duration.seconds(30)

  var isForeign: Bool { order.subject == .foreign }

  /// What was read, for the judges.
  struct Seen {
    var schema: DatabaseSchema
    var declared: DatabaseSchema
    var policy: ExaminedPolicy
    var risks: [RiskRule]
    var reading: CopyReading
    var answers: [(question: Question.Subject, answer: Question.Answer)]
    var deadRows: DeadRows
    var deadFindings: [LeakReport.Finding]
    var leaks: LeakReport?
    var isSameDatabase: Bool
    var readFor: Duration
    var notes: [String]
  }

  func run() throws(RefreshFailure) -> CopyVerification {
    let began = ContinuousClock.now
    let session = try world.connect(database)
    let deadline = world.short
    let context = try reaching { () throws(DatabaseError) in
      try SQLContext.read(order.copy, in: session, deadline: deadline)
    }
    let leader = try reaching { () throws(DatabaseError) in
      try Leader.take(on: session, lockTimeout: Self.lockTimeout, deadline: deadline)
    }
    defer { leader.end() }
    var seen = try look(leader, context)
    let pace = try copyPace(seen, leader)
    let tasks = ExaminationTasks(self, seen, leader.snapshot)
    try tasks.run(&seen, statistics: try statistics(in: leader, seen))
    try confirm(&seen)
    try lookAtPages(&seen)
    var found = judged(seen)
    found.copying = pace
    found.duration = ContinuousClock.now - began
    return found
  }

  /// Of a sample nobody wants to know.
  private func copyPace(_ seen: Seen, _ leader: Leader) throws(RefreshFailure) -> Duration? {
    guard !isBrief else { return nil }
    return try reaching { () throws(DatabaseError) in
      try SingleStream.measure(seen.schema.tables, in: leader.session, stall: world.stall)
    }
  }

  private func look(_ leader: Leader, _ context: SQLContext) throws(RefreshFailure) -> Seen {
    let deadline = world.short
    var schema = try reaching { () throws(DatabaseError) in
      try SchemaReader.read(SchemaSelection(), in: leader.session, deadline: deadline)
    }
    schema.tables.removeAll { $0.name.schema == CopyMarks.schema }
    let locked = schema.tables.filter { $0.storage != .foreign }.map(\.name.quoted)
    try reaching { () throws(DatabaseError) in
      try leader.lock(locked, deadline: .after(Self.lockTimeout))
    }
    let declared = schema.selecting(order.copy.schemas)
    let policy = ExaminedPolicy(order.copy, modelled ?? declared, context, facts, isForeign: isForeign)
    let (risks, problems) = RiskRule.all(of: order.copy.policy, in: declared)
    return Seen(
      schema: schema, declared: declared, policy: policy, risks: isForeign ? [] : risks,
      reading: CopyReading(schema.tables.compactMap { policy.checked($0, expected) }), answers: [],
      deadRows: .notChecked(""),
      deadFindings: [], isSameDatabase: try isPublishedOne(leader), readFor: .zero,
      notes: problems.map { "\($0.path): \($0.message)" })
  }

  /// Somebody may have put another database in its place.
  private func isPublishedOne(_ leader: Leader) throws(RefreshFailure) -> Bool {
    guard let number = facts.row?.publication?.databaseNumber, order.subject == .destination else { return true }
    let found = try reaching { () throws(DatabaseError) in
      try leader.session.query(
        "SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()", deadline: world.short,
        as: "reading the database's number")
    }
    return found.single == number
  }

  private func statistics(in leader: Leader, _ seen: Seen) throws(RefreshFailure) -> [ProbedText] {
    guard known.filter != nil else { return [] }
    return try reaching { () throws(DatabaseError) in
      try Residue.statistics(
        in: leader.session, declaration: { seen.policy.declaration($0) }, deadline: world.short)
    }
  }

  /// Only where something was found is the source asked.
  private func confirm(_ seen: inout Seen) throws(RefreshFailure) {
    guard let filter = known.filter else { return }
    let suspects = seen.reading.suspects
    seen.leaks = seen.reading.leaks(filter, known: suspects.isEmpty ? [] : try look(up: suspects, filter))
    if case .collected(_, let originals) = known { seen.leaks?.notCollected = originals.notCollected }
  }

  func look(
    up suspects: Set<KeyedFingerprint>, _ filter: LeakFilter
  ) throws(RefreshFailure) -> Set<KeyedFingerprint>? {
    if case .collected(_, let originals) = known { return try originals.search(suspects, filter.fingerprinter) }
    if case .sampled(_, let originals) = known { return try originals.search(suspects, filter.fingerprinter) }
    guard order.sourceProblem == nil else { return nil }
    do throws(RefreshFailure) {
      return try SourceOriginals(order.copy, world).search(suspects, filter.fingerprinter)
    } catch {
      if world.interrupt.isRaised { throw .interrupted }
      return nil
    }
  }

  /// By a superuser through pageinspect; else by how the database was filled, where that is known; else not at all.
  private func lookAtPages(_ seen: inout Seen) throws(RefreshFailure) {
    guard !isBrief else { return seen.deadRows = .notChecked("only rows were looked at") }
    guard let filter = known.filter else {
      return seen.deadRows = .notChecked("there is no filter of originals")
    }
    let session = try reaching { () throws(DatabaseError) in try world.settled(database) }
    let heaps = seen.schema.tables.filter { $0.storage == .heap }.map(\.name)
    let probe = DeadRowsProbe(filter, in: session, stall: world.stall)
    do throws(LeakProbeFailure) {
      (seen.deadRows, seen.deadFindings) = try probe.run(heaps) { suspects throws(LeakProbeFailure) in
        do throws(RefreshFailure) { return try look(up: suspects, filter) } catch { return nil }
      }
    } catch { throw RefreshFailure(error) }
    guard case .notChecked(let why) = seen.deadRows, facts.isOurs, seen.isSameDatabase else { return }
    seen.deadRows = try reaching { () throws(DatabaseError) in
      try DeadRows.ofFreshCopy(in: session, rewritten: false, deadline: world.short)
    }
    if case .notChecked(let also) = seen.deadRows { seen.deadRows = .notChecked("\(also); \(why)") }
  }
}
