public import Documents
public import Masking
import Runtime

/// Rules for columns that nobody has decided about: for each the first strategy of its kind's list that makes no
/// problem, on the column alone and then beside all others.
public struct Proposal: Sendable {
  /// By column; a column for which none fits has no entry.
  public private(set) var rules: [ColumnName: Value] = [:]

  /// - Parameters:
  ///   - wanted: columns with the kind that they look like.
  ///   - policy: the rules that there are, as the sanitization's schema reads them.
  public init(for wanted: [(column: ColumnName, kind: String)], beside policy: Value, in schema: DatabaseSchema) {
    for (name, kind) in wanted {
      guard let table = schema[name.table] else { continue }
      rules[name] = Self.candidates(kind).first { Self.fits($0, name, table, schema) }
    }
    // Columns that are tied by a key follow each other, or want one rule: what clashes is left to the reader.
    for _ in 0..<4 {
      let clashing = clashing(policy, schema)
      guard !clashing.isEmpty else { return }
      for name in clashing { rules[name] = nil }
    }
  }

  private static func candidates(_ kind: String) -> [Value] {
    let (hash, redact, null): (Value, Value, Value) = (
      ["strategy": "hash"], ["strategy": "redact"], ["strategy": "null"]
    )
    let digits: Value = ["strategy": "fpe", "alphabet": "digits"]
    switch kind {
    case "email": return [["strategy": "email"], hash, redact, null]
    case "phone": return [["strategy": "phone"], redact, hash, digits, null]
    case "name": return [["strategy": "name"], hash, redact, null]
    case "address": return [["strategy": "address"], redact, hash, null]
    case "ip": return [["strategy": "ip"], hash, null]
    case "birth_date":
      return [
        ["strategy": "generalize", "precision": "year"], ["strategy": "generalize", "step": 10], redact, hash, null,
      ]
    case "free_text": return [["strategy": "text_redaction"], null]
    case "us_ssn": return [["strategy": "redact", "replacement": "***-**-****"], hash, digits, null]
    default: return [redact, hash, digits, null]
    }
  }

  /// The key is not the policy's business: with any key that is good enough the same fits.
  private static let keys = MaskingKeys(
    master: Secret("a key that masks nothing, 0123456789"), workspace: "proposal")

  private static func fits(_ rule: Value, _ name: ColumnName, _ table: Table, _ schema: DatabaseSchema) -> Bool {
    let alone = DatabaseSchema(serverVersion: schema.serverVersion, tables: [table], functions: schema.functions)
    let plan = CopyPlan(
      policy: MaskingPolicy(spec: spec([name: rule], over: .object(Fields()))), schema: alone, keys: keys)
    // Whoever takes a proposal as it is has not looked whether the source has two spellings of one address.
    return plan.problems.allSatisfy { $0.severity == .note && $0.code != "mask_folds_text" }
  }

  /// The policy with the rules in it.
  public func merged(into policy: Value) -> Value { Self.spec(rules, over: policy) }

  private static func spec(_ rules: [ColumnName: Value], over policy: Value) -> Value {
    var spec = policy.object ?? Fields()
    var tables = spec["tables"]?.object ?? Fields()
    for (name, rule) in rules.sorted(by: { $0.key.description < $1.key.description }) {
      let written = tables.entries.first { $0.key == name.table.name || $0.key == name.table.description }?.key
      let key = written ?? name.tableName
      var table = tables[key]?.object ?? Fields()
      var columns = table["columns"]?.object ?? Fields()
      columns[name.column] = rule
      table["columns"] = .object(columns)
      tables[key] = .object(table)
    }
    spec["tables"] = .object(tables)
    return .object(spec)
  }

  /// Proposed columns at whose rule the whole plan has an error that it did not have before.
  private func clashing(_ policy: Value, _ schema: DatabaseSchema) -> [ColumnName] {
    func errors(_ spec: Value) -> Set<CopyProblem> {
      let plan = CopyPlan(policy: MaskingPolicy(spec: spec), schema: schema, keys: Self.keys)
      return Set(plan.problems.filter { $0.severity == .error })
    }
    let new = errors(merged(into: policy)).subtracting(errors(policy))
    return rules.keys.filter { name in
      new.contains { $0.path.hasSuffix(".columns.\(name.column)") || $0.path.contains(".columns.\(name.column).") }
    }
  }
}

extension ColumnName {
  /// As rules name the table: without the schema that everybody has.
  var tableName: String { table.schema == "public" ? table.name : table.description }
}
