/// Which rows are copied: those that their own table's filter and sample leave and all of whose referenced rows are
/// copied too, so that no reference can lose its row.
///
/// A table is *restricted* where it has a filter or a sample or is excluded, and *affected* where a chain of references
/// leads from it to a restricted one. A row of an affected table is left out where such a chain leads to a row that is
/// left out. Each chain becomes one NOT EXISTS: an anti-join, which the server hashes and spills to disk, so that
/// memory stays flat whatever the size of the tables. A NULL in a reference refers to nothing and keeps its row, as in
/// PostgreSQL (MATCH SIMPLE); a virtual reference to a row that does not exist in the source either keeps it as well.
struct RowSelection {
  /// A reference that a chain goes along.
  struct Edge {
    /// The table itself, or the partition that declares the key.
    var from: QualifiedName
    var to: QualifiedName
    var columns: [String]
    /// NULL is impossible in all its columns.
    var isRequired: Bool
    var name: String
    var path: String
    /// True of a referring and a referenced row, by their aliases.
    var condition: @Sendable (_ from: String, _ to: String) -> String
  }

  private let meeting: PolicyMeeting
  private var samplings: [QualifiedName: RowSampling] = [:]
  private var edges: [QualifiedName: [Edge]] = [:]
  /// Tables from which a chain leads to a restricted one, and restricted ones.
  private(set) var affected: Set<QualifiedName> = []
  private(set) var problems: [CopyProblem] = []
  private var cyclic: Set<QualifiedName> = []

  init(_ meeting: PolicyMeeting, ignoring nulled: Set<ColumnName>, seed: Int?) {
    self.meeting = meeting
    let index = meeting.index
    for table in index.schema.tables where index.root(of: table.name) == table.name {
      let rows = meeting.rows[table.name]
      if rows != nil || table.rowCondition != nil {
        samplings[table.name] = RowSampling(table, rows ?? PolicyMeeting.Rows(), seed: seed)
      }
    }
    for edge in Self.edges(of: meeting, ignoring: nulled) { edges[index.root(of: edge.from), default: []].append(edge) }
    findAffected()
    refuseCycles()
    judgeExcluded()
    for key in index.schema.foreignKeys where index[key.to] == nil && index[key.from] != nil {
      problems.append(.outside(key))
    }
  }

  private func isRestricted(_ table: QualifiedName) -> Bool {
    meeting.excluded.contains(table) || samplings[table] != nil
  }

  /// References that lead to rows that may be left out.
  private func leading(from table: QualifiedName) -> [Edge] {
    (edges[table] ?? []).filter { affected.contains(meeting.index.root(of: $0.to)) }
  }

  private mutating func findAffected() {
    let tables = Set(edges.keys).union(samplings.keys).union(meeting.excluded)
    affected = tables.filter(isRestricted)
    var before = -1
    while before != affected.count {
      before = affected.count
      for table in tables where !affected.contains(table) && !leading(from: table).isEmpty { affected.insert(table) }
    }
  }

  /// A reference out of a cycle's tables would have to be followed without end.
  private mutating func refuseCycles() {
    for table in affected.sorted() where !meeting.excluded.contains(table) {
      guard let cycle = cycle(from: table) else { continue }
      cyclic.insert(table)
      let names = ([table] + cycle.map { meeting.index.root(of: $0.to) }).map(\.description)
      guard table == cycle.map({ meeting.index.root(of: $0.to) }).min() else { continue }
      problems.append(
        .init(
          .error, "reference_cycle", at: path(near: cycle),
          "\(names.joined(separator: " → ")) refer to themselves by \(cycle.map(\.name).joined(separator: ", ")), and rows of them are left out by a filter or a sample: which rows are to follow cannot be told without end. Give one of the columns the strategy `\"null\"` (it may be \(nullable(cycle))), or take the filter or sample away"
        ))
    }
  }

