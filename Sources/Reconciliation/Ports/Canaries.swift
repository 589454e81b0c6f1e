/// A check with the tables that it reads, each of which gets a shadow: a temporary table of the same columns, in which
/// rows are planted that the check has to notice.
public struct CanaryQuery: Sendable, Hashable {
  /// A table as the check names it; without a schema it is found by the search_path.
  public struct Table: Sendable, Hashable {
    public let schema: String?
    public let name: String

    public init(schema: String?, name: String) { (self.schema, self.name) = (schema, name) }
  }

  /// What is planted for it.
  public enum Prey: Sendable, Hashable {
    /// Rows with personal data in them.
    case personal
    /// Rows without the ones that they refer to, rows that are there twice, rows of NULLs.
    case broken
  }

  /// The check. Where it names a table with its schema, it names the shadow.
  public let check: CheckQuery
  public let tables: [Table]
  /// What columns are compared with in the check, by name: planted rows have these values, or a condition such as
  /// `state = 'open'` would hide them.
  public let constants: [String: [String]]
  public let prey: Prey

  public init(check: CheckQuery, tables: [Table], constants: [String: [String]] = [:], prey: Prey) {
    self.check = check
    self.tables = tables
    self.constants = constants
    self.prey = prey
  }
}

/// What a check said of planted rows.
public enum CanaryAnswer: Sendable {
  /// One outcome for each way in which rows were planted.
  case planted([CheckAnswer.Outcome])
  /// Why nothing could be planted, as a sentence without its end.
  case notPlanted(String)
}

extension Databases {
  public func runOnCanaries(_ queries: [CanaryQuery], on endpoint: DatabaseEndpoint) -> [CanaryAnswer] {
    queries.map { _ in .notPlanted("nothing can be planted here") }
  }
}
