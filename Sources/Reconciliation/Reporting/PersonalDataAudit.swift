public import Documents

/// What the columns of one source look like: for `audit pii`.
public struct PersonalDataAudit: Sendable, Hashable {
  public let target: Address
  /// The policy's name; nothing where the target names none.
  public var policy: String?
  public var columns: [PersonalColumn]
  /// A sentence for each column without a rule that the last copy did not have.
  public var newColumns: [String]
  /// What could not be looked at, in a sentence.
  public var unread: [String]
  /// Why nothing could be looked at.
  public var error: String?

  public init(
    _ target: Address, policy: String?, columns: [PersonalColumn] = [], newColumns: [String] = [],
    unread: [String] = [],
    error: String? = nil
  ) {
    self.target = target
    self.policy = policy
    self.columns = columns
    self.newColumns = newColumns
    self.unread = unread
    self.error = error
  }

  public var uncovered: [PersonalColumn] { columns.filter(\.isUncovered) }

  /// The proposed rules as a declaration, to be pasted into the policy; nothing where there is none to propose.
  public var proposal: Value? {
    var tables = Fields()
    for column in uncovered {
      guard let rule = column.proposal else { continue }
      var table = tables[column.tableName]?.object ?? Fields()
      var columns = table["columns"]?.object ?? Fields()
      columns[column.column] = rule
      table["columns"] = .object(columns)
      tables[column.tableName] = .object(table)
    }
    guard !tables.entries.isEmpty else { return nil }
    var policies = Fields()
    policies[policy ?? "\(target.name)_pii"] = .object(["tables": .object(tables)])
    return .object(["sanitizations": .object(policies)])
  }
}

extension PersonalDataAudit {
  var json: Value {
    var fields: Fields = [
      "target": .string(target.description), "columns": .list(columns.map(\.json)),
      "new_columns": .list(newColumns.map { .string($0) }), "unread": .list(unread.map { .string($0) }),
    ]
    fields["policy"] = policy.map { .string($0) }
    fields["error"] = error.map { .string($0) }
    return .object(fields)
  }

  static var schema: Value {
    ReportSchema.closed(
      [
        "target": ReportSchema.address, "policy": ReportSchema.text("The policy's name."),
        "columns": ReportSchema.list(PersonalColumn.jsonSchema),
        "new_columns": ReportSchema.list(ReportSchema.text("A column without a rule that the last copy did not have.")),
        "unread": ReportSchema.list(ReportSchema.text("What could not be looked at.")),
        "error": ReportSchema.text("Why nothing could be looked at."),
      ], "Which columns of a source look personal.", optional: ["policy", "error"])
  }
}

extension PersonalColumn {
  fileprivate var json: Value {
    var fields: Fields = [
      "schema": .string(schema), "table": .string(table), "column": .string(column), "type": .string(type),
      "sampled": .integer(sampled), "treatment": .string(treatment), "uncovered": .bool(isUncovered),
      "looks": .list(
        looks.map { look in
          [
            "kind": .string(look.kind), "title": .string(look.title),
            "percent": .integer(Int((look.score * 100).rounded())),
            "reasons": .list(look.reasons.map { .string($0) }),
          ]
        }),
    ]
    fields["proposal"] = proposal
    return .object(fields)
  }

  fileprivate static var jsonSchema: Value {
    ReportSchema.closed(
      [
        "schema": ReportSchema.text("The table's schema."), "table": ReportSchema.text("The table's name."),
        "column": ReportSchema.text("The column's name."), "type": ReportSchema.text("Its type."),
        "sampled": ReportSchema.count("Values that were looked at."),
        "treatment": ReportSchema.text("What becomes of it."), "uncovered": ["type": "boolean"],
        "looks": ReportSchema.list(
          ReportSchema.closed([
            "kind": ReportSchema.text("The kind, by its name."), "title": ReportSchema.text("The kind in words."),
            "percent": ReportSchema.count("How sure that is."),
            "reasons": ReportSchema.list(ReportSchema.text("A reason.")),
          ])),
        "proposal": ["type": "object", "description": "A rule that fits."],
      ], "A column that looks personal.", optional: ["proposal"])
  }
}
