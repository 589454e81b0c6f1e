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
  /// All names of ours have their schema, so that the session's search_path decides what people's own words (filters,
  /// expressions) mean and nothing else: it is `searchPath`.
  ///
  /// - Parameters:
  ///   - range: only where the table `isRanged`.
  ///   - places: positions of the columns that are wanted; all of them where nothing is said.
  public func select(range: BlockRange? = nil, only places: [Int]? = nil, at instant: CopyInstant) -> String {
    let columns = places.map { places in places.map { self.columns[$0] } } ?? self.columns
    var conditions = conditions
    if let range, isRanged {
      if range.first > 0 {
        conditions.append("\(alias).ctid OPERATOR(pg_catalog.>=) '(\(range.first),0)'::pg_catalog.tid")
      }
      if let end = range.end { conditions.append("\(alias).ctid OPERATOR(pg_catalog.<) '(\(end),0)'::pg_catalog.tid") }
    }
    let list = columns.map { " \($0.sql(alias))" }.joined(separator: ",")
    if let lifted {
      let filter = CopyPlan.SelectedTable(alias: alias, conditions: conditions).rows(at: instant).filter
      let isWhole = columns.allSatisfy { !$0.isExpression }
      // Rules come after the statements: what an expression reads is what they left, generated columns included.
      let shown = isWhole ? columns.map(\.column.name) : table.columns.map(\.name)
      let rows = lifted.select(
        shown, named: alias, filter: filter, among: others.mapValues { $0.rows(at: instant) }, at: instant)
      return isWhole ? rows : RowExpression.text(of: "SELECT\(list) FROM (\n\(rows)\n) AS \(alias)", at: instant)
    }
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
  var isExpression: Bool { if case .expression = mask { true } else { false } }

  /// An expression is cast, so that the stream has the column's type whatever the expression's is.
  fileprivate func sql(_ alias: String) -> String {
    guard case .expression(let expression) = mask else { return "\(alias).\(quote(column.name))" }
    return "(\(expression)\n)::\(column.cast)"
  }
}

extension Column {
  /// The type without its collation, which is no part of a cast.
  var cast: String {
    declaration.range(of: " COLLATE ").map { String(declaration[..<$0.lowerBound]) } ?? declaration
  }
}

extension ColumnMask {
  /// The expression reads other rows than the one at hand.
  var hasWindow: Bool {
    guard case .expression = self else { return false }
    var found = statements.isEmpty
    eachNode { kind, body in
      if kind == "SubLink" || (kind == "FuncCall" && body["over"] != nil) { found = true }
    }
    return found
  }

  /// What the expression reads of its row, columns of the system among that.
  var columnsRead: Set<String> {
    var found: Set<String> = []
    eachNode { kind, body in
      if kind == "ColumnRef", let name = body["fields"]?.lastName { found.insert(name) }
    }
    return found
  }

  private func eachNode(_ body: (String, Value) -> Void) {
    for statement in statements { statement.tree.eachNode(body) }
  }

  private var statements: [Statement] {
    guard case .expression(let text) = self else { return [] }
    return (try? SQL.parse("SELECT (\(text.replacing(RowExpression.mark, with: "NULL"))\n)")) ?? []
  }
}

extension String {
  /// The first place of a word; the standard library's own needs the whole of Foundation or regular expressions.
  fileprivate func range(of word: String) -> Range<Index>? { firstRange(of: word) }
}
