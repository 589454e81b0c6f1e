import Runtime

/// What a policy means for a schema: which rows of which tables are copied, in which form, and what becomes of every
/// column. A value, made without touching a database.
public struct CopyPlan: Sendable {
  /// Makes the mask of an order: `MaskOrder.mask()`, or another one in tests.
  public typealias MaskMaker = (MaskOrder) throws(MaskRefusal) -> ColumnMask

  public enum Format: Sendable, Hashable {
    case binary
    /// The reason is a sentence for people.
    case text(reason: String)
  }

  public struct Column: Sendable {
    public var column: Masking.Column
    public var mask: ColumnMask
    /// Where the rule stands in the policy; nothing where there is none.
    public var path: String?
    /// Why it is copied as it is, where the policy says so.
    public var keepReason: String?
    /// What the mask's key was derived for.
    public var domain: String?
    /// The names of the strategies; of several where paths inside of JSON have rules.
    public var strategy: String?
    /// What a `custom` rule says of the originals; nothing of any other.
    public var leak: MaskTraits.Leak?
    /// The rule says so itself, and so asks that its column's values be read.
    public var declaresLeak = false
  }

  /// A table that holds rows itself: an ordinary one, or a partition without partitions.
  public struct Table: Sendable {
    public var table: Masking.Table
    /// The partitioned table that the rules were written on; the table itself where it is no partition.
    public var root: QualifiedName
    /// In the order of the COPY, without generated columns.
    public var columns: [Column]
    /// Places in `columns` of what tells rows apart; empty where nothing does.
    public var key: [Int]
    public var format: Format
    /// For the row codec.
    public var rows: RowPlan
    /// It may be read by ranges of `ctid`, one statement each.
    public var isRanged: Bool
    /// Bytes of its heap, whatever of it is selected.
    public var estimatedBytes: Int
    public var estimatedRows: Int?
    /// Only a part of its rows is copied.
    public var isPartial: Bool
    /// `sample_rate`: 1 where there is no sample.
    public var sampleRate: Double
    let alias: String
    let conditions: [String]
    /// What lifted SQL makes of the rows.
    var lifted: LiftedTable?
    /// The tables that foreign keys make its rows depend on, where lifted SQL lets rows go.
    var others: [QualifiedName: SelectedTable] = [:]
    /// Its conditions follow references to rows that are left out.
    var followsReferences = false
    /// What names without a schema in its query are looked up by.
    public internal(set) var searchPath = ["pg_catalog"]
    /// Places in `columns` of what SQL changes when the rows are there, and whose originals are collected.
    var watched: [Int: any Mask] = [:]
    /// Places in `columns` of what the source itself changes on the way, and whose originals are read beside its rows.
    var hidden: [Int: any Mask] = [:]

    /// Columns that lifted SQL gives other values.
    public var liftedColumns: Set<String> { lifted?.changedColumns ?? [] }
    /// Every statement that reads some of its rows also reads other tables, whole.
    public var readsOthers: Bool { followsReferences || !others.isEmpty }
    /// Lifted SQL lets all rows go.
    public var keepsNoRows: Bool { lifted?.keepsNoRows ?? false }
  }

  public enum Omission: String, Sendable, Hashable {
    /// It stands in `exclude_tables`: made, but empty.
    case excluded
    /// Its rows belong to another server.
    case foreign
  }

  /// A `custom` rule whose function runs on the copy in quarantine, because it is no expression of the source.
  public struct QuarantinedFunction: Sendable, Hashable {
    public var column: ColumnName
    /// `CREATE FUNCTION …`, or the name of a function.
    public var function: String
    public var path: String
    /// What the rule says of the originals.
    public var leak: MaskTraits.Leak = .value
    /// A defect that is put in on purpose: about every second value stays what it is.
    public var forgetsSome = false
  }

  /// The biggest first.
  public var tables: [Table] = []
  public var omitted: [(table: QualifiedName, reason: Omission)] { left.map { ($0.table, $0.reason) } }
  public var quarantined: [QuarantinedFunction] = []
  /// Statements that are not lifted, in their order, and the schemas in which their names are looked up.
  public internal(set) var remaining: [String] = []
  /// Filters and expressions, each of which the source has to be able to prepare.
  public private(set) var words: [Words] = []
  /// Lifted SQL means what it means in place under the search path alone.
  public internal(set) var liftedNeedsSearchPath = false
  /// What people's words in queries are looked up by.
  public internal(set) var searchPath = ["pg_catalog"]
  /// What is known of those, and where they run.
  public internal(set) var unlifted = UnliftedSQL()
  let sqlPlace: UnliftedSQL.Place
  /// What the source has to be able to prepare before a statement counts as lifted.
  public internal(set) var proofs: [Proof] = []

