import Documents

/// Findings and conditions with their waivers, and what they block.
struct Judgement {
  private(set) var findings: [Finding] = []
  private(set) var conditions: [Condition] = []

  init(_ declaration: Declaration, _ observation: Observation, _ catalogue: Catalogue) {
    let today = observation.at.date
    conditions = observation.conditions
    for (index, condition) in conditions.enumerated() where condition.isFailing && condition.isWaivable {
      let waivers = declaration[condition.address]?.waivers ?? []
      conditions[index].waiver = Judgement.waiver(condition.code, condition.path, in: waivers, on: today)
    }
    let seen = Dictionary(grouping: conditions, by: \.address)
    findings = declaration.findings(in: catalogue, on: today).filter { !isSaid($0, by: seen[$0.address] ?? []) }
  }

  /// Leaves out what is about other objects.
  mutating func narrow(to addresses: Set<Address>) {
    findings.removeAll { !addresses.contains($0.address) }
    conditions.removeAll { !addresses.contains($0.address) }
  }

  static func waiver(_ code: String, _ path: String?, in waivers: [Waiver], on day: CalendarDate) -> String? {
    waivers.first { $0.covers(code: code, path: path) && !$0.isExpired(on: day) }?.reason
  }

  /// Marks the actions of objects with something of severity error, and those of their dependents.
  func block(_ actions: [Action], in declaration: Declaration) -> [Action] {
    var causes: [Address: [String]] = [:]
    for finding in findings where finding.blocks { causes[finding.address, default: []].append(finding.code) }
    for condition in conditions where condition.blocks { causes[condition.address, default: []].append(condition.code) }
    let unknown = Dictionary(grouping: conditions.filter { $0.isUnknown && $0.severity == .error }, by: \.address)
    guard !causes.isEmpty || !unknown.isEmpty else { return actions }
    let blocked = spread(causes, over: declaration)
    return actions.map { action in
      var action = action
      if action.verb == .delete {
        // What is blocked goes on referring to the object.
        action.blockedBy = action.after.first { blocked[$0] != nil }.map { [$0.description] } ?? []
      } else {
        action.blockedBy = blocked[action.address] ?? []
        // A copy is never made of what could not be looked at.
        if action.verb == .refresh, action.blockedBy.isEmpty {
          action.blockedBy = Set((unknown[action.address] ?? []).map(\.code)).sorted()
        }
      }
      return action
    }
  }

  /// References form no cycles by the catalogue's kinds, but a fixed point is reached with them too.
  private func spread(_ causes: [Address: [String]], over declaration: Declaration) -> [Address: [String]] {
    var blocked = causes.mapValues { codes in Array(Set(codes)).sorted() }
    var hasGrown = true
    while hasGrown {
      hasGrown = false
      for object in declaration.objects where blocked[object.address] == nil {
        guard let culprit = object.references.first(where: { blocked[$0.to] != nil }) else { continue }
        blocked[object.address] = [culprit.to.description]
        hasGrown = true
      }
    }
    return blocked
  }
}

extension Declaration {
  /// What every rule of every kind says, expired waivers included, with the waivers that still hold; of all
  /// objects, or of these.
  public func findings(in catalogue: Catalogue, on day: CalendarDate, about addresses: Set<Address>? = nil) -> [Finding]
  {
    objects.flatMap { object -> [Finding] in
      guard addresses?.contains(object.address) != false, let kind = catalogue[object.address.kind] else { return [] }
      let rules = CommonRules.all + kind.rules
      let waivers = object.waivers
      let expired = waivers.filter { $0.isExpired(on: day) }.map { CommonRules.expired($0, object) }
      let found =
        rules.flatMap { $0.findings(on: object, in: self, on: day) } + CommonRules.noEffect(object, kind.schema)
      return expired
        + found.map { finding in
          guard finding.isWaivable, !waivers.isEmpty else { return finding }
          var finding = finding
          finding.waiver = Judgement.waiver(finding.code, finding.path, in: waivers, on: day)
          return finding
        }
    }
  }
}

/// What both the files and the live world can say is said once: a condition that fails says all that the finding says,
/// and one that holds refutes a warning. An error of the files stands until the condition fails too.
private func isSaid(_ finding: Finding, by conditions: [Condition]) -> Bool {
  conditions.contains { condition in
    condition.code == finding.code && condition.path == finding.path
      && (condition.isFailing || (finding.severity != .error && condition.state == .holds))
  }
}
