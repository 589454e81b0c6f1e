import Documents

/// Rules that follow from the schema alone and therefore hold for every kind.
enum CommonRules {
  static let literal = "literal_secret"

  static let all = [
    Rule(literal, .warning) { object, _ in
      object.literals.keys.sorted().map { path in
        .init(at: path, literalSentence(path))
      }
    }
  ]

  static func literalSentence(_ path: String) -> String {
    "`\(path)` holds a secret in clear, and whoever reads the repository has it. Put it into an environment variable: ${NAME}"
  }

  /// Keys that are accepted for the sake of the source formats and do nothing.
  static func noEffect(_ object: Declared, _ schema: Schema) -> [Finding] {
    var found: [Finding] = []
    schema.walk(object.spec) { visit in
      guard case .none(let reason) = visit.field.effect else { return }
      found.append(
        Finding(
          "no_effect", .warning, object.address, at: visit.path, "`\(visit.path)` has no effect: \(reason)",
          place: object.place(of: visit.path)))
    }
    return found
  }

  static func expired(_ waiver: Waiver, _ object: Declared) -> Finding {
    let until = waiver.until?.description ?? ""
    return Finding(
      "waiver_expired", .warning, object.address, at: "waive",
      "the waiver of \(waiver.code) ended on \(until). Mend what it waives, or give it a later `until` with a fresh reason",
      place: object.place(of: "waive"))
  }
}
