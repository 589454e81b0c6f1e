import Documents

/// The JSON Schema of what `--json` prints, for every command and every exit code: `schemas/report.json`.
///
/// It is closed: a field that the report gains has to be described here, or the tests that check real reports fail.
enum ReportSchema {
  static var schema: Value {
    [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Decant report",
      "description": "What a command says with --json, written whole on every exit code.",
      "$defs": .object(definitions),
      "type": "object", "additionalProperties": false, "required": ["format", "command", "exit", "diagnostics"],
      "properties": .object(properties),
    ]
  }

  private static var properties: Fields {
    [
      "format": ["const": "decant report 1"], "command": text("The command, such as `plan` or `audit log`."),
      "exit": closed(
        [
          "code": ["type": "integer", "enum": .list(ExitStatus.allCases.map { .integer(Int($0.rawValue)) })],
          "name": words(ExitStatus.allCases.map(\.name), "The cause, by its name."),
        ], "Why the command ended as it did."),
      "workspace": text("The owner of what is declared."), "control_plane": text("Where the records are kept."),
      "seen_at": moment, "files": list(text("A file that was read.")),
      "error": text("Why the command could not do its work."),
      "expected_digest": text("The digest that was asked for and is not the plan's."),
      "moved_sources": list(text("A copy whose source's schema is all that has moved since that digest.")),
      "declared": count("Objects that were read."), "diagnostics": list(reference("diagnostic")),
      "findings": list(reference("finding")), "actions": list(reference("action")), "drift": list(reference("drift")),
      "conditions": list(reference("condition")), "unmanaged": list(address), "digest": digest,
      "brake": list(
        closed(["code": text("The reason, by its name."), "message": text("The reason with its numbers.")])),
      "summary": summary, "outcomes": list(reference("outcome")), "applied": applied,
      "audit_head": closed(["number": count("Entries up to here."), "hash": hash]),
      "stopped": text("Why the apply ended early."), "verifications": list(reference("verification")),
      "unchecked": list(address), "records": list(reference("record")), "graph": graph,
      "audit": list(reference("audit_entry")), "saved": saved, "partial": partial, "refused": refused,
      "done_before": list(address), "targets": list(reference("target")), "name": text("The target's name."),
      "sso_groups": list(text("A group that may load copies.")), "last_snapshot_date": momentOrNothing,
      "snapshot": source, "sanitize": sanitize, "snapshots": list(reference("snapshot")),
      "rights": list(
        closed(
          ["object": address, "source": rightsOfSide, "destination": rightsOfSide, "scratch": rightsOfSide],
          "What copies of a target need.", optional: ["scratch"])),
      "work": work, "local": list(pulled), "preflight": list(Preflight.schema),
      "personal_data": list(PersonalDataAudit.schema), "compliance": ComplianceReport.schema,
      "audit_verdict": [
        "oneOf": [
          closed(["whole": ["const": true], "entries": count("Entries in the log."), "head": hash]),
          closed(["whole": ["const": false], "entry": count("The first wrong one."), "reason": text("What is wrong.")]),
        ]
      ],
    ]
  }

  static var rightsOfSide: Value {
    closed(
      [
        "database": text("Where."), "role": text("Who works there."), "unseen": text("Why it could not be asked."),
        "statements": list(
          closed(
            ["sql": text("For an administrator to run."), "missing": ["type": "boolean"]],
            "Without `missing` the server could not be asked, or does not say.", optional: ["missing"])),
      ], "The rights on one server.", optional: ["unseen"])
  }

  /// Of `targets` and `target`; scripts read these names.
  static var source: Value {
    closed(["src_url": textOrNothing("The source, without a password.")], "Where copies are made of.")
  }

  static var sanitize: Value {
    closed(
      ["override_query": textOrNothing("SQL that masks."), "policy": textOrNothing("The policy that masks.")],
      "What masks copies.")
  }

  static func textOrNothing(_ description: String) -> Value {
    ["type": ["string", "null"], "description": .string(description)]
  }

