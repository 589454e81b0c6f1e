/// What a database is made of, as far as a copy has to know: a value, read once under the copy's own locks.
///
/// Lists are sorted by name, so that the same database always gives the same value.
public struct DatabaseSchema: Sendable, Hashable {
  /// `server_version_num`: 150018.
  public var serverVersion: Int
  public var tables: [Table]
  public var foreignKeys: [ForeignKey]
  public var sequences: [Sequence]
  public var extensions: [Extension]
  /// By name without a schema, which is how SQL calls them; of functions of one name the most harmful is told.
  public var functions: [String: Volatility]
  /// Functions that a name without a schema is not to mean, because PostgreSQL has its own of that name, and they take
  /// nothing but its own types too.
  public var hiddenFunctions: [QualifiedName: Volatility] = [:]
  /// The schemas of functions whose name is none of PostgreSQL's own and all of which give values of its types.
  public var ownFunctions: [String: Set<String>] = [:]
  /// Of the hidden ones, and of such operators, those that are called all the same where their arguments fit better, although
  /// `pg_catalog` comes first: by name, one of each as people write it. Those of extensions are not among them.
  public var shadows: [String: String] = [:]
  /// Operators that are not PostgreSQL's own, by name: what they do is not known.
  public var ownOperators: Set<String>

  /// Of extensions, what gives the same for the same.
  public var ofExtensions = ExtensionFacts()

  public init(
    serverVersion: Int, tables: [Table], foreignKeys: [ForeignKey] = [], sequences: [Sequence] = [],
    extensions: [Extension] = [], functions: [String: Volatility] = [:], ownOperators: Set<String> = []
  ) {
    self.serverVersion = serverVersion
    self.tables = tables
    self.foreignKeys = foreignKeys
    self.sequences = sequences
    self.extensions = extensions
    self.functions = functions
    self.ownOperators = ownOperators
  }

  public subscript(name: QualifiedName) -> Table? { tables.first { $0.name == name } }

  /// PostgreSQL manual, "Function Volatility Categories", from harmless to harmful.
  public enum Volatility: Int, Sendable, Hashable {
    case immutable, stable, volatile
  }

  public struct Sequence: Sendable, Hashable {
    public var name: QualifiedName
    /// The column that it belongs to (`OWNED BY`, identity), if any.
    public var owner: ColumnName?

    public init(name: QualifiedName, owner: ColumnName? = nil) { (self.name, self.owner) = (name, owner) }
  }

  public struct Extension: Sendable, Hashable {
    public var name: String
    public var schema: String
    public var version: String
    /// The role that restores the copy may create it (`pg_extension` control: trusted).
    public var isTrusted: Bool
    /// Tables of the extension whose rows are data of the user (`extconfig`).
    public var configurationTables: [QualifiedName]

    public init(
      name: String, schema: String, version: String, isTrusted: Bool, configurationTables: [QualifiedName] = []
    ) {
      self.name = name
      self.schema = schema
      self.version = version
      self.isTrusted = isTrusted
      self.configurationTables = configurationTables
    }
  }
}

/// A table, sequence or type with its schema, both letter for letter.
public struct QualifiedName: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var schema: String
  public var name: String

  public init(_ schema: String, _ name: String) { (self.schema, self.name) = (schema, name) }

  /// As people write it: without quotes. Never for SQL.
  public var description: String { "\(schema).\(name)" }

  public static func < (left: Self, right: Self) -> Bool { (left.schema, left.name) < (right.schema, right.name) }
}

public struct ColumnName: Sendable, Hashable, CustomStringConvertible {
  public var table: QualifiedName
  public var column: String

  public init(_ table: QualifiedName, _ column: String) { (self.table, self.column) = (table, column) }

  public var description: String { "\(table).\(column)" }
}

/// A declared reference from columns of one table to columns of another.
public struct ForeignKey: Sendable, Hashable {
  public enum Action: String, Sendable, Hashable {
    case noAction, restrict, cascade, setNull, setDefault
  }

  public var name: String
  public var from: QualifiedName
  public var columns: [String]
  public var to: QualifiedName
  public var referencedColumns: [String]
  public var onDelete: Action
  public var onUpdate: Action
  /// False for `NOT VALID`.
  public var isValidated: Bool
  /// `DEFERRABLE`: it may be asked for at the end of a transaction alone.
  public var isDeferrable = false
  /// For each pair of columns the operator that compares the referenced value with the referring one, as SQL writes it:
  /// under another search_path a bare `=` of citext would be that of text. Empty: all are `=` of PostgreSQL itself.
  public var operators: [String]

  public init(
    name: String, from: QualifiedName, columns: [String], to: QualifiedName, referencedColumns: [String],
    onDelete: Action = .noAction, onUpdate: Action = .noAction, isValidated: Bool = true, operators: [String] = []
  ) {
    self.name = name
    self.from = from
    self.columns = columns
    self.to = to
    self.referencedColumns = referencedColumns
    self.onDelete = onDelete
    self.onUpdate = onUpdate
    self.isValidated = isValidated
    self.operators = operators
  }
}
