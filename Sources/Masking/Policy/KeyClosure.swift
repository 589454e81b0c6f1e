import Documents

/// Columns that hold the same values, by foreign keys, virtual references and inheritance: one rule for all of them.
struct KeyClosure {
  enum Kind: Hashable {
    case foreignKey, virtual, inheritance
  }

  struct Link {
    var from: ColumnPath
    var to: ColumnPath
    var kind: Kind
    var reason: String
  }

  /// What is done with one column, be it by its own rule or by that of a column it follows.
  struct Assignment {
    var strategy: String
    var options: Value
    var seed: Int?
    var domain: String
    /// Where the rule stands in the policy.
    var path: String
    var root: ColumnPath
    var members: [ColumnPath]
    /// The rows that the masks have to agree in are in several places, so a mask must depend on the value alone.
    var isShared: Bool
  }

  private(set) var assignments: [ColumnPath: Assignment] = [:]
  /// Reasons of those that are copied as they are.
  private(set) var kept: [ColumnPath: String?] = [:]
  private(set) var problems: [CopyProblem] = []

  init(_ meeting: PolicyMeeting, seed: Int?) {
    let rules = meeting.rules
    let links = Self.links(meeting).filter { link in
      if link.kind == .inheritance { return true }
      // A reference that is nothing in the copy has no value to agree in.
      if case .mask("null", _, _, _)? = rules[link.from]?.rule { return false }
      return true
    }
    var neighbours: [ColumnPath: [Int]] = [:]
    for (number, link) in links.enumerated() {
      neighbours[link.from, default: []].append(number)
      neighbours[link.to, default: []].append(number)
    }
    var seen: Set<ColumnPath> = []
    for start in rules.keys.sorted() where !seen.contains(start) {
      var (members, used, next) = ([start], Set<Int>(), 0)
      seen.insert(start)
      while next < members.count {
        for number in neighbours[members[next]] ?? [] where used.insert(number).inserted {
          for end in [links[number].from, links[number].to] where seen.insert(end).inserted { members.append(end) }
        }
        next += 1
      }
      settle(members.sorted(), used.sorted().map { links[$0] }, rules, seed)
    }
  }

  private mutating func settle(
    _ members: [ColumnPath], _ links: [Link], _ rules: [ColumnPath: PolicyMeeting.Rule], _ seed: Int?
  ) {
    let ruled = members.compactMap { member in rules[member].map { (member, $0) } }
    guard let first = ruled.first else { return }
    if let other = ruled.dropFirst().first(where: { !$0.1.rule.agrees(with: first.1.rule) }) {
      problems.append(.conflict(other, first, links))
      return
    }
    guard case .mask(let strategy, let options, _, let own) = first.1.rule else {
      for (member, rule) in ruled { if case .keep(let reason) = rule.rule { kept[member] = reason } }
      return
    }
    let root = members.first { member in !links.contains { $0.from == member } } ?? members[0]
    let domain = ruled.lazy.compactMap(\.1.rule.domain).first ?? (own == nil ? root.description : "seed")
    let isShared = links.contains { $0.kind != .inheritance }
    for member in members {
      assignments[member] = Assignment(
        strategy: strategy, options: options, seed: own ?? seed, domain: domain,
        path: rules[member]?.path ?? first.1.path, root: root, members: members, isShared: isShared)
    }
    let followers = members.filter { rules[$0] == nil }
    if !followers.isEmpty { problems.append(.follows(followers, first, links)) }
  }

  private static func links(_ meeting: PolicyMeeting) -> [Link] {
    let index = meeting.index
    var links = meeting.references.map {
      Link(from: $0.from, to: $0.to, kind: .virtual, reason: "the virtual reference `\($0.from)`")
    }
    for key in index.schema.foreignKeys where index[key.from] != nil && index[key.to] != nil {
      let (from, to) = (index.root(of: key.from), index.root(of: key.to))
      for (own, other) in zip(key.columns, key.referencedColumns) {
        links.append(
          Link(
            from: ColumnPath(column: ColumnName(from, own)), to: ColumnPath(column: ColumnName(to, other)),
            kind: .foreignKey, reason: "the foreign key `\(key.name)`"))
      }
    }
    for table in index.schema.tables {
      for parent in table.inherits.compactMap({ index[$0] }) {
        for column in parent.columns where table[column.name] != nil {
          links += inherited(column, table, parent, meeting.rules)
        }
      }
    }
    return links.filter { !meeting.excluded.contains($0.from.table) && !meeting.excluded.contains($0.to.table) }
  }

  /// The column itself, and every path into its JSON that has a rule on either side.
  private static func inherited(
    _ column: Column, _ table: Table, _ parent: Table, _ rules: [ColumnPath: PolicyMeeting.Rule]
  ) -> [Link] {
    let (own, other) = (ColumnName(table.name, column.name), ColumnName(parent.name, column.name))
    let paths = Set(rules.keys.filter { $0.column == own || $0.column == other }.map(\.path) + [[]])
    return paths.sorted { $0.joined() < $1.joined() }.map {
      Link(
        from: ColumnPath(column: own, path: $0), to: ColumnPath(column: other, path: $0), kind: .inheritance,
        reason: "\(table.name) inherits from \(parent.name)")
    }
  }
}

extension MaskingPolicy.ColumnRule {
  fileprivate var domain: String? { if case .mask(_, _, let domain, _) = self { domain } else { nil } }

  /// Whether both do the same with the same value; a domain that only one of them names counts for both.
  fileprivate func agrees(with other: Self) -> Bool {
    switch (self, other) {
    case (.keep, .keep): true
    case (.mask(let a, let b, let c, let d), .mask(let e, let f, let g, let h)):
      a == e && b == f && d == h && (c == g || c == nil || g == nil)
    default: false
    }
  }

  fileprivate var spoken: String {
    if case .mask(let strategy, _, _, _) = self { "`\(strategy)`" } else { "kept as it is" }
  }
}

extension CopyProblem {
  fileprivate static func conflict(
    _ other: (ColumnPath, PolicyMeeting.Rule), _ first: (ColumnPath, PolicyMeeting.Rule), _ links: [KeyClosure.Link]
  ) -> Self {
    let (one, two) = (first.1.rule.spoken, other.1.rule.spoken)
    let how = one == two ? "both are \(one), with other options" : "one is \(one), the other \(two)"
    return .init(
      .error, "key_conflict", at: other.1.path,
      "\(other.0) and \(first.0) hold the same values (\(reasons(links))) and would not agree in the copy: \(how). Give one of them the rule and take the other's away: it follows"
    )
  }

  fileprivate static func follows(
    _ followers: [ColumnPath], _ first: (ColumnPath, PolicyMeeting.Rule), _ links: [KeyClosure.Link]
  ) -> Self {
    let names = followers.map(\.description).joined(separator: ", ")
    return .init(
      .note, "key_follows", at: first.1.path, "\(names): masked like \(first.0), by \(reasons(links))")
  }

  private static func reasons(_ links: [KeyClosure.Link]) -> String {
    let reasons = Set(links.map(\.reason)).sorted()
    let more = reasons.count > 3 ? ", and \(reasons.count - 3) more" : ""
    return reasons.prefix(3).joined(separator: ", ") + more
  }
}
