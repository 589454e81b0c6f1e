import Reconciliation

/// What rules and schema say when they meet. None of the errors can be waived: no copy could be made, or it would not be
/// what was declared.
extension Target {
  static var copyConditions: [RegisteredCode] {
    names + coverage + masks + keys + rows + statements + scratch + remains
  }

  private static func error(_ code: String, _ summary: String, _ why: String, _ remedy: String) -> RegisteredCode {
    .condition(code, .error, isWaivable: false, Explanation(summary, why: why, remedy: remedy))
  }

  private static func warning(_ code: String, _ summary: String, _ why: String, _ remedy: String) -> RegisteredCode {
    .condition(code, .warning, Explanation(summary, why: why, remedy: remedy))
  }

  private static func note(_ code: String, _ summary: String, _ why: String) -> RegisteredCode {
    .condition(code, .note, Explanation(summary, why: why, remedy: "Nothing has to be done."))
  }

  private static func detail(_ code: String, _ summary: String, _ why: String, _ remedy: String) -> RegisteredCode {
    .condition(code, .note, isDetail: true, Explanation(summary, why: why, remedy: remedy))
  }

  private static let remains: [RegisteredCode] = [
    detail(
      "text_format", "the rows of a table go as text",
      "COPY's binary format costs about a fifth less, and is taken where the form of every type was tested and every mask can read it. The sentence names the column that has no such form; the copy is the same.",
      "Nothing has to be done.")
  ]

  private static let names: [RegisteredCode] = [
    error(
      "unknown_table", "a rule names a table that the source does not have",
      "A rule that matches nothing is how clear values come through: the table was renamed, or is misspelled.",
      "Mend the name; the sentence says which one is near. A table of a schema that is not selected is not there either."
    ),
    error(
      "unknown_column", "a rule names a column that its table does not have",
      "The column was renamed or is misspelled, and the one that is meant would be copied as it is.",
      "Mend the name; the sentence says which one is near."),
    error(
      "ambiguous_table", "a name without a schema means several tables",
      "The rule would hold for one of them, and nobody has said for which.",
      "Write the schema before the name: `app.users`."),
    error(
      "path_into_no_json", "a path leads into a column that is neither json nor jsonb",
      "Only such columns have anything inside that a path could name.", "Write the rule on the column itself."),
    error(
      "rule_on_partition", "rules stand at a partition",
      "Rules of a partitioned table hold for all of its partitions alike, also for those that are made later.",
      "Write them at the partitioned table."),
    error(
      "partition_excluded", "a partition alone is excluded",
      "The copy would have a table with a hole that nobody sees.",
      "Exclude the partitioned table, or give it a `filter` that leaves those rows out."),
    error(
      "rule_overlap", "a column and a path inside it both have a rule",
      "The rule for the whole value leaves nothing for the one inside.", "Take one of them away."),
    error(
      "reference_to_itself", "a virtual reference leads to its own column", "It says nothing.",
      "Name the column that is meant in `to`, or take the reference away."),
    error(
      "rule_on_excluded", "rules stand at a table that is excluded",
      "Its rows are not copied, so that the rules do nothing.",
      "Take the table out of `exclude_tables`, or the rules away."),
    note(
      "not_copied", "something of the source is not in a copy",
      "Servers, user mappings, publications, subscriptions and the like lead elsewhere and stay where they are, and so does what the destination's role may not create. Large objects can be read by their owner alone, so that nothing in a copy may refer to one. `refresh.template` names a database that an administrator has prepared with what is wanted."
    ),
    warning(
      "foreign_table", "rules stand at a foreign table",
      "Its rows are of another server and are never copied, so that the rules do nothing.", "Take the rules away."),
  ]

