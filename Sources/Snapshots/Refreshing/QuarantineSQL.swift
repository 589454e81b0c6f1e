import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// SQL that could not be lifted, run on clear rows: in a scratch database, or in the quarantine, which somebody has
/// accepted.
///
/// In the quarantine the tables are unlogged while it runs, so that the clear rows are in no write-ahead log, and are made logged by being
/// written anew, so that no page holds them any more. A server that crashes in between empties the tables, which the
/// row counts show.
struct QuarantineSQL {
  /// The code of the condition that a waiver accepts.
  static let waivable = "clear_rows_on_destination"

  let statements: [String]
  var isEmpty: Bool { statements.isEmpty }

  private let searchPath: [String]
  private let logged: [String]
  private let world: CopyWorld

  init(_ plan: CopyPlan, _ context: SQLContext, _ world: CopyWorld) {
    statements = plan.remaining + plan.quarantined.flatMap(Self.statements)
    searchPath = context.searchPath
    logged = plan.tables.filter { !$0.table.isUnlogged }.map(\.table.name.quoted)
    self.world = world
  }

  /// The function is made under its own name, called for every value, and taken away again.
  private static func statements(of rule: CopyPlan.QuarantinedFunction) -> [String] {
    let column = doubleQuoted(rule.column.column)
    let some = rule.forgetsSome ? " WHERE pg_catalog.md5(\(column)::pg_catalog.text) < '8'" : ""
    guard let made = CustomFunction(rule.function) else {
      return ["UPDATE \(rule.column.table.quoted) SET \(column) = \(rule.function)(\(column))\(some)"]
    }
    let name = made.name.map(doubleQuoted).joined(separator: ".")
    return [
      rule.function, "UPDATE \(rule.column.table.quoted) SET \(column) = \(name)(\(column))\(some)",
      "DROP FUNCTION \(name)",
    ]
  }

  /// Before the rows: an empty table changes its kind at once.
  func prepare(_ quarantine: Quarantine) throws(RefreshFailure) {
    try alter(quarantine, "UNLOGGED", .after(world.stall))
  }

  /// Runs it, and then writes everything anew.
  ///
  /// - Returns: the rows of each of the tables afterwards; nothing where nothing had to run.
  func run(in quarantine: Quarantine, _ tables: [QualifiedName]) throws(RefreshFailure) -> [Int]? {
    guard !statements.isEmpty else { return nil }
    let counts = try execute(in: quarantine, tables)
    try alter(quarantine, "LOGGED", .after(Self.patience))
    return counts
  }

  /// In one transaction, as the team's own psql would have it.
  ///
  /// - Returns: the rows of each of the tables afterwards.
  func execute(in database: Quarantine, _ tables: [QualifiedName]) throws(RefreshFailure) -> [Int] {
    let session = try world.connect(database.database)
    let deadline = Deadline.after(Self.patience)
    return try reaching { () throws(DatabaseError) in
      try session.transaction(readOnly: false, searchPath: searchPath, deadline: deadline) {
        session throws(DatabaseError) in
        for (index, statement) in statements.enumerated() {
          _ = try session.query(statement, deadline: deadline, as: "statement \(index + 1) that is not lifted")
        }
        return try tables.map { table throws(DatabaseError) in
          try session.query("SELECT count(*) FROM ONLY \(table.quoted)", deadline: deadline, as: "counting rows")
            .single.flatMap { Int($0) } ?? 0
        }
      }
    }
  }

  /// What teams run takes as long as it takes; a day is a sign that it hangs.
  private static let patience = Duration.seconds(86_400)

  private func alter(_ quarantine: Quarantine, _ kind: String, _ deadline: Deadline) throws(RefreshFailure) {
    guard !statements.isEmpty else { return }
    let session = try world.connect(quarantine.database)
    try reaching { () throws(DatabaseError) in
      for table in logged {
        _ = try session.query("ALTER TABLE \(table) SET \(kind)", deadline: deadline, as: "setting tables \(kind)")
      }
    }
  }
}
