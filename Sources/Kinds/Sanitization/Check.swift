import Documents
import Reconciliation

/// A query that has to give one value: what people declare about the result.
struct Check {
  let name: String
  let query: String
  let expected: Value
  let about: String
  /// Where it is shown able to fail; nothing where that is left to what is there.
  let prove: String?
  let place: Place

  /// Checks by name, or as a list whose members name themselves.
  static func field(_ name: String) -> Field {
    .map(
      name, of: .object(fields), named: "check", listKey: "name",
      summary: "SQL that gives one value, and the value that it has to give.")
  }

  private static let fields: [Field] = [
    .prose("query", .required, .alias("sql"), summary: "One SELECT that gives one row of one column."),
    Field(
      "expect", .scalar, [.fallback(0), .alias("expected"), .alias("expected_result")],
      "The value that it has to give."),
    .choice(
      "about", ["privacy", "integrity"], .fallback("privacy"),
      summary: "What the check proves: that nothing personal is left, or that the data is whole."),
    .choice(
      "prove", ["source", "canary", "never"],
      summary:
        "Where the check is shown able to fail: on the source, which is asked in a read-only transaction of at most 30 seconds; on rows that are planted in temporary tables of the copy's session; or nowhere. Without it, a check about privacy is asked on the source, else on planted rows, and one about integrity on planted rows."
    ),
  ]

  /// The checks that stand at a path of an object.
  static func all(at path: [String], of object: Declared) -> [Check] {
    let members = path.reduce(Optional(object.spec)) { $0?[$1] }?.object?.entries ?? []
    return members.compactMap { member in
      guard let query = member.value["query"]?.string else { return nil }
      return Check(
        name: member.key, query: query, expected: member.value["expect"] ?? 0,
        about: member.value["about"]?.string ?? "privacy", prove: member.value["prove"]?.string,
        place: object.place(of: (path + [member.key]).joined(separator: ".")))
    }
  }
}
