import Documents
public import Reconciliation

extension Target {
  public static var rules: [Rule] {
    [
      sharedWithoutSanitization, groupUnknown, groupExpired, sameSourceAndDestination, tlsUnverified, noChecks,
      keepsRecentRows, deliverableMask, backslashB,
    ]
  }

  /// Every piece of SQL that a target holds itself.
  static func texts(of object: Declared) -> [SQLText] {
    [overrideQuery(of: object)].compactMap { $0 } + SQLText.checks(at: ["sanitize", "checks"], of: object)
  }

  static func overrideQuery(of object: Declared) -> SQLText? {
    SQLText("sanitize.override_query", object.spec["sanitize", "override_query"], .statements)
  }

  private static let backslashB = SQLRules.backslashB(texts)

  private static func groups(of target: Declared) -> [String] {
    target.spec["sso_groups"]?.list?.compactMap(\.string) ?? []
  }

  private static let sharedWithoutSanitization = Rule(
    "shared_without_sanitization", .error,
    Explanation(
      "a target is shared with groups and nothing is masked",
      why:
        "Whoever is in one of its `sso_groups` could load production data as it is. An `override_query` without a statement and a policy that only keeps columns mask nothing.",
      remedy: "Name a policy with at least one masking rule, write an `override_query`, or remove the groups.",
      example: "yaml\nsanitize: {policy: shop_pii}\nsso_groups: [developers]")
  ) { target, declaration, _ in
    guard !groups(of: target).isEmpty else { return [] }
    let policy = policy(of: target, in: declaration)
    if let query = overrideQuery(of: target), !query.facts(declaration.memo).kinds.isEmpty { return [] }
    if let policy, Sanitization.masks(policy) { return [] }
    return [.sharedUnmasked(groups(of: target), hasPolicy: policy != nil)]
  }

  /// Groups that targets name are only observed as long as the files declare neither groups nor a provider of them.
  private static let groupUnknown = Rule(
    "group_unknown", .error,
    Explanation(
      "a target names a group that is not declared, although groups or their provider are",
      why: "A name that is spelled wrong gives access to nobody, or to a group that nobody looks after.",
      remedy: "Declare the group in `sso_groups`, or mend its name.",
      example: "yaml\nsso_groups:\n  developers: {description: Everybody who writes code}")
  ) { target, declaration, _ in
    let declared = declaration.names(of: "sso_group")
    if declared.isEmpty, declaration.settings.sso == nil { return [] }
    return groups(of: target).filter { declaration[Address("sso_group", $0)] == nil }.map {
      .unknownGroup($0, among: declared)
    }
  }

  private static let groupExpired = Rule(
    "group_expired", .error,
    Explanation(
      "a target is shared with a group whose `expires_at` is past",
      why: "The group was to open nothing after that day, and the target still names it.",
      remedy: "Remove the group from the target, or give the group a later `expires_at`.",
      example: "yaml\nsso_groups:\n  contractors: {description: \"Agency, until March\", expires_at: 2027-03-31}")
  ) { target, declaration, today in
    groups(of: target).compactMap { name in
      guard let text = declaration[Address("sso_group", name)]?.spec["expires_at"]?.string,
        let last = CalendarDate(text), last < today
      else { return nil }
      return .expiredGroup(name, last)
    }
  }

  private static let noChecks = Rule(
    "no_checks", .warning,
    Explanation(
      "a target has a destination and no check of its own",
      why:
        "`decant verify` holds a copy against the rules that masked it, and looks for what they masked. It knows nothing else that must not be there, and of a target without rules nothing at all.",
      remedy: "Write at least one check into the target or its policy: a query that counts what must not be there.",
      example:
        "yaml\nchecks:\n  - {name: no foreign mail domain, query: \"SELECT count(*) FROM users WHERE email NOT LIKE '%@anon.example'\"}"
    )
  ) { target, declaration, _ in
    guard target.spec["snapshot", "dst_url"] != nil || target.spec["destination"] != nil else { return [] }
    let policy = policy(of: target, in: declaration)?.spec
    let checks = [target.spec["sanitize", "checks"], policy?["checks"], policy?["verification", "queries"]]
    return checks.allSatisfy { $0?.object?.isEmpty ?? true } ? [.nothingChecked] : []
  }

  private static let keepsRecentRows = Rule(
    "keeps_recent_rows", .warning,
    Explanation(
      "a DELETE removes only old rows of a table that nothing masks",
      why:
        "`DELETE … WHERE created_at < now() - interval '30 days'` keeps the last 30 days, and those are the rows in which people are easiest to find. They reach the copy as they are.",
      remedy: "Delete all rows, or mask the columns of the table in the same SQL or in a policy.",
      example:
        "sql\n-- keeps the newest 30 days in clear:\nDELETE FROM audit_logs WHERE created_at < now() - interval '30 days';\n-- leaves nothing:\nDELETE FROM audit_logs;"
    )
  ) { target, declaration, _ in
    guard let query = overrideQuery(of: target) else { return [] }
    let kept = query.facts(declaration.memo).keptRows
    if kept.isEmpty { return [] }
    let ruled = policy(of: target, in: declaration).map(Sanitization.ruledTables) ?? []
    return kept.filter { !ruled.contains($0.word) }.map { .keptRows($0, query) }
  }

  private static let deliverableMask = Rule("deliverable_mask", .warning, SQLRules.deliverable) {
    target, declaration, _ in
    guard let query = overrideQuery(of: target) else { return [] }
    return query.facts(declaration.memo).mailDomains.filter { MailDomains.isDeliverable($0.word) }.map {
      .couldReceive($0.word, at: query.path, byte: $0.offset)
    }
  }
}

extension Rule.Violation {
  fileprivate static let nothingChecked = Self(
    at: "sanitize",
    "it has no check of its own. Give it, or its policy, one: a query that counts what must not be there"
  )

  fileprivate static func sharedUnmasked(_ groups: [String], hasPolicy: Bool) -> Self {
    let names = groups.map(Diagnostic.quoted).joined(separator: ", ")
    let reason = hasPolicy ? "its policy masks no column" : "it has neither a policy nor an `override_query`"
    return Self(at: "sso_groups", "it is shared with \(names), and \(reason). Mask the data, or share it with nobody")
  }

  fileprivate static func unknownGroup(_ name: String, among declared: [String]) -> Self {
    let near = Suggestion.nearest(name, among: declared).map { ". Did you mean `\($0)`?" }
    return Self(
      at: "sso_groups",
      "the group `\(name)` is not declared in `sso_groups`\(near ?? ", so nobody can say who is in it")")
  }

  fileprivate static func expiredGroup(_ name: String, _ last: CalendarDate) -> Self {
    Self(
      at: "sso_groups",
      "the group `\(name)` expired on \(last) and still opens this target. Remove it, or give it a later `expires_at`")
  }

  fileprivate static func keptRows(_ spot: SQLFacts.Spot, _ query: SQLText) -> Self {
    Self(
      at: query.path, byte: spot.offset,
      "this DELETE keeps the newest rows of \(Diagnostic.quoted(spot.word)) as they are. Delete all of them, or mask the table"
    )
  }
}
