import Documents

/// The body of a plan file, both ways; each pair of functions stands together, because one is the other read backwards.
extension PlanFile {
  var json: Value {
    var place: Fields = ["url": .string(controlPlane.url)]
    place["identity"] = controlPlane.identity.map { .string($0) }
    var fields: Fields = [
      "id": .string(id), "workspace": .string(plan.workspace), "control_plane": .object(place),
      "planned_by": .string(plannedBy), "allowed_deletes": .integer(allowedDeletes),
      "seen_at": .string(plan.seenAt.description), "digest": .string(plan.digest),
      "actions": .list(plan.actions.map(\.saved)), "drift": .list(plan.drift.map(\.saved)),
      "findings": .list(plan.findings.map(\.saved)), "conditions": .list(plan.conditions.map(\.saved)),
      "unmanaged": .list(plan.unmanaged.map { .string($0.description) }), "unchanged": .integer(plan.unchanged),
      "brake": .list(plan.brake.map(\.saved)),
    ]
    fields["partial"] = plan.partial.map(\.saved)
    fields["copying"] = copying.map(\.saved)
    return .object(fields)
  }
}

extension PlanReader {
  func planFile() throws(Unreadable) -> PlanFile {
    let place = try member("control_plane")
    return PlanFile(
      id: try member("id").text(), plan: try plan(),
      controlPlane: PlanFile.ControlPlane(
        url: try place.member("url").text(), identity: try place.optionalText("identity")),
      plannedBy: try member("planned_by").text(), allowedDeletes: try member("allowed_deletes").count(),
      copying: try copying())
  }

  private func plan() throws(Unreadable) -> Plan {
    Plan(
      workspace: try member("workspace").text(), seenAt: try member("seen_at").moment(),
      actions: try member("actions").each { item throws(Unreadable) in try item.action() },
      drift: try member("drift").each { item throws(Unreadable) in try item.drift() },
      findings: try member("findings").each { item throws(Unreadable) in try item.finding() },
      conditions: try member("conditions").each { item throws(Unreadable) in try item.condition() },
      unmanaged: try member("unmanaged").addresses(), unchanged: try member("unchanged").count(),
      brake: try member("brake").each { item throws(Unreadable) in try item.brakeReason() },
      digest: try member("digest").text(), partial: try partial())
  }

  private func partial() throws(Unreadable) -> PartialPlan? {
    guard let member = optional("partial") else { return nil }
    let selection = Selection(only: try member.member("only").texts(), except: try member.member("except").texts())
    return PartialPlan(
      selection: selection, leftOut: try member.member("left_out").count(),
      pending: try member.member("pending").addresses())
  }
}

extension PartialPlan {
  /// What is unmet is left out: such a plan is never saved.
  var saved: Value {
    [
      "only": .list(selection.only.map(Value.string)), "except": .list(selection.except.map(Value.string)),
      "left_out": .integer(leftOut), "pending": .list(pending.map { .string($0.description) }),
    ]
  }
}

extension Action {
  /// The spec as an object and not as text, so that people can read it; its canonical JSON is the text again.
  fileprivate var saved: Value {
    var fields: Fields = [
      "action": .string(verb.rawValue), "object": .string(address.description), "reason": .string(reason.rawValue),
      "changes": .list(changes.map(\.saved)), "protected": .bool(isProtected),
      "seen": ["revision": .integer(seen.revision), "spec": .string(seen.spec)],
      "after": .list(after.map { .string($0.description) }), "blocked_by": .list(blockedBy.map(Value.string)),
    ]
    if !spec.isEmpty { fields["spec"] = Value(json: spec) }
    fields["place"] = place.map(\.json)
    fields["copy"] = copy.map(\.json)
    fields["source"] = source.map(\.saved)
    return .object(fields)
  }
}