  private static let coverage: [RegisteredCode] = [
    .condition(
      "uncovered_column", .error, isWaivable: false,
      Explanation(
        "a column looks personal, and nobody has decided about it; a warning where a table could not be looked at",
        why:
          "It would be copied as it is. What a column looks like is told by its name, its type and a sample of its values: their form, their check digits, names that are common. The sentence gives every reason, and no value.",
        remedy:
          "Give it a strategy, or `keep` it with the reason why it may be copied. `decant audit pii TARGET --write` proposes rules to paste. There is no waiver: `keep` stands beside the column and says why.",
        example:
          "yaml\ntables:\n  users:\n    columns:\n      backup_email: {strategy: email}\n      user_agent: {keep: holds browsers alone}"
      )),
    warning(
      "new_column", "a column is new, or has another type, since the last copy",
      "It has no rule, and looks like nobody's data today; what will be written into it is not known.",
      "Give it a rule, or `keep` it with a reason; both say that somebody has looked at it."),
  ]

  private static let masks: [RegisteredCode] = [
    error(
      "mask_type", "a strategy does not serve the column's type",
      "Its masks would not be values of that type, and the load would end at the first row.",
      "Take one of the strategies that the sentence names."),
    error(
      "mask_unknown", "a strategy is not known", "The rule masks nothing.",
      "Take one of the strategies of the reference."),
    error(
      "mask_option", "an option of a strategy does not fit its column",
      "What would come out is not what the option says.", "The sentence says what fits."),
    error(
      "mask_null", "a column that must not be NULL is masked with NULL",
      "The destination would refuse the first row.",
      "Take another strategy, such as `redact` or `hash`."),
    error(
      "mask_length", "masks are longer than the column holds",
      "The destination would refuse the first row, hours into a large copy.",
      "Shorten the option that the sentence names, or take another strategy."),
    error(
      "mask_row_key", "a template has `{row}` in it, and the table has no primary key",
      "Nothing tells the rows apart.", "Write `{hex}` in its place."),
    error(
      "mask_function", "the function of a `custom` rule is no name of a function",
      "It cannot be called where rows are read.",
      "Name a function of the source, write an `expression`, or give the whole `CREATE FUNCTION`."),
    error(
      "mask_key_missing", "a strategy needs a masking key, and none is declared",
      "Without a key, whoever knows the strategy could try all values until one has the same mask.",
      "Make one with `openssl rand -hex 32`, keep it as a secret, and say where in `decant.masking.key`."),
    error(
      "mask_key_weak", "the masking key is too short or too plain",
      "A key that can be guessed masks nothing.",
      "Make one with `openssl rand -hex 32`. All copies are then made anew with it."),
    error(
      "mask_lossy_unique", "a strategy that gives different values one mask stands on a unique column",
      "The unique index could not be built on the copy.",
      "Take a strategy that keeps values apart: `hash`, `email`, `name`, `fpe`, or `template` with `{row}`."),
    error(
      "mask_too_short", "masks of a unique column are likely to be alike",
      "With too few hexadecimal digits, two rows of a large table get one mask, and the unique index fails at the end of the copy.",
      "Raise `hex_length`, or leave it out: it then grows with the table."),
    detail(
      "mask_probably_unique", "masks of a unique column are unique but for a tiny chance",
      "The sentence gives the birthday bound, which is at most one in a million: masks grow with the table until it is, and a fixed length for which it is not is the error `mask_too_short`. A collision would end the copy and leave the previous one in place.",
      "Nothing has to be done."),
    warning(
      "mask_unique_expression", "a unique index reads a masked column through an expression",
      "Whether masks stay unique under it cannot be proved. If not, the copy ends when the index is built.",
      "Look whether the expression keeps masks apart."),
    detail(
      "mask_folds_text", "values that differ only in case or blanks get one mask on a unique column",
      "An address in upper and in lower case is one address, and has one mask. Where the source has both, which nobody knows without reading all of it, the unique index fails at the end of the copy, and the previous copy stays.",
      "Nothing, until a copy ends with an error at that index. Then the source has such values: take `hash`, which tells them apart."
    ),
    warning(
      "mask_check", "a CHECK reads a masked column",
      "It could refuse the masks, and the copy would end at the first row.",
      "Look whether masks fulfil it, or take another strategy."),
    warning(
      "mask_exclusion", "an exclusion constraint compares rows by a masked column",
      "It could refuse two rows of the copy that the source has.", "Look whether masks fulfil it."),
    note(
      "identity_masked", "an identity column is masked",
      "Its sequence is set behind the greatest mask, so that new rows fit."),
    note(
      "generated_from_masked", "a generated column is computed from a masked one",
      "The destination makes it again, from the mask."),
    error(
      "rule_on_generated", "a rule stands on a generated column",
      "Its values are never copied: the destination computes them again.",
      "Write the rule on the columns that it is computed from."),
    error(
      "partition_key_masked", "a column that decides the partition is masked",
      "A masked row could belong to another partition than the one it is copied into.",
      "Keep the column with a reason, or mask the columns from which it tells something."),
  ]