  private func nullable(_ cycle: [Edge]) -> String {
    let names = cycle.filter { !$0.isRequired }.map { "\($0.from).\($0.columns.joined(separator: ", "))" }
    return names.isEmpty ? "none: all of them are NOT NULL" : names.joined(separator: " or ")
  }

  private func path(near cycle: [Edge]) -> String {
    let tables = cycle.map { meeting.index.root(of: $0.to) }
    let own = tables.lazy.compactMap { meeting.rows[$0]?.path }.first
    return own ?? meeting.rows.values.map(\.path).sorted().first ?? "exclude_tables"
  }

  private func cycle(from start: QualifiedName) -> [Edge]? {
    var (seen, found) = (Set<QualifiedName>(), [Edge]())
    func search(_ table: QualifiedName) -> Bool {
      for edge in leading(from: table) {
        let next = meeting.index.root(of: edge.to)
        if next == start || (seen.insert(next).inserted && !meeting.excluded.contains(next) && search(next)) {
          found.insert(edge, at: 0)
          return true
        }
      }
      return false
    }
    return search(start) ? found : nil
  }

  private mutating func judgeExcluded() {
    for (table, edges) in edges.sorted(by: { $0.key < $1.key }) where !meeting.excluded.contains(table) {
      for edge in edges where meeting.excluded.contains(meeting.index.root(of: edge.to)) {
        problems.append(.excludedReference(edge))
      }
    }
  }
}

extension RowSelection {
  /// Chains are as many as there are ways through the references; more than this would be a statement that nobody can
  /// read and no planner likes.
  static let chainLimit = 256

  /// What of a table's rows is copied: the alias that the conditions use, and the conditions, all of which have to hold.
  ///
  /// - Parameter part: the partition whose rows are read, where the table has any.
  mutating func conditions(of table: Table, part: Table) -> (alias: String, conditions: [String]) {
    let alias = quote(part.name.name)
    var sampling = samplings[table.name]
    sampling?.alias = alias
    guard affected.contains(table.name), !cyclic.contains(table.name) else { return (alias, []) }
    var found = sampling?.conditions() ?? []
    let mark = mark(besides: alias)
    if let sampling, sampling.isStratified {
      let least = "\(quote(mark))"
      found.append(
        "NOT EXISTS (SELECT FROM \(self.least(of: sampling, table)) AS \(least) WHERE \(sampling.isLeftOut(by: least)))"
      )
    }
    let chains = chains(from: table.name, part: part.name, alias: alias, mark)
    if chains.count > Self.chainLimit { problems.append(.tooManyChains(table, meeting)) }
    return (alias, found + chains.prefix(Self.chainLimit))
  }

  /// Rows that the table's other conditions leave, so that a stratum has a row in the copy where it can have one.
  private func least(of sampling: RowSampling, _ table: Table) -> String {
    let chains = chains(from: table.name, part: table.name, alias: sampling.alias, mark(besides: sampling.alias))
    return sampling.least(from: table.relation, where: sampling.conditions() + chains.prefix(Self.chainLimit))
  }

  /// A beginning of aliases that the outer one does not have.
  private func mark(besides alias: String) -> String { alias.hasPrefix("\"~") ? "-" : "~" }

  private func chains(from table: QualifiedName, part: QualifiedName, alias: String, _ mark: String) -> [String] {
    var found: [String] = []
    func follow(_ table: QualifiedName, _ last: String, _ depth: Int, _ joined: String, _ outer: String) {
      for edge in leading(from: table) where found.count <= Self.chainLimit {
        // A key that one partition declares says nothing of the rows of the others. Further along a chain it is taken
        // for a key of the whole table: a row too many may be left out, and no reference is lost.
        if depth == 0, !meeting.index.isPart(part, of: edge.from) { continue }
        let target = meeting.index.root(of: edge.to)
        let next = quote("\(mark)\(depth + 1)")
        let condition = edge.condition(last, next)
        for rows in leftOut(target, edge.to) {
          found.append(Self.chain(joined, "\(rows) AS \(next)", outer, condition))
        }
        // Into a cycle one would go without end; that it is there is an error already.
        guard !meeting.excluded.contains(target), !cyclic.contains(target), let physical = meeting.index[edge.to]
        else { continue }
        let relation = "\(physical.relation) AS \(next)"
        let (from, outer) =
          depth == 0 ? (relation, condition) : ("\(joined) JOIN \(relation) ON \(condition)", outer)
        follow(target, next, depth + 1, from, outer)
      }
    }
    if !cyclic.contains(table) { follow(table, alias, 0, "", "") }
    return found
  }

