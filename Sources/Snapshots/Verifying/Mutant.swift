import Documents
import Masking
import Reconciliation
import Runtime

/// A policy with one rule broken: what a slip of the pen, or a defect of a mask, would make of it.
struct Mutant: Sendable {
  /// "without tables.users.columns.email"
  var title: String
  /// The rule that is broken.
  var path: String
  /// The policy that is verified: whoever has dropped a rule verifies by the policy that he has.
  var order: CopyOrder
  /// What becomes of each table's columns.
  var plan: CopyPlan
}

extension Mutant {
  /// Every mutant of a policy: each rule dropped, returning its input, forgetting some rows, and keyed by what everybody
  /// knows; each filter and sample dropped.
  static func all(of order: CopyOrder, _ plan: CopyPlan, _ schema: DatabaseSchema, _ context: SQLContext) -> [Mutant] {
    let rules = (order.policy?["tables"]?.object?.entries ?? []).flatMap { table in
      dropped(table.key, table.value, order, schema, context)
    }
    return rules + defects(order, plan) + keyless(order, plan, schema, context)
  }

  private static func dropped(
    _ table: String, _ spec: Value, _ order: CopyOrder, _ schema: DatabaseSchema, _ context: SQLContext
  ) -> [Mutant] {
    var mutants: [Mutant] = []
    for column in spec["columns"]?.object?.entries ?? [] where column.value["strategy"] != nil {
      guard column.value["strategy"]?.string != "preserve" else { continue }
      mutants.append(
        without("tables.\(table).columns.\(column.key)", order, schema, context) { table in
          var columns = table["columns"]?.object ?? Fields()
          columns[column.key] = nil
          table["columns"] = .object(columns)
        })
    }
    for key in ["filter", "sample_rate"] where spec[key] != nil {
      mutants.append(without("tables.\(table).\(key)", order, schema, context) { $0[key] = nil })
    }
    return mutants

    func without(
      _ path: String, _ order: CopyOrder, _ schema: DatabaseSchema, _ context: SQLContext,
      _ change: (inout Fields) -> Void
    ) -> Mutant {
      var policy = order.policy?.object ?? Fields()
      var tables = policy["tables"]?.object ?? Fields()
      var fields = spec.object ?? Fields()
      change(&fields)
      tables[table] = .object(fields)
      policy["tables"] = .object(tables)
      var changed = order
      changed.policy = .object(policy)
      return Mutant(
        title: "without \(path)", path: path, order: changed, plan: CopyPlan(changed, schema, context))
    }
  }

  /// Masks that do not do what the policy says, all of one rule together.
  private static func defects(_ order: CopyOrder, _ plan: CopyPlan) -> [Mutant] {
    rulePaths(plan).flatMap { path in
      BrokenMask.Defect.allCases.map { defect in
        Mutant(
          title: "\(path) \(defect.rawValue)", path: path, order: order,
          plan: plan.replacing(path) { _, _, mask in BrokenMask(mask, defect) })
      }
    }
  }

  /// Masks of the same form with a key that is no secret: whoever has a dictionary reads them back.
  private static func keyless(
    _ order: CopyOrder, _ plan: CopyPlan, _ schema: DatabaseSchema, _ context: SQLContext
  ) -> [Mutant] {
    var open = order
    open.masterKey = Secret("a key that everybody knows, 0123456789")
    let other = CopyPlan(open, schema, context)
    return rulePaths(plan).map { path in
      Mutant(
        title: "\(path) keyed by what everybody knows", path: path, order: order,
        plan: plan.replacing(path) { table, column, mask in
          let known = other.tables.first { $0.table.name == table }
          guard let found = known?.columns.first(where: { $0.column.name == column }),
            case .masked(let mask) = found.mask
          else { return mask }
          return mask
        })
    }
  }

  private static func rulePaths(_ plan: CopyPlan) -> [String] {
    let paths = plan.tables.flatMap { table in
      table.columns.compactMap { column -> String? in
        if case .masked = column.mask { column.path } else { nil }
      }
    }
    return Set(paths).sorted()
  }
}

extension CopyPlan {
  /// The same with other masks where a rule has put some.
  fileprivate func replacing(
    _ path: String, _ make: (QualifiedName, String, any Mask) -> any Mask
  ) -> CopyPlan {
    var plan = self
    for table in plan.tables.indices {
      for column in plan.tables[table].columns.indices where plan.tables[table].columns[column].path == path {
        guard case .masked(let mask) = plan.tables[table].columns[column].mask else { continue }
        let (name, title) = (plan.tables[table].table.name, plan.tables[table].columns[column].column.name)
        let broken = make(name, title, mask)
        plan.tables[table].columns[column].mask = .masked(broken)
        plan.tables[table].rows.columns[column].mask = broken
      }
    }
    return plan
  }
}