  private static let keys: [RegisteredCode] = [
    error(
      "key_conflict", "columns that hold the same values are masked differently",
      "A foreign key, or a virtual reference, ties them: in the copy the rows would no longer find each other.",
      "Give one of them the rule; the others follow by themselves."),
    note(
      "key_follows", "a column without a rule is masked because its key is",
      "It refers to a masked column, or is referred to, and gets the same masks."),
    error(
      "key_not_deterministic", "a key column has a strategy that gives one value several masks",
      "Rows that refer to each other would not find each other in the copy.",
      "Take a strategy that is the same for the same value, such as `hash` or `fpe`."),
  ]

  private static let rows: [RegisteredCode] = [
    error(
      "sampling_column", "a sample lacks the column that it goes by",
      "Strata and ages are read from a column, and it is missing or of a type that does not fit.",
      "Name it in `stratify_by`, or take `sampling_method: random`."),
    error(
      "reference_cycle", "tables with a filter or a sample refer to themselves in a circle",
      "Which rows have to follow which could not be told without end.",
      "Give one of the columns the strategy `null`, or take the filter or sample away."),
    warning(
      "reference_outside", "a foreign key leads to a schema that is not copied",
      "The copy cannot have the key, because what it leads to is not there.",
      "Include the schema, or accept that the copy lacks the key."),
    error(
      "reference_chains", "too many chains of references lead to filtered tables",
      "The query that leaves out what refers to missing rows would be one that no planner likes.",
      "Filter tables that are nearer, or exclude some between."),
    error(
      "disk_budget", "a copy and its predecessor need more space than `refresh.disk_budget`",
      "The new copy is made beside the previous one, so that for a while both are there. What it takes is estimated from the sizes of the tables that are copied and of their indexes, as filters, samples, references and statements leave them; its template, where one is kept, and what is there now are added. Free space cannot be asked for without a superuser, which is why the budget is declared.",
      "Raise the budget, or copy fewer rows: `filter`, `sample_rate`, `exclude_tables`. `decant refresh TARGET --dry-run` shows what each table takes."
    ),
    .condition(
      "excluded_referenced", .warning,
      Explanation(
        "rows refer to a table that is excluded; an error where every row has to",
        why: "A row whose referenced row is missing is not copied, or the foreign key would fail.",
        remedy: "Exclude the referring table too, or copy the referenced one.")),
    error(
      "row_subquery", "an expression over the row holds a subquery",
      "It would be asked for each row, and rows of other tables are followed by references.",
      "Write a condition over the table's own columns, and declare references."),
    error(
      "row_aggregate", "an expression over the row holds an aggregate",
      "It is about many rows, and is asked about one.", "Write it over the table's own columns."),
    error(
      "row_window", "an expression over the row holds a window function",
      "It is about many rows, and is asked about one.", "Write it over the table's own columns."),
    error(
      "row_clock", "an expression over the row reads the clock in a way that a copy cannot keep still",
      "All parts of a copy show one instant, and this function would give each row another.",
      "Write `now()` or CURRENT_DATE: they mean the instant of the copy."),
    error(
      "row_volatile", "an expression over the row calls a function that gives other values every time",
      "The copy would be another one each time, and its parts would not fit together.",
      "Take a function that is immutable or stable."),
    error(
      "row_shadow", "an expression calls something that stands beside PostgreSQL's own",
      "The expression needs the source's own search path, and a function or operator there has the name of a built-in one and other argument types: whichever fits better is called. Whoever made it could change which rows are copied, or read them.",
      "Write which one is meant, with its schema: `pg_catalog.lower(…)`, `OPERATOR(pg_catalog.=)`."),
    error(
      "row_search_path", "an expression needs a search path that changes how a column is written",
      "Names of objects (`regclass`, `regtype` and their like) are written with a schema or without one, as the search path has it, and the copy could not read them back.",
      "Write the schemas of all functions, operators and types in the expression."),
    error(
      "unknown_function", "an expression calls a function that the source does not have",
      "The source would refuse the query.", "Mend the name."),
  ]

