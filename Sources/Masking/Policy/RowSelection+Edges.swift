extension RowSelection {
  /// Foreign keys and virtual references, without those that are NULL everywhere in the copy and those between tables
  /// that are not copied.
  static func edges(of meeting: PolicyMeeting, ignoring nulled: Set<ColumnName>) -> [Edge] {
    let index = meeting.index
    let declared = index.schema.foreignKeys.compactMap { key -> Edge? in
      guard let from = index[key.from], index[key.to] != nil else { return nil }
      let root = index.root(of: key.from)
      guard !key.columns.contains(where: { nulled.contains(ColumnName(root, $0)) }) else { return nil }
      return Edge(key, from, at: meeting.rows[root]?.path ?? "tables.\(root.name)")
    }
    let virtual = meeting.references.compactMap { reference -> Edge? in
      let nulls = reference.from.path.isEmpty && nulled.contains(reference.from.column)
      return nulls ? nil : index[reference.from.table].map { Edge(reference, $0) }
    }
    return (declared + virtual).filter { !meeting.excluded.contains(index.root(of: $0.from)) }
  }
}

extension RowSelection.Edge {
  /// The key's own operators, each with its schema, whatever the session's search_path is.
  fileprivate init(_ key: ForeignKey, _ table: Table, at path: String) {
    let triples = key.columns.indices.map { place in
      (
        quote(key.columns[place]), quote(key.referencedColumns[place]),
        key.operators.indices.contains(place) ? key.operators[place] : "OPERATOR(pg_catalog.=)"
      )
    }
    self.init(
      from: key.from, to: key.to, columns: key.columns,
      isRequired: key.columns.allSatisfy { table[$0]?.isNullable == false },
      name: "the foreign key `\(key.name)`", path: path
    ) { from, to in
      triples.map { "\(to).\($0.1) \($0.2) \(from).\($0.0)" }.joined(separator: " AND ")
    }
  }

  /// Compared as texts: the two columns may have different types, and what is in JSON is text.
  fileprivate init(_ reference: PolicyMeeting.Reference, _ table: Table) {
    let (own, other) = (reference.from, reference.to)
    self.init(
      from: own.table, to: other.table, columns: [own.column.column],
      isRequired: own.path.isEmpty && table[own.column.column]?.isNullable == false,
      name: "the virtual reference `\(own)`", path: reference.path
    ) { from, to in
      "\(Self.text(other, of: to)) OPERATOR(pg_catalog.=) \(Self.text(own, of: from))"
    }
  }

  private static func text(_ place: ColumnPath, of alias: String) -> String {
    let column = "\(alias).\(quote(place.column.column))"
    let path = place.path.map(quoteLiteral).joined(separator: ", ")
    let value = place.path.isEmpty ? column : "(\(column) OPERATOR(pg_catalog.#>>) ARRAY[\(path)])"
    return "(\(value)::pg_catalog.text COLLATE pg_catalog.\"C\")"
  }
}
