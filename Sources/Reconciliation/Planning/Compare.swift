public import Documents

/// Desired, live and last applied in, a plan out. It reads nothing but its arguments.
///
/// - Parameter isDestroying: everything is to go, so the declaration holds nothing.
public func compare(
  _ declaration: Declaration, with observation: Observation, in catalogue: Catalogue, allowingDeletes allowed: Int = 0,
  selecting selection: Selection = .everything, refreshing requested: Set<Address>? = nil, isDestroying: Bool = false
) -> Plan {
  var comparison = Comparison(
    declaration, observation, catalogue, selection, removing: isDestroying ? .destroyed : .removedFromFiles)
  comparison.run()
  var judged = Judgement(declaration, observation, catalogue)
  // Blocked by the whole, then narrowed: what a selected object depends on blocks it, selected or not.
  // Who asks for copies by name gets copies, and no change of records.
  let wanted = requested.map(comparison.refreshes(requested:)) ?? comparison.ordered + comparison.refreshes
  let all = judged.block(wanted, in: declaration)
  let actions = selection.isEverything ? all : all.filter { selection.contains($0.address) }
  if !selection.isEverything { judged.narrow(to: declaration.closure(of: selection)) }
  return Plan(
    workspace: declaration.settings.workspace, seenAt: observation.at, actions: actions, drift: comparison.drift,
    findings: judged.findings, conditions: judged.conditions, unmanaged: comparison.unmanaged,
    unchanged: comparison.unchanged,
    brake: Brake.reasons(
      actions: actions, existing: comparison.existing, declared: declaration.objects.count,
      limits: declaration.settings.brake, allowed: allowed, isDestroying: isDestroying),
    digest: PlanDigest.of(actions, workspace: declaration.settings.workspace, selection),
    partial: selection.isEverything || requested != nil
      ? nil : PartialPlan(selection, of: all, uses: comparison.uses))
}

/// The comparison of each declared object with its record, in progress.
private struct Comparison {
  let declaration: Declaration
  let observation: Observation
  let records: [Record]
  let byAddress: [Address: Record]
  let catalogue: Catalogue
  let selection: Selection
  /// Why what is not declared goes.
  let removal: Action.Reason
  var actions: [Action] = []
  var drift: [Drift] = []
  var unmanaged: [Address] = []
  var unchanged = 0
  var existing = 0

  init(
    _ declaration: Declaration, _ observation: Observation, _ catalogue: Catalogue, _ selection: Selection,
    removing removal: Action.Reason
  ) {
    self.removal = removal
    self.declaration = declaration
    self.catalogue = catalogue
    self.selection = selection
    self.observation = observation
    records = observation.records
    byAddress = Dictionary(records.map { ($0.address, $0) }) { first, _ in first }
  }

  mutating func run() {
    for record in records {
      if record.isManaged, !record.isDeleted { existing += 1 }
      if selection.contains(record.address), let change = driftOf(record) { drift.append(change) }
      if declaration[record.address] == nil, !record.isDeleted { undeclared(record) }
    }
    for object in declaration.objects { compare(object, with: byAddress[object.address]) }
    orderDeletions(byAddress)
  }

  /// A deletion waits for everything that refers to the object now and is about to stop doing so.
  private mutating func orderDeletions(_ records: [Address: Record]) {
    guard actions.contains(where: { $0.verb == .delete }) else { return }
    var referrers: [Address: [Address]] = [:]
    for action in actions {
      guard let record = records[action.address], !record.isDeleted else { continue }
      for reference in catalogue.schema(of: record.address.kind)?.references(in: record.value) ?? [] {
        referrers[reference.to, default: []].append(record.address)
      }
    }
    for index in actions.indices where actions[index].verb == .delete {
      actions[index].after = referrers[actions[index].address] ?? []
    }
  }

  private mutating func undeclared(_ record: Record) {
    guard record.isManaged else {
      if selection.contains(record.address) { unmanaged.append(record.address) }
      return
    }
    actions.append(
      Action(
        verb: .delete, address: record.address, reason: removal, changes: [], seen: record.fingerprint,
        spec: "", isProtected: record.isProtected, place: nil, after: [], blockedBy: []))
  }

  private mutating func compare(_ object: Declared, with record: Record?) {
    guard let schema = catalogue.schema(of: object.address.kind) else { return }
    guard let record, !record.isDeleted else {
      let reason: Action.Reason = record.map(\.wasDeletedOutside) == true ? .deletedOutside : .newInFiles
      actions.append(action(.create, object, reason, schema.changes(from: nil, to: object.spec), record))
      return
    }
    if record.spec == object.text, record.isManaged, record.applied?.spec == object.text {
      countUnchanged(object)
      return
    }
    let live = schema.normalised(record.value)
    let changes = schema.changes(from: live, to: object.spec)
    if !record.isManaged {
      actions.append(action(.adopt, object, .declaredUnmanaged, changes, record))
    } else if changes.isEmpty {
      acknowledge(object, record, live, schema)
    } else {
      let verb: Action.Verb = changes.contains(where: \.replaces) ? .replace : .update
      actions.append(action(verb, object, reason(for: changes, object, record, live, schema), changes, record))
    }
  }

