import Documents
import SQL

/// Blocks of a heap, from the first to the one before the last; without a last one to the end of the table, whatever
/// was added to it since it was measured.
public struct BlockRange: Sendable, Hashable {
  public var first: Int
  public var end: Int?

  public init(first: Int, end: Int?) { (self.first, self.end) = (first, end) }
}

extension CopyPlan.Table {
  /// The rows to copy, with the columns in their order: for `COPY (…) TO STDOUT`.
  ///
  /// All names of ours have their schema. What people wrote (filters, expressions) has it where they wrote it, so the
  /// session's search_path is either `pg_catalog` or the source's own.
  ///
  /// - Parameter range: only where the table `isRanged`.
  public func select(range: BlockRange? = nil, at instant: CopyInstant) -> String {
    var conditions = conditions
    if let range, isRanged {
      if range.first > 0 { conditions.append("\(alias).ctid >= '(\(range.first),0)'::pg_catalog.tid") }
      if let end = range.end { conditions.append("\(alias).ctid < '(\(end),0)'::pg_catalog.tid") }
    }
    if let lifted {
      let filter = conditions.isEmpty ? nil : RowExpression.text(of: conditions.joined(separator: " AND "), at: instant)
      return lifted.select(columns.map(\.column.name), named: alias, filter: filter, at: instant)
    }
    let list = columns.map { " \($0.sql(alias))" }.joined(separator: ",")
    let condition = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
    return RowExpression.text(of: "SELECT\(list) FROM ONLY \(table.name.quoted) AS \(alias)\(condition)", at: instant)
  }

  /// The condition of the rows that are copied, over the table by its own name; nothing where all of them are. It is
  /// the `filter` of a lifted table's SELECT.
  public func predicate(at instant: CopyInstant) -> String? {
    guard !conditions.isEmpty else { return nil }
    return RowExpression.text(of: conditions.joined(separator: " AND "), at: instant)
  }

  /// What COPY on the destination names: the table and its columns. Nothing stands behind a table without any, where
  /// SQL allows no empty list.
  public var target: String {
    let list = columns.map { quote($0.column.name) }.joined(separator: ", ")
    return columns.isEmpty ? table.name.quoted : "\(table.name.quoted) (\(list))"
  }
}

extension CopyPlan.Column {
  /// An expression is cast, so that the stream has the column's type whatever the expression's is.
  fileprivate func sql(_ alias: String) -> String {
    guard case .expression(let expression) = mask else { return "\(alias).\(quote(column.name))" }
    return "(\(expression)\n)::\(column.cast)"
  }
}

extension Column {
  /// The type without its collation, which is no part of a cast.
  fileprivate var cast: String {
    declaration.range(of: " COLLATE ").map { String(declaration[..<$0.lowerBound]) } ?? declaration
  }
}

extension ColumnMask {
  /// The expression reads other rows than the one at hand.
  var hasWindow: Bool {
    guard case .expression(let text) = self else { return false }
    let readable = text.replacing(RowExpression.mark, with: "NULL")
    guard let statements = try? SQL.parse("SELECT (\(readable)\n)") else { return true }
    var found = false
    for statement in statements {
      statement.tree.eachNode { kind, body in
        if kind == "SubLink" || (kind == "FuncCall" && body["over"] != nil) { found = true }
      }
    }
    return found
  }
}

extension String {
  /// The first place of a word; the standard library's own needs the whole of Foundation or regular expressions.
  fileprivate func range(of word: String) -> Range<Index>? { firstRange(of: word) }
}
