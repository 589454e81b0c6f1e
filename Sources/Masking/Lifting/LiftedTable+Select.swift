extension LiftedTable {
  /// The SELECT that gives these columns of the rows that stay, in this order. Names are PostgreSQL's own or have
  /// their schema: it is for a session whose search_path is `pg_catalog`.
  ///
  /// - Parameters:
  ///   - range: which part of the source's table is read: `ctid >= '(0,0)' AND ctid < '(100,0)'`.
  ///   - filter: which of its rows are copied at all, as they are in the source. Rows that it leaves out are never
  ///     shown to a lifted statement, which could fail on them.
  ///   - instant: what `now()` is; nothing leaves it as it stands.
  ///   - alias: what `range` and `filter` call the table, quoted; nothing where they give columns without it.
  ///   - others: which rows of other tables are copied, where foreign keys make this one depend on them.
  ///   - carried: columns whose values, as they are in the source, come as text behind the others.
  public func select(
    _ columns: [String], named alias: String? = nil, range: String? = nil, filter: String? = nil,
    among others: [QualifiedName: SelectedRows] = [:], carrying carried: [String] = [], at instant: CopyInstant?
  ) -> String {
    let carriers = Carriers(carried, beside: self.columns)
    if keepsNoRows {
      return LevelQuery(
        outputs: columns.map(ExpressionPrinter.quoted) + carriers.introduced, source: source(alias),
        conditions: ["false"]
      ).sql
    }
    let plan = inputs(for: columns)
    var query = base(plan.first?.columns ?? columns, carriers, source(alias), range: range, filter: filter)
    for (index, level) in levels.enumerated() {
      let outputs = index + 1 < plan.count ? plan[index + 1].columns : columns
      let stays = LevelQuery.stays(level.deletes, guards: plan[index].guards, at: instant)
      let own = index == 0 && !query.isFenced ? alias : nil
      let keys = KeyPrinter(row: own ?? ExpressionPrinter.quoted(name.name), others: others, instant: instant)
      let values = outputs.map { output in
        let quoted = ExpressionPrinter.quoted(output)
        if let nulled = keys.nulled(output, by: level.nullings) { return "\(nulled) AS \(quoted)" }
        let assignment = level.assignments.first { $0.column == output }
        return assignment.map { "\($0.sql(at: instant)) AS \(quoted)" } ?? quoted
      }
      let conditions = [stays].compactMap { $0 } + level.cascades.flatMap(keys.exists).map { "NOT \($0)" }
      let behind = index == 0 && !query.isFenced ? carriers.introduced : carriers.passed
      query = query.read(by: values + behind, conditions, named: name.name, isFirst: index == 0)
    }
    return query.sql
  }

  private func source(_ alias: String?) -> String {
    "ONLY \(ExpressionPrinter.quoted(name))\(alias.map { " AS \($0)" } ?? "")"
  }

  private func base(
    _ columns: [String], _ carriers: Carriers, _ source: String, range: String?, filter: String?
  ) -> LevelQuery {
    let conditions = [range, filter.map { "(\($0))" }].compactMap { $0 }
    let isFenced = filter != nil && levels.first?.deletes.isEmpty == false
    return LevelQuery(
      outputs: columns.map(ExpressionPrinter.quoted) + carriers.introduced, source: source, conditions: conditions,
      isFenced: isFenced)
  }

  private struct Inputs {
    var columns: [String]
    var guards: [Guard]
  }

  /// What each level needs of the one below it, found from the last level down.
  private func inputs(for columns: [String]) -> [Inputs] {
    var found: [Inputs] = []
    var wanted = Set(columns)
    for index in levels.indices.reversed() {
      let level = levels[index]
      var needed: Set<String> = level.deletes.reduce(into: []) { $0.formUnion($1.columns) }
      needed.formUnion(level.cascades.flatMap(\.key.columns))
      for column in wanted {
        let assignment = level.assignments.first { $0.column == column }
        needed.formUnion(assignment?.reads ?? [column])
      }
      let later = levels[index...].reduce(into: Set<String>()) { $0.formUnion($1.written) }
      let guards = index == 0 ? [] : guards(of: levels[index - 1], shown: Set(columns).subtracting(later))
      needed.formUnion(guards.map(\.column))
      found.insert(Inputs(columns: self.columns.map(\.name).filter(needed.contains), guards: guards), at: 0)
      wanted = needed
    }
    return found
  }

  /// What has to be asked of the values of the level below that the copy does not show as they are: that there is no
  /// NULL where the table has none, and that they are computed at all, since computing them may fail. (The planner
  /// leaves out what nothing reads, and it may find that a condition which reads them is always true.)
  private func guards(of level: Level, shown: Set<String>) -> [Guard] {
    level.assignments.compactMap { assignment in
      let isNullable = columns.first { $0.name == assignment.column }?.isNullable ?? true
      if !isNullable, assignment.mayBeNull { return Guard(column: assignment.column, refusesNull: true) }
      let isIdle = !shown.contains(assignment.column) && !assignment.cannotFail
      return isIdle ? Guard(column: assignment.column, refusesNull: false) : nil
    }
  }
}

