import Documents
import Reconciliation

/// The strategies by which columns are masked, and the options of each.
enum Strategy {
  static let variant = Variant(
    tag: "strategy",
    alternative: .prose("keep", .copying, summary: "The column is copied as it is, for this reason."),
    common: [
      .integer("seed", 0...Int.max, .copying, summary: "Divides key domains; the same seed gives the same masks."),
      .prose("key_domain", .copying, summary: "Columns of one domain give the same mask for the same value."),
    ],
    cases: [
      .init(
        "email", "`user_<hex>@domain`, the same for the same address.",
        [
          .prose("domain", .copying, .fallback("anon.local"), summary: "The domain of the masked address."),
          .boolean("preserve_domain", .copying, .fallback(false), summary: "Keep the original domain."),
          hexLength,
        ]),
      .init(
        "phone", "The last digits become zeros.",
        [
          .choice(
            "format", ["e164", "national", "international"], .copying, summary: "The format of the masked number."),
          .integer("redact_digits", 1...15, .copying, .fallback(7), summary: "How many digits become zeros."),
        ]),
      .init(
        "redact", "A fixed text.",
        [.prose("replacement", .copying, .fallback("[REDACTED]"), summary: "The text.")]),
      .init(
        "address", "`[REDACTED ADDRESS]`, or the parts that are kept.",
        [
          .set(
            "preserve_fields", of: .choice(["city", "state", "zip", "country"]), .copying,
            summary: "Parts that stay as they are.")
        ]),
      .init(
        "name", "`User-<HEX>`, the same for the same name.",
        [.boolean("preserve_initial", .copying, .fallback(false), summary: "Keep the first letter."), hexLength]),
      .init(
        "date", "A day near the original one.",
        [
          .integer("jitter_days", 1...3_650, .copying, .fallback(30), summary: "At most so many days away."),
          .choice(
            "precision", ["day", "month", "year"], .copying, .fallback("day"), summary: "What is kept of the day."),
        ]),
      .init(
        "ip", "An address of the same family.",
        [.integer("preserve_prefix", 0...128, .copying, .fallback(0), summary: "Bits of the network that are kept.")]),
      .init(
        "text_redaction", "Personal data inside free text is replaced.",
        [
          .set(
            "patterns", of: .choice(["email", "phone", "ssn", "card", "iban", "ip", "url"]), .copying,
            summary: "What is looked for; without the key, all of them."),
          .prose("replacement", .copying, .fallback("[REDACTED]"), summary: "What stands in its place."),
        ]),
      .init("hash", "Keyed hexadecimal, the same for the same value.", [hexLength]),
      .init(
        "preserve", "The column is copied as it is.",
        [.prose("reason", .copying, summary: "Why it may be.")]),
      .init(
        "custom", "An SQL expression or function of your own.",
        [
          .prose("function", .copying, summary: "`CREATE FUNCTION …`, or the name of a function."),
          .prose("expression", .copying, summary: "An SQL expression over the row."),
          .choice(
            "leak", ["value", "words", "off"], .copying,
            summary:
              "What must not be anywhere in the copy: the column's values, their words too, or nothing, where it keeps some. Without the key, values, where they are read at all (`read_hidden_originals`); of days and times nothing."
          ),
        ]),
      .init("null", "NULL.", []),
      .init(
        "template", "A text with `{hex}`, `{row}` or `{column}` in it.",
        [.prose("template", .required, .copying, summary: "The text.")]),
      .init(
        "fpe", "A keyed permutation that keeps length and alphabet (NIST SP 800-38G, FF1).",
        [
          .choice(
            "alphabet", ["digits", "alphanumeric"], .copying, .fallback("digits"), summary: "The characters permuted.")
        ]),
      .init(
        "shuffle_within", "The column's own values in another order.",
        [.set("by", of: .prose, .copying, summary: "Only among rows that agree in these columns.")]),
      .init(
        "noise", "A number near the original one.",
        [.number("percent", 0...100, .copying, .fallback(10), summary: "At most so far away.")]),
      .init(
        "generalize", "A coarser value.",
        [
          .number("step", 0...1e12, .copying, summary: "Numbers are rounded down to multiples of it."),
          .choice("precision", ["year", "month", "day"], .copying, summary: "What is kept of a date."),
        ]),
    ])

  private static let hexLength = Field.integer(
    "hex_length", 8...64, .copying, summary: "Hexadecimal digits; without it, as many as uniqueness needs.")
}
