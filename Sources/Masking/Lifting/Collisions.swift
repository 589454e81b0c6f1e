/// A statement and a masking rule that speak of one column.
public struct LiftingCollision: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// Both change it: an error, because one of them would be in vain.
    case written
    /// Its value flows into another column. A lifted statement is computed by the source, over clear values, and would
    /// carry them past the rule: an error.
    case read
    /// A condition asks for it. In the source it asks the clear value, where in place it would ask the masked one.
    case tested
  }

  public let kind: Kind
  public let column: ColumnName
  /// The place of the statement in `Lifting.statements`.
  public let statement: Int
  public let line: Int
}

extension Lifting {
  /// Every meeting of a statement with a column that masking rules change. A rule on a path inside JSON is a rule on
  /// its column, and a rule on a parent is one on each of its partitions and children: all are given by their names.
  public func collisions(with ruled: Set<ColumnName>) -> [LiftingCollision] {
    statements.enumerated().flatMap { index, statement in
      let kinds: [(LiftingCollision.Kind, [ColumnName])] = [
        (.written, statement.writes), (.read, statement.reads), (.tested, statement.tests),
      ]
      return kinds.flatMap { kind, columns in
        columns.filter(ruled.contains).map {
          LiftingCollision(kind: kind, column: $0, statement: index, line: statement.line)
        }
      }
    }
  }
}
