/// What can be said of a plan that is not the reviewed one, when nothing of that one but its digest is known.
///
/// A digest cannot be taken apart, but it can be guessed: the last copy's schema is known, and a source most often had it
/// when the plan was reviewed. Where the plan with that schema has the reviewed digest, nothing else has moved.
extension Plan {
  /// The copies whose source's schema is all that has moved since the plan with that digest; nothing where more has, or
  /// where it cannot be known.
  public func sourcesMoved(since reviewed: String) -> [Address]? {
    let suspects = actions.indices.filter { !actions[$0].formerly.isEmpty }
    guard !suspects.isEmpty, suspects.count <= Self.mostSuspects else { return nil }
    for choice in Self.choices(suspects.map { actions[$0].formerly }) {
      let formerly = Dictionary(uniqueKeysWithValues: zip(suspects, choice))
      let before = actions.indices.compactMap { index in formerly[index] ?? actions[index] }
      guard PlanDigest.of(before, workspace: workspace, partial?.selection ?? Selection()) == reviewed else { continue }
      return suspects.filter { formerly[$0] != .some(actions[$0]) }.map { actions[$0].address }
    }
    return nil
  }

  /// Three ways for each: 729 digests at most.
  private static let mostSuspects = 6

  private static func choices(_ options: [[Action?]]) -> [[Action?]] {
    options.reduce([[]]) { choices, ways in choices.flatMap { choice in ways.map { choice + [$0] } } }
  }
}

extension Action {
  /// As it is, as it would be with the schema of the last copy, and, where only another schema asks for it, not at all.
  /// Empty where nothing can be guessed.
  fileprivate var formerly: [Action?] {
    guard let source, let copied = copy?.copiedSchema, copied != source.fingerprint else { return [] }
    var before = self
    before.source?.fingerprint = copied
    return [self, before] + (reason == .sourceSchemaChanged ? [nil] : [])
  }
}
