import Documents
import Runtime
import Testing

@testable import Masking

/// The plan with the masks of the strategies themselves.
@Suite struct RealMaskPlanTests {
  private static let keys = MaskingKeys(
    master: Secret("7d1f6cb03e5a4f19a2c86e0b94d37f5817ad2e6c9b40f3d85c1e7a06b2f4938d"), workspace: "shop")

  private func plan(_ spec: Value, keys: MaskingKeys? = keys) -> CopyPlan {
    CopyPlan(policy: MaskingPolicy(spec: spec), schema: Shop.schema, keys: keys)
  }

  private static let emails: Value = [
    "tables": ["users": ["columns": ["email": ["strategy": "email"]]]],
    "virtual_references": [
      "orders.contact_email": ["to": "users.email"], "users.profile.mail": ["to": "users.email"],
    ],
  ]

  @Test func theSameAddressIsTheSameMaskWhereverItStands() throws {
    let plan = plan(Self.emails)
    #expect(plan.canRun, "\(plan.problems)")
    let mask = try plan.masked("users", "email", "john.doe@gmail.com")
    #expect(mask.hasPrefix("user_"))
    #expect(mask.hasSuffix("@anon.local"))
    #expect(mask.utf8.count <= 40)
    #expect(try plan.masked("orders", "contact_email", "john.doe@gmail.com") == mask)
    #expect(try plan.masked("users", "profile", #"{"mail":"john.doe@gmail.com"}"#) == #"{"mail":"\#(mask)"}"#)
    #expect(try plan.masked("users", "email", "jane@gmail.com") != mask)
  }

  @Test func aRuleWithoutAKeyIsAnError() {
    let plan = plan(Self.emails, keys: nil)
    #expect(!plan.canRun)
    #expect(plan.problems("mask_key_missing").first?.path == "tables.users.columns.email")
  }

  /// The masks of a unique column grow until chance is no danger; a fixed length that is too short is refused.
  @Test func eightDigitsAreRefusedOnAUniqueColumn() throws {
    let fixed = plan(rule("users", "email", ["strategy": "email", "hex_length": 8]))
    #expect(fixed.problems("mask_too_short").count == 1)
    let grown = plan(rule("users", "email", ["strategy": "email"]))
    #expect(grown.problems("mask_too_short") == [])
    #expect(grown.problems("mask_probably_unique").count == 1)
  }

  /// Every strategy on every column either fits or says why not, at the rule's place.
  @Test func everyStrategyIsAnsweredForEveryColumn() {
    let strategies: [(String, Value)] = [
      ("email", [:]), ("phone", [:]), ("redact", [:]), ("address", [:]), ("name", [:]), ("date", [:]), ("ip", [:]),
      ("text_redaction", [:]), ("hash", [:]), ("preserve", [:]), ("custom", ["expression": "NULL"]), ("null", [:]),
      ("template", ["template": "x{hex}"]), ("fpe", [:]), ("shuffle_within", [:]), ("noise", [:]),
      ("generalize", ["precision": "year"]),
    ]
    for table in Shop.schema.tables {
      for column in table.columns {
        for (strategy, options) in strategies {
          var fields = options.object ?? Fields()
          fields["strategy"] = .string(strategy)
          let plan = plan(rule(table.name.name, column.name, .object(fields)))
          let found = plan[table.name.name]?.columns.first { $0.column.name == column.name }
          let isMasked = if case .kept? = found?.mask { false } else { found != nil }
          let errors = plan.problems.filter { $0.severity == .error }
          #expect(isMasked || strategy == "preserve" || !errors.isEmpty, "\(table.name).\(column.name) \(strategy)")
          #expect(errors.allSatisfy { $0.path.hasPrefix("tables.\(table.name.name).columns.\(column.name)") })
        }
      }
    }
  }
}
