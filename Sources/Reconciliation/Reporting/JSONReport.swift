public import Documents

extension Report {
  /// The report as data. Written whole on every exit code.
  public var json: Value {
    var fields: Fields = [
      "format": "decant report 1", "command": .string(command),
      "exit": ["code": .integer(Int(exit.rawValue)), "name": .string(exit.name)],
      "diagnostics": .list(diagnostics.map(\.json)),
    ]
    fields["workspace"] = workspace.map { .string($0) }
    fields["control_plane"] = controlPlane.map { .string($0) }
    fields["seen_at"] = seenAt.map { .string($0.description) }
    fields["files"] = files.isEmpty ? nil : .list(files.map { .string($0) })
    fields["error"] = (error ?? workFailure?.sentence).map { .string($0) }
    fields["work"] = work.map(\.json)
    fields["preflight"] = preflights.map { .list($0.map(\.json)) }
    fields["local"] = pulled.map { .list($0.map(\.json)) }
    fields["expected_digest"] = expectedDigest.map { .string($0) }
    fields["moved_sources"] = movedSources.map { .list($0.map { .string($0.description) }) }
    fields["refused"] = (refusal ?? result?.refusal).map(\.json)
    fields["saved"] = saved.map(\.json)
    fields["declared"] = declared.map { .integer($0) }
    if plan == nil, ["validate", "verify", "audit report"].contains(command) {
      fields["findings"] = .list(findings.map(\.json))
    }
    if let plan { fields.merge(plan.json) }
    if let result { fields.merge(result.json) }
    let onCopies = result.flatMap { $0.verifications.isEmpty ? nil : $0.verifications }
    fields["verifications"] = (verifications ?? onCopies).map { .list($0.map(\.json)) }
    if verifications != nil { fields["unchecked"] = .list(unchecked.map { .string($0.description) }) }
    fields["records"] = records.map { .list($0.map(\.json)) }
    fields["targets"] = targets.map { .list($0.map { .object($0.json) }) }
    if let target {
      fields.merge(target.json)
      fields["snapshots"] = .list(target.snapshots.map(\.json))
    }
    fields["rights"] = rights.map { .list($0.map(\.json)) }
    fields["graph"] = graph.map(\.json)
    fields["audit"] = audit.map { .list($0.map(\.json)) }
    fields["audit_verdict"] = auditVerdict.map(\.json)
    fields["compliance"] = compliance.map(\.json)
    fields["personal_data"] = personalData.map { .list($0.map(\.json)) }
    return .object(fields)
  }
}

extension Fields {
  fileprivate mutating func merge(_ other: Fields) {
    for entry in other.entries { self[entry.key] = entry.value }
  }
}

extension TargetRights {
  var json: Value {
    var fields: Fields = [
      "object": .string(address.description), "source": rights.source.json, "destination": rights.destination.json,
    ]
    fields["scratch"] = rights.scratch.map(\.json)
    return .object(fields)
  }
}

extension CopyRights.Side {
  var json: Value {
    var fields: Fields = ["database": .string(database), "role": .string(role)]
    fields["unseen"] = unseen.map { .string($0) }
    fields["statements"] = .list(
      rights.map { right in
        var statement: Fields = ["sql": .string(right.sql)]
        statement["missing"] = right.isMissing.map { .bool($0) }
        return .object(statement)
      })
    return .object(fields)
  }
}

extension SavedPlan {
  var json: Value {
    var fields: Fields = ["path": .string(path), "digest": .string(digest)]
    fields["signer"] = signer.map { .string($0) }
    return .object(fields)
  }
}

extension Diagnostic {
  var json: Value {
    var fields: Fields = [
      "severity": .string(severity.rawValue), "code": .string(code), "message": .string(message),
    ]
    if let place { fields["place"] = place.json }
    fields["label"] = label.map { .string($0) }
    fields["notes"] = notes.isEmpty ? nil : .list(notes.map { .string($0) })
    return .object(fields)
  }
}