  static let momentOrNothing: Value = ["oneOf": [moment, ["type": "null"]]]

  private static var work: Value {
    closed(
      [
        "target": text("The target's name."), "snapshot": text("Its id."), "kind": kind,
        "destination": text("A database, a folder, or a place in a store; without a password."),
        "tables": count("Tables that hold rows."), "rows": count("Rows of the snapshot."),
        "bytes": count("Of the database, or of the files where no database was made."),
        "milliseconds": count("How long it took."), "notes": list(text("What is worth knowing.")),
      ], "What was done with a snapshot.")
  }

  private static var pulled: Value {
    closed(
      [
        "id": text("The snapshot's id."), "target": text("The target's name."), "kind": kind,
        "instant": moment, "rows": count("Rows of the snapshot."), "bytes": count("Of its files."),
        "folder": text("Where it lies."),
      ], "A snapshot that was pulled.", optional: ["rows"])
  }

  static var kind: Value { words(SnapshotRow.Kind.allCases.map(\.rawValue), "Masked, or as the source has it.") }

  private static var saved: Value {
    closed(
      ["path": text("The plan file."), "digest": digest, "signer": text("The id of the key that signed it.")],
      "Where the plan was saved.", optional: ["signer"])
  }

  private static var partial: Value {
    closed(
      [
        "only": list(text("A pattern.")), "except": list(text("A pattern.")),
        "left_out": count("Changes outside the selection."), "pending": list(address),
      ], "What a plan of a part leaves out.")
  }

  private static var refused: Value {
    closed(
      [
        "code": text("The reason, by its name."), "message": text("The reason as a sentence."),
      ], "Why a saved plan was not applied.")
  }

  private static var summary: Value {
    var counts = Fields(Action.Verb.allCases.map { ($0.rawValue, count("Actions of this kind.")) })
    counts["blocked"] = count("Actions that a condition or finding holds back.")
    counts["unchanged"] = count("Objects that are as declared.")
    return closed(counts, "The plan in numbers.")
  }

  private static var applied: Value {
    closed(Fields(Outcome.words.map { ($0, count("Actions that ended so.")) }), "What became of the actions.")
  }

  private static var graph: Value {
    closed([
      "nodes": list(
        closed(["object": address, "action": verb, "blocked": ["const": true]], optional: ["action", "blocked"])),
      "edges": list(closed(["from": address, "to": address], "`from` names `to`.")),
    ])
  }

  // MARK: - Words

  static func text(_ description: String) -> Value { ["type": "string", "description": .string(description)] }
  static func list(_ items: Value) -> Value { ["type": "array", "items": items] }
  static func reference(_ name: String) -> Value { ["$ref": .string("#/$defs/\(name)")] }

  static func count(_ description: String) -> Value {
    ["type": "integer", "minimum": 0, "description": .string(description)]
  }

  static func words(_ words: [String], _ description: String) -> Value {
    ["enum": .list(words.map { .string($0) }), "description": .string(description)]
  }

  /// An object of these members and no others, all of them required but the optional ones.
  static func closed(_ properties: Fields, _ description: String? = nil, optional: [String] = []) -> Value {
    var fields: Fields = [
      "type": "object", "additionalProperties": false, "properties": .object(properties),
      "required": .list(properties.keys.filter { !optional.contains($0) }.map { .string($0) }),
    ]
    fields["description"] = description.map { .string($0) }
    return .object(fields)
  }

  static let address: Value = [
    "type": "string", "pattern": "^[a-z_]+\\.", "description": "Kind and name: `target.prod_users_api`.",
  ]
  static let moment: Value = [
    "type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$", "description": "In UTC.",
  ]
  static let digest: Value = ["type": "string", "pattern": "^sha256:[0-9a-f]{64}$"]
  static let hash: Value = ["type": "string", "pattern": "^[0-9a-f]{64}$"]
  static var verb: Value { words(Action.Verb.allCases.map(\.rawValue), "What is done.") }
}
