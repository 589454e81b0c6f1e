import Documents

/// The schema of a source as a plan saw it: a fingerprint of the whole, and one of each part, so that what has moved
/// since can be named. It holds names and fingerprints, and nothing of a default, a check or a comment.
public struct SourceShape: Sendable, Hashable {
  public struct Table: Sendable, Hashable {
    /// By name.
    public var columns: [String: String]
    /// Of keys, checks, triggers, partitions and whatever else is no column.
    public var rest: String

    public init(columns: [String: String], rest: String) { (self.columns, self.rest) = (columns, rest) }
  }

  /// `DatabaseSchema.fingerprint`.
  public var fingerprint: String
  /// By name with schema, as people write it.
  public var tables: [String: Table]
  /// Of sequences and extensions.
  public var rest: String

  public init(fingerprint: String, tables: [String: Table], rest: String) {
    (self.fingerprint, self.tables, self.rest) = (fingerprint, tables, rest)
  }
}

extension SourceShape {
  /// What is another one than in the plan, in words; empty where nothing is.
  public func moved(since planned: SourceShape) -> [String] {
    guard fingerprint != planned.fingerprint else { return [] }
    var found: [String] = []
    for name in Set(tables.keys).union(planned.tables.keys).sorted() {
      switch (planned.tables[name], tables[name]) {
      case (nil, _?): found.append("\(name) is new")
      case (_?, nil): found.append("\(name) is gone")
      case (let before?, let now?): found += now.moved(since: before, name)
      case (nil, nil): break
      }
    }
    if rest != planned.rest { found.append("sequences or extensions are others") }
    return found.isEmpty ? ["the order of columns is another one"] : found
  }
}

extension SourceShape.Table {
  fileprivate func moved(since planned: Self, _ name: String) -> [String] {
    var found: [String] = []
    for column in Set(columns.keys).union(planned.columns.keys).sorted()
    where columns[column] != planned.columns[column] {
      let words =
        planned.columns[column] == nil ? "is new" : columns[column] == nil ? "is gone" : "is defined otherwise"
      found.append("\(name).\(column) \(words)")
    }
    if found.isEmpty, rest != planned.rest {
      found.append("keys, checks, triggers or partitions of \(name) are others")
    }
    return found
  }
}

/// In a saved plan.
extension SourceShape {
  var saved: Value {
    [
      "fingerprint": .string(fingerprint), "rest": .string(rest),
      "tables": .object(Fields(tables.sorted { $0.key < $1.key }.map { ($0.key, $0.value.saved) })),
    ]
  }
}

extension SourceShape.Table {
  fileprivate var saved: Value {
    [
      "columns": .object(Fields(columns.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
      "rest": .string(rest),
    ]
  }
}

extension PlanReader {
  func sourceShape() throws(Unreadable) -> SourceShape? {
    guard let source = optional("source") else { return nil }
    let tables = try source.member("tables")
    guard let names = tables.value.object else { throw tables.unreadable }
    var found: [String: SourceShape.Table] = [:]
    for name in names.keys {
      let table = try tables.member(name)
      let columns = try table.member("columns")
      guard let written = columns.value.object else { throw columns.unreadable }
      var prints: [String: String] = [:]
      for column in written.keys { prints[column] = try columns.member(column).text() }
      found[name] = SourceShape.Table(columns: prints, rest: try table.member("rest").text())
    }
    return SourceShape(
      fingerprint: try source.member("fingerprint").text(), tables: found, rest: try source.member("rest").text())
  }
}
