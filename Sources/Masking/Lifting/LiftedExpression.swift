import Documents
import SQL

/// An expression over the columns of one table, read, checked and written anew.
///
/// It is meant for a session whose search_path is `pg_catalog`, or `Lifting.needsSearchPath` behind it: operators and functions are PostgreSQL's own, types
/// that are not stand with their schema, and columns are quoted and stand alone, so that the expression fits wherever
/// the table, or what is derived from it, is the only relation of the FROM clause.
public struct LiftedExpression: Sendable, Hashable {
  /// Columns that it reads.
  public let columns: Set<String>
  /// Whether the time of the copy is part of it.
  public let readsTime: Bool
  /// Values of extensions (citext, hstore) come up in it, whose operators are found by the search path of the text.
  let readsExtensions: Bool
  let tree: Value

  /// - Parameter instant: what `now()` is. Nothing leaves `now()` itself, which is for people to read and for sessions
  ///   whose own transaction is the copy's leader.
  public func sql(at instant: CopyInstant?) -> String {
    ExpressionPrinter.text(of: instant.map { PresentTime.replaced(in: tree, by: $0) } ?? tree)
  }

  /// The text of a string constant and nothing else, and NULL.
  var constant: String? { tree.node("A_Const")?["sval"].map { $0["sval"]?.string ?? "" } }
  var isNull: Bool { tree.node("A_Const")?["isnull"]?.bool == true }
}
