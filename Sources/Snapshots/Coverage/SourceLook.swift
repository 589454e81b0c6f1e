import Masking
import PostgreSQL
import Reconciliation
private import Synchronization
import Verification

/// What columns of a source look like, and the tables of which no row could be read. Holds no value of a row.
struct SourceLook: Sendable {
  var detections: [ColumnName: [Detection]] = [:]
  var unread: [Sampler.Unread] = []

  /// Samples every column that could hold personal data, and forgets the values again.
  static func look(
    at schema: DatabaseSchema, in session: Session, with classifier: Classifier,
    limits: Sampler.Limits = Sampler.Limits()
  ) throws(DatabaseError) -> SourceLook {
    let tables = schema.tables.filter { $0.partitionOf == nil && $0.storage != .foreign }
    let asked = tables.map { table in
      SampledTable(
        table, columns: table.columns.filter(classifier.canClassify).map(\.name), partitions: schema.leaves(of: table))
    }
    let answer = try Sampler(limits: limits).sample(asked, in: session)
    var look = SourceLook(unread: answer.unread)
    for table in tables {
      for column in table.columns where classifier.canClassify(column) {
        let name = ColumnName(table.name, column.name)
        // Without values the name decides alone.
        let found = classifier.classify(column: column, table: table, sample: answer.samples[name] ?? ColumnSample())
        if !found.isEmpty { look.detections[name] = found }
      }
    }
    return look
  }
}

extension DatabaseSchema {
  /// The partitions that hold the rows of a partitioned table, however deep.
  fileprivate func leaves(of table: Table) -> [Table] {
    guard table.storage == .partitioned else { return [] }
    let children = Dictionary(grouping: tables.filter { $0.partitionOf != nil }) { $0.partitionOf }
    var (found, open) = ([Table](), [table.name])
    while let next = open.popLast() {
      for child in children[next] ?? [] {
        if child.storage == .partitioned { open.append(child.name) } else { found.append(child) }
      }
    }
    return found
  }
}

/// The looks of one run: a plan looks, and the refresh that follows it need not look again, as long as the schema is
/// the same. Values that came in between are left to the checks of the copy.
final class SourceLooks: Sendable {
  private let known = Mutex<[String: SourceLook]>([:])

  func look(
    at source: DatabaseEndpoint, _ schema: DatabaseSchema, _ look: () throws(DatabaseError) -> SourceLook
  ) throws(DatabaseError) -> SourceLook {
    let key = "\(source.title) \(schema.fingerprint)"
    if let known = known.withLock({ $0[key] }) { return known }
    let found = try look()
    known.withLock { $0[key] = found }
    return found
  }
}
