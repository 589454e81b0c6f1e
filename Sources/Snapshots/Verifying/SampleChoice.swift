import Masking
import PostgreSQL
import Runtime

/// Some rows of every table, and every row that they refer to by foreign keys: chosen on the source's server at one instant,
/// by their places alone, so that no value leaves it for that.
struct SampleChoice {
  private let lead: Lead
  private let instant: CopyInstant
  private let deadline: Deadline
  private var chosen: [QualifiedName: Set<String>] = [:]

  /// By table, as `ctid` is written.
  var places: [QualifiedName: [String]] { chosen.mapValues { $0.sorted() } }

  private let tables: [QualifiedName: CopyPlan.Table]

  /// A source whose rows refer to each other in long chains could make a sample of everything.
  private static let mostRows = 1_000_000

  init(_ lead: Lead, _ instant: CopyInstant, deadline: Deadline) {
    (self.lead, self.instant, self.deadline) = (lead, instant, deadline)
    tables = Dictionary(lead.plan.tables.map { ($0.table.name, $0) }) { first, _ in first }
  }

  /// Of each table of the plan, in its order.
  mutating func choose(_ count: Int) throws(RefreshFailure) -> [CopyPlan.Table] {
    var new: [QualifiedName: [String]] = [:]
    for table in lead.plan.tables {
      let places = try draw(count, of: table)
      new[table.table.name] = places
      chosen[table.table.name] = Set(places)
    }
    while !new.isEmpty { new = try parents(of: new) }
    return lead.plan.tables.map { $0.holding(chosen[$0.table.name, default: []].sorted()) }
  }

  private func draw(_ count: Int, of table: CopyPlan.Table) throws(RefreshFailure) -> [String] {
    if table.table.storage == .heap, let rows = table.estimatedRows, rows > count * 20 {
      let share = min(100, max(0.001, 400 * Double(count) / Double(rows)))
      let drawn = try ask(table.places(count, share: share, at: instant))
      if drawn.count * 2 >= count { return drawn }
    }
    return try ask(table.places(count, share: nil, at: instant))
  }

  private func ask(_ sql: String) throws(RefreshFailure) -> [String] {
    let (session, deadline) = (lead.leader.session, deadline)
    return try reaching { () throws(DatabaseError) in
      try session.query(sql, deadline: deadline, as: "choosing rows")
    }.compactMap { $0[0] }
  }

  /// The rows that these refer to and that were not chosen yet.
  private mutating func parents(of rows: [QualifiedName: [String]]) throws(RefreshFailure) -> [QualifiedName: [String]]
  {
    var new: [QualifiedName: [String]] = [:]
    for key in lead.schema.foreignKeys {
      for (name, places) in rows where !places.isEmpty && isHeld(name, by: key.from) {
        for (table, place) in try referred(by: places, of: name, key) where tables[table] != nil {
          if chosen[table, default: []].insert(place).inserted { new[table, default: []].append(place) }
        }
      }
    }
    guard chosen.values.reduce(0, { $0 + $1.count }) <= Self.mostRows else {
      throw .refused("the rows that a sample refers to are more than a million; take a smaller one")
    }
    return new
  }

  private func isHeld(_ leaf: QualifiedName, by table: QualifiedName) -> Bool {
    leaf == table || tables[leaf]?.root == table
  }

  private func referred(
    by places: [String], of child: QualifiedName, _ key: ForeignKey
  ) throws(RefreshFailure) -> [(QualifiedName, String)] {
    let only = lead.schema[key.to]?.storage == .partitioned ? "" : "ONLY "
    let joins = key.columns.indices.map { place in
      let comparison = key.operators.indices.contains(place) ? key.operators[place] : "OPERATOR(pg_catalog.=)"
      return "p.\(doubleQuoted(key.referencedColumns[place])) \(comparison) c.\(doubleQuoted(key.columns[place]))"
    }
    let sql = """
      SELECT n.nspname, r.relname, p.ctid::pg_catalog.text FROM \(only)\(key.to.quoted) AS p
      JOIN pg_catalog.pg_class r ON r.oid = p.tableoid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
      WHERE EXISTS (SELECT FROM ONLY \(child.quoted) AS c
        WHERE c.ctid = ANY ($1::pg_catalog.tid[]) AND \(joins.joined(separator: " AND ")))
      """
    let array = "{\(places.map { "\"\($0)\"" }.joined(separator: ","))}"
    let (session, deadline) = (lead.leader.session, deadline)
    return try reaching { () throws(DatabaseError) in
      try session.query(sql, [array], deadline: deadline, as: "following foreign keys")
    }.compactMap { row in
      guard let schema = row[0], let table = row[1], let place = row[2] else { return nil }
      return (QualifiedName(schema, table), place)
    }
  }
}