extension Place {
  var json: Value {
    ["file": .string(source.name), "line": .integer(Int(line)), "column": .integer(Int(column))]
  }
}

extension Finding {
  var json: Value {
    var fields: Fields = [
      "code": .string(code), "severity": .string(severity.rawValue), "object": .string(address.description),
      "message": .string(message),
    ]
    fields["path"] = path.map { .string($0) }
    fields["place"] = place.map(\.json)
    fields["waived"] = waiver.map { .string($0) }
    return .object(fields)
  }
}

extension Condition {
  var json: Value {
    var fields: Fields = [
      "code": .string(code), "severity": .string(severity.rawValue), "object": .string(address.description),
      "state": .string(isFailing ? "fails" : isUnknown ? "unknown" : "holds"),
    ]
    fields["path"] = path.map { .string($0) }
    fields["message"] = message.map { .string($0) }
    fields["waived"] = waiver.map { .string($0) }
    return .object(fields)
  }
}

extension Plan {
  var json: Fields {
    var summary = Fields(Action.Verb.allCases.map { ($0.rawValue, .integer(count($0))) })
    summary["blocked"] = .integer(blocked.count)
    summary["unchanged"] = .integer(unchanged)
    var fields: Fields = [
      "actions": .list(actions.map(\.json)), "drift": .list(drift.map(\.json)),
      "findings": .list(findings.map(\.json)), "conditions": .list(conditions.map(\.json)),
      "unmanaged": .list(unmanaged.map { .string($0.description) }), "digest": .string(digest),
      "brake": .list(brake.map { ["code": .string($0.code), "message": .string($0.description)] }),
      "summary": .object(summary),
    ]
    fields["partial"] = partial.map(\.saved)
    return fields
  }
}

extension Action {
  var json: Value {
    var fields: Fields = [
      "action": .string(verb.rawValue), "object": .string(address.description), "reason": .string(reason.rawValue),
      "changes": .list(changes.map(\.json)), "seen_revision": .integer(seen.revision),
    ]
    fields["place"] = place.map(\.json)
    fields["blocked_by"] = blockedBy.isEmpty ? nil : .list(blockedBy.map { .string($0) })
    fields["copy"] = copy.map(\.json)
    return .object(fields)
  }
}

extension CopyPreview {
  var json: Value {
    var fields: Fields = ["destination": .string(destination)]
    fields["tables"] = tables.map { .integer($0) }
    fields["bytes"] = bytes.map { .integer($0) }
    fields["estimated_seconds"] = estimatedSeconds.map { .integer($0) }
    fields["age_seconds"] = age.map { .integer($0) }
    fields["max_age_seconds"] = maxAge.map { .integer($0) }
    return .object(fields)
  }
}

extension CopySummary {
  var json: Value {
    [
      "snapshot": .string(snapshot), "tables": .integer(tables), "rows": .integer(rows), "bytes": .integer(bytes),
      "milliseconds": .integer(duration.wholeMilliseconds),
      "phases": .object(Fields(phases.map { ($0.key.rawValue, .integer($0.value.wholeMilliseconds)) })),
      "notes": .list(notes.map(Value.string)),
    ]
  }
}

extension Change {
  var json: Value {
    var fields: Fields = ["path": .string(path)]
    fields["old"] = old
    fields["new"] = new
    if replaces { fields["replaces"] = true }
    return .object(fields)
  }
}

extension Drift {
  var json: Value {
    [
      "object": .string(address.description), "deleted": .bool(isDeleted), "by": .string(by),
      "at": .string(at.description), "revision": .integer(revision), "changes": .list(changes.map(\.json)),
    ]
  }
}

extension ApplyResult {
  var json: Fields {
    var counts = Fields()
    for word in Outcome.words { counts[word] = .integer(count(word)) }
    var fields: Fields = ["outcomes": .list(outcomes.map(\.json)), "applied": .object(counts)]
    if !doneBefore.isEmpty { fields["done_before"] = .list(doneBefore.map { .string($0.description) }) }
    fields["audit_head"] = head.map { ["number": .integer($0.number), "hash": .string($0.hash)] }
    switch stop {
    case .leaseHeld(let lease)?: fields["stopped"] = .string(RecordStoreError.held(lease).description)
    case .failed(let reason)?: fields["stopped"] = .string(reason)
    case .interrupted?: fields["stopped"] = "interrupted"
    case nil: break
    }
    return fields
  }
}

