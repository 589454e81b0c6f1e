import Documents

extension Preflight {
  private typealias R = ReportSchema

  static var schema: Value {
    R.closed(
      [
        "name": R.text("The target's name."), "sso_groups": R.list(R.text("A group that may load copies.")),
        "last_snapshot_date": R.momentOrNothing, "snapshot": R.source, "sanitize": R.sanitize,
        "work": R.words(Work.allCases.map(\.rawValue), "What would be done."), "can_run": ["type": "boolean"],
        "blocked_by": R.list(R.text("The code of a condition or finding, or an address.")),
        "source": R.text("A database, or a snapshot in words."),
        "destination": R.text("A database, or a place in a store."), "replaces": replaces,
        "snapshot_id": R.text("Of what is loaded or sanitized."), "table_count": R.count("Tables that hold rows."),
        "rows": R.count("Of the source, or of the snapshot."), "bytes": R.count("Of the database, or of the archive."),
        "tables": R.list(table), "columns": R.list(column), "samples": R.list(sample), "space": space,
        "scratch": R.closed(
          ["database": R.text("The server."), "bytes": R.count("An estimate.")],
          "The database that is made on the scratch server and dropped again."), "sessions": sessions,
        "estimate": R.closed(
          [
            "milliseconds": R.count("How long it would take."), "rows_per_second": R.count("Measured."),
            "snapshots": R.count("That it was measured on."),
          ], "By the last snapshots; absent where none was measured.", optional: ["milliseconds"]),
        "estimate_note": R.text("What the estimate is about, or why there is none."),
        "rights": R.list(R.rightsOfSide), "conditions": R.list(R.reference("condition")),
        "findings": R.list(R.reference("finding")), "warnings": R.list(R.text("What is worth knowing.")),
      ], "What a command would do with one target.",
      optional: [
        "replaces", "snapshot_id", "table_count", "rows", "bytes", "space", "scratch", "sessions", "estimate",
        "estimate_note",
      ])
  }

  private static var replaces: Value {
    R.closed(
      [
        "what": R.words(["nothing", "copy", "other"], "What is in the destination now."),
        "snapshot": R.text("Of the copy."), "of": R.moment,
      ], "What would be replaced.", optional: ["snapshot", "of"])
  }

  private static var sessions: Value {
    let group = R.closed(
      [
        "role": R.text("Who."), "application": R.text("With what; empty where it does not say."),
        "prepared": ["type": "boolean", "description": "Prepared transactions."], "count": R.count("So many."),
      ], "Sessions that are alike.")
    return R.closed(
      [
        "count": R.count("All of them."), "of": R.list(group),
        "fate": R.words(["waited_for", "ended"], "What would become of them."),
        "seconds": R.count("Waited for so long."),
      ], "Who is connected to the destination.", optional: ["seconds"])
  }

  private static var table: Value {
    R.closed(
      [
        "name": R.text("With its schema."), "rows": R.count("By the source's statistics."),
        "bytes": R.count("In the source, without indexes."), "index_bytes": R.count("In the source."),
        "copied_rows": R.count("An estimate."), "copied_bytes": R.count("An estimate, indexes included."),
        "measured": ["type": "boolean", "description": "False where the copied share could not be measured."],
      ], "A table that holds rows.", optional: ["rows", "copied_rows"])
  }

  private static var column: Value {
    R.closed(
      [
        "table": R.text("As rules name it."), "column": R.text("Its name."), "type": R.text("Its type."),
        "strategy": R.text("`SQL` for a statement, `keep` for what is kept; absent where there is no rule."),
        "looks": R.text("What it looks like."), "uncovered": ["type": "boolean"],
      ], "A column that has a rule or looks personal.", optional: ["strategy", "looks"])
  }

  private static var sample: Value {
    let value = R.closed(
      [
        "column": R.text("Its name."),
        "before": R.textOrNothing("Redacted; absent where the source changes it before it is seen."),
        "after": R.textOrNothing("As it would be written."), "unchanged": ["const": true],
      ], optional: ["before", "unchanged"])
    return R.closed(
      [
        "table": R.text("As rules name it."), "rows": R.list(R.list(value)), "unread": R.text("Why there are none."),
      ], "Masks tried on a few rows.", optional: ["unread"])
  }

  private static var space: Value {
    R.closed(
      [
        "tables": R.count("Of the copy, in bytes."), "indexes": R.count("Of the copy."),
        "other": R.count("Catalogues and materialised views."), "template": R.count("Kept for `reset`."),
        "present": R.count("Of this destination now."), "needed": R.count("While both copies are there."),
        "budget": R.count("As declared."), "free": R.count("Of the budget, beside what is there."),
        "archive": R.count("As large as the last one."),
      ], "Disk, estimated from the source's sizes.", optional: ["present", "budget", "free", "archive"])
  }
}
