import Documents

extension ReportSchema {
  static var definitions: Fields {
    [
      "place": closed(
        ["file": text("As it was read, relative to the folder."), "line": count("From 1."), "column": count("From 1.")]
      ),
      "diagnostic": closed(
        [
          "severity": severity, "code": code, "message": text("What is wrong."), "place": reference("place"),
          "label": text("What stands beside the caret."), "notes": list(text("A further line.")),
        ], "What is wrong with the files.", optional: ["place", "label", "notes"]),
      "finding": closed(
        [
          "code": code, "severity": severity, "object": address, "message": text("What is wrong, and what to do."),
          "path": path, "place": reference("place"), "waived": text("The reason of the waiver."),
        ], "What a rule says about an object.", optional: ["path", "place", "waived"]),
      "condition": closed(
        [
          "code": code, "severity": severity, "object": address,
          "state": words(["holds", "fails", "unknown"], "Unknown is what could not be read."), "path": path,
          "message": text("Why it does not hold."), "waived": text("The reason of the waiver."),
        ], "Something of the live world that is observed and not written.", optional: ["path", "message", "waived"]),
      "change": closed(
        [
          "path": path, "old": value("What stands there; absent where nothing does."),
          "new": value("What is to stand there."), "replaces": ["const": true],
        ], "One field that differs.", optional: ["old", "new", "replaces"]),
      "action": action, "drift": drift, "outcome": outcome, "verification": verification, "check": check,
      "target": target, "snapshot": snapshot, "record": record, "audit_entry": auditEntry,
    ]
  }

  private static var action: Value {
    closed(
      [
        "action": verb, "object": address, "reason": words(Action.Reason.allCases.map(\.rawValue), "Why."),
        "changes": list(reference("change")), "seen_revision": count("0 where there was no record."),
        "place": reference("place"), "blocked_by": list(text("A code, or the address that it depends on.")),
        "copy": copyPreview,
      ], "One thing to do with one object.", optional: ["place", "blocked_by", "copy"])
  }

  private static var copyPreview: Value {
    closed(
      [
        "destination": text("The name of the destination's database."), "tables": count("Tables that hold rows."),
        "bytes": count("Of their main forks."), "estimated_seconds": count("At the rate of the last refresh."),
        "age_seconds": count("Of the published copy."), "max_age_seconds": count("As declared."),
      ], "What a refresh is about.",
      optional: ["tables", "bytes", "estimated_seconds", "age_seconds", "max_age_seconds"])
  }

  private static var copied: Value {
    closed(
      [
        "snapshot": text("Its id in the snapshot catalogue."), "tables": count("Tables that hold rows."),
        "rows": count("Rows that were copied."), "bytes": count("Bytes that were written."),
        "milliseconds": count("How long it took."),
        "phases": phases,
        "notes": list(text("What is worth knowing.")),
      ], "The copy that was made.")
  }

  private static var phases: Value {
    let names = CopyProgress.Phase.allCases.map(\.rawValue)
    return closed(
      Fields(names.map { ($0, count("Milliseconds.")) }), "How long each phase took, of those that there were.",
      optional: names)
  }

  private static var drift: Value {
    closed(
      [
        "object": address, "deleted": ["type": "boolean"], "by": text("Who, where the store knows it."), "at": moment,
        "revision": count("Of the record now."), "changes": list(reference("change")),
      ], "What somebody else changed since the last apply.")
  }

  private static var outcome: Value {
    closed(
      [
        "object": address, "action": verb,
        "outcome": words(Outcome.words, "What became of it."),
        "milliseconds": count("How long it took."), "message": text("Why."),
        "revision": count("Of the record after it."), "copied": copied,
      ], optional: ["message", "revision", "copied"])
  }

  private static var verification: Value {
    closed(
      [
        "object": address, "database": text("Where the checks ran."), "passed": ["type": "boolean"],
        "checks": list(reference("check")), "failure": text("Why no check could be run."), "strict": ["const": true],
        "found": CopyVerification.schema,
      ], optional: ["failure", "strict", "found"])
  }

