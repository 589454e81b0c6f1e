import Documents
import SQL

/// Takes the statements of a text in their order.
struct Lifter {
  private(set) var statements: [LiftedStatement] = []
  private(set) var tables: [QualifiedName: LiftedTable] = [:]
  private(set) var checks: [ReferrerCheck] = []
  private(set) var readsExtensions = false
  var undoes = false
  var broken: BrokenStatement?

  private var scope: LiftingScope
  private let bytes: [UInt8]
  private var emptied: Set<QualifiedName> = []
  private var touched: Set<QualifiedName> = []
  private var heldBack: LiftingRefusal?
  /// Statements come in order, so that lines are counted once.
  private var place = (offset: 0, line: 1)

  init(_ scope: LiftingScope, _ text: String) {
    (self.scope, bytes) = (scope, Array(text.utf8))
  }

  mutating func take(_ statement: Statement) {
    let start = statement.range.lowerBound
    place = (start, place.line + bytes[place.offset..<start].count { $0 == UInt8(ascii: "\n") })
    var change: Change?
    do throws(LiftingRefusal) {
      if let reason = PassedOver.reason(statement, scope) { return add(statement, nil, .passedOver(reason)) }
      change = broken(try Change(statement, scope, in: bytes))
      guard let change else { throw Self.kindRefusal(statement.kind) }
      if undoes { throw LiftingRefusal("the text rolls back what stands in it") }
      try checkOrder(change)
      try Obstacles.check(change, scope.schema, emptied: emptied)
      for table in change.reached { try checkReads(change, table) }
      let consequences = try Consequences(of: change, scope.schema, state)
      try checkOrder(consequences)
      apply(change, consequences)
      readsExtensions = readsExtensions || change.readsExtensions
      let followers = consequences.following.keys.filter { name in !change.reached.contains { $0.name == name } }
      add(statement, change, .lifted(change.reached.map(\.name) + followers.sorted()))
    } catch {
      hold(statement)
      add(statement, change, .notLifted(error.reason))
    }
  }

  /// The change with the defect that its statement is to have.
  ///
  /// Where rows cannot be told apart in the source it stays as it is: a statement that would then run elsewhere, or not at
  /// all, is another defect than the one that is tried.
  private func broken(_ change: Change?) -> Change? {
    guard let change, let broken, broken.place == statements.count else { return change }
    return broken.defect == .returnsItsInput ? change.doingNothing : (try? change.forgettingSome(scope)) ?? change
  }

  private mutating func add(_ statement: Statement, _ change: Change?, _ outcome: LiftedStatement.Outcome) {
    let columns = change.map(Mentioned.init) ?? Mentioned(unread: statement, scope)
    statements.append(
      LiftedStatement(
        outcome: outcome, kind: statement.kind, range: statement.range, line: place.line,
        text: String(decoding: bytes[statement.range], as: UTF8.self), writes: columns.writes, reads: columns.reads,
        tests: columns.tests, changesEveryRow: Self.changesEveryRow(statement),
        changesMore: !outcome.isLifted && changesMore(statement)))
  }

  /// Whether other columns than those that it sets may get other values: by triggers and rules, by actions of foreign keys,
  /// or by statements inside of it.
  private func changesMore(_ statement: Statement) -> Bool {
    guard case .tables(let names) = Touched(statement, scope) else { return true }
    var hasInner = false
    statement.tree.eachNode { kind, _ in
      hasInner = hasInner || ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"].contains(kind)
    }
    return hasInner
      || scope.schema.foreignKeys.contains { key in
        names.contains(key.to)
          && ([.cascade, .setNull, .setDefault].contains(key.onUpdate)
            || [.setNull, .setDefault].contains(key.onDelete))
      }
  }

  /// Children of the table that `ONLY` leaves out keep their values, and are among the columns that it is said to set.
  private static func changesEveryRow(_ statement: Statement) -> Bool {
    statement.kind == "UpdateStmt" && statement.tree["whereClause"] == nil && statement.tree["fromClause"] == nil
      && statement.tree["relation", "inh"]?.bool == true
  }

  private mutating func hold(_ statement: Statement) {
    if statement.kind == "CreateFunctionStmt", let name = statement.tree["funcname"]?.lastName {
      scope.madeFunctions.insert(name)
    }
    switch Touched(statement, scope) {
    case .everything:
      heldBack =
        heldBack ?? LiftingRefusal("it stands behind line \(place.line), of which it is not known what it changes")
    case .tables(let names): touched.formUnion(names)
    }
  }

  private func checkOrder(_ change: Change) throws(LiftingRefusal) {
    if let heldBack { throw heldBack }
    if let table = (change.named + change.reached).first(where: { touched.contains($0.name) }) {
      throw LiftingRefusal("a statement before it that is not lifted reads or changes \(table.name)")
    }
  }

