/// What foreign keys do where a statement lets rows go (manual, CREATE TABLE, "REFERENCES"): rows that refer to them go
/// too, have NULL in their reference, or must not be there.
struct Consequences {
  struct Following {
    let table: Table
    var cascades: [GoneReference] = []
    var nullings: [GoneReference] = []
  }

  private(set) var following: [QualifiedName: Following] = [:]
  /// Keys with the tables that refer by them and the rows that they must not refer to.
  private(set) var held: [(reference: GoneReference, referrers: [Table])] = []
  /// Keys that are asked at the end of the transaction only.
  private(set) var deferred: [ForeignKey] = []

  private let schema: DatabaseSchema
  private let change: Change
  private let state: (Table) -> LiftedTable

  /// Ways along the keys; more of them would be a query that nobody can read.
  private static let limit = 64
  private var ways = 0

  /// - Parameter state: a table as the statements before left it.
  init(
    of change: Change, _ schema: DatabaseSchema, _ state: @escaping (Table) -> LiftedTable
  ) throws(LiftingRefusal) {
    (self.schema, self.change, self.state) = (schema, change, state)
    guard case .deletes(let condition) = change.effect else { return }
    let gone = change.reached.map { GoneRows(table: state($0), which: condition.map { .matching($0) } ?? .all) }
    try follow(gone, behind: Set(change.reached.map(\.name)))
    try refuseMixtures()
  }

  private mutating func follow(_ all: [GoneRows], behind path: Set<QualifiedName>) throws(LiftingRefusal) {
    let gone = all.filter { !$0.table.keepsNoRows }
    for key in schema.foreignKeys {
      let reference = GoneReference(key: key, gone: gone.filter { schema.holds(key.to, rowsOf: $0.table.name) })
      let referrers = schema.leaves(of: key.from).filter { !state($0).keepsNoRows }
      guard !reference.gone.isEmpty, !referrers.isEmpty, !goesToo(key) else { continue }
      ways += 1
      guard ways <= Self.limit else { throw LiftingRefusal("over \(Self.limit) ways of foreign keys lead from it") }
      try checkComparison(reference, referrers)
      switch key.onDelete {
      case .noAction where key.isDeferrable: deferred.append(key)
      case .noAction, .restrict: held.append((reference, referrers))
      case .setNull: try nullify(reference, referrers)
      case .cascade: try cascade(reference, referrers, behind: path)
      case .setDefault:
        throw LiftingRefusal("\(key.name) on \(key.from) would put a default in its place (ON DELETE SET DEFAULT)")
      }
    }
  }

  /// All rows of the referring table go in the same statement.
  private func goesToo(_ key: ForeignKey) -> Bool {
    guard case .deletes(nil) = change.effect else { return false }
    return schema.leaves(of: key.from).allSatisfy { leaf in change.reached.contains { $0.name == leaf.name } }
  }

  private mutating func cascade(
    _ reference: GoneReference, _ referrers: [Table], behind path: Set<QualifiedName>
  ) throws(LiftingRefusal) {
    let key = reference.key
    if let again = referrers.first(where: { path.contains($0.name) }) {
      throw LiftingRefusal(
        "\(key.name) on \(key.from) leads back to \(again.name) (ON DELETE CASCADE), and how often cannot be told")
    }
    try checkQuiet(referrers, key) { $0.firesOnDelete }
    for table in referrers { following[table.name, default: Following(table: table)].cascades.append(reference) }
    try follow(
      referrers.map { GoneRows(table: state($0), which: .referring(reference)) },
      behind: path.union(referrers.map(\.name)))
  }