  private static var check: Value {
    closed(
      [
        "name": text("As it is declared."), "about": text("What it is about."), "passed": ["type": "boolean"],
        "expected": value("As it is declared."), "found": value("What the database gave."),
        "failure": text("Why it failed."), "milliseconds": count("How long it took."), "place": reference("place"),
        "proof": proof,
      ], optional: ["found", "failure", "place", "proof"])
  }

  private static var proof: Value {
    closed(
      [
        "state": words(
          ["able_to_fail", "vacuous", "not_proved", "never"],
          "A vacuous check passes where it has to fail; `never` is what was declared not to be asked."),
        "on": words(CheckProof.Ground.allCases.map(\.rawValue), "Where it was asked."),
        "reason": text("Why it is not known."),
      ], "Of a check that passed: whether it could have failed.", optional: ["on", "reason"])
  }

  private static var target: Value {
    closed(
      [
        "name": text("Without its kind."), "sso_groups": list(text("A group that may load copies.")),
        "last_snapshot_date": momentOrNothing, "snapshot": source, "sanitize": sanitize,
      ], "A target as those see it who load its copies.")
  }

  private static var snapshot: Value {
    closed(
      [
        "id": text("A UUID of version 7: sorted by it is sorted by time."), "target": text("The target's name."),
        "kind": words(SnapshotRow.Kind.allCases.map(\.rawValue), "Masked or not."),
        "state": words(SnapshotRow.State.allCases.map(\.rawValue), "How far it has come."), "started_at": moment,
        "finished_at": moment, "milliseconds": count("How long it took."), "actor": text("Who made it."),
        "run": text("The id of the run."), "storage_profile": text("Where archives are kept."),
        "location": text("Where this one lies."), "policy": text("The digest of the rules."),
        "schema": text("The fingerprint of the source's schema."), "key": text("The id of the masking key."),
        "content": snapshotContent,
        "published": closed(["database": text("Its name."), "at": moment], "The database that it became."),
        "failure": text("Why it failed."),
        "pinned": closed(["by": text("Who."), "reason": text("Why."), "at": moment], "Kept from retention."),
      ],
      optional: [
        "finished_at", "milliseconds", "storage_profile", "location", "policy", "schema", "key", "content", "published",
        "failure", "pinned",
      ])
  }

  private static var snapshotContent: Value {
    closed(
      [
        "tables": count("Tables that hold rows."), "rows": count("Rows of all tables."),
        "bytes": count("Of the archive."), "database_bytes": count("Of the database."),
        "verification": words(SnapshotRow.Verification.Result.allCases.map(\.rawValue), "What the checks said."),
        "parts": list(
          closed(["name": text("Of the file."), "bytes": count("Of the file."), "sha256": hash], "A file.")),
      ], "What is in it.", optional: ["database_bytes"])
  }

  private static var record: Value {
    closed(
      [
        "object": address, "spec": value("In normal form; secrets by reference."), "revision": count("Goes up by one."),
        "updated_by": text("Who."), "updated_at": moment, "managed": ["type": "boolean"],
        "protected": ["type": "boolean"],
        "applied": closed(
          [
            "revision": count("That the last apply wrote."), "plan": text("The digest of its plan."),
            "by": text("Who."),
            "at": moment, "spec": value("What the last apply wrote."),
          ]),
      ], optional: ["applied"])
  }

  private static var auditEntry: Value {
    closed(
      [
        "number": count("From 1, without gaps."), "at": moment,
        "event": words(AuditDraft.Event.allCases.map(\.rawValue), "What happened."), "actor": text("Who."),
        "run": text("The id of the run."), "detail": ["type": "object"], "hash": hash, "previous": hash,
        "object": address,
      ], optional: ["object"])
  }

  private static var severity: Value { words(["error", "warning", "note"], "An error blocks.") }
  private static var code: Value { text("A stable word for machines.") }
  private static var path: Value { text("Dotted, in the object.") }
  private static func value(_ description: String) -> Value { ["description": .string(description)] }
}
