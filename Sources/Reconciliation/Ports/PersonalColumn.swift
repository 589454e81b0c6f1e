public import Documents

/// A column in which people's data seems to be.
public struct PersonalColumn: Sendable, Hashable {
  /// One kind that it looks like, with why.
  public struct Look: Sendable, Hashable {
    /// `email`, `nl_bsn`, `free_text`.
    public var kind: String
    /// "an e-mail".
    public var title: String
    /// From 0 to 1.
    public var score: Double
    public var reasons: [String]

    public init(kind: String, title: String, score: Double, reasons: [String]) {
      self.kind = kind
      self.title = title
      self.score = score
      self.reasons = reasons
    }
  }

  public var schema: String
  public var table: String
  public var column: String
  public var type: String
  /// Values that were looked at: neither NULL nor empty.
  public var sampled: Int
  /// The surest first; never empty.
  public var looks: [Look]
  /// "masked", "kept", "generated", "not copied", "no rule", "kept without a reason".
  public var treatment: String
  /// Nobody has decided about it.
  public var isUncovered: Bool
  /// A rule that fits the column, as it stands in a policy; nothing where none is needed or none fits.
  public var proposal: Value?

  public init(
    schema: String, table: String, column: String, type: String, sampled: Int, looks: [Look], treatment: String,
    isUncovered: Bool, proposal: Value? = nil
  ) {
    self.schema = schema
    self.table = table
    self.column = column
    self.type = type
    self.sampled = sampled
    self.looks = looks
    self.treatment = treatment
    self.isUncovered = isUncovered
    self.proposal = proposal
  }

  /// As rules name it: without the schema that everybody has.
  public var tableName: String { schema == "public" ? table : "\(schema).\(table)" }
}
