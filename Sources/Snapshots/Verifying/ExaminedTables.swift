import Documents
import Masking
import Reconciliation
import Runtime
import Verification

/// What a policy says of each column of a database that is there already.
struct ExaminedPolicy {
  let plan: CopyPlan
  private let masks: [ColumnName: [any Mask]]
  private let declared: [ColumnName: LeakDeclaration]

  /// - Parameters:
  ///   - facts: what was counted when the copy was made.
  ///   - isForeign: somebody else has masked it, so that neither grammar nor what our masks keep is to be expected.
  init(
    _ order: CopyOrder, _ schema: DatabaseSchema, _ context: SQLContext, _ facts: CopyFacts, isForeign: Bool = false
  ) {
    var order = order
    // What a mask's values look like does not hang on its key.
    if order.keys == nil || order.keyID == nil { order.masterKey = Self.anyKey }
    plan = CopyPlan(order, schema, context)
    var (masks, declared) = ([ColumnName: [any Mask]](), [ColumnName: LeakDeclaration]())
    let others = [schema.scaled(by: 10), schema.scaled(by: 0.1), schema.withUniqueColumns].map {
      CopyPlan(order, $0, context)
    }
    for table in plan.tables {
      let siblings = others.compactMap { other in other.tables.first { $0.table.name == table.table.name } }
      for (place, column) in table.columns.enumerated() {
        let name = ColumnName(table.table.name, column.column.name)
        if let reason = column.keepReason { declared[name] = .kept(reason: reason) }
        guard !isForeign else { continue }
        if column.keepsOriginals { declared[name] = .keepsOriginals }
        guard case .masked(let mask) = column.mask else { continue }
        if let counted = facts.unchanged[name], declared[name] == nil {
          declared[name] = .masked(unchanged: counted.unchanged, of: counted.all)
        }
        masks[name] = [mask] + siblings.compactMap { $0.mask(at: place) }
      }
    }
    (self.masks, self.declared) = (masks, declared)
  }

  private static let anyKey = Secret("a key that masks nothing, 0123456789")

  func declaration(_ name: ColumnName) -> LeakDeclaration { declared[name] ?? .none }

  func checked(_ table: Table, _ expected: ExpectedValues?) -> CheckedTable? {
    var table = table
    // While rules are broken in a scratch database it has no keys, and its rows are told by those that they would have.
    if expected != nil, table.uniqueKeys.isEmpty,
      let modelled = plan.tables.first(where: { $0.table.name == table.name })
    {
      table.uniqueKeys = modelled.table.uniqueKeys
    }
    return CheckedTable(table, masks: { masks[$0] ?? [] }, declaration: declaration, expected: expected)
  }
}

extension CopyPlan.Table {
  fileprivate func mask(at place: Int) -> (any Mask)? {
    guard place < columns.count, case .masked(let mask) = columns[place].mask else { return nil }
    return mask
  }
}

extension DatabaseSchema {
  /// As a server would show it that counts the rows otherwise.
  fileprivate func scaled(by factor: Double) -> DatabaseSchema {
    var schema = self
    for index in schema.tables.indices {
      let table = schema.tables[index]
      schema.tables[index].estimatedRows = table.estimatedRows.map { Int(Double($0) * factor) }
      schema.tables[index].bytes = Int(Double(table.bytes) * factor)
    }
    return schema
  }

  /// As if every column were unique: a copy may have lost an index by which the length of a mask was decided.
  fileprivate var withUniqueColumns: DatabaseSchema {
    var schema = self
    for index in schema.tables.indices {
      schema.tables[index].uniqueKeys += schema.tables[index].columns.map {
        UniqueKey(name: $0.name, columns: [$0.name])
      }
    }
    return schema
  }

  /// The tables that a selection of schemas has.
  func selecting(_ selection: SchemaSelection) -> DatabaseSchema {
    guard !selection.included.isEmpty || !selection.excluded.isEmpty else { return self }
    func isSelected(_ schema: String) -> Bool {
      !selection.excluded.contains(schema) && (selection.included.isEmpty || selection.included.contains(schema))
    }
    var schema = self
    schema.tables = tables.filter { isSelected($0.name.schema) }
    schema.foreignKeys = foreignKeys.filter { isSelected($0.from.schema) && isSelected($0.to.schema) }
    return schema
  }
}