extension Outcome {
  var json: Value {
    var fields: Fields = [
      "object": .string(address.description), "action": .string(verb.rawValue), "outcome": .string(word),
      "milliseconds": .integer(duration.wholeMilliseconds),
    ]
    fields["message"] = message.map { .string($0) }
    if case .done(let revision) = state { fields["revision"] = .integer(revision) }
    if case .copied(let summary) = state { fields["copied"] = summary.json }
    return .object(fields)
  }
}

extension Duration {
  var wholeMilliseconds: Int {
    Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}

extension Verification {
  var json: Value {
    var fields: Fields = [
      "object": .string(address.description), "database": .string(subject), "passed": .bool(hasPassed),
      "checks": .list(checks.map(\.json)),
    ]
    if isStrict { fields["strict"] = true }
    fields["failure"] = failure.map { .string($0) }
    fields["found"] = found.map(\.json)
    return .object(fields)
  }
}

extension CheckResult {
  var json: Value {
    var fields: Fields = [
      "name": .string(name), "about": .string(about), "passed": .bool(hasPassed), "expected": expected,
      "milliseconds": .integer(duration.wholeMilliseconds),
    ]
    fields["found"] = found
    fields["failure"] = failure.map { .string($0) }
    fields["place"] = place.map(\.json)
    fields["proof"] = hasPassed ? proof.map(\.json) : nil
    return .object(fields)
  }
}

extension CheckProof {
  var json: Value {
    switch self {
    case .able(let ground): ["state": "able_to_fail", "on": .string(ground.rawValue)]
    case .vacuous(let ground): ["state": "vacuous", "on": .string(ground.rawValue)]
    case .open(let reason, let isDeclared):
      ["state": isDeclared ? "never" : "not_proved", "reason": .string(reason)]
    }
  }
}

extension Record {
  var json: Value {
    var fields: Fields = [
      "object": .string(address.description), "spec": value, "revision": .integer(revision),
      "updated_by": .string(updatedBy), "updated_at": .string(updatedAt.description), "managed": .bool(isManaged),
      "protected": .bool(isProtected),
    ]
    fields["applied"] = applied.map { applied in
      [
        "revision": .integer(applied.revision), "plan": .string(applied.plan), "by": .string(applied.by),
        "at": .string(applied.at.description), "spec": Value(json: applied.spec),
      ]
    }
    return .object(fields)
  }
}

extension DependencyGraph {
  var json: Value {
    let nodes = nodes.map { node -> Value in
      var fields: Fields = ["object": .string(node.address.description)]
      fields["action"] = node.verb.map { .string($0.rawValue) }
      if node.isBlocked { fields["blocked"] = true }
      return .object(fields)
    }
    let edges = edges.map { edge -> Value in
      ["from": .string(edge.from.description), "to": .string(edge.to.description)]
    }
    return ["nodes": .list(nodes), "edges": .list(edges)]
  }
}

extension AuditEntry {
  /// As `audit log --json` gives it.
  public var json: Value {
    var fields: Fields = [
      "number": .integer(number), "at": .string(at.description), "event": .string(draft.event.rawValue),
      "actor": .string(draft.actor), "run": .string(draft.run), "detail": .object(draft.detail), "hash": .string(hash),
      "previous": .string(previous),
    ]
    fields["object"] = draft.address.map { .string($0.description) }
    return .object(fields)
  }
}

extension AuditChain.Verdict {
  var json: Value {
    switch self {
    case .whole(let head): ["whole": true, "entries": .integer(head.number), "head": .string(head.hash)]
    case .broken(let number, let reason): ["whole": false, "entry": .integer(number), "reason": .string(reason)]
    }
  }
}
