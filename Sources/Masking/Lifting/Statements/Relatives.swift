extension DatabaseSchema {
  /// The tables with rows that a statement over this one reaches.
  func reached(from table: Table, withChildren: Bool) -> [Table] {
    let all = withChildren ? [table] + descendants(of: table.name) : [table]
    return all.filter { $0.storage != .partitioned }
  }

  /// Partitions and children, and theirs; each once.
  func descendants(of name: QualifiedName) -> [Table] {
    var found: [Table] = []
    var open = [name]
    while let parent = open.popLast() {
      for table in tables where table.partitionOf == parent || table.inherits.contains(parent) {
        if table.name != name, !found.contains(where: { $0.name == table.name }) {
          found.append(table)
          open.append(table.name)
        }
      }
    }
    return found.sorted { $0.name < $1.name }
  }

  /// The partitioned tables that a table is a part of, and theirs.
  func ancestors(of table: Table) -> [Table] {
    var found: [Table] = []
    var next = table.partitionOf
    while let name = next, let parent = self[name], !found.contains(where: { $0.name == name }) {
      found.append(parent)
      next = parent.partitionOf
    }
    return found
  }
}
