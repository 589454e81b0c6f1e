import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// What a run writes down in the quarantine itself, in a schema of its own: which streams are done, and at the end of
/// the rows how many there are. What is told there and what it is told of cannot get apart, whichever server crashes.
///
/// The schema is gone before the copy is put in place, and is in no archive.
struct CopyMarks {
  static let schema = "decant_copy"
  static let streams = "decant_copy.done"

  let quarantine: ConnectionParameters
  let world: CopyWorld

  /// Before the first stream.
  func make() throws(RefreshFailure) {
    let session = try world.connect(quarantine)
    try reaching { () throws(DatabaseError) in
      for statement in [
        "CREATE SCHEMA \(Self.schema)", "CREATE TABLE \(Self.streams) (task integer PRIMARY KEY)",
        "CREATE TABLE \(Self.schema).tables (name text PRIMARY KEY, rows bigint NOT NULL)",
        """
        CREATE TABLE \(Self.schema).columns (
          name text, place integer, column_name text, nulls bigint, changed bigint, unchanged bigint, unrecognised bigint)
        """,
      ] {
        _ = try session.query(statement, deadline: world.short, as: "preparing the quarantine's notes")
      }
    }
  }

  /// Says that all rows are there. What was committed before is on disk when this is, because it stands before it in the
  /// same log; so the streams need not wait for the disk, and this does.
  func seal(_ tables: [Table]) throws(RefreshFailure) {
    let session = try world.connect(quarantine)
    let deadline = world.short
    try reaching { () throws(DatabaseError) in
      try session.transaction(readOnly: false, deadline: deadline) { session throws(DatabaseError) in
        _ = try session.query("SET LOCAL synchronous_commit TO 'on'", deadline: deadline, as: "settings")
        for table in tables { try table.write(in: session, deadline) }
      }
    }
  }

  /// Nothing where the rows did not come to their end.
  func read(_ names: [String]) throws(RefreshFailure) -> [Table]? {
    let session = try world.connect(quarantine)
    let deadline = world.short
    let (tables, columns) = try reaching { () throws(DatabaseError) in
      let known = try session.query(
        "SELECT pg_catalog.to_regclass('\(Self.schema).tables')", deadline: deadline, as: "looking for notes")
      guard known.single != nil else { return (nil as Rows?, nil as Rows?) }
      return (
        try session.query(
          "SELECT name, rows FROM \(Self.schema).tables", deadline: deadline, as: "reading the notes"),
        try session.query(
          """
          SELECT name, column_name, nulls, changed, unchanged, unrecognised FROM \(Self.schema).columns
          ORDER BY name, place
          """, deadline: deadline, as: "reading the notes")
      )
    }
    guard let tables, let columns else { return nil }
    var counts: [String: Int] = [:]
    for row in tables { counts[row[0] ?? ""] = row[1].flatMap { Int($0) } }
    var tallies: [String: [ColumnTally]] = [:]
    for row in columns { tallies[row[0] ?? "", default: []].append(ColumnTally(row)) }
    guard Set(counts.keys) == Set(names) else { return nil }
    return names.map { Table(name: $0, rows: counts[$0] ?? 0, tallies: tallies[$0] ?? []) }
  }

  /// Takes all of it away. No error where nothing is there.
  func remove() throws(RefreshFailure) {
    let session = try world.connect(quarantine)
    _ = try reaching { () throws(DatabaseError) in
      try session.query(
        "DROP SCHEMA IF EXISTS \(Self.schema) CASCADE", deadline: world.short, as: "removing the quarantine's notes")
    }
  }

  /// What is known of one table when its rows are there.
  struct Table {
    var name: String
    var rows: Int
    var tallies: [ColumnTally]

    fileprivate func write(in session: Session, _ deadline: Deadline) throws(DatabaseError) {
      _ = try session.query(
        "INSERT INTO \(CopyMarks.schema).tables VALUES ($1, $2::pg_catalog.int8)", [name, "\(rows)"],
        deadline: deadline, as: "noting the rows")
      for (place, tally) in tallies.enumerated() {
        let counts = [tally.nulls, tally.changed, tally.unchanged, tally.unrecognised].map { "\($0)" }
        _ = try session.query(
          """
          INSERT INTO \(CopyMarks.schema).columns VALUES ($1, $2::pg_catalog.int4, $3, $4::pg_catalog.int8,
            $5::pg_catalog.int8, $6::pg_catalog.int8, $7::pg_catalog.int8)
          """, [name, "\(place)", tally.column] + counts, deadline: deadline, as: "noting the rows")
      }
    }
  }
}

extension ColumnTally {
  fileprivate init(_ row: Rows.Row) {
    self.init(column: row[1] ?? "")
    let counts = (2...5).map { place in row[place].flatMap { Int($0) } ?? 0 }
    (nulls, changed, unchanged, unrecognised) = (counts[0], counts[1], counts[2], counts[3])
  }
}
