import Documents
import Masking
import Runtime
import Testing

@testable import Verification

@Suite struct CoverageTests {
  private static let users = QualifiedName("public", "users")

  private func schema(_ columns: [Column] = []) -> DatabaseSchema {
    let integer = ColumnType(name: "integer", oid: 23, family: .integer(bytes: 4))
    let id = Column(name: "id", type: integer, isNullable: false)
    let own = [
      id, Column(name: "email", type: .text), Column(name: "backup_email", type: .text),
      Column(name: "lower_email", type: .text, origin: .generated(expression: "lower(email)"), reads: ["email"]),
      Column(name: "iban", type: .text),
    ]
    let orders = Table(
      name: QualifiedName("public", "orders"), columns: [id, Column(name: "user_email", type: .text)],
      uniqueKeys: [UniqueKey(name: "orders_pkey", columns: ["id"], isPrimary: true)])
    let users = Table(
      name: Self.users, columns: own + columns,
      uniqueKeys: [
        UniqueKey(name: "users_email", columns: ["email"]),
        UniqueKey(name: "users_pkey", columns: ["id"], isPrimary: true),
      ])
    return DatabaseSchema(
      serverVersion: 150_000, tables: [orders, users],
      foreignKeys: [
        ForeignKey(name: "f", from: orders.name, columns: ["user_email"], to: Self.users, referencedColumns: ["email"])
      ])
  }

  private let keys = MaskingKeys(master: Secret("0123456789abcdef0123456789abcdef"), workspace: "w")

  private func plan(_ schema: DatabaseSchema, _ spec: Value) -> CopyPlan {
    CopyPlan(policy: MaskingPolicy(spec: spec), schema: schema, keys: keys)
  }

  private func looks(_ schema: DatabaseSchema) -> [ColumnName: [Detection]] {
    var found: [ColumnName: [Detection]] = [:]
    for table in schema.tables {
      for column in table.columns {
        let detections = Classifier().classify(column: column, table: table, sample: ColumnSample())
        if !detections.isEmpty { found[ColumnName(table.name, column.name)] = detections }
      }
    }
    return found
  }

  private func judge(_ spec: Value, _ columns: [Column] = [], since previous: DatabaseSchema? = nil)
    -> [CoverageFinding]
  {
    let schema = schema(columns)
    return Coverage.judge(schema, plan: plan(schema, spec), detections: looks(schema), since: previous)
  }

  private static let whole: Value = [
    "tables": [
      "users": [
        "columns": [
          "email": ["strategy": "email"], "backup_email": ["keep": "test accounts alone"],
          "iban": ["strategy": "redact"],
        ]
      ]
    ]
  ]

  @Test func maskedKeptGeneratedAndFollowingColumnsAreCovered() { #expect(judge(Self.whole) == []) }

  @Test func aPersonalColumnWithoutARuleIsNamed() {
    let found = judge([
      "tables": ["users": ["columns": ["email": ["strategy": "email"], "iban": ["strategy": "redact"]]]]
    ])
    #expect(found.map(\.code) == [.uncovered])
    #expect(
      found.first?.message
        == "users.backup_email looks like an e-mail (name, no values) and has no rule. Mask it, or keep it with a reason."
    )
  }

  @Test func keepingNeedsAReason() {
    let found = judge([
      "tables": [
        "users": [
          "columns": [
            "email": ["strategy": "email"], "backup_email": ["strategy": "preserve"], "iban": ["strategy": "redact"],
          ]
        ]
      ]
    ])
    #expect(
      found.map(\.message) == [
        "users.backup_email looks like an e-mail (name, no values) and is kept without a reason. Say the reason, or mask it."
      ])
  }

  @Test func excludedTablesNeedNoRules() { #expect(judge(["exclude_tables": ["users", "orders"]]) == []) }

  @Test func newAndChangedColumnsAreNamed() {
    let before = schema([Column(name: "score", type: .text)])
    let now = [
      Column(name: "score", type: .bigint), Column(name: "tag", type: .text), Column(name: "phone", type: .text),
    ]
    let found = judge(Self.whole, now, since: before)
    #expect(found.map(\.code) == [.uncovered, .new, .new])
    #expect(found.map(\.column.column) == ["phone", "score", "tag"])
    #expect(found[0].message.contains("It is new since the last copy."))
    #expect(found[1].message.hasPrefix("users.score was text in the last copy and is bigint now"))
    #expect(judge(Self.whole, now, since: schema(now)).map(\.code) == [.uncovered])
    #expect(judge(Self.whole, now).map(\.code) == [.uncovered])
  }

  /// What is proposed is read back, has no problem, and leaves nothing uncovered.
  @Test func proposalsCoverEverything() {
    let wide = [
      Column(name: "phone", type: .text), Column(name: "ssn", type: .text, isNullable: false, maximumLength: 11),
      Column(name: "dob", type: .date), Column(name: "bsn", type: .bigint, isNullable: false),
      Column(name: "ip", type: .inet),
      Column(name: "full_name", type: .text, isNullable: false, maximumLength: 12), Column(name: "street", type: .text),
      Column(name: "password", type: .text, isNullable: false, maximumLength: 5),
      Column(name: "birth_year", type: ColumnType(name: "integer", oid: 23, family: .integer(bytes: 4))),
    ]
    let schema = schema(wide)
    let found = Coverage.judge(schema, plan: plan(schema, .object(Fields())), detections: looks(schema))
    #expect(found.count == 13)
    let proposal = Proposal(
      for: found.map { ($0.column, $0.detections[0].kind) }, beside: .object(Fields()), in: schema)
    let merged = proposal.merged(into: .object(Fields()))
    let made = plan(schema, merged)
    #expect(made.problems.filter { $0.severity == .error } == [])
    let left = Coverage.judge(schema, plan: made, detections: looks(schema))
    #expect(left == [])
    #expect(proposal.rules.count == 12, "orders.user_email follows its key")
  }

  @Test func proposalsStandBesideRulesThatThereAre() {
    let schema = schema()
    let name = ColumnName(Self.users, "backup_email")
    let proposal = Proposal(for: [(name, "email")], beside: Self.whole, in: schema)
    #expect(proposal.rules[name] == ["strategy": "email"])
    let merged = proposal.merged(into: Self.whole)
    #expect(merged["tables", "users"]?["columns", "iban"] == ["strategy": "redact"])
  }
}
