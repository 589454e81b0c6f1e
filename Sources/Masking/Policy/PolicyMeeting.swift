import Documents

/// A policy whose names have been found in a schema.
struct PolicyMeeting {
  struct Rule: Hashable {
    var rule: MaskingPolicy.ColumnRule
    /// Where it stands in the policy.
    var path: String
  }

  /// Which rows of a table are copied.
  struct Rows {
    var filter: RowExpression?
    var rate = 1.0
    var sampling = MaskingPolicy.Sampling.random
    /// The column that strata or ages are read from.
    var column: String?
    var path = ""
  }

  struct Reference: Hashable {
    var from: ColumnPath
    var to: ColumnPath
    var path: String
  }

  let index: SchemaIndex
  private(set) var rules: [ColumnPath: Rule] = [:]
  private(set) var rows: [QualifiedName: Rows] = [:]
  private(set) var excluded: Set<QualifiedName> = []
  private(set) var references: [Reference] = []
  private(set) var problems: [CopyProblem] = []
  /// Filters in people's own words.
  private(set) var words: [CopyPlan.Words] = []

  init(_ policy: MaskingPolicy, _ index: SchemaIndex) {
    self.index = index
    for name in policy.excludedTables { exclude(name) }
    for table in policy.tables { take(table) }
    for reference in policy.references { take(reference) }
    inheritRows()
  }

  private mutating func exclude(_ name: String) {
    guard let table = find(name, at: "exclude_tables") else { return }
    if index[table.name]?.partitionOf != nil, index.root(of: table.name) != table.name {
      problems.append(
        .init(
          .error, "partition_excluded", at: "exclude_tables",
          "\(table.name) is a partition of \(index.root(of: table.name)); exclude that one, or give it a `filter` that leaves the rows of the partition out"
        ))
      return
    }
    excluded.insert(table.name)
  }

  private mutating func take(_ policy: MaskingPolicy.Table) {
    let path = "tables.\(policy.name)"
    guard let table = find(policy.name, at: path) else { return }
    let root = index.root(of: table.name)
    guard root == table.name else {
      problems.append(
        .init(
          .error, "rule_on_partition", at: path,
          "\(table.name) is a partition, and the rules of \(root) hold for all of its partitions alike; write them there"
        ))
      return
    }
    if excluded.contains(table.name) {
      problems.append(
        .init(
          .error, "rule_on_excluded", at: path,
          "\(table.name) stands in `exclude_tables`, so that its rules would do nothing; take it away from there, or the rules"
        ))
      return
    }
    if table.storage == .foreign {
      problems.append(
        .init(.warning, "foreign_table", at: path, "\(table.name) is a foreign table, whose rows are never copied"))
    }
    for rule in policy.written { take(rule, table, "\(path).columns.\(rule.name)") }
    rows[table.name] = rows(of: policy, table, path)
  }

  private mutating func take(_ named: MaskingPolicy.NamedRule, _ table: Table, _ path: String) {
    guard let found = column(named.name, in: table, at: path) else { return }
    rules[ColumnPath(column: ColumnName(table.name, found.column.name), path: found.path)] = Rule(
      rule: named.rule, path: path)
  }

  private mutating func rows(of policy: MaskingPolicy.Table, _ table: Table, _ path: String) -> Rows? {
    var rows = Rows(rate: policy.sampleRate, sampling: policy.sampling, path: path)
    if let filter = policy.filter {
      do {
        let read = try RowExpression(filter, of: table, named: table.name.name, in: index.schema)
        words.append(.init(read, over: table, at: "\(path).filter"))
        rows.filter = read
      } catch {
        problems.append(.init(.error, error.code, at: "\(path).filter", error.message))
      }
    }
    if rows.rate < 1, rows.sampling != .random { rows.column = samplingColumn(policy, table, path) }
    return rows.filter == nil && rows.rate >= 1 ? nil : rows
  }

  private mutating func samplingColumn(_ policy: MaskingPolicy.Table, _ table: Table, _ path: String) -> String? {
    if let written = policy.stratifyBy {
      guard let found = column(written, in: table, at: "\(path).stratify_by") else { return nil }
      guard policy.sampling == .stratified || found.column.type.family.isDateOrTime, found.path.isEmpty else {
        problems.append(
          .init(
            .error, "sampling_column", at: "\(path).stratify_by",
            "a time-based sample takes the newest rows by a column of dates or timestamps, and `\(written)` is no such column"
          ))
        return nil
      }
      return written
    }
    let times = table.columns.filter { $0.type.family.isDateOrTime }.map(\.name)
    if policy.sampling == .timeBased,
      let column = times.contains("created_at") ? "created_at" : times.count == 1 ? times[0] : nil
    {
      return column
    }
    let why =
      policy.sampling == .stratified
      ? "a stratified sample needs `stratify_by`, the column whose every value is to be represented"
      : times.isEmpty
        ? "\(table.name) has no column of dates or timestamps to take the newest rows by; take `sampling_method: random`"
        : "\(table.name) has several columns of times and no `created_at`; name the one that ages are read from in `stratify_by`"
    problems.append(.init(.error, "sampling_column", at: "\(path).sampling_method", why))
    return nil
  }