/// Values of the source that go through all levels under names of their own.
private struct Carriers {
  /// Where the source's own columns are at hand.
  let introduced: [String]
  /// Behind that.
  let passed: [String]

  init(_ carried: [String], beside columns: [Column]) {
    let taken = Set(columns.map(\.name))
    var names: [String] = []
    for number in carried.indices {
      var name = "decant_original_\(number)"
      while taken.contains(name) { name += "_" }
      names.append(ExpressionPrinter.quoted(name))
    }
    passed = names
    introduced = zip(carried, names).map { "\(ExpressionPrinter.quoted($0))::pg_catalog.text AS \($1)" }
  }
}

struct Guard: Sendable, Hashable {
  let column: String
  let refusesNull: Bool

  /// A branch that no row takes, or that fails where one does. The cast fails with its own words, and the column in it keeps the planner from
  /// trying it beforehand.
  var branch: String {
    let quoted = ExpressionPrinter.quoted(column)
    guard refusesNull else { return "WHEN \(quoted) IS NULL AND \(quoted) IS NOT NULL THEN false " }
    let words = ExpressionPrinter.literal("null value in column \(column)")
    return "WHEN \(quoted) IS NULL THEN pg_catalog.concat(\(words), \(quoted))::pg_catalog.bool "
  }
}

/// One SELECT, and the one that it reads from.
struct LevelQuery {
  var outputs: [String]
  var source: String
  var conditions: [String] = []
  var isFenced = false

  var sql: String {
    let condition = conditions.isEmpty ? "" : "\nWHERE \(conditions.joined(separator: " AND "))"
    return "SELECT \(outputs.joined(separator: ", "))\nFROM \(source)\(condition)"
  }

  /// A query over this one; over the table itself, where nothing keeps them apart.
  func read(by outputs: [String], _ more: [String], named name: String, isFirst: Bool) -> LevelQuery {
    if isFirst, !isFenced { return LevelQuery(outputs: outputs, source: source, conditions: conditions + more) }
    let inner = "\(sql)\nOFFSET 0".split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    return LevelQuery(
      outputs: outputs, source: "(\n\(inner)\n) AS \(ExpressionPrinter.quoted(name))", conditions: more)
  }

  /// DELETE takes the rows for which its condition is true, so those stay for which it is false or NULL. Several
  /// conditions are asked in their order.
  static func stays(_ deletes: [LiftedExpression], guards: [Guard], at instant: CopyInstant?) -> String? {
    if deletes.isEmpty, guards.isEmpty { return nil }
    if let only = deletes.first, deletes.count == 1, guards.isEmpty { return "\(only.sql(at: instant)) IS NOT TRUE" }
    let branches = guards.map(\.branch) + deletes.map { "WHEN \($0.sql(at: instant)) THEN false " }
    return "CASE \(branches.joined())ELSE true END"
  }
}
