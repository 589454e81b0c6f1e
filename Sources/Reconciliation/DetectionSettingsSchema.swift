import Documents

/// The block `decant.detection`: what may be said about how personal columns are found. It stands beside the objects,
/// because what looks personal is a question about sources, and targets without a policy are asked it too.
public enum DetectionSettingsSchema {
  /// The detectors that are built in, by the names that findings give.
  public static let detectors = [
    "email", "phone", "name", "address", "birth_date", "card", "iban", "ip", "mac", "url_user", "token", "us_ssn",
    "be_national_number", "br_cpf", "ca_sin", "de_steuer_id", "es_dni", "fi_hetu", "fr_nir", "in_aadhaar",
    "it_codice_fiscale", "nl_bsn", "no_fodselsnummer", "pl_pesel", "se_personnummer", "uk_nhs", "free_text",
  ]

  static let field = Field.object(
    "detection", summary: "Which columns of a source look personal.",
    [
      .number(
        "threshold", 0.05...1, .fallback(.number(0.5)), summary: "Columns of this score and more look personal."),
      .number(
        "inside_share", 0.001...1, .fallback(.number(0.02)),
        summary: "The share of values with personal data inside from which a column of text looks personal."),
      .object("detectors", summary: "Single detectors.", detectors.map(settings)),
      .map(
        "patterns", of: .object(pattern), named: "pattern", listKey: "name",
        summary: "Kinds of personal data of your own, by name."),
    ])

  private static func settings(of detector: String) -> Field {
    .object(
      detector, summary: "The detector `\(detector)`.",
      [
        .number("threshold", 0.05...1, summary: "Its own threshold."),
        .prose("off", summary: "It looks at nothing, for this reason."),
      ])
  }

  private static let pattern: [Field] = [
    .prose("title", summary: "What a value is, as in \"looks like an employee number\"; without it, the name."),
    .prose(
      "shape",
      summary:
        "What values look like: `#` is a digit, `@` a letter, `&` a letter or digit, what follows a backslash is itself, and so is all else. `EMP-######`"
    ),
    .set("columns", of: .prose, summary: "What columns of it are called, in words: `employee number`."),
    .number("threshold", 0.05...1, summary: "Its own threshold."),
  ]

  /// What the schema alone cannot refuse.
  static func defects(of detection: Value?) -> [(path: String, sentence: String)] {
    (detection?["patterns"]?.object?.entries ?? []).flatMap { pattern -> [(path: String, sentence: String)] in
      let path = "detection.patterns.\(pattern.key)"
      if detectors.contains(pattern.key) {
        return [(path, "a pattern cannot have the name of the detector `\(pattern.key)`")]
      }
      let isEmpty = pattern.value["shape"]?.string?.isEmpty ?? true
      if isEmpty, pattern.value["columns"]?.list?.isEmpty ?? true {
        return [
          (path, "the pattern \(Diagnostic.quoted(pattern.key)) has neither a `shape` nor `columns`: nothing is of it")
        ]
      }
      return []
    }
  }
}
