import Documents

/// Rules that follow from the schema alone and therefore hold for every kind.
enum CommonRules {
  static let literal = "literal_secret"
  static let noEffect = "no_effect"
  static let waiverExpired = "waiver_expired"

  static let all = [
    Rule(literal, .warning, literalSecret) { object, _, _ in
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
          noEffect, .warning, object.address, at: visit.path, "`\(visit.path)` has no effect: \(reason)",
          place: object.place(of: visit.path)))
    }
    return found
  }

  static func expired(_ waiver: Waiver, _ object: Declared) -> Finding {
    let until = waiver.until?.description ?? ""
    return Finding(
      waiverExpired, .warning, object.address, at: "waive",
      "the waiver of \(waiver.code) ended on \(until). Mend what it waives, or give it a later `until` with a fresh reason",
      place: object.place(of: "waive"), isWaivable: false)
  }
}

extension CommonRules {
  static let registered =
    all.map(\.registered) + [
      RegisteredCode(
        code: noEffect, nature: .finding, severity: .warning, isWaivable: true,
        explanation: Explanation(
          "a key is accepted and does nothing",
          why: "Keys of other tools are accepted as they stand, and some of them have nothing to act on here.",
          remedy: "Remove the key; the finding says why nothing needs it.",
          example: "yaml\nperformance: {disable_triggers: true}   # triggers are made after the rows, always")),
      RegisteredCode(
        code: waiverExpired, nature: .finding, severity: .warning, isWaivable: false,
        explanation: Explanation(
          "a waiver has ended",
          why: "What it accepted counts again from the day after `until`, and may now block.",
          remedy: "Mend what it waived, or give it a later `until` with a fresh reason.",
          example: "yaml\nwaive: [{code: tls_unverified, reason: \"tunnel until March\", until: 2027-03-31}]")),
    ]

  private static let literalSecret = Explanation(
    "a password or another secret stands in the file itself",
    why:
      "Whoever can read the repository, its history or a copy of it has the secret. Nothing of it is stored or shown by Decant.",
    remedy: "Put it into an environment variable or a file outside the repository, and change it: it was published.",
    example: "yaml\npassword: ${PROD_DB_PASSWORD}\ntoken: {file: ~/.config/decant/token}")
}
