public import Documents

/// How the values of one column reach the copy.
public enum ColumnMask: Sendable {
  /// As they are.
  case kept
  /// Through this mask, in our process.
  case masked(any Mask)
  /// As the source computes them: an SQL expression in place of the column, in the source's own `COPY (SELECT …)`.
  case expression(String)
}

/// Everything that a strategy is told when its mask is made.
public struct MaskOrder: Sendable {
  /// `email`, `fpe`: the names of the schema's strategies.
  public var strategy: String
  /// The options of the rule, as the schema read them: an object, and absent options have their fallbacks in the mask.
  public var options: Value
  public var column: Column
  public var table: Table
  /// Derives the key of the column's domain; nothing where no masking key is declared.
  public var keys: MaskingKeys?
  /// What the key is derived for: the rule's `key_domain`, or the root column of the foreign-key closure.
  public var domain: String
  /// For how many rows the mask has to be unique, where the column is; the hexadecimal length grows with it.
  public var uniqueAmong: Int?

  public init(
    strategy: String, options: Value, column: Column, table: Table, keys: MaskingKeys?, domain: String,
    uniqueAmong: Int? = nil
  ) {
    self.strategy = strategy
    self.options = options
    self.column = column
    self.table = table
    self.keys = keys
    self.domain = domain
    self.uniqueAmong = uniqueAmong
  }
}

/// Why a strategy cannot serve a column, and what would: each is an error of the plan.
public struct MaskRefusal: Error, Sendable, Hashable {
  /// `mask_type`, `mask_key_missing`, `mask_null`, `mask_lossy_unique`, …
  public var code: String
  /// A sentence that names the way out.
  public var message: String

  public init(_ code: String, _ message: String) { (self.code, self.message) = (code, message) }
}