  /// What has to be asked of the source before its rows are read: lifted SQL that would fail in place.
  public internal(set) var questions: [Question] = []

  /// A lifted statement as it stands in the declaration.
  public struct Proof: Sendable, Hashable {
    public var path: String
    public var line: Int
    public var sql: String
  }
  /// Errors first, then by path.
  public var problems: [CopyProblem] = []
  /// No problem is an error.
  public var canRun: Bool { !problems.contains { $0.severity == .error } }

  struct Left: Sendable, Hashable {
    var table: QualifiedName
    var reason: Omission
  }
  var left: [Left] = []
  /// Clear values of columns that the source itself changes may leave it beside the rows. It is the policy's to say.
  public var readsHiddenOriginals = false

  /// Brings a policy and a schema together. All problems are found at once.
  ///
  /// - Parameters:
  ///   - keys: nothing where no masking key is declared, which is an error of every rule that needs one.
  ///   - place: where SQL runs that cannot be done where rows are read.
  ///   - make: makes the mask of an order.
  public init(
    policy: MaskingPolicy, schema: DatabaseSchema, keys: MaskingKeys?,
    runningSQLIn place: UnliftedSQL.Place = .quarantine, make: MaskMaker
  ) {
    sqlPlace = place
    readsHiddenOriginals = policy.readsHiddenOriginals
    let index = SchemaIndex(schema)
    let meeting = PolicyMeeting(policy, index)
    let closure = KeyClosure(meeting, seed: policy.seed)
    var fitting = MaskFitting(meeting, closure, keys, place)
    fitting.fit(make)
    var selection = RowSelection(meeting, ignoring: closure.nulled, seed: policy.seed)
    for table in schema.tables where table.storage != .partitioned {
      take(table, index, meeting, closure, fitting, &selection)
    }
    tables.sort { ($1.estimatedBytes, $0.table.name) < ($0.estimatedBytes, $1.table.name) }
    quarantined = fitting.quarantined
    words = meeting.words + fitting.words
    unlifted.changed = Set(quarantined.map(\.column))
    let all = meeting.problems + closure.problems + fitting.problems + selection.problems
    problems = Set(all).sorted {
      ($1.severity, $0.path, $0.code, $0.message) < ($0.severity, $1.path, $1.code, $1.message)
    }
  }

  private mutating func take(
    _ table: Masking.Table, _ index: SchemaIndex, _ meeting: PolicyMeeting, _ closure: KeyClosure,
    _ fitting: MaskFitting, _ selection: inout RowSelection
  ) {
    let root = index[index.root(of: table.name)] ?? table
    if table.storage == .foreign || meeting.excluded.contains(root.name) {
      left.append(Left(table: table.name, reason: table.storage == .foreign ? .foreign : .excluded))
      return
    }
    let columns = table.copiedColumns.map { fitting.column($0, of: root.name, closure) }
    let (alias, conditions) = selection.conditions(of: root, part: table)
    let places = (table.rowKey ?? []).map { name in columns.firstIndex { $0.column.name == name } }
    let key = places.contains(nil) ? [] : places.compactMap { $0 }
    var rows = RowPlan(table: table.name, format: .binary, columns: columns.map(\.row), key: key)
    let reasons = rows.reasonsForText()
    if !reasons.isEmpty { rows.format = .text }
    let readsWhole = columns.contains { $0.mask.hasWindow } || selection.readsWhole(root.name)
    var taken = Table(
      table: table, root: root.name, columns: columns, key: key,
      format: reasons.first.map { .text(reason: $0) } ?? .binary, rows: rows,
      isRanged: table.storage == .heap && !readsWhole,
      estimatedBytes: table.bytes, estimatedRows: table.estimatedRows, isPartial: !conditions.isEmpty,
      sampleRate: selection.rate(of: root.name), alias: alias, conditions: conditions)
    taken.followsReferences = selection.follows(root.name)
    tables.append(taken)
  }

}

extension CopyPlan {
  /// The same with the masks of the strategies.
  public init(policy: MaskingPolicy, schema: DatabaseSchema, keys: MaskingKeys?) {
    self.init(policy: policy, schema: schema, keys: keys) { (order) throws(MaskRefusal) in
      try order.mask(quote: doubleQuoted)
    }
  }
}

extension CopyPlan.Column {
  fileprivate var row: RowPlan.Column {
    if case .masked(let mask) = mask { return RowPlan.Column(name: column.name, type: column.type, mask: mask) }
    return RowPlan.Column(name: column.name, type: column.type)
  }
}

extension KeyClosure {
  /// Columns that are NULL in every row of the copy.
  var nulled: Set<ColumnName> {
    Set(assignments.filter { $0.value.strategy == "null" && $0.key.path.isEmpty }.map(\.key.column))
  }
}