  private static let statements: [RegisteredCode] = [
    note(
      "sql_lifted", "a statement is done where rows are read",
      "It became an expression or a condition of the source's own query, so that clear values never leave the source. With `global.read_hidden_originals` what an UPDATE hides of columns that look personal is read beside them, by the program alone, and looked for in the copy."
    ),
    note(
      "sql_passed_over", "a statement has nothing to do in a copy", "It changes no row, such as BEGIN or a comment."),
    error(
      "sql_syntax", "a statement or expression of the declaration is no SQL that the source would accept",
      "It cannot become a part of the copy.", "The sentence is PostgreSQL's own."),
    .condition(
      "sql_and_rule", .error, isWaivable: false,
      Explanation(
        "a statement and a masking rule speak of one column; a warning where only a condition reads it",
        why: "One of the two would be in vain, or the statement would carry the clear value past the rule.",
        remedy: "Say what is to happen with the column in one place.")),
    .condition(
      "sql_referred", .error, isWaivable: false,
      Explanation(
        "a statement deletes rows that others refer to; a warning where that was not found out in time",
        why: "The foreign key forbids it, so that PostgreSQL itself would refuse the statement.",
        remedy: "Delete the referring rows in a statement before it, or leave those that they refer to.")),
    .condition(
      "clear_rows_on_destination", .error,
      Explanation(
        "masking SQL can only run on the destination's own server",
        why:
          "It cannot be done where rows are read, so that clear rows would lie in a quarantine database of that server until it is done: in unlogged tables, which leave nothing in the write-ahead log. It also stands where `sanitize.dst_url` leads to that same server, which then keeps nothing away from it.",
        remedy:
          "Write it as masking rules, or as plain UPDATE and DELETE over one table's own columns; or declare a scratch server on the safe side in `sanitize.dst_url`, where it can run. Where the destination's server may hold clear rows for a while, waive it with that reason.",
        example:
          "yaml\nsanitize:\n  query_file: mask.sql\n  dst_url: \"postgresql://scratch:${SCRATCH_PASS}@scratch.example/postgres?sslmode=verify-full\""
      )),
  ]

  private static let scratch: [RegisteredCode] = [
    note(
      "sql_on_scratch", "a statement runs on the scratch server",
      "It cannot be done where rows are read. The whole copy goes through a database on the server of `sanitize.dst_url`, the statement runs there, and what it leaves is copied on: no clear row reaches the destination's server."
    ),
    error(
      "scratch_reachable", "the scratch server refuses the role, or what its URL names is not there",
      "SQL that cannot be done where rows are read has to run there, and never runs on the destination's server instead. A server that does not answer is no error but unknown.",
      "Mend `sanitize.dst_url`: the message is the server's own."),
    error(
      "scratch_is_source", "the scratch server is the source's own",
      "The SQL would run, and databases would be made and dropped, on production.",
      "Name another server in `sanitize.dst_url`."),
    error(
      "scratch_role_cannot_create", "the role may not create databases on the scratch server, or it takes no writes",
      "Each refresh makes a database of its own there, and drops it again.",
      "Give the role CREATEDB; `decant grants TARGET` prints what it needs."),
    error(
      "scratch_version", "the scratch server is older than the source's, or newer than the destination's",
      "What goes through it is restored there, dumped again and restored on the destination's server; a dump of a newer server may use what an older one does not have.",
      "Name a scratch server of a version between the two."),
  ]
}