  private mutating func nullify(_ reference: GoneReference, _ referrers: [Table]) throws(LiftingRefusal) {
    let key = reference.key
    guard key.columns.count == 1, let column = key.columns.first else {
      throw LiftingRefusal("\(key.name) on \(key.from) has several columns of which some would become NULL")
    }
    try checkQuiet(referrers, key) { $0.firesOnUpdate }
    for table in referrers {
      let whole = [table] + schema.ancestors(of: table)
      guard table[column]?.isNullable == true, !whole.contains(where: { $0.partitionKey.contains(column) }) else {
        throw LiftingRefusal("\(key.name) on \(key.from) would make \(column) NULL, which it must not be")
      }
      if let other = schema.foreignKeys.first(where: { other in
        other.referencedColumns.contains(column) && whole.contains { $0.name == other.to }
      }) {
        throw LiftingRefusal("\(key.name) on \(key.from) would change \(column), which \(other.name) refers to")
      }
      following[table.name, default: Following(table: table)].nullings.append(reference)
    }
  }

  /// What the key does fires triggers and rules like any other statement.
  private func checkQuiet(
    _ referrers: [Table], _ key: ForeignKey, _ fires: (Trigger) -> Bool
  ) throws(LiftingRefusal) {
    for table in referrers + [schema[key.from]].compactMap({ $0 }) {
      if let trigger = table.triggers.first(where: fires) {
        throw LiftingRefusal(
          "\(key.name) on \(key.from) changes rows there, and the trigger \(trigger.name) would do more")
      }
      if let rule = table.rules.first {
        throw LiftingRefusal("\(key.name) on \(key.from) changes rows there, which the rule \(rule) rewrites")
      }
    }
  }

  /// A column that was changed has lost the collation by which its key compares.
  private func checkComparison(_ reference: GoneReference, _ referrers: [Table]) throws(LiftingRefusal) {
    let key = reference.key
    let sides =
      referrers.map { ($0, key.columns) }
      + reference.gone.compactMap { rows in schema[rows.table.name].map { ($0, key.referencedColumns) } }
    for (table, columns) in sides {
      let changed = state(table).changedColumns
      if let name = columns.first(where: { changed.contains($0) && table[$0]?.declaration.hasCollation == true }) {
        throw LiftingRefusal("\(key.name) compares \(table.name).\(name), which has a collation of its own and changed")
      }
    }
  }

  /// Which of several keys of one table acts first is a question of when they were made. Where their columns have nothing
  /// in common, and none of them takes rows away that another one asks for, it does not matter.
  private func refuseMixtures() throws(LiftingRefusal) {
    for (reference, referrers) in held {
      for following in referrers.compactMap({ following[$0.name] }) {
        let columns = Set(following.nullings.flatMap(\.key.columns))
        guard following.cascades.isEmpty, columns.isDisjoint(with: reference.key.columns) else {
          throw LiftingRefusal(
            "\(reference.key.name) forbids what another foreign key of \(following.table.name) does, and it depends on their order whether it fails"
          )
        }
      }
    }
    for following in following.values {
      for nulling in following.nullings {
        let others = (following.cascades + following.nullings).map(\.key).filter { $0.name != nulling.key.name }
        if let other = others.first(where: { !Set($0.columns).isDisjoint(with: nulling.key.columns) }) {
          throw LiftingRefusal(
            "\(nulling.key.name) would make a column NULL that \(other.name) on \(other.from) compares")
        }
      }
    }
  }
}

extension DatabaseSchema {
  /// The tables with rows that a foreign key of this one is about: its partitions, and no children.
  func leaves(of name: QualifiedName) -> [Table] {
    guard let table = self[name] else { return [] }
    guard table.storage == .partitioned else { return table.storage == .foreign ? [] : [table] }
    return descendants(of: name).filter { leaf in
      leaf.storage != .partitioned && leaf.storage != .foreign && ancestors(of: leaf).contains { $0.name == name }
    }
  }

  /// Whether the rows of a table are rows of the other one, which is that table or one that it is a partition of.
  fileprivate func holds(_ whole: QualifiedName, rowsOf name: QualifiedName) -> Bool {
    name == whole || self[name].map { ancestors(of: $0).contains { $0.name == whole } } ?? false
  }
}
