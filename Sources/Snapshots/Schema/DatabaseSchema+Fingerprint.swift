import Documents
public import Masking
public import Reconciliation

extension DatabaseSchema {
  /// SHA-256, as 64 hexadecimal digits, over what decides how rows are copied: tables with their columns, types, keys,
  /// checks, triggers, rules and partitions, foreign keys, sequences and extensions. Not over oids, sizes, counts and
  /// versions, so that a database restored elsewhere has the same one; nor over functions, which a copy does not call
  /// unless a statement names them.
  public var fingerprint: String { sha256(JSON.canonical(canonical)) }

  /// The same in parts, of which a change can be told.
  public var shape: SourceShape {
    let referring = Dictionary(grouping: foreignKeys, by: \.from)
    let parts = tables.map { table -> (String, SourceShape.Table) in
      let columns = table.columns.map { ($0.name, Self.short($0.canonical)) }
      var whole = table.canonical.object ?? Fields()
      whole["columns"] = nil
      whole["foreign_keys"] = .list((referring[table.name] ?? []).map(\.canonical))
      return (
        table.name.description,
        SourceShape.Table(
          columns: Dictionary(columns) { first, _ in first }, rest: Self.short(.object(whole)))
      )
    }
    let rest: Value = [canonical["sequences"] ?? .null, canonical["extensions"] ?? .null]
    return SourceShape(
      fingerprint: fingerprint, tables: Dictionary(parts) { first, _ in first }, rest: Self.short(rest))
  }

  private static func short(_ value: Value) -> String { String(sha256(JSON.canonical(value)).prefix(12)) }

  private var canonical: Value {
    [
      "format": 1, "tables": .list(tables.map(\.canonical)), "foreign_keys": .list(foreignKeys.map(\.canonical)),
      "sequences": .list(sequences.map { [.string("\($0.name)"), .optional($0.owner.map { "\($0)" })] }),
      "extensions": .list(extensions.map { [.string($0.name), .string($0.schema)] }),
    ]
  }
}

extension Table {
  fileprivate var canonical: Value {
    [
      "name": name.canonical, "storage": .string("\(storage)"), "unlogged": .bool(isUnlogged),
      "partition_of": .optional(partitionOf?.canonical), "bound": .optional(partitionBound),
      "partition_key": .names(partitionKey), "inherits": .list(inherits.map(\.canonical)),
      "columns": .list(columns.map(\.canonical)), "unique": .list(uniqueKeys.map(\.canonical)),
      "checks": .list(checks.map(\.canonical)), "exclusions": .list(exclusions.map(\.canonical)),
      "triggers": .list(triggers.map { [.string($0.name), .bool($0.firesOnUpdate), .bool($0.firesOnDelete)] }),
      "rules": .names(rules), "row_security": .bool(hasRowSecurity), "condition": .optional(rowCondition),
    ]
  }
}

extension Column {
  fileprivate var canonical: Value {
    [
      "name": .string(name), "type": .string(declaration), "domains": .list(type.domains.map(\.canonical)),
      "domain_checks": .list(type.domainChecks.map(\.canonical)), "family": .string(type.family.canonical),
      "nullable": .bool(isNullable), "origin": .string("\(origin)"),
      "length": maximumLength.map { .integer($0) } ?? .null,
    ]
  }
}

extension ColumnType.Family {
  /// Without the oids that a description of the whole would show.
  fileprivate var canonical: String {
    if case .array(let element) = self { return "array of \(element.name) \(element.family.canonical)" }
    return "\(self)"
  }
}

extension UniqueKey {
  fileprivate var canonical: Value {
    [
      "name": .string(name), "columns": .list(columns.map { .optional($0) }), "reads": .names(readColumns),
      "primary": .bool(isPrimary),
    ]
  }
}

extension CheckConstraint {
  fileprivate var canonical: Value { [.string(name), .string(definition), .names(columns)] }
}

extension ForeignKey {
  fileprivate var canonical: Value {
    [
      "name": .string(name), "from": from.canonical, "columns": .names(columns), "to": to.canonical,
      "referenced": .names(referencedColumns), "on_delete": .string(onDelete.rawValue),
      "on_update": .string(onUpdate.rawValue), "validated": .bool(isValidated), "operators": .names(operators),
    ]
  }
}

extension QualifiedName {
  fileprivate var canonical: Value { [.string(schema), .string(name)] }
}

extension Value {
  fileprivate static func names(_ names: [String]) -> Value { .list(names.map { .string($0) }) }
  fileprivate static func optional(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
  fileprivate static func optional(_ value: Value?) -> Value { value ?? .null }
}
