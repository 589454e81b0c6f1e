import Documents

/// The digest by which a plan is bound: what was reviewed is what is applied.
enum PlanDigest {
  /// `sha256:` over the canonical JSON of workspace, verbs, addresses, fingerprints and specs. No times, no ages, no
  /// sentences: the same plan has the same digest on another machine.
  static func of(_ actions: [Action], workspace: String) -> String {
    let lines = actions.map { action in
      Value.list([
        .string(action.verb.rawValue), .string(action.address.description), .integer(action.seen.revision),
        .string(action.seen.spec), .string(action.spec),
      ])
    }
    return "sha256:" + sha256(JSON.canonical(.list([.string("decant plan 1"), .string(workspace), .list(lines)])))
  }
}
