import Documents
public import Reconciliation

/// A database that may be copied: from where, to where, how it is masked, and who may load it.
public enum Target: Kind {
  public static let defaults = ["cpus"]

  public static let schema = Schema(
    "target", in: "targets", "A database that may be copied: from where, to where, how it is masked, who may load it.",
    [
      .integer("cpus", 1...256, summary: "Workers: as many connections work on the target at once."),
      .object("snapshot", summary: "Source and destination as URLs.", snapshot),
      .object("source", summary: "The source as a declared environment.", [environment]),
      .object("destination", summary: "The destination as a declared environment.", [environment]),
      .reference("storage_profile", to: "storage_profile", .copying, summary: "Where raw snapshots are kept."),
      .object("sanitize", summary: "How copies are masked and checked.", sanitize),
      .object("refresh", summary: "How fresh the copy has to be, and how it is put in place.", refresh),
      .set(
        "sso_groups", of: .observedReference(kind: "sso_group"),
        summary: "The groups that may load sanitized copies."),
    ])

  private static let environment = Field.reference(
    "environment", to: "environment", .required, summary: "The environment's name.")

  private static let snapshot: [Field] = [
    .connectionURL(
      "src_url", summary: "The source, `postgresql://user:${PASSWORD}@host:5432/database?sslmode=verify-full`."),
    .connectionURL("dst_url", summary: "The destination. A refresh creates it where it does not exist."),
    .object(
      "schema_config", summary: "The schemas that are copied; without it, all but the system's.",
      [
        .set("include_schemas", of: .prose, summary: "Only these."),
        .set("exclude_schemas", of: .prose, summary: "All but these."),
      ]),
  ]

  private static let sanitize: [Field] = [
    .reference("storage_profile", to: "storage_profile", .copying, summary: "Where sanitized snapshots are kept."),
    .reference("policy", to: "sanitization", summary: "The policy by which columns are masked and copies are checked."),
    .prose("override_query", .copying, summary: "SQL that masks: UPDATE and DELETE statements."),
    .path("query_file", .contentsGoTo("override_query"), summary: "The same in a file, relative to this one."),
    .connectionURL(
      "dst_url", .copying,
      summary:
        "A scratch server on the safe side, never the destination's: SQL that cannot be done where rows are read runs in a database there, and `decant sanitize` opens raw snapshots there."
    ),
    Check.field("checks"),
    .boolean(
      "strict_checks", .fallback(false),
      summary: "A check about privacy that was not shown able to fail counts as failed."),
  ]

  private static let refresh: [Field] = [
    .duration("max_age", summary: "The copy may not be older."),
    .integer("retain", 1...10_000, .copying, summary: "Snapshots that are kept."),
    .boolean("disconnect", .fallback(false), .copying, summary: "End sessions that are connected to the destination."),
    .duration(
      "wait", .fallback("30s"), .copying,
      summary: "How long others who are connected to the destination are waited for, before the copy waits for them."),
    .boolean(
      "keep_template", .fallback(false), .copying,
      summary: "Keep a template of each copy beside it, from which `decant reset` makes a fresh one in seconds."),
    .set("grants", of: .prose, .copying, summary: "Roles that may read the copy."),
    .prose(
      "maintenance_db", .fallback("postgres"),
      summary: "The database of the destination's server that is connected to while the destination does not exist."),
    .prose("template", .copying, summary: "A database that an administrator prepared for what a role may not create."),
    .prose(
      "disk_budget", .copying,
      summary: "Space that the copy may take on its server, such as 200GB, the previous copy included."),
  ]
}