extension PlanReader {
  private func copyPreview() throws(Unreadable) -> CopyPreview? {
    guard let copy = optional("copy") else { return nil }
    let counts = try ["tables", "bytes", "estimated_seconds", "age_seconds", "max_age_seconds"].map {
      (key) throws(Unreadable) in try copy.optional(key)?.count()
    }
    return CopyPreview(
      destination: try copy.member("destination").text(), tables: counts[0], bytes: counts[1],
      estimatedSeconds: counts[2], age: counts[3], maxAge: counts[4])
  }

  fileprivate func action() throws(Unreadable) -> Action {
    let (verb, seen): (Action.Verb, PlanReader) = (try member("action").word(), try member("seen"))
    let spec = optional("spec")
    // Only a deletion leaves nothing behind.
    if spec == nil, verb != .delete { throw unreadable }
    if let spec, verb == .delete || spec.value.object == nil { throw spec.unreadable }
    return Action(
      verb: verb, address: try member("object").address(), reason: try member("reason").word(),
      changes: try member("changes").each { item throws(Unreadable) in try item.change() },
      seen: Fingerprint(revision: try seen.member("revision").count(), spec: try seen.member("spec").text()),
      spec: spec.map { JSON.canonical($0.value) } ?? "", isProtected: try member("protected").flag(),
      place: try optionalPlace(), after: try member("after").addresses(),
      blockedBy: try member("blocked_by").texts(), copy: try copyPreview(), source: try sourceShape())
  }
}

extension Change {
  fileprivate var saved: Value {
    var fields: Fields = ["path": .string(path), "replaces": .bool(replaces), "form": form.saved]
    fields["old"] = old
    fields["new"] = new
    fields["fallback"] = fallback
    return .object(fields)
  }
}

extension Change.Form {
  fileprivate var saved: Value {
    switch self {
    case .value: ["is": "value"]
    case .members(let added, let removed):
      ["is": "members", "added": .list(added.map(Value.string)), "removed": .list(removed.map(Value.string))]
    case .lines(let lines):
      ["is": "lines", "lines": .list(lines.map { ["added": .bool($0.isAdded), "text": .string($0.text)] })]
    case .parts(let parts): ["is": "parts", "parts": .list(parts.map(\.saved))]
    }
  }
}

extension Change.Part {
  fileprivate var saved: Value {
    var fields: Fields = ["name": .string(name)]
    fields["old"] = old.map { .string($0) }
    fields["new"] = new.map { .string($0) }
    return .object(fields)
  }
}

extension PlanReader {
  fileprivate func change() throws(Unreadable) -> Change {
    Change(
      path: try member("path").text(), old: optional("old")?.value, new: optional("new")?.value,
      form: try member("form").form(), replaces: try member("replaces").flag(), fallback: optional("fallback")?.value)
  }

  private func form() throws(Unreadable) -> Change.Form {
    switch try member("is").text() {
    case "value": return .value
    case "members": return .members(added: try member("added").texts(), removed: try member("removed").texts())
    case "lines":
      return .lines(
        try member("lines").each { item throws(Unreadable) in
          Change.Line(isAdded: try item.member("added").flag(), text: try item.member("text").text())
        })
    case "parts":
      return .parts(
        try member("parts").each { item throws(Unreadable) in
          Change.Part(
            name: try item.member("name").text(), old: try item.optionalText("old"), new: try item.optionalText("new"))
        })
    default: throw unreadable
    }
  }
}

extension Drift {
  fileprivate var saved: Value {
    [
      "object": .string(address.description), "deleted": .bool(isDeleted), "by": .string(by),
      "at": .string(at.description), "revision": .integer(revision), "changes": .list(changes.map(\.saved)),
    ]
  }
}

extension PlanReader {
  fileprivate func drift() throws(Unreadable) -> Drift {
    Drift(
      address: try member("object").address(),
      changes: try member("changes").each { item throws(Unreadable) in try item.change() },
      isDeleted: try member("deleted").flag(), by: try member("by").text(), at: try member("at").moment(),
      revision: try member("revision").count())
  }
}
