public import Documents

/// What a sanitization declares about rows and columns: its spec, taken apart. Nothing here knows a database yet.
public struct MaskingPolicy: Sendable, Hashable {
  public struct Table: Sendable, Hashable {
    /// As it was written: `users` or `app.users`.
    public var name: String
    /// By column, or by column and path into its JSON (`notes.contact.email`).
    public var columns: [(name: String, rule: ColumnRule)] { written.map { ($0.name, $0.rule) } }
    public var filter: String?
    /// From 0 to 1.
    public var sampleRate: Double
    public var sampling: Sampling
    public var stratifyBy: String?
    var written: [NamedRule]
  }

  struct NamedRule: Sendable, Hashable {
    var name: String
    var rule: ColumnRule
  }

  public enum ColumnRule: Sendable, Hashable {
    /// Copied as it is, for this reason (`keep`, or the strategy `preserve`).
    case keep(reason: String?)
    /// The name of a strategy and its options, without the two that say which key it has.
    case mask(strategy: String, options: Value, domain: String?, seed: Int?)
  }

  public enum Sampling: String, Sendable, Hashable {
    case random, stratified
    case timeBased = "time-based"
  }

  /// `from` means `to`, although no foreign key says so. Both are `table.column`, with a path behind it for JSON.
  public struct Reference: Sendable, Hashable {
    public var from: String
    public var to: String
  }

  public var seed: Int?
  /// What the source itself hides on the way may be read beside the rows, to be looked for in the copy.
  public var readsHiddenOriginals: Bool
  public var tables: [Table]
  public var excludedTables: [String]
  public var references: [Reference]

  /// - Parameter spec: the normal form of a sanitization, as its schema reads it. What the schema would refuse is
  ///   passed over.
  public init(spec: Value) {
    seed = spec["global", "seed"]?.integer
    readsHiddenOriginals = spec["global", "read_hidden_originals"]?.bool ?? false
    tables = (spec["tables"]?.object?.entries ?? []).map { Table(name: $0.key, spec: $0.value) }
    excludedTables = spec["exclude_tables"]?.list?.compactMap(\.string) ?? []
    references = (spec["virtual_references"]?.object?.entries ?? []).compactMap { entry in
      entry.value["to"]?.string.map { Reference(from: entry.key, to: $0) }
    }
  }
}

extension MaskingPolicy.Table {
  fileprivate init(name: String, spec: Value) {
    self.init(
      name: name, filter: spec["filter"]?.string, sampleRate: spec["sample_rate"]?.double ?? 1,
      sampling: spec["sampling_method"]?.string.flatMap(MaskingPolicy.Sampling.init) ?? .random,
      stratifyBy: spec["stratify_by"]?.string,
      written: (spec["columns"]?.object?.entries ?? []).compactMap { entry in
        MaskingPolicy.ColumnRule(entry.value).map { MaskingPolicy.NamedRule(name: entry.key, rule: $0) }
      })
  }
}

extension MaskingPolicy.ColumnRule {
  fileprivate init?(_ spec: Value) {
    if let reason = spec["keep"] {
      self = .keep(reason: reason.string)
      return
    }
    guard let strategy = spec["strategy"]?.string, var options = spec.object else { return nil }
    if strategy == "preserve" {
      self = .keep(reason: spec["reason"]?.string)
      return
    }
    for key in ["strategy", "seed", "key_domain"] { options[key] = nil }
    self = .mask(
      strategy: strategy, options: .object(options), domain: spec["key_domain"]?.string, seed: spec["seed"]?.integer)
  }
}

extension Value {
  fileprivate var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
}