  private static func chain(_ joined: String, _ rows: String, _ outer: String, _ condition: String) -> String {
    joined.isEmpty
      ? "NOT EXISTS (SELECT FROM \(rows) WHERE \(condition))"
      : "NOT EXISTS (SELECT FROM \(joined) JOIN \(rows) ON \(condition) WHERE \(outer))"
  }

  /// Relations of the rows that a table's own filter and sample leave out.
  private func leftOut(_ name: QualifiedName, _ part: QualifiedName) -> [String] {
    guard let table = meeting.index[name], let physical = meeting.index[part] else { return [] }
    if meeting.excluded.contains(name) { return [physical.relation] }
    guard let sampling = samplings[name] else { return [] }
    let alias = sampling.alias
    var found: [String] = []
    let conditions = sampling.conditions()
    if !conditions.isEmpty {
      let all = conditions.joined(separator: " AND ")
      found.append("(SELECT \(alias).* FROM \(physical.relation) AS \(alias) WHERE (\(all)) IS NOT TRUE)")
    }
    if sampling.isStratified {
      let least = quote(mark(besides: alias))
      found.append(
        "(SELECT \(alias).* FROM \(physical.relation) AS \(alias) JOIN \(self.least(of: sampling, table)) AS \(least) ON \(sampling.isLeftOut(by: least)))"
      )
    }
    return found
  }

  /// The share of its rows that a table's own sample takes.
  func rate(of table: QualifiedName) -> Double { samplings[table]?.rows.rate ?? 1 }

  /// Whether every statement reads the whole table, beside its own rows.
  func readsWhole(_ table: QualifiedName) -> Bool { samplings[table]?.readsWhole ?? false }

  /// Whether a table's conditions read the tables that it refers to.
  func follows(_ table: QualifiedName) -> Bool { affected.contains(table) && !leading(from: table).isEmpty }
}

extension CopyProblem {
  fileprivate static func excludedReference(_ edge: RowSelection.Edge) -> Self {
    edge.isRequired
      ? .init(
        .error, "excluded_referenced", at: "exclude_tables",
        "every row of \(edge.from) refers to a row of \(edge.to) (\(edge.name)), which is excluded, so that none could be copied; exclude \(edge.from) too, or copy \(edge.to)"
      )
      : .init(
        .warning, "excluded_referenced", at: "exclude_tables",
        "of \(edge.from) only rows without a reference are copied, because \(edge.name) leads to \(edge.to), which is excluded; to copy all of them give \(edge.columns.joined(separator: ", ")) the strategy `\"null\"`"
      )
  }

  fileprivate static func outside(_ key: ForeignKey) -> Self {
    .init(
      .warning, "reference_outside", at: "tables.\(key.from.name)",
      "the foreign key `\(key.name)` of \(key.from) leads to \(key.to), whose schema is not copied, so that the copy cannot have it; include the schema, or give \(key.columns.joined(separator: ", ")) the strategy `\"null\"`"
    )
  }

  fileprivate static func tooManyChains(_ table: Table, _ meeting: PolicyMeeting) -> Self {
    .init(
      .error, "reference_chains", at: meeting.rows.values.map(\.path).sorted().first ?? "exclude_tables",
      "more than \(RowSelection.chainLimit) chains of references lead from \(table.name) to tables with a filter or a sample; filter tables that are nearer to it, or exclude some between them"
    )
  }
}
