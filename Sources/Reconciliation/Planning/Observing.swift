import Runtime

/// Adds to the records what each kind sees of its objects, several at once.
///
/// The records were read before, because a read that fails ends everything. What a kind
/// could not see is an unknown condition. Of a selection, what it refers to is looked at too. `progress` hears the number of objects looked at so far, on any thread.
public func observe(
  _ declaration: Declaration, in catalogue: Catalogue, records: [Record], through ports: Ports, atOnce limit: Int,
  selecting selection: Selection = .everything,
  progress: @escaping @Sendable (Declared) -> Void = { _ in }
) -> Observation {
  let chosen = selection.isEverything ? nil : declaration.closure(of: selection)
  let objects = declaration.objects.filter { chosen?.contains($0.address) ?? true }
  let seen = concurrently(objects, limit: limit) { object -> Seen in
    defer { progress(object) }
    return catalogue[object.address.kind]?.observe(object, in: declaration, through: ports) ?? Seen()
  }
  return Observation(
    at: ports.at, records: records, conditions: seen.flatMap(\.conditions), copies: seen.compactMap(\.copy))
}
