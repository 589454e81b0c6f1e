/// SQL that cannot be done where rows are read: where it runs, and what it is known to change.
public struct UnliftedSQL: Sendable, Hashable {
  public enum Place: Sendable, Hashable {
    /// In the quarantine, on the destination's server.
    case quarantine
    /// In a database of its own on the scratch server that is declared.
    case scratch
    /// In the quarantine, because the scratch server that is declared is the destination's own.
    case destinationsOwnServer
  }

  /// Columns of which every row is given another value: by an UPDATE without a condition, or by a function.
  public internal(set) var changed: Set<ColumnName> = []
  /// Columns of which some rows may keep theirs.
  public internal(set) var partlyChanged: Set<ColumnName> = []
  /// Of some statement it is not known which columns it changes.
  public internal(set) var changesUnknown = false

  /// There is no such SQL, or none that changes columns.
  public var changesNothing: Bool { changed.isEmpty && partlyChanged.isEmpty && !changesUnknown }

  /// Whether a statement speaks of the column: somebody has decided about it.
  public func assigns(_ column: ColumnName) -> Bool { changed.contains(column) || partlyChanged.contains(column) }

  /// Whether its values may be the work of that SQL.
  public func mayChange(_ column: ColumnName) -> Bool { changesUnknown || assigns(column) }

  mutating func add(_ statement: LiftedStatement) {
    changesUnknown = changesUnknown || statement.changesMore
    switch statement.kind {
    case "UpdateStmt" where !statement.writes.isEmpty:
      if statement.changesEveryRow {
        changed.formUnion(statement.writes)
      } else {
        partlyChanged.formUnion(statement.writes)
      }
    case "UpdateStmt", "InsertStmt", "MergeStmt", "DoStmt", "CallStmt", "SelectStmt", "ExecuteStmt", "CopyStmt",
      "AlterTableStmt":
      changesUnknown = true
    default: break
    }
  }
}

extension CopyProblem {
  /// An error that a waiver may accept, or where a scratch server keeps clear rows away, a note that says so.
  ///
  /// - Parameters:
  ///   - words: what it is about, the beginning of a sentence.
  ///   - why: why the source cannot do it, the end of one.
  ///   - way: how else it could be written.
  static func unlifted(
    _ words: String, because why: String, insteadWrite way: String, at path: String, in place: UnliftedSQL.Place
  ) -> Self {
    let reason = "\(words): it cannot be done where rows are read, because \(why)"
    switch place {
    case .scratch:
      return CopyProblem(
        .note, "sql_on_scratch", at: path, "\(reason). It runs on the scratch server of sanitize.dst_url")
    case .quarantine:
      return CopyProblem(
        .error, "clear_rows_on_destination", at: path,
        "\(reason). Write \(way), declare a scratch server for it (sanitize.dst_url), or accept clear rows on the destination's server with a waiver"
      )
    case .destinationsOwnServer:
      return CopyProblem(
        .error, "clear_rows_on_destination", at: path,
        "\(reason), and sanitize.dst_url leads to the destination's own server, which keeps no clear row away from it. Name another server there, write \(way), or accept clear rows on the destination's server with a waiver"
      )
    }
  }
}

extension CopyPlan {
  /// Whether anything is left to run when the rows are there.
  public var runsSQL: Bool { !remaining.isEmpty || !quarantined.isEmpty }
}
