public import Reconciliation

extension Target {
  public static var conditions: [RegisteredCode] {
    [
      .condition(
        "source_reachable", .error,
        Explanation(
          "the source refuses the role, its database is not there, or a variable of its URL is not set",
          why:
            "Nothing can be copied. A server that does not answer is no error but unknown: it may be up again when the plan is applied.",
          remedy:
            "Set the variable that the message names, or mend the role, its password or the database's name. Without a way to the databases, plan with `--no-observe`."
        )),
      .condition(
        "source_version", .warning,
        Explanation(
          "the server is not PostgreSQL 14 to 18; below 14 it is an error",
          why: "Older servers lack what a consistent copy needs; newer ones were not tested.",
          remedy: "Upgrade the source, or use a newer Decant.")),
      .condition(
        "tls_unverified", .warning,
        Explanation(
          "a connection is not encrypted, or nothing proved who answered",
          why: "Seen on the connection itself, of source and destination. A local socket is fine.",
          remedy: "Set `sslmode=verify-full` and `sslrootcert`.")),
      .condition(
        "schemas_present", .error,
        Explanation(
          "a schema of `include_schemas` is not in the source",
          why: "A schema that was renamed or misspelled would be left out of the copy without a word.",
          remedy: "Mend `snapshot.schema_config.include_schemas`; the message lists what is there.")),
      .condition(
        "source_readable", .error,
        Explanation(
          "the role may not read a table or sequence of the selected schemas",
          why: "The copy would stop in the middle, or lack what the role cannot see.",
          remedy: "Grant the role what it lacks, or exclude the schema.",
          example:
            "sql\nGRANT USAGE ON SCHEMA public TO readonly;\nGRANT SELECT ON ALL TABLES IN SCHEMA public TO readonly;\nGRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO readonly;"
        )),
      .condition(
        "source_role_can_write", .error,
        Explanation(
          "the role, or one that it may become, can write something in the source",
          why:
            "A copy needs to read alone. With a role that cannot write, no mistake in a file or in Decant can change production. Looked at are attributes, ownership, grants on tables, columns, sequences, schemas and the database, and predefined roles, those that are reached without INHERIT too.",
          remedy: "Give the source a role of its own that can only read.",
          example:
            "sql\nCREATE ROLE readonly LOGIN PASSWORD '…';\nGRANT pg_read_all_data TO readonly;\n-- up to PostgreSQL 14 everybody may make tables there:\nREVOKE CREATE ON SCHEMA public FROM PUBLIC;"
        )),
      .condition(
        "row_security_hides_rows", .error,
        Explanation(
          "row-level security hides rows from the role",
          why: "PostgreSQL leaves such rows out without an error, and the copy would be a part that nobody chose.",
          remedy:
            "No policy helps, however much it shows: a copy is read with `row_security=off`, which refuses where any policy would be asked. Give the role BYPASSRLS, and accept that `source_role_can_write` names it by a waiver with the reason; or exclude the schema.",
          example: "sql\nALTER ROLE readonly BYPASSRLS;")),
      .condition(
        "security_definer_functions", .warning,
        Explanation(
          "the role may call functions that act with their owner's rights",
          why: "Such a function can write although the role cannot.",
          remedy: "Look at the named functions, and revoke EXECUTE on those that write.",
          example: "sql\nREVOKE EXECUTE ON FUNCTION archive_orders() FROM PUBLIC;")),
      .condition(
        "source_pooled", .warning,
        Explanation(
          "a pooler in transaction mode stands before the source",
          why:
            "It gives one session to several connections. A copy holds a snapshot and locks in a session of its own, which such a pooler gives away between two transactions.",
          remedy: "Name the server itself, or a pool with `pool_mode=session`.")),
    ] + destinationConditions + copyConditions
  }

  private static var destinationConditions: [RegisteredCode] {
    [
      .condition(
        "destination_reachable", .error,
        Explanation(
          "the destination's server refuses the role",
          why:
            "A copy has nowhere to go. A server that does not answer is no error but unknown: it may be up again when the plan is applied.",
          remedy: "The message is the server's own: mend the role or its password.")),
      .condition(
        "destination_exists", .note,
        Explanation(
          "the destination's database is not there yet; a warning where the role may not create it",
          why: "A refresh creates it, where the role has CREATEDB.",
          remedy: "Nothing, or give the role CREATEDB or create the database.",
          example: "sql\nALTER ROLE dev CREATEDB;")),
      .condition(
        "destination_role_cannot_publish", .warning,
        Explanation(
          "the role could not put a finished copy in the destination's place",
          why:
            "A copy is made beside the destination and renamed over it: that needs CREATEDB, the ownership of the database, CONNECT on `refresh.maintenance_db`, and the right to end sessions that are connected.",
          remedy: "Run the SQL that the message names.",
          example: "sql\nALTER ROLE dev CREATEDB;\nALTER DATABASE users_dev OWNER TO dev;")),
      .condition(
        "destination_older", .error,
        Explanation(
          "the destination's server is of an older major version than the source's",
          why: "A dump of a newer server may use what an older one does not have, and loads only by luck.",
          remedy: "Upgrade the destination's server, or name another one.")),
      .condition(
        "same_cluster", .warning,
        Explanation(
          "source and destination have one system identifier and one database number; an error where one is a standby",
          why:
            "A clone of a disk has both in common with its original, and so has a standby with its primary. Between a primary and its standby no lock proves anything, and a refresh of the one from the other would overwrite the source.",
          remedy: "For a clone, waive it with that reason. Otherwise name another server.")),
      .condition(
        "same_source_and_destination", .error, isWaivable: false,
        Explanation(
          "a lock taken in the source is held in the destination: they are one database",
          why:
            "Proved and not guessed: addresses may differ, through a proxy or another name, and still lead to one database. A refresh would overwrite the source.",
          remedy: "Give the destination another database.")),
      .condition(
        "copy_stale", .warning,
        Explanation(
          "the copy is older than `refresh.max_age`, or nothing says when it was made",
          why: "Whoever tests on it sees data that is older than was declared.",
          remedy: "Make the copy anew. Its age is read from the comment that its maker left on the database.",
          example: "sql\nCOMMENT ON DATABASE users_dev IS 'decant built_at=2026-11-21T02:00:00Z';")),
    ]
  }
}