  /// Live and files agree. Where both moved away from what was applied last, that has to be written down, or the
  /// difference would be called drift for ever.
  private mutating func acknowledge(_ object: Declared, _ record: Record, _ live: Value, _ schema: Schema) {
    let changes = schema.changes(from: record.appliedValue.map(schema.normalised), to: live)
    if changes.isEmpty {
      countUnchanged(object)
    } else {
      actions.append(action(.adopt, object, .changedOutsideAlike, changes, record))
    }
  }

  private mutating func countUnchanged(_ object: Declared) {
    if selection.contains(object.address) { unchanged += 1 }
  }

  /// The objects that the record of an action names now.
  func uses(_ action: Action) -> [Address] {
    guard let schema = catalogue.schema(of: action.address.kind),
      let record = byAddress[action.address], !record.isDeleted
    else { return [] }
    return schema.references(in: schema.normalised(record.value)).map(\.to)
  }

  private func action(
    _ verb: Action.Verb, _ object: Declared, _ reason: Action.Reason, _ changes: [Change], _ record: Record?
  ) -> Action {
    Action(
      verb: verb, address: object.address, reason: reason, changes: changes,
      seen: record?.fingerprint ?? Fingerprint(revision: 0, spec: ""), spec: object.text,
      isProtected: verb == .replace ? record?.isProtected ?? false : object.isProtected, place: object.place,
      after: object.references.filter { declaration[$0.to] != nil }.map(\.to), blockedBy: [])
  }

  /// Told apart by path: what differs from the last applied spec on the live side is drift, on the files' side a
  /// change of the files.
  private func reason(
    for changes: [Change], _ object: Declared, _ record: Record, _ live: Value, _ schema: Schema
  ) -> Action.Reason {
    guard let applied = record.appliedValue.map(schema.normalised) else { return .changedInFiles }
    let (drifted, edited) = (schema.changes(from: applied, to: live), schema.changes(from: applied, to: object.spec))
    let isDrift = changes.contains { change in drifted.contains { $0.touches(change) } }
    let isEdit = changes.contains { change in edited.contains { $0.touches(change) } }
    return isDrift ? (isEdit ? .changedInFilesAndDrifted : .drifted) : .changedInFiles
  }

  private func driftOf(_ record: Record) -> Drift? {
    guard record.isManaged, let applied = record.applied else { return nil }
    if record.isDeleted {
      return record.wasDeletedOutside && declaration[record.address] != nil
        ? Drift(record, changes: [], isDeleted: true) : nil
    }
    if applied.spec == record.spec { return nil }
    guard let schema = catalogue.schema(of: record.address.kind) else { return nil }
    let changes = schema.changes(
      from: schema.normalised(Value(json: applied.spec)), to: schema.normalised(record.value))
    return changes.isEmpty ? nil : Drift(record, changes: changes, isDeleted: false)
  }

  /// Copies that have to be made anew, by name. They come last, because they are made when the records are written.
  var refreshes: [Action] {
    observation.copies.compactMap { copy in
      guard copy.maxAge != nil, let object = declaration[copy.address], let reason = copy.reason(at: observation.at)
      else { return nil }
      var action = action(.refresh, object, reason, [], byAddress[object.address])
      action.copy = copy.preview(at: observation.at)
      action.source = copy.study?.shape
      return action
    }.sorted { $0.address < $1.address }
  }

  /// A copy for each that was asked for, with its own reason where it has one.
  func refreshes(requested: Set<Address>) -> [Action] {
    requested.sorted().compactMap { address in
      guard let object = declaration[address] else { return nil }
      let copy = observation.copies.first { $0.address == address }
      let reason = copy?.reason(at: observation.at) ?? .requested
      var action = action(.refresh, object, reason, [], byAddress[address])
      action.copy = copy?.preview(at: observation.at)
      action.source = copy?.study?.shape
      return action
    }
  }

  /// By the catalogue's order, then by name; deletions last, dependents first.
  var ordered: [Action] {
    let ranks = Dictionary(uniqueKeysWithValues: catalogue.kinds.enumerated().map { ($1.schema.kind, $0) })
    func precedes(_ left: Action, _ right: Action) -> Bool {
      let (a, b) = (ranks[left.address.kind] ?? .max, ranks[right.address.kind] ?? .max)
      return a == b ? left.address.name < right.address.name : a < b
    }
    let sorted = actions.sorted(by: precedes)
    return sorted.filter { $0.verb != .delete } + sorted.filter { $0.verb == .delete }.reversed()
  }
}

extension Drift {
  fileprivate init(_ record: Record, changes: [Change], isDeleted: Bool) {
    self.init(
      address: record.address, changes: changes, isDeleted: isDeleted, by: record.updatedBy, at: record.updatedAt,
      revision: record.revision)
  }
}

extension Change {
  /// Whether two changes speak of the same thing: one path holds the other.
  fileprivate func touches(_ other: Change) -> Bool {
    path == other.path || path.hasPrefix("\(other.path).") || other.path.hasPrefix("\(path).")
  }
}

extension Record {
  public var value: Value { Value(json: spec) }
  var appliedValue: Value? { applied.map { Value(json: $0.spec) } }
  var fingerprint: Fingerprint { Fingerprint(revision: revision, spec: sha256(spec)) }

  /// Deleted by somebody else: an apply of ours leaves a tombstone without a last applied spec.
  var wasDeletedOutside: Bool { isDeleted && applied != nil }
}

extension Value {
  /// What stands in the control plane; text that is not JSON is shown as that text.
  init(json text: String) {
    self = (try? JSON.read(Array(text.utf8))) ?? .string(text)
  }
}
