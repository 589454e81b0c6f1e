import Documents
import Masking
import Reconciliation
import Runtime
import SQL

/// A policy with one rule or statement broken: what a slip of the pen, or a defect of a mask, would make of it.
struct Mutant: Sendable {
  /// "without tables.users.columns.email"
  var title: String
  /// It lets other rows in, so that the sample is chosen anew.
  var choosesRows = false
  /// The policy that is verified: whoever has dropped a rule verifies by the policy that he has.
  var order: CopyOrder
  /// What becomes of each table's columns.
  var plan: CopyPlan
}

/// Makes every mutant of a policy.
struct Mutants {
  let order: CopyOrder
  /// The policy as it is, and what it means.
  let plan: CopyPlan
  let schema: DatabaseSchema
  let context: SQLContext
  let personal: Set<ColumnName>

  init(of lead: Lead, _ order: CopyOrder) {
    (self.order, plan, schema, context, personal) = (order, lead.plan, lead.schema, lead.context, lead.personal)
  }

  /// Each rule dropped, returning its input, forgetting some rows, and keyed by what everybody knows; each filter, sample,
  /// left-out table and reference dropped; each statement dropped, doing nothing, and forgetting some rows.
  var all: [Mutant] { droppedRules + droppedParts + brokenRules + keyless + statements }

  /// What an order means here, its originals included.
  func plan(_ order: CopyOrder, breaking broken: BrokenStatement? = nil) -> CopyPlan {
    var plan = CopyPlan(order, schema, context, breaking: broken)
    _ = plan.watch(personal)
    return plan
  }

  private func mutant(_ title: String, choosing: Bool = false, _ order: CopyOrder) -> Mutant {
    Mutant(title: title, choosesRows: choosing, order: order, plan: plan(order))
  }
}

// MARK: - Rules

extension Mutants {
  private var droppedRules: [Mutant] {
    (order.policy?["tables"]?.object?.entries ?? []).flatMap { table -> [Mutant] in
      let columns = (table.value["columns"]?.object?.entries ?? []).filter { column in
        column.value["strategy"] != nil && column.value["strategy"]?.string != "preserve"
      }
      let selections = ["filter", "sample_rate"].filter { table.value[$0] != nil }
      return columns.map { without(["tables", table.key, "columns", $0.key]) }
        + selections.map { without(["tables", table.key, $0], choosing: true) }
    }
  }

  /// Tables that are left out, and references that are declared.
  private var droppedParts: [Mutant] {
    let excluded = (order.policy?["exclude_tables"]?.list ?? []).compactMap(\.string)
    let references = (order.policy?["virtual_references"]?.object?.entries ?? []).map(\.key)
    let tables = excluded.map { name in
      var changed = order
      var policy = order.policy?.object ?? Fields()
      policy["exclude_tables"] = .list(excluded.filter { $0 != name }.map { .string($0) })
      changed.policy = .object(policy)
      return mutant("without exclude_tables.\(name)", choosing: true, changed)
    }
    return tables + references.map { without(["virtual_references", $0]) }
  }

  private func without(_ path: [String], choosing: Bool = false) -> Mutant {
    var changed = order
    changed.policy = order.policy?.without(path[...])
    return mutant("without \(path.joined(separator: "."))", choosing: choosing, changed)
  }

  /// Masks that do not do what the policy says, all of one rule together.
  private var brokenRules: [Mutant] {
    plan.rulePaths.flatMap { path in
      BrokenMask.Defect.allCases.map { defect in
        Mutant(title: "\(path) \(defect.rawValue)", order: order, plan: plan.breaking(path, defect))
      }
    }
  }

  /// Masks of the same form with a key that is no secret: whoever has a dictionary reads them back, and whoever knows the
  /// order of a shuffle puts its values back in their places.
  private var keyless: [Mutant] {
    var open = order
    open.masterKey = Secret("a key that everybody knows, 0123456789")
    let other = plan(open)
    return plan.keyedPaths.map { path in
      Mutant(title: "\(path) keyed by what everybody knows", order: order, plan: plan.keyed(as: other, path))
    }
  }
}

