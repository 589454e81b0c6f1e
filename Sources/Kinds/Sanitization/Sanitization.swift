import Documents
public import Reconciliation

/// A policy: what is done with each column before a copy leaves, and how the result is checked.
public enum Sanitization: Kind {
  public static let schema = Schema(
    "sanitization", in: "sanitizations",
    "A policy: what is done with each column before a copy leaves, and how the result is checked.",
    [
      .object(
        "global", summary: "What holds for all tables.",
        [
          .integer("seed", 0...Int.max, .copying, summary: "Divides key domains; no secret."),
          .boolean(
            "verify_after_sync", .fallback(true), .copying, summary: "Run the checks before a copy is published."),
          .boolean("fail_on_pii_leak", .fallback(true), .copying, summary: "Refuse to publish a copy that leaks."),
          .boolean(
            "read_hidden_originals", .fallback(false), .copying,
            summary:
              "Also read what lifted SQL and `custom` rules hide in the source, so that the leak check knows it; it is kept as keyed fingerprints alone."
          ),
          .boolean(
            "strict_checks", .fallback(false),
            summary: "A check about privacy that was not shown able to fail counts as failed."),
        ]),
      .map("tables", of: .object(table), named: "table", summary: "What is done with each table."),
      .set("exclude_tables", of: .prose, .copying, summary: "Tables whose rows are not copied."),
      .map(
        "virtual_references",
        of: .object([.prose("to", .required, .copying, summary: "`table.column` that it means.")]),
        named: "reference", listKey: "from", .copying,
        summary: "References that no foreign key declares, `from` a column `to` another."),
      Check.field("checks"),
      .object("verification", summary: "The checks under the key of the source format.", [Check.field("queries")]),
      .list(
        "risk",
        of: .object([
          .prose("table", .required, summary: "The table, as rules name it."),
          .set(
            "quasi_identifiers", of: .prose, .required,
            summary: "Columns that together can single somebody out: postcode, year of birth."),
          .integer(
            "k", 2...1_000_000, .fallback(5),
            summary: "No group of rows that agree in these columns is smaller."),
        ]), summary: "How small a group of alike rows may be; `verify` counts them."),
      .object(
        "post_sync", summary: "What runs on the copy before it is checked.",
        [.prose("custom_sql", .copying, summary: "SQL statements.")]),
      .object(
        "performance", summary: "How fast a copy may be.",
        [
          .integer("parallel_workers", 1...256, summary: "Workers, where the target gives no `cpus`."),
          .integer("batch_size", 1...Int.max, .noEffect("rows are streamed, not batched"), summary: "Rows in a batch."),
          .boolean(
            "disable_triggers", .noEffect("triggers are made after the rows, always"),
            summary: "Triggers after the rows."),
          .boolean(
            "disable_indexes", .noEffect("indexes are made after the rows, always"), summary: "Indexes after the rows."),
        ]),
    ])

  private static let table: [Field] = [
    .map(
      "columns", of: .variant(Strategy.variant), named: "column", listKey: "column", .alias("anonymization"), .copying,
      summary: "What is done with each column: a `strategy`, or `keep` with the reason."),
    .prose("filter", .copying, summary: "An SQL condition; only rows that meet it are copied."),
    .number("sample_rate", 0...1, .fallback(1), .copying, summary: "The share of rows that is copied."),
    .choice(
      "sampling_method", ["random", "stratified", "time-based"], .fallback("random"), .copying,
      summary: "How rows are chosen."),
    .prose("stratify_by", .copying, summary: "The column whose every value is to be represented."),
  ]
}
