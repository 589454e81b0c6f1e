public import SQL

/// SQL that a team has (`override_query`, `query_file`, `post_sync.custom_sql`), as far as it becomes expressions and
/// conditions of the source's own `COPY (SELECT …)`: so that rows carry no clear value, and no page, WAL
/// record or statistic of the copy ever held them.
///
/// What is lifted: UPDATE, DELETE and TRUNCATE over the columns of one table, by PostgreSQL's own functions and
/// operators that are not volatile, where no trigger or rule would do more. Rows that refer to deleted ones follow as
/// their foreign keys say.
///
/// The order holds. Lifted statements take effect while rows are read, so before every statement that is not lifted.
/// Therefore a statement behind one that is not lifted is itself lifted only where it shares no table with it: a table
/// counts with its partitions, parents and children, and with those that its foreign keys change; a statement of
/// which it is not known what it touches (a call, DO, SET, a trigger) holds back everything behind it. A text that
/// rolls back is not lifted at all.
///
/// The settings are those of the copy's sessions (`TimeZone=UTC`, `DateStyle=ISO`), as they are for SQL in quarantine.
public struct Lifting: Sendable {
  public let statements: [LiftedStatement]
  /// Tables that lifted statements change, sorted by name.
  public let tables: [LiftedTable]
  /// What has to be asked of the source before its rows are read: in place one of the statements would fail.
  public let checks: [ReferrerCheck]
  /// Its queries are for a session with `pg_catalog` and behind it the search path of the text, because they compare
  /// values of citext; for `pg_catalog` alone otherwise.
  public let needsSearchPath: Bool

  public subscript(name: QualifiedName) -> LiftedTable? { tables.first { $0.name == name } }

  /// Whether nothing is left to run in quarantine.
  public var isWhole: Bool { statements.allSatisfy { $0.isHandled } }

  /// - Parameters:
  ///   - searchPath: the schemas in which the text's names are looked up, in order, without `pg_catalog`.
  ///   - views: names of the source that are no tables, behind which a table of a later schema is hidden.
  ///   - broken: a statement that is to have a defect, so that somebody may see whether it is noticed.
  /// - Throws: where the text is no SQL, psql's own commands among that.
  public static func lift(
    _ text: String, over schema: DatabaseSchema, searchPath: [String], views: Set<QualifiedName> = [],
    breaking broken: BrokenStatement? = nil
  ) throws(SQLError) -> Lifting {
    let statements = try parse(text)
    var lifter = Lifter(LiftingScope(schema, searchPath: searchPath, views: views), text)
    lifter.broken = broken
    lifter.undoes = statements.contains(where: PassedOver.undoes)
    for statement in statements { lifter.take(statement) }
    return Lifting(
      statements: lifter.statements, tables: lifter.tables.values.sorted { $0.name < $1.name }, checks: lifter.checks,
      needsSearchPath: lifter.readsExtensions)
  }

  private static func parse(_ text: String) throws(SQLError) -> [Statement] {
    do { return try SQL.parse(text) } catch {
      let bytes = Array(text.utf8)
      guard bytes.indices.contains(error.offset), bytes[error.offset] == UInt8(ascii: "\\") else { throw error }
      let command = String(decoding: bytes[error.offset...].prefix { $0 > 0x20 }.prefix(20), as: UTF8.self)
      throw SQLError("\(command) is a command of psql and not SQL: only psql can run it", at: error.offset)
    }
  }
}

/// One statement of a text, and what becomes of it.
public struct LiftedStatement: Sendable, Hashable {
  public enum Outcome: Sendable, Hashable {
    /// These tables' rows are changed where they are read.
    case lifted([QualifiedName])
    /// Nothing has to be done for it in a copy: why.
    case passedOver(String)
    /// It has to run in quarantine: why, in a sentence without its full stop.
    case notLifted(String)

    var isLifted: Bool { if case .lifted = self { true } else { false } }
  }

  public let outcome: Outcome
  /// The name of its node in PostgreSQL's parse tree: `UpdateStmt`.
  public let kind: String
  /// Bytes of the text.
  public let range: Range<Int>
  /// From 1.
  public let line: Int
  /// As it stands in the text, without its semicolon.
  public let text: String
  /// Columns that it sets.
  public let writes: [ColumnName]
  /// Columns whose values flow into others.
  public let reads: [ColumnName]
  /// Columns that only its conditions read.
  public let tests: [ColumnName]
  /// It is an UPDATE without WHERE and FROM: no row keeps the value that it had.
  public let changesEveryRow: Bool
  /// Beside the columns that it sets others may get other values too.
  public let changesMore: Bool

  public var isHandled: Bool { if case .notLifted = outcome { false } else { true } }

  /// What the source has to be able to prepare, under the search path of the text, before the plan may call the
  /// statement lifted. Types are not in a parse tree: only PostgreSQL can say whether a value may be assigned to its
  /// column, and a lifted one is converted by a cast, which is allowed for more. Preparing needs no right to write.
  ///
  /// Nothing for TRUNCATE, which has no values and cannot be prepared.
  public var proof: String? {
    guard case .lifted = outcome, kind != "TruncateStmt" else { return nil }
    return text
  }
}
