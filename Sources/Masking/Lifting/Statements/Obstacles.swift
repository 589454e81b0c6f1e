/// What the database would do beside a change, and what a change must not do.
enum Obstacles {
  /// - Parameter emptied: tables that earlier statements of the text left without a row: they refer to nothing.
  static func check(_ change: Change, _ schema: DatabaseSchema, emptied: Set<QualifiedName>) throws(LiftingRefusal) {
    for table in change.named + change.reached { try checkTriggers(table, change.effect) }
    for table in change.named where !table.rules.isEmpty {
      throw LiftingRefusal("\(table.name) has a rule (\(table.rules[0])) that rewrites statements")
    }
    try checkPartitionKeys(change, schema)
    for key in referring(to: change, schema) where !isEmptied(key.from, schema, emptied) {
      try checkReferrer(key, change)
    }
  }

  private static func checkTriggers(_ table: Table, _ effect: Change.Effect) throws(LiftingRefusal) {
    let trigger = table.triggers.first {
      switch effect {
      case .assigns: $0.firesOnUpdate
      case .deletes: $0.firesOnDelete
      // Whether it fires on TRUNCATE is not known.
      case .empties: true
      case .nothing: false
      }
    }
    if let trigger { throw LiftingRefusal("the trigger \(trigger.name) on \(table.name) would do more") }
  }

  private static func checkPartitionKeys(_ change: Change, _ schema: DatabaseSchema) throws(LiftingRefusal) {
    guard !change.written.isEmpty else { return }
    let parents = (change.named + change.reached).flatMap { [$0] + schema.ancestors(of: $0) }
    for parent in parents where parent.storage == .partitioned {
      guard !parent.partitionKey.isEmpty else {
        throw LiftingRefusal("the partition key of \(parent.name) is not known")
      }
      if let column = change.written.first(where: parent.partitionKey.contains) {
        throw LiftingRefusal("\(column) is in the partition key of \(parent.name), so that rows would move")
      }
    }
  }

  private static func referring(to change: Change, _ schema: DatabaseSchema) -> [ForeignKey] {
    let tables = (change.named + change.reached).flatMap { [$0] + schema.ancestors(of: $0) }
    let names = Set(tables.map(\.name))
    return schema.foreignKeys.filter { names.contains($0.to) }
  }

  private static func checkReferrer(_ key: ForeignKey, _ change: Change) throws(LiftingRefusal) {
    switch change.effect {
    case .assigns:
      guard key.onUpdate.changesReferrers, let column = change.written.first(where: key.referencedColumns.contains)
      else { return }
      throw LiftingRefusal("\(key.name) on \(key.from) would carry the new \(column) over (ON UPDATE)")
    // See `Consequences`.
    case .deletes, .nothing: return
    case .empties:
      guard !change.named.contains(where: { $0.name == key.from }) else { return }
      throw LiftingRefusal(
        "\(key.from) refers to it (\(key.name)), and PostgreSQL refuses to TRUNCATE it or CASCADE empties more")
    }
  }

  private static func isEmptied(_ name: QualifiedName, _ schema: DatabaseSchema, _ emptied: Set<QualifiedName>) -> Bool
  {
    guard let table = schema[name] else { return false }
    let reached = schema.reached(from: table, withChildren: true)
    return !reached.isEmpty && reached.allSatisfy { emptied.contains($0.name) }
  }
}

extension ForeignKey.Action {
  fileprivate var changesReferrers: Bool {
    switch self {
    case .cascade, .setNull, .setDefault: true
    case .noAction, .restrict: false
    }
  }
}
