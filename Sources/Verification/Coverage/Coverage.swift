public import Masking

/// What becomes of a column on its way into the copy.
public enum ColumnTreatment: Sendable, Hashable {
  /// A rule, or a key that it follows; SQL, lifted or not; a function that runs when the rows are there.
  case masked
  case kept(reason: String)
  /// A rule keeps it and does not say why.
  case keptWithoutReason
  /// Computed again by the destination.
  case generated
  /// No row of its table is copied.
  case notCopied
  /// Copied as it is, and nobody has said so.
  case none

  /// Whether somebody has decided about it.
  public var isDecided: Bool { self != .none && self != .keptWithoutReason }

  /// For reports: "masked", "kept", "generated", "not copied", "no rule".
  public var word: String {
    switch self {
    case .masked: "masked"
    case .kept: "kept"
    case .keptWithoutReason: "kept without a reason"
    case .generated: "generated"
    case .notCopied: "not copied"
    case .none: "no rule"
    }
  }
}

/// What is wrong with how a column is covered.
public struct CoverageFinding: Sendable, Hashable {
  public enum Code: String, Sendable, Hashable {
    /// It looks personal, and is neither masked nor kept with a reason.
    case uncovered = "uncovered_column"
    /// It was not there, or had another type, when the last copy was made.
    case new = "new_column"
  }

  public var code: Code
  public var column: ColumnName
  /// What it looks like, the surest first.
  public var detections: [Detection]
  public var message: String
}

/// Holds the columns of a source against what a plan does with them.
public struct Coverage: Sendable {
  private var treatments: [ColumnName: ColumnTreatment] = [:]
  private let schema: DatabaseSchema

  public init(of schema: DatabaseSchema, by plan: CopyPlan) {
    self.schema = schema
    for table in plan.tables {
      for column in table.columns {
        let treatment = ColumnTreatment(of: column, in: table, plan.unlifted)
        merge(treatment, for: ColumnName(table.root, column.column.name))
      }
    }
  }

  /// Partitions share the rules of their root, but a statement may name one of them alone: the least counts.
  private mutating func merge(_ treatment: ColumnTreatment, for column: ColumnName) {
    guard let before = treatments[column], before != .notCopied, treatment.isDecided else {
      treatments[column] = treatment
      return
    }
  }

  public func treatment(of column: Column, in table: Table) -> ColumnTreatment {
    if case .generated = column.origin { return .generated }
    return treatments[ColumnName(table.name, column.name)] ?? .notCopied
  }

  /// The tables that rules are written on: no partitions.
  public var tables: [Table] { schema.tables.filter { $0.partitionOf == nil } }

  /// All findings, errors first, in the order of the schema.
  ///
  /// - Parameters:
  ///   - detections: by the column of the table that rules are written on. A column without an entry looks like nobody's.
  ///   - previous: the schema when the last copy was made; nothing where there was none.
  public static func judge(
    _ schema: DatabaseSchema, plan: CopyPlan, detections: [ColumnName: [Detection]],
    since previous: DatabaseSchema? = nil
  ) -> [CoverageFinding] {
    let coverage = Coverage(of: schema, by: plan)
    var (uncovered, new): ([CoverageFinding], [CoverageFinding]) = ([], [])
    for table in coverage.tables {
      for column in table.columns {
        let name = ColumnName(table.name, column.name)
        let treatment = coverage.treatment(of: column, in: table)
        guard !treatment.isDecided else { continue }
        let novelty = previous.flatMap { Novelty(of: column, in: table, since: $0) }
        if let found = detections[name], let first = found.first {
          uncovered.append(.uncovered(name, first, found, treatment, novelty))
        } else if let novelty, treatment == .none {
          new.append(.new(name, column, novelty))
        }
      }
    }
    return uncovered + new
  }
}

extension ColumnTreatment {
  fileprivate init(of column: CopyPlan.Column, in table: CopyPlan.Table, _ sql: UnliftedSQL) {
    let name = column.column.name
    if table.keepsNoRows {
      self = .notCopied
    } else if table.liftedColumns.contains(name) || sql.assigns(ColumnName(table.root, name))
      || sql.assigns(ColumnName(table.table.name, name))
    {
      self = .masked
    } else if case .kept = column.mask {
      guard column.path != nil else {
        self = .none
        return
      }
      let reason = column.keepReason ?? ""
      self = reason.contains { !$0.isWhitespace } ? .kept(reason: reason) : .keptWithoutReason
    } else {
      self = .masked
    }
  }
}

/// How a column differs from what it was.
private enum Novelty {
  case added
  case retyped(from: String)

  init?(of column: Column, in table: Table, since previous: DatabaseSchema) {
    guard let before = previous[table.name]?[column.name] else {
      self = .added
      return
    }
    guard before.declaration != column.declaration else { return nil }
    self = .retyped(from: before.declaration)
  }
}

extension ColumnName {
  /// As people say it: without the schema that everybody has.
  public var short: String { table.schema == "public" ? "\(table.name).\(column)" : description }
}

extension CoverageFinding {
  fileprivate static func uncovered(
    _ name: ColumnName, _ first: Detection, _ all: [Detection], _ treatment: ColumnTreatment, _ novelty: Novelty?
  ) -> Self {
    let (state, way) =
      treatment == .keptWithoutReason
      ? ("is kept without a reason", "Say the reason, or mask it.")
      : ("has no rule", "Mask it, or keep it with a reason.")
    let new = if case .added? = novelty { " It is new since the last copy." } else { "" }
    return Self(
      code: .uncovered, column: name, detections: all,
      message: "\(name.short) looks like \(first.title) (\(first.because)) and \(state).\(new) \(way)")
  }

  fileprivate static func new(_ name: ColumnName, _ column: Column, _ novelty: Novelty) -> Self {
    let change =
      switch novelty {
      case .added: "is new since the last copy"
      case .retyped(let type): "was \(type) in the last copy and is \(column.declaration) now"
      }
    return Self(
      code: .new, column: name, detections: [],
      message:
        "\(name.short) \(change), has no rule and looks like nobody's data. Look at it: mask it, or keep it with a reason."
    )
  }
}