// MARK: - Statements

extension Mutants {
  /// Lifted or not, one after the other.
  private var statements: [Mutant] {
    guard !order.statements.isEmpty, let sql = try? DeclaredSQL(order, schema, context) else { return [] }
    return sql.working.flatMap { statement in
      var shorter = order
      shorter.statements[statement.part].sql = shorter.statements[statement.part].sql.blanking(statement.range)
      let dropped = mutant("without \(statement.title)", shorter)
      let defects = BrokenMask.Defect.allCases.filter { $0 == .returnsItsInput || statement.mayForget }
      return [dropped]
        + defects.map { defect in
          Mutant(
            title: "\(statement.title) \(defect == .returnsItsInput ? "does nothing" : "forgets some rows")",
            order: order, plan: plan(order, breaking: BrokenStatement(statement.place, defect)))
        }
    }
  }
}

extension String {
  /// Lines stay where they are.
  fileprivate func blanking(_ range: Range<Int>) -> String {
    var bytes = Array(utf8)
    for place in range where bytes.indices.contains(place) && bytes[place] != UInt8(ascii: "\n") {
      bytes[place] = UInt8(ascii: " ")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Value {
  fileprivate func without(_ path: ArraySlice<String>) -> Value {
    guard let first = path.first, var fields = object else { return self }
    fields[first] = path.count == 1 ? nil : fields[first]?.without(path.dropFirst())
    return .object(fields)
  }
}

extension CopyPlan {
  /// Rules whose masks are ours.
  fileprivate var maskedPaths: [String] {
    let paths = tables.flatMap { table in
      table.columns.compactMap { column -> String? in
        if case .masked = column.mask { column.path } else { nil }
      }
    }
    return Set(paths).sorted()
  }

  /// Those, and rules whose order of rows is keyed.
  fileprivate var keyedPaths: [String] {
    let shuffled = tables.flatMap { table in table.columns.filter(\.isShuffled).compactMap(\.path) }
    return Set(maskedPaths + shuffled).sorted()
  }

  /// Rules whose masks are ours, and rules that the source or SQL carries out.
  fileprivate var rulePaths: [String] {
    let computed = tables.flatMap { table in
      table.columns.compactMap { column -> String? in
        if case .expression = column.mask { column.path } else { nil }
      }
    }
    return Set(maskedPaths + computed + quarantined.map(\.path)).sorted()
  }

  /// The same with a rule that does not do what it says.
  fileprivate func breaking(_ path: String, _ defect: BrokenMask.Defect) -> CopyPlan {
    var plan = replacing(path) { _, _, mask in BrokenMask(mask, defect) }
    for table in plan.tables.indices {
      for column in plan.tables[table].columns.indices where plan.tables[table].columns[column].path == path {
        plan.tables[table].columns[column].breakExpression(defect)
      }
    }
    switch defect {
    case .returnsItsInput: plan.quarantined.removeAll { $0.path == path }
    case .forgetsSome:
      for place in plan.quarantined.indices where plan.quarantined[place].path == path {
        plan.quarantined[place].forgetsSome = true
      }
    }
    return plan
  }

  /// The same with a rule as another plan has it, under another key.
  fileprivate func keyed(as other: CopyPlan, _ path: String) -> CopyPlan {
    func column(_ table: QualifiedName, _ name: String) -> Column? {
      let found = other.tables.first { $0.table.name == table }
      return found?.columns.first { $0.column.name == name }
    }
    var plan = replacing(path) { table, name, mask in
      if case .masked(let keyed)? = column(table, name)?.mask { keyed } else { mask }
    }
    for table in plan.tables.indices {
      for place in plan.tables[table].columns.indices {
        let own = plan.tables[table].columns[place]
        guard own.path == path, own.isShuffled, let keyed = column(plan.tables[table].table.name, own.column.name)
        else {
          continue
        }
        plan.tables[table].columns[place].mask = keyed.mask
      }
    }
    return plan
  }

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
