import Documents
import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// The originals of a source, read from the source itself: for a filter where none was kept, and for looking up what a
/// filter has found.
struct SourceOriginals: Sendable {
  private let stream: OriginalsStream
  private let expected: Int
  private let source: ConnectionParameters
  private let workers: Int
  private let world: CopyWorld
  /// Columns whose originals are not seen, because SQL changes them in some rows only, or inside of documents.
  let notCollected: [ColumnName]

  var isEmpty: Bool { stream.tables.isEmpty }

  /// - Parameter personal: for a copy that somebody else has made: every column that looks personal counts as masked where
  ///   the policy does not say otherwise, and all rows are taken.
  init(_ order: CopyOrder, _ world: CopyWorld, andByLooks personal: Bool = false) throws(RefreshFailure) {
    do { source = try world.parameters(order.source, nil) } catch { throw .unreachable(error) }
    let session = try world.connect(source)
    let deadline = world.short
    let context = try reaching { () throws(DatabaseError) in
      try SQLContext.read(order, in: session, deadline: deadline)
    }
    let (schema, look, moment) = try reaching { () throws(DatabaseError) in
      try session.transaction(readOnly: true, isolation: .repeatableRead, deadline: deadline) {
        session throws(DatabaseError) in
        let schema = try SchemaReader.read(order.schemas, in: session, deadline: deadline)
        let moment = try session.query(
          "SELECT pg_catalog.transaction_timestamp()::text", deadline: deadline, as: "reading the instant"
        ).single
        let look =
          personal || !order.statements.isEmpty
          ? try SourceLook.look(at: schema, in: session, with: order.classifier) : SourceLook()
        return (schema, look, moment ?? "")
      }
    }
    guard let instant = CopyInstant(moment) else { throw .refused("the source gave no time that can be used") }
    var order = order
    if order.keys == nil { order.masterKey = Secret("a key that masks nothing, 0123456789") }
    if personal { order = Self.policy(masking: look, of: schema, beside: order, context) }
    var plan = CopyPlan(order, schema, context)
    // Of a copy that somebody else has made every original has to be read.
    plan.readsHiddenOriginals = plan.readsHiddenOriginals || personal
    try reaching { () throws(DatabaseError) in
      try context.settle(&plan, schema, in: session, deadline: deadline)
    }
    let missed = plan.watch(Set(look.detections.keys))
    stream = OriginalsStream(
      plan.tables.flatMap { CarriedTable($0, at: instant).originals }, stall: world.stall)
    expected = try reaching { () throws(DatabaseError) in
      try ExpectedOriginals.count(of: plan, in: session, deadline: deadline)
    }
    notCollected =
      missed
      + plan.tables.flatMap { table in table.columnsNotCollected.map { ColumnName(table.table.name, $0) } }
    (self.world, workers) = (world, max(2, order.workers))
  }

  /// The policy without what leaves rows out and without SQL, and with a rule for each column that looks personal and has
  /// none: whatever the rule is, its values are originals.
  private static func policy(
    masking look: SourceLook, of schema: DatabaseSchema, beside order: CopyOrder, _ context: SQLContext
  ) -> CopyOrder {
    var order = order
    order.statements = []
    order.policy = order.policy?.withoutSelection ?? .object(Fields())
    let coverage = Coverage(of: schema, by: CopyPlan(order, schema, context))
    let wanted = look.detections.sorted { $0.key.description < $1.key.description }.compactMap { name, detections in
      detections.first.flatMap { first -> (column: ColumnName, kind: String)? in
        guard let table = schema[name.table], let column = table[name.column],
          !coverage.treatment(of: column, in: table).isDecided
        else { return nil }
        return (name, first.kind)
      }
    }
    let policy = order.policy ?? .object(Fields())
    order.policy = Proposal(for: wanted, beside: policy, in: schema).merged(into: policy)
    return order
  }

  /// A filter of them all.
  func filter(_ keys: LeakKeys, spillingInto folder: String) throws(RefreshFailure) -> LeakFilter {
    let collector = OriginalsCollector(keys, expecting: expected, budget: .init(folder: folder))
    for result in read({ (table, session) throws(LeakProbeFailure) in
      try stream.collect(table, from: session, into: collector)
    }) {
      do { try result.get() } catch { throw RefreshFailure(error) }
    }
    do { return try collector.finish() } catch { throw .refused(error.description) }
  }

  /// Which of the suspects are originals; nothing where the source cannot be asked any more, which refutes nothing.
  func search(
    _ suspects: Set<KeyedFingerprint>, _ fingerprinter: Fingerprinter
  ) throws(RefreshFailure) -> Set<KeyedFingerprint>? {
    var known: Set<KeyedFingerprint> = []
    for result in read({ (table, session) throws(LeakProbeFailure) in
      try stream.search(table, for: suspects, with: fingerprinter, in: session)
    }) {
      switch result {
      case .success(let found): known.formUnion(found)
      case .failure(.database(let error)) where error.kind != .interrupted: return nil
      case .failure(let failure): throw RefreshFailure(failure)
      }
    }
    return known
  }

  private func read<Answer: Sendable>(
    _ ask: @escaping @Sendable (OriginalsStream.Table, Session) throws(LeakProbeFailure) -> Answer
  ) -> [Result<Answer, LeakProbeFailure>] {
    let (world, source) = (world, source)
    return concurrently(stream.tables, limit: workers) { table in
      Result { () throws(LeakProbeFailure) in
        let session: Session
        do throws(DatabaseError) { session = try world.settled(source) } catch { throw .database(error) }
        return try ask(table, session)
      }
    }
  }
}

extension Value {
  /// A policy that selects all rows of all tables.
  fileprivate var withoutSelection: Value {
    guard var policy = object else { return self }
    policy["exclude_tables"] = nil
    var tables = Fields()
    for entry in policy["tables"]?.object?.entries ?? [] {
      var table = entry.value.object ?? Fields()
      for key in ["filter", "sample_rate", "sampling_method", "stratify_by"] { table[key] = nil }
      tables[entry.key] = .object(table)
    }
    policy["tables"] = .object(tables)
    return .object(policy)
  }
}