  /// What lies behind a foreign key may have been held back too.
  private func checkOrder(_ consequences: Consequences) throws(LiftingRefusal) {
    for (name, following) in consequences.following {
      if touched.contains(name) {
        throw LiftingRefusal("a statement before it that is not lifted reads or changes \(name), whose rows follow")
      }
      if state(following.table).levels.count >= LiftedTable.limit {
        throw LiftingRefusal("over \(LiftedTable.limit) statements before it build on one another")
      }
    }
    for (reference, referrers) in consequences.held {
      guard let table = referrers.first(where: { touched.contains($0.name) }) else { continue }
      throw LiftingRefusal(
        "a statement before it that is not lifted reads or changes \(table.name), which \(reference.key.name) asks")
    }
  }

  private func state(_ table: Table) -> LiftedTable { tables[table.name] ?? LiftedTable(table) }

  /// Generated columns are made again by the destination only, and the collation of a column is not that of the
  /// expression in its place.
  private func checkReads(_ change: Change, _ table: Table) throws(LiftingRefusal) {
    guard let changed = tables[table.name]?.changedColumns, !changed.isEmpty else { return }
    if (tables[table.name]?.levels.count ?? 0) >= LiftedTable.limit {
      throw LiftingRefusal("over \(LiftedTable.limit) statements before it build on one another")
    }
    for name in change.reads.sorted() {
      guard let column = table[name] else { continue }
      if case .generated = column.origin, column.reads.isEmpty || !changed.isDisjoint(with: column.reads) {
        throw LiftingRefusal("it reads \(name), which is generated of columns that an earlier statement changes")
      }
      if changed.contains(name), column.declaration.hasCollation {
        throw LiftingRefusal(
          "it reads \(name), which has a collation of its own and was changed by an earlier statement")
      }
    }
  }

  private mutating func apply(_ change: Change, _ consequences: Consequences) {
    for table in change.reached {
      var lifted = state(table)
      switch change.effect {
      case .assigns(let assignments): lifted.assign(assignments)
      case .deletes(let condition?): lifted.delete(where: condition)
      case .deletes(nil): lifted.keepsNoRows = true
      case .nothing: continue
      case .empties(let restarts):
        lifted.keepsNoRows = true
        lifted.restartsIdentity = lifted.restartsIdentity || restarts
      }
      lifted.needsNoReferrers += consequences.deferred.filter { !lifted.needsNoReferrers.contains($0) }
      tables[table.name] = lifted
    }
    for (name, following) in consequences.following {
      var lifted = state(following.table)
      lifted.follow(cascades: following.cascades, nullings: following.nullings)
      tables[name] = lifted
    }
    for (reference, referrers) in consequences.held {
      let left = referrers.map(state)
      checks.append(
        ReferrerCheck(key: reference.key, statement: statements.count, referrers: left, gone: reference.gone))
    }
    emptied.formUnion(change.reached.map(\.name).filter { tables[$0]?.keepsNoRows == true })
  }

  private static func kindRefusal(_ kind: String) -> LiftingRefusal {
    switch kind {
    case "InsertStmt": LiftingRefusal("INSERT makes rows, and a copy has only those of its source")
    case "CreateFunctionStmt": LiftingRefusal("it makes a function, which exists in quarantine only")
    case "DoStmt", "CallStmt": LiftingRefusal("what a block or procedure does is not known before it runs")
    case "VariableSetStmt": LiftingRefusal("a setting changes what the statements behind it mean")
    case "SelectStmt": LiftingRefusal("it calls something of which it is not known what it does, or makes a table")
    case "TransactionStmt": LiftingRefusal("the text rolls back what stands in it")
    case "MergeStmt": LiftingRefusal("MERGE reads another table")
    case "CopyStmt": LiftingRefusal("COPY reads or writes what is no part of the copy")
    case "AlterTableStmt": LiftingRefusal("it changes a table's form, which is the source's")
    default: LiftingRefusal("only UPDATE, DELETE and TRUNCATE are lifted, and this is \(kind)")
    }
  }
}

/// The columns that a change mentions, in the tables that it reaches.
private struct Mentioned {
  private(set) var writes: [ColumnName] = []
  private(set) var reads: [ColumnName] = []
  private(set) var tests: [ColumnName] = []

  init(_ change: Change) {
    var (values, conditions): (Set<String>, Set<String>) = ([], [])
    switch change.effect {
    case .assigns(let assignments):
      for assignment in assignments { values.formUnion(assignment.value.columns) }
      conditions = assignments.first?.condition?.columns ?? []
    case .deletes(let condition): conditions = condition?.columns ?? []
    case .empties, .nothing: break
    }
    for table in change.reached {
      writes += change.written.map { ColumnName(table.name, $0) }
      reads += values.sorted().map { ColumnName(table.name, $0) }
      tests += conditions.subtracting(values).sorted().map { ColumnName(table.name, $0) }
    }
  }
}

extension Mentioned {
  /// Of an UPDATE that is not read any further, the columns that it sets.
  init(unread statement: Statement, _ scope: LiftingScope) {
    guard statement.kind == "UpdateStmt", let table = try? scope.table(statement.tree["relation"] ?? .null) else {
      return
    }
    let names = (statement.tree["targetList"]?.list ?? []).compactMap { $0["ResTarget", "name"]?.string }
    for table in scope.schema.reached(from: table, withChildren: true) {
      writes += names.map { ColumnName(table.name, $0) }
    }
  }
}

extension String {
  var hasCollation: Bool { self.split(separator: " ").contains("COLLATE") }
}
