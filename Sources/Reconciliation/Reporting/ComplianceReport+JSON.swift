import Documents

extension ComplianceReport {
  var json: Value {
    var coverage: Fields = ["targets": .integer(targets.count), "masked": .integer(masked)]
    coverage["percent"] = percentMasked.map { .integer($0) } ?? .null
    return [
      "at": .string(at.description), "coverage": .object(coverage), "targets": .list(targets.map(\.json)),
      "groups": .list(groups.map(\.json)), "waivers": .list(waivers.map(\.json)),
      "defects": .list(defects.map { .string($0) }),
    ]
  }

  static var schema: Value {
    ReportSchema.closed(
      [
        "at": ReportSchema.moment,
        "coverage": ReportSchema.closed([
          "targets": ReportSchema.count("Targets."), "masked": ReportSchema.count("Those that something masks."),
          "percent": [
            "type": ["integer", "null"], "description": "Rounded down; null where there is no target.",
          ],
        ]),
        "targets": ReportSchema.list(Target.schema), "groups": ReportSchema.list(Group.schema),
        "waivers": ReportSchema.list(WaivedCode.schema),
        "defects": ReportSchema.list(ReportSchema.text("What somebody has to do something about.")),
      ], "Who may have what, how it is masked, and what was proved.")
  }
}

extension ComplianceReport.Target {
  fileprivate var json: Value {
    var fields: Fields = [
      "name": .string(name), "masked": .bool(isMasked), "masked_by_sql": .bool(isMaskedBySQL),
      "sso_groups": .list(groups.map { .string($0) }), "overdue": .bool(isOverdue),
      "weak_tls": .list(weakEnds.map { .string($0) }),
    ]
    fields["source"] = source.map { .string($0) }
    fields["policy"] = policy.map { .string($0) }
    fields["source_tls"] = sourceTLS.map { .string($0) }
    fields["destination_tls"] = destinationTLS.map { .string($0) }
    fields["max_age"] = maxAge.map { .string($0) }
    fields["snapshot"] = snapshot.map(\.json)
    return .object(fields)
  }

  fileprivate static var schema: Value {
    ReportSchema.closed(
      [
        "name": ReportSchema.text("Without its kind."), "source": ReportSchema.text("Without a password."),
        "masked": ["type": "boolean"], "masked_by_sql": ["type": "boolean"],
        "policy": ReportSchema.text("The policy that it names."),
        "sso_groups": ReportSchema.list(ReportSchema.text("A group that may load copies.")),
        "source_tls": ReportSchema.words(ConnectionURL.sslModes, "What the source's connection asks for."),
        "destination_tls": ReportSchema.words(ConnectionURL.sslModes, "What the destination's asks for."),
        "weak_tls": ReportSchema.list(ReportSchema.text("An end that asks for less than --require-tls.")),
        "max_age": ReportSchema.text("As declared."), "overdue": ["type": "boolean"],
        "snapshot": ComplianceReport.Snapshot.schema,
      ], "A target.", optional: ["source", "policy", "source_tls", "destination_tls", "max_age", "snapshot"])
  }
}

extension ComplianceReport.Snapshot {
  fileprivate var json: Value {
    var fields: Fields = [
      "id": .string(id), "instant": .string(instant.description), "published": .bool(isPublished),
    ]
    fields["policy"] = policyDigest.map { .string($0) }
    fields["key"] = keyID.map { .string($0) }
    fields["verification"] = verification.map { said in
      [
        "result": .string(said.result.rawValue), "passed": .integer(said.checksPassed),
        "failed": .integer(said.checksFailed),
      ]
    }
    fields["proof"] = proof.map { proof in
      var fields: Fields = ["path": .string(proof.path), "vacuous": .list(proof.vacuous.map { .string($0) })]
      fields["signed_by"] = proof.signer.map { .string($0) }
      fields["passed"] = proof.hasPassed.map { .bool($0) }
      fields["defect"] = proof.defect.map { .string($0) }
      return .object(fields)
    }
    return .object(fields)
  }

  fileprivate static var schema: Value {
    ReportSchema.closed(
      [
        "id": ReportSchema.text("Its id in the snapshot catalogue."), "instant": ReportSchema.moment,
        "published": ["type": "boolean"], "policy": ReportSchema.text("The digest of the rules."),
        "key": ReportSchema.text("The id of the masking key."),
        "verification": ReportSchema.closed([
          "result": ReportSchema.words(
            SnapshotRow.Verification.Result.allCases.map(\.rawValue), "What the checks said before it was published."),
          "passed": ReportSchema.count("Checks."), "failed": ReportSchema.count("Checks."),
        ]),
        "proof": ReportSchema.closed(
          [
            "path": ReportSchema.text("The file."), "signed_by": ReportSchema.text("The id of a key."),
            "passed": ["type": "boolean"],
            "vacuous": ReportSchema.list(ReportSchema.text("A check that proves nothing.")),
            "defect": ReportSchema.text("Why it is no proof."),
          ], optional: ["signed_by", "passed", "defect"]),
      ], "The newest sanitized snapshot.", optional: ["policy", "key", "verification", "proof"])
  }
}

extension ComplianceReport.Group {
  fileprivate var json: Value {
    var fields: Fields = [
      "name": .string(name), "declared": .bool(isDeclared), "expired": .bool(isExpired),
      "targets": .list(targets.map { .string($0) }),
    ]
    fields["description"] = description.map { .string($0) }
    fields["expires_at"] = expiresAt.map { .string($0.description) }
    return .object(fields)
  }

  fileprivate static var schema: Value {
    ReportSchema.closed(
      [
        "name": ReportSchema.text("At the identity provider."), "description": ReportSchema.text("What it is for."),
        "declared": ["type": "boolean"], "expires_at": ReportSchema.text("The last day."),
        "expired": ["type": "boolean"], "targets": ReportSchema.list(ReportSchema.text("A target that it opens.")),
      ], "A group of people.", optional: ["description", "expires_at"])
  }
}

extension ComplianceReport.WaivedCode {
  fileprivate var json: Value {
    var fields: Fields = [
      "object": .string(object.description), "code": .string(waiver.code), "reason": .string(waiver.reason),
      "expired": .bool(isExpired),
    ]
    fields["path"] = waiver.path.map { .string($0) }
    fields["until"] = waiver.until.map { .string($0.description) }
    return .object(fields)
  }

  fileprivate static var schema: Value {
    ReportSchema.closed(
      [
        "object": ReportSchema.address, "code": ReportSchema.text("What is accepted."),
        "path": ReportSchema.text("Only there."), "reason": ReportSchema.text("Why."),
        "until": ReportSchema.text("The last day."), "expired": ["type": "boolean"],
      ], "Something that is accepted.", optional: ["path", "until"])
  }
}
