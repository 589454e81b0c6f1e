/// What the columns that share one key ask of their masks together: the same value has to come out alike in all of them.
struct Demand: Hashable {
  /// Columns of one key, strategy and options.
  struct Key: Hashable {
    var strategy: String
    var options: String
    var domain: String
    var seed: Int?

    init(_ assignment: KeyClosure.Assignment) {
      strategy = assignment.strategy
      options = "\(assignment.options)"
      (domain, seed) = (assignment.domain, assignment.seed)
    }
  }

  /// For so many rows the masks have to be unique; nothing where no column is in a unique key.
  var rows: Int?
  /// Characters of the shortest column.
  var length: Int?
}

extension MaskFitting {
  /// By key: the greatest number of rows and the least length of all columns that share it.
  var demands: [Demand.Key: Demand] {
    var found: [Demand.Key: Demand] = [:]
    for (place, assignment) in closureAssignments {
      guard let table = meeting.index[place.table], let column = table[place.column.column] else { continue }
      var demand = found[Demand.Key(assignment)] ?? Demand()
      if place.path.isEmpty {
        if let length = column.maximumLength { demand.length = min(length, demand.length ?? length) }
        if meeting.index.isUnique(column.name, in: table) {
          let rows = meeting.index.scale(of: table)
          demand.rows = max(rows, demand.rows ?? rows)
        }
      }
      found[Demand.Key(assignment)] = demand
    }
    return found
  }
}

extension SchemaIndex {
  /// The table and its partitions, each with its own keys.
  func family(of table: Table) -> [Table] { [table] + (parts[table.name] ?? []).compactMap { self[$0] } }

  func isUnique(_ column: String, in table: Table) -> Bool {
    family(of: table).contains { part in
      part.uniqueKeys.contains { $0.columns.contains(column) || $0.readColumns.contains(column) }
    }
  }

  /// Rows to be unique among, in powers of ten from a million: what is estimated moves from day to day, and the length
  /// of masks must not move with it.
  func scale(of table: Table) -> Int {
    let leaves = family(of: table)
    // A table that nobody has counted has at most a row for every 32 of its bytes (a row's header and pointer are 28).
    let rows = leaves.reduce(0) { $0 + max($1.estimatedRows ?? 0, $1.estimatedRows == nil ? $1.bytes / 32 : 0) }
    var scale = 1_000_000
    while scale < rows, scale < 1_000_000_000_000_000 { scale *= 10 }
    return scale
  }
}
