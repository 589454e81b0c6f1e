import Documents
public import Reconciliation

extension Sanitization {
  public static var rules: [Rule] { [unverifiedPublication, deliverableMask, backslashB] }

  /// Every piece of SQL that a policy holds.
  static func texts(of object: Declared) -> [SQLText] {
    let tables = object.spec["tables"]?.object?.entries ?? []
    let filters = tables.compactMap { SQLText("tables.\($0.key).filter", $0.value["filter"], .condition) }
    let own = [SQLText("post_sync.custom_sql", object.spec["post_sync", "custom_sql"], .statements)].compactMap { $0 }
    return SQLText.checks(at: ["checks"], of: object) + SQLText.checks(at: ["verification", "queries"], of: object)
      + own + filters
  }

  private static let backslashB = SQLRules.backslashB(texts)

  private static let unverifiedPublication = Rule(
    "unverified_publication", .warning,
    Explanation(
      "a copy is published without its checks, or although they fail",
      why:
        "The checks are what stands between a mistake in the masking rules and everybody who may load the copy. Switched off, a copy with personal data is published in silence.",
      remedy: "Remove the key: `verify_after_sync` and `fail_on_pii_leak` are true by default.",
      example: "yaml\nglobal: {verify_after_sync: true, fail_on_pii_leak: true}")
  ) { policy, _, _ in
    ["verify_after_sync", "fail_on_pii_leak"].filter { policy.spec["global", $0] == false }.map(
      Rule.Violation.unverified)
  }

  private static let deliverableMask = Rule("deliverable_mask", .warning, SQLRules.deliverable) { policy, _, _ in
    columns(of: policy).flatMap { path, rule in violations(of: rule, at: path) }
  }

  /// `tables.users.columns.email`, and what is done with it.
  private static func columns(of policy: Declared) -> [(path: String, rule: Value)] {
    (policy.spec["tables"]?.object?.entries ?? []).flatMap { table in
      (table.value["columns"]?.object?.entries ?? []).map { column in
        ("tables.\(table.key).columns.\(column.key)", column.value)
      }
    }
  }

  private static func violations(of rule: Value, at path: String) -> [Rule.Violation] {
    switch rule["strategy"]?.string {
    case "email"?:
      if rule["preserve_domain"] == true { return [.keepsDomain(path)] }
      return deliverable(rule["domain"]?.string, at: "\(path).domain")
    case "template"?: return deliverable(endOf: rule["template"], at: "\(path).template")
    case "redact"?: return deliverable(endOf: rule["replacement"], at: "\(path).replacement")
    default: return []
    }
  }

  private static func deliverable(endOf text: Value?, at path: String) -> [Rule.Violation] {
    deliverable(text?.string.flatMap { MailDomains.domain(endOf: $0) }, at: path)
  }

  private static func deliverable(_ domain: String?, at path: String) -> [Rule.Violation] {
    guard let domain, MailDomains.isDeliverable(domain) else { return [] }
    return [.couldReceive(domain, at: path)]
  }

  /// Whether a policy masks anything: some column has a strategy that changes it.
  static func masks(_ policy: Declared) -> Bool { masks(policy.spec) }

  /// - Parameter policy: the spec of one.
  static func masks(_ policy: Value) -> Bool {
    (policy["tables"]?.object?.entries ?? []).contains { table in
      (table.value["columns"]?.object?.entries ?? []).contains { column in
        column.value["strategy"].map { $0 != "preserve" } ?? false
      }
    }
  }

  /// Tables of which at least one column has a rule.
  static func ruledTables(of policy: Declared) -> Set<String> {
    let tables = policy.spec["tables"]?.object?.entries ?? []
    let excluded = policy.spec["exclude_tables"]?.list?.compactMap(\.string) ?? []
    return Set(tables.filter { $0.value["columns"] != nil }.map(\.key) + excluded)
  }
}

extension Rule.Violation {
  fileprivate static func unverified(_ key: String) -> Self {
    let effect =
      key == "verify_after_sync"
      ? "copies are published without their checks" : "copies are published although a check found personal data"
    return Self(at: "global.\(key)", "with `\(key): false` \(effect). Remove the key")
  }

  fileprivate static func keepsDomain(_ path: String) -> Self {
    Self(
      at: "\(path).preserve_domain",
      "masked addresses keep their original domain and could reach people there. Give them a reserved domain, such as anon.example"
    )
  }

  /// Said of policies and of SQL.
  static func couldReceive(_ domain: String, at path: String, byte offset: Int? = nil) -> Self {
    Self(
      at: path, byte: offset,
      "masked addresses at \(Diagnostic.quoted(domain)) could receive mail. Use a reserved domain, such as anon.example or example.com"
    )
  }
}
