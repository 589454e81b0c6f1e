public import Documents

/// The JSON Schema of a proof's file: `schemas/proof.json`. It is closed: a field that the proof gains has to be
/// described here, or the tests that check real proofs fail.
public enum ProofSchema {
  public static var schema: Value {
    [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Decant proof",
      "description":
        "What was counted and looked for in one copy, sealed: one line of canonical JSON (RFC 8785). decant proof check and scripts/check-proof verify it.",
      "type": "object", "additionalProperties": false, "required": ["proof", "seal"],
      "properties": ["proof": proof, "seal": seal],
    ]
  }

  private static var seal: Value {
    closed(
      [
        "sha256": text("Of the bytes of `proof`, in hexadecimal digits.", "^[0-9a-f]{64}$"),
        "key": text("The Ed25519 public key of who signed, 32 bytes in base64.", "^[A-Za-z0-9+/]{43}=$"),
        "signature": text("Over the bytes of `proof`, 64 bytes in base64.", "^[A-Za-z0-9+/]{86}==$"),
      ], optional: ["key", "signature"])
  }

  private static var proof: Value {
    closed(
      [
        "format": ["const": .string(Proof.format)], "workspace": text("The owner of the declaration."),
        "target": text("The target that the copy is of."), "snapshot": text("The copy's id."),
        "policy_digest": text("SHA-256 over what decides how rows are changed."),
        "schema_fingerprint": text("SHA-256 over the source's schema."),
        "key_id": text("Which masking key made it; says nothing about the key."),
        "made_at": text("When, in UTC."), "made_by": text("Who, as far as the program knows."),
        "tool": text("The program and its version."), "data": ["const": "pseudonymised"],
        "passed": ["type": "boolean"], "tables": list(table),
        "checks": closed(
          [
            "state": text("passed, failed, none or unknown."), "passed": count("Declared checks that held."),
            "failed": count("Declared checks that did not."), "proofs": proofs,
          ], optional: ["proofs"]),
        "leaks": leaks, "dead_rows": deadRows,
      ], optional: ["key_id", "leaks"])
  }

  private static var proofs: Value {
    closed([
      "on_source": count("Checks that held and fail on the source, where nothing is masked."),
      "on_canaries": count("Checks that held and fail on planted rows."),
      "vacuous": list(text("A check that passes there too, so that its passing proves nothing.")),
      "not_proved": list(text("A check of which nobody knows whether it could fail.")),
    ])
  }

  private static var table: Value {
    closed([
      "name": text("With its schema."), "rows": count("Rows that were copied."),
      "columns": list(
        closed(
          [
            "name": text("The column's name."),
            "treatment": [
              "enum": .list(Proof.Column.Treatment.allCases.map { .string($0.rawValue) }),
              "description": "How its values reached the copy.",
            ],
            "reason": text("Why it is kept."),
            "findings": count(
              "Values with an original in them that chance does not explain, and masks that the mask's own grammar does not know. Not there where nobody looked."
            ),
            "counts": closed(
              [
                "null": count("NULL in the source, and in the copy."),
                "changed": count("Values whose mask is another."),
                "unchanged": count("Values that are the masks of themselves."),
                "not_of_the_mask": count("Masks that the mask's own grammar does not know."),
                "distinct_in": count("Different values in the source: an estimate, for nearly all columns within 3 %."),
                "distinct_out": count("Different values in the copy: an estimate, for nearly all columns within 3 %."),
              ], optional: ["distinct_in", "distinct_out"]),
          ], optional: ["reason", "counts", "findings"])),
    ])
  }

  private static var deadRows: Value {
    closed(
      [
        "state": ["enum": ["none_by_construction", "looked", "not_checked"]], "because": text("How that is known."),
        "versions": count("Row versions that were looked at."),
      ], optional: ["because", "versions"])
  }

  private static var leaks: Value {
    closed(
      [
        "passed": ["type": "boolean"], "key_id": text("The key of the filter."),
        "originals": count("Values of masked columns that were looked for, as often as they occur."),
        "distinct": count("Different ones, but for chance."),
        "outside_by_length": count("Values too short to be looked for."),
        "outside_by_entropy": count("Values too common to be looked for."),
        "unreadable": count("Values that could not be taken apart."), "columns": count("Columns that were looked at."),
        "values": count("Values that were looked at."), "questions": count("What was asked of the filter."),
        "chance_in_1e12": count("Of 10^12 questions about other values, how many are answered wrongly."),
        "expected_by_chance": count("Hits that chance explains."),
        "outside_by_declaration": list(text("A column whose mask keeps originals by what it is.")),
        "not_collected": list(text("A column whose originals are not known.")),
        "findings": list(
          closed(
            [
              "place": text("Where."),
              "verdict": ["enum": ["leak", "unconfirmed", "chance", "kept", "unchanged"]],
              "values": count("Values there."), "hits": count("Values with an original in them."),
              "expected_by_chance": count("Hits that chance explains."),
              "confirmed": count("Hits that were looked up among the originals."), "reason": text("Why it is kept."),
            ], optional: ["confirmed", "reason"])),
      ], optional: ["key_id"])
  }

  private static func closed(_ properties: Fields, optional: Set<String> = []) -> Value {
    [
      "type": "object", "additionalProperties": false,
      "required": .list(properties.keys.filter { !optional.contains($0) }.map { .string($0) }),
      "properties": .object(properties),
    ]
  }

  private static func list(_ items: Value) -> Value { ["type": "array", "items": items] }

  private static func count(_ description: String) -> Value {
    ["type": "integer", "minimum": 0, "description": .string(description)]
  }

  private static func text(_ description: String, _ pattern: String? = nil) -> Value {
    var fields: Fields = ["type": "string", "description": .string(description)]
    fields["pattern"] = pattern.map { .string($0) }
    return .object(fields)
  }
}
