import Documents

/// The digest by which a plan is bound: what was reviewed is what is applied.
enum PlanDigest {
  /// `sha256:` over the canonical JSON of workspace, verbs, addresses, fingerprints and specs. No times, no ages, no
  /// sentences: the same plan has the same digest on another machine. A partial plan holds its patterns too: what was
  /// reviewed as a part is applied as a part, also where the whole would do the same. A refresh that only time asks
  /// for is left out: it is declared by `max_age`, and would make the reviewed plan another one overnight. Of any other
  /// one the schema of its source is held too: what the copy would be made of is a part of what was reviewed.
  static func of(_ actions: [Action], workspace: String, _ selection: Selection) -> String {
    let lines = actions.filter { $0.reason != .olderThanMaxAge }.map { action in
      let line: [Value] = [
        .string(action.verb.rawValue), .string(action.address.description), .integer(action.seen.revision),
        .string(action.seen.spec), .string(action.spec),
      ]
      return Value.list(line + [action.source.map { .string($0.fingerprint) }].compactMap { $0 })
    }
    var whole: [Value] = ["decant plan 1", .string(workspace), .list(lines)]
    if !selection.isEverything {
      whole.append([
        "only": .list(selection.only.map(Value.string)), "except": .list(selection.except.map(Value.string)),
      ])
    }
    return "sha256:" + sha256(JSON.canonical(.list(whole)))
  }
}
