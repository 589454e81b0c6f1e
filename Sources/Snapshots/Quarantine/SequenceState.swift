public import Masking
public import PostgreSQL
public import Runtime

/// Where a sequence of the source stood.
///
/// Sequences are not transactional: their state may be later than the snapshot, and never harms by that. It may also be
/// earlier than a row of the copy where a value was written by hand, so each is set to the greater of what it stood at
/// and its column's maximum (the lesser where it counts down).
public struct SequenceState: Sendable, Hashable {
  public var name: QualifiedName
  /// Whole numbers of 64 bits.
  public var lastValue: Int64
  public var isCalled: Bool

  public init(name: QualifiedName, lastValue: Int64, isCalled: Bool) {
    (self.name, self.lastValue, self.isCalled) = (name, lastValue, isCalled)
  }

  /// Of every sequence in these schemas. Needs SELECT on them.
  public static func read(
    of schemas: [String], in source: Session, deadline: Deadline
  ) throws(QuarantineFailure) -> [SequenceState] {
    let rows = try asking { () throws(DatabaseError) in
      try source.query(list, deadline: deadline, as: "list the sequences")
    }
    let names = rows.map { QualifiedName($0[0] ?? "", $0[1] ?? "") }.filter { schemas.contains($0.schema) }
    var states: [SequenceState] = []
    for start in stride(from: 0, to: names.count, by: batch) {
      states += try read(Array(names[start..<min(start + batch, names.count)]), in: source, deadline)
    }
    return states
  }

  private static let batch = 200

  /// Those of an extension only where it has declared them to be the user's (`pg_extension_config_dump`).
  private static let list = """
    SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND (
      NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      OR EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)))
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    """

  private static func read(
    _ names: [QualifiedName], in source: Session, _ deadline: Deadline
  ) throws(QuarantineFailure) -> [SequenceState] {
    let queries = try names.enumerated().map { (place, name) throws(QuarantineFailure) in
      "SELECT \(place), last_value, is_called FROM \(try quoted(name.schema)).\(try quoted(name.name))"
    }
    let rows = try asking { () throws(DatabaseError) in
      try source.query(queries.joined(separator: " UNION ALL "), deadline: deadline, as: "read the sequences")
    }
    return rows.compactMap { row in
      guard let place = row[0].flatMap({ Int($0) }), let value = row[1].flatMap({ Int64($0) }) else { return nil }
      return SequenceState(name: names[place], lastValue: value, isCalled: row[2] == "t")
    }
  }

  /// Sets the quarantine's sequences. After the indexes are there, so that each maximum is found at once.
  public static func set(
    _ states: [SequenceState], in quarantine: Session, deadline: Deadline
  ) throws(QuarantineFailure) {
    let rows = try asking { () throws(DatabaseError) in
      try quarantine.query(ownersQuery, deadline: deadline, as: "read the sequences' columns")
    }
    var owners: [QualifiedName: (column: ColumnName, counts: Int64)] = [:]
    for row in rows {
      owners[QualifiedName(row[0] ?? "", row[1] ?? "")] = (
        ColumnName(QualifiedName(row[2] ?? "", row[3] ?? ""), row[4] ?? ""), row[5].flatMap { Int64($0) } ?? 1
      )
    }
    for state in states { try state.set(owner: owners[state.name], in: quarantine, deadline) }
  }

  private static let ownersQuery = """
    SELECT n.nspname, c.relname, tn.nspname, t.relname, a.attname, s.seqincrement
    FROM pg_catalog.pg_sequence s
    JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
      AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    JOIN pg_catalog.pg_class t ON t.oid = d.refobjid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    """

  private func set(
    owner: (column: ColumnName, counts: Int64)?, in quarantine: Session, _ deadline: Deadline
  ) throws(QuarantineFailure) {
    let sequence = "\(try quoted(name.schema)).\(try quoted(name.name))"
    var edge: Int64?
    if let owner {
      let table = "\(try quoted(owner.column.table.schema)).\(try quoted(owner.column.table.name))"
      let column = try quoted(owner.column.column)
      let function = owner.counts < 0 ? "min" : "max"
      edge = try asking { () throws(DatabaseError) in
        try quarantine.query(
          "SELECT \(function)(\(column))::pg_catalog.int8 FROM \(table)", deadline: deadline, as: "read a maximum")
      }.single.flatMap { Int64($0) }
    }
    let isBehind = edge.map { owner?.counts ?? 1 < 0 ? $0 < lastValue : $0 > lastValue } ?? false
    let isAtEdge = edge == lastValue
    _ = try asking { () throws(DatabaseError) in
      try quarantine.query(
        "SELECT pg_catalog.setval($1::pg_catalog.regclass, $2::pg_catalog.int8, $3::pg_catalog.bool)",
        [sequence, "\(isBehind ? edge ?? lastValue : lastValue)", isBehind || isAtEdge || isCalled ? "t" : "f"],
        deadline: deadline, as: "set a sequence")
    }
  }
}