  /// Rows that are seen through a parent are chosen as the parent's own, unless the heir has a choice of its own.
  private mutating func inheritRows() {
    for table in index.schema.tables where !table.inherits.isEmpty && rows[table.name] == nil {
      guard let parent = index.ancestry(of: table.name).dropFirst().first(where: { rows[$0] != nil }) else { continue }
      rows[table.name] = rows[parent]
    }
  }
}

extension PolicyMeeting {
  private mutating func find(_ name: String, at path: String) -> Table? {
    let found = index.candidates(name)
    if found.count == 1 { return index[found[0]] }
    if found.isEmpty {
      let near = index.nearestTable(to: name).map { "; did you mean `\($0)`?" } ?? ""
      problems.append(
        .init(.error, "unknown_table", at: path, "there is no table `\(name)` in the selected schemas\(near)"))
    } else {
      let ways = found.map { "`\($0)`" }.joined(separator: " or ")
      problems.append(.init(.error, "ambiguous_table", at: path, "several tables are called `\(name)`; write \(ways)"))
    }
    return nil
  }

  private mutating func column(_ name: String, in table: Table, at path: String) -> (column: Column, path: [String])? {
    guard let found = table.resolve(name) else {
      let near = Suggestion.nearest(name, among: table.columns.map(\.name)).map { "; did you mean `\($0)`?" } ?? ""
      problems.append(.init(.error, "unknown_column", at: path, "\(table.name) has no column `\(name)`\(near)"))
      return nil
    }
    guard found.path.isEmpty || found.column.type.family == .json || found.column.type.family == .jsonb else {
      problems.append(
        .init(
          .error, "path_into_no_json", at: path,
          "`\(found.column.name)` is of the type \(found.column.type.name), and only json and jsonb have paths; write the rule on the column itself"
        ))
      return nil
    }
    return found
  }

  private mutating func take(_ reference: MaskingPolicy.Reference) {
    let path = "virtual_references.\(reference.from)"
    guard let from = place(reference.from, at: path), let to = place(reference.to, at: "\(path).to") else { return }
    guard from != to else {
      problems.append(.init(.error, "reference_to_itself", at: path, "`\(reference.from)` refers to itself"))
      return
    }
    references.append(Reference(from: from, to: to, path: path))
  }

  /// `table.column`, `schema.table.column`, with a path into JSON behind it: every way to cut it at its dots is tried.
  private mutating func place(_ written: String, at path: String) -> ColumnPath? {
    let parts = written.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    var (found, tables) = ([ColumnPath](), [Table]())
    for count in stride(from: 1, to: parts.count, by: 1) {
      for name in index.candidates(parts[..<count].joined(separator: ".")) {
        guard let table = index[index.root(of: name)] else { continue }
        tables.append(table)
        guard let column = table.resolve(parts[count...].joined(separator: ".")) else { continue }
        found.append(ColumnPath(column: ColumnName(table.name, column.column.name), path: column.path))
      }
    }
    let places = Set(found).sorted()
    if places.count == 1 {
      let place = places[0]
      let name = ([place.column.column] + place.path).joined(separator: ".")
      return index[place.table].flatMap { column(name, in: $0, at: path) } == nil ? nil : place
    }
    problems.append(unplaced(written, places, tables, path))
    return nil
  }

  private func unplaced(_ written: String, _ places: [ColumnPath], _ tables: [Table], _ path: String) -> CopyProblem {
    if places.count > 1 {
      let ways = places.map { "`\($0)`" }.joined(separator: " or ")
      return .init(.error, "ambiguous_table", at: path, "`\(written)` can be \(ways); write the schema too")
    }
    let known = (tables.isEmpty ? index.schema.tables : tables).flatMap { table in
      table.columns.map { "\(table.name.name).\($0.name)" }
    }
    let near = Suggestion.nearest(written, among: known).map { "; did you mean `\($0)`?" } ?? ""
    return .init(
      .error, tables.isEmpty ? "unknown_table" : "unknown_column", at: path,
      "there is no column `\(written)`, which would be written `table.column`\(near)")
  }
}
