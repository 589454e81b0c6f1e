/// A table of the source: what holds rows, or what only names the partitions that do.
public struct Table: Sendable, Hashable {
  public enum Storage: Sendable, Hashable {
    /// Rows lie in a heap of its own: the only one that is read by ranges of `ctid`.
    case heap
    /// Another table access method.
    case otherAccessMethod(String)
    /// No rows of its own: they are in its partitions.
    case partitioned
    /// Rows of another server; never copied.
    case foreign
  }

  public var name: QualifiedName
  public var oid: UInt32
  public var storage: Storage
  public var isUnlogged: Bool
  /// The table that this one is a partition of.
  public var partitionOf: QualifiedName?
  /// Parents by `INHERITS`.
  public var inherits: [QualifiedName]
  /// In the order of the table (`attnum`).
  public var columns: [Column]
  public var uniqueKeys: [UniqueKey]
  public var checks: [CheckConstraint]
  public var triggers: [Trigger]
  /// Rules (`CREATE RULE`) by name, but not those of views.
  public var rules: [String]
  /// `reltuples`; nothing where nobody has counted yet.
  public var estimatedRows: Int?
  /// Bytes of the main fork (`pg_relation_size`).
  public var bytes: Int
  public var hasRowSecurity: Bool

  public init(
    name: QualifiedName, oid: UInt32 = 0, storage: Storage = .heap, isUnlogged: Bool = false,
    partitionOf: QualifiedName? = nil, inherits: [QualifiedName] = [], columns: [Column], uniqueKeys: [UniqueKey] = [],
    checks: [CheckConstraint] = [], triggers: [Trigger] = [], rules: [String] = [], estimatedRows: Int? = nil,
    bytes: Int = 0, hasRowSecurity: Bool = false
  ) {
    self.name = name
    self.oid = oid
    self.storage = storage
    self.isUnlogged = isUnlogged
    self.partitionOf = partitionOf
    self.inherits = inherits
    self.columns = columns
    self.uniqueKeys = uniqueKeys
    self.checks = checks
    self.triggers = triggers
    self.rules = rules
    self.estimatedRows = estimatedRows
    self.bytes = bytes
    self.hasRowSecurity = hasRowSecurity
  }

  public subscript(column: String) -> Column? { columns.first { $0.name == column } }
}

public struct Column: Sendable, Hashable {
  public enum Origin: Sendable, Hashable {
    case stored
    /// `GENERATED ALWAYS AS (…) STORED`: never copied, made again by the destination.
    case generated(expression: String)
    case identity(always: Bool)
  }

  public var name: String
  public var type: ColumnType
  /// False also where a domain forbids NULL.
  public var isNullable: Bool
  public var origin: Origin
  /// Characters of `varchar(n)` and `char(n)`, also through a domain.
  public var maximumLength: Int?

  public init(
    name: String, type: ColumnType, isNullable: Bool = true, origin: Origin = .stored, maximumLength: Int? = nil
  ) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
    self.origin = origin
    self.maximumLength = maximumLength
  }
}

/// A unique or primary key, or a unique index without a constraint.
public struct UniqueKey: Sendable, Hashable {
  public var name: String
  /// Nothing in place of a column that is an expression, such as `lower(email)`.
  public var columns: [String?]
  /// Columns that its expressions and its predicate read.
  public var readColumns: [String]
  public var isPrimary: Bool

  public init(name: String, columns: [String?], readColumns: [String] = [], isPrimary: Bool = false) {
    self.name = name
    self.columns = columns
    self.readColumns = readColumns
    self.isPrimary = isPrimary
  }
}

public struct CheckConstraint: Sendable, Hashable {
  public var name: String
  /// As `pg_get_constraintdef` gives it: `CHECK ((price > 0))`. For domains, over `VALUE`.
  public var definition: String
  public var columns: [String]

  public init(name: String, definition: String, columns: [String]) {
    self.name = name
    self.definition = definition
    self.columns = columns
  }
}

/// A user's trigger that is not disabled.
public struct Trigger: Sendable, Hashable {
  public var name: String
  public var firesOnUpdate: Bool
  public var firesOnDelete: Bool

  public init(name: String, firesOnUpdate: Bool, firesOnDelete: Bool) {
    self.name = name
    self.firesOnUpdate = firesOnUpdate
    self.firesOnDelete = firesOnDelete
  }
}
