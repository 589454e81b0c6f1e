public import Documents
public import Reconciliation

extension Sanitization {
  public static func check(_ object: Declared, in declaration: Declaration) -> [Diagnostic] {
    let tables = object.spec["tables"]?.object?.entries ?? []
    let excluded = Set(object.spec["exclude_tables"]?.list?.compactMap(\.string) ?? [])
    var found = tables.filter { excluded.contains($0.key) }.map { bothRuledAndExcluded($0.key, object) }
    for table in tables {
      if table.value["sampling_method"]?.string == "stratified", table.value["stratify_by"] == nil {
        found.append(stratifiedByNothing(table.key, object))
      }
      for column in table.value["columns"]?.object?.entries ?? []
      where column.value["strategy"]?.string == "custom" {
        if (column.value["function"] == nil) == (column.value["expression"] == nil) {
          found.append(customWithoutOne(table.key, column.key, object))
        }
      }
    }
    return found + texts(of: object).compactMap { $0.defect(of: object, declaration.memo) }
  }
}

extension Sanitization {
  fileprivate static func bothRuledAndExcluded(_ table: String, _ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "contradiction", "the table `\(table)` has rules and stands in `exclude_tables`",
      at: object.place(of: "tables.\(table)"), label: "take one of them away")
  }

  fileprivate static func stratifiedByNothing(_ table: String, _ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "missing_key", "the table `\(table)` is sampled by strata and has no `stratify_by`",
      at: object.place(of: "tables.\(table).sampling_method"))
  }

  fileprivate static func customWithoutOne(_ table: String, _ column: String, _ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "missing_key", "the strategy `custom` of \(table).\(column) has either a `function` or an `expression`",
      at: object.place(of: "tables.\(table).columns.\(column)"))
  }
}
