/// What the lifted statements make of one table's rows, as a SELECT of the source.
///
/// Statements see the values that earlier ones left. So the table is read in levels: a level first lets rows go and
/// then gives columns their new values, and the next level reads what it gave, as a derived table behind `OFFSET 0`,
/// which the planner does not look through. Statements share a level where they cannot tell the difference. The fence
/// keeps the order (a row is not dropped before the statement that would have failed on it) and keeps the work linear
/// in the number of statements, where substituted expressions could double with each.
///
/// Unique keys, CHECK constraints of the table and foreign keys are held by the destination over the last values: a
/// state in between that would have violated one does not count. Types, lengths, domains and NOT NULL hold for every
/// value in between too. What no row needs may go unnoticed: where all rows go nothing is computed, and a constant
/// that fails (`1 / 0`) fails in place even in a statement whose condition is never true.
public struct LiftedTable: Sendable, Hashable {
  public let name: QualifiedName
  /// The table's columns in its order, of which generated ones are made again by the destination.
  let columns: [Column]
  private(set) var levels: [Level] = []
  /// All rows go: nothing is read.
  public internal(set) var keepsNoRows = false
  /// `TRUNCATE … RESTART IDENTITY`: the sequences of its columns begin anew.
  public internal(set) var restartsIdentity = false
  /// Deferrable references to rows that go. In place the transaction fails where one is left at its end, and here the
  /// copy's foreign key does.
  public internal(set) var needsNoReferrers: [ForeignKey] = []

  /// Levels that a table may have; each is a query within a query.
  static let limit = 100

  struct Level: Sendable, Hashable {
    var deletes: [LiftedExpression] = []
    var assignments: [Assignment] = []
    /// Rows that refer to rows which a statement lets go, and go with them (`ON DELETE CASCADE`).
    var cascades: [GoneReference] = []
    /// Those whose reference becomes NULL (`ON DELETE SET NULL`).
    var nullings: [GoneReference] = []

    /// What a foreign key did stands alone: statements before and behind it see other rows.
    var isOfKeys: Bool { !cascades.isEmpty || !nullings.isEmpty }
    var written: Set<String> { Set(assignments.map(\.column)).union(nullings.flatMap(\.key.columns)) }
  }

  init(_ table: Table) { (name, columns) = (table.name, table.columns) }

  mutating func delete(where condition: LiftedExpression) {
    if levels.last?.assignments.isEmpty != true || levels.last?.isOfKeys == true { levels.append(Level()) }
    levels[levels.count - 1].deletes.append(condition)
  }

  /// Starts a level where one of them reads or writes what the last level wrote. All of one statement see the same
  /// values.
  mutating func assign(_ assignments: [Assignment]) {
    let touched = assignments.reduce(into: Set<String>()) { $0.formUnion($1.reads.union([$1.column])) }
    let isApart = levels.last.map { !$0.isOfKeys && $0.written.isDisjoint(with: touched) } ?? false
    if !isApart { levels.append(Level()) }
    levels[levels.count - 1].assignments += assignments
  }

  /// What its foreign keys do where another table, or this one, has lost rows.
  mutating func follow(cascades: [GoneReference], nullings: [GoneReference]) {
    levels.append(Level(cascades: cascades, nullings: nullings))
  }

  /// Columns that have another value than in the source.
  public var changedColumns: Set<String> { levels.reduce(into: []) { $0.formUnion($1.written) } }

  /// Whether rows go.
  public var losesRows: Bool { keepsNoRows || levels.contains { !$0.deletes.isEmpty || !$0.cascades.isEmpty } }

  /// Whether every changed column is an expression over the source's row, and every condition too: then `expression`
  /// and `condition` say all, and no derived table is needed.
  public var isFlat: Bool { levels.count <= 1 && !levels.contains(where: \.isOfKeys) }

  /// The expression that replaces the column, over the source's own; nothing where it is kept or the table is not flat.
  public func expression(for column: String, at instant: CopyInstant?) -> String? {
    guard isFlat else { return nil }
    return levels.first?.assignments.first { $0.column == column }?.sql(at: instant)
  }

  /// The condition by which rows stay, over the source's own columns; nothing where all stay or the table is not flat.
  public func condition(at instant: CopyInstant?) -> String? {
    if keepsNoRows { return "false" }
    guard isFlat, let level = levels.first else { return nil }
    return LevelQuery.stays(level.deletes, guards: [], at: instant)
  }
}
