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
        "CREATE TABLE \(Self.schema).run (is_of_scratch boolean NOT NULL)",
        "CREATE TABLE \(Self.schema).sequences (schema_name text, name text, last_value bigint, is_called boolean)",
        """
        CREATE TABLE \(Self.schema).columns (
          name text, place integer, column_name text, nulls bigint, changed bigint, unchanged bigint,
          unrecognised bigint, distinct_in bigint, distinct_out bigint)
        """,
      ] {
        _ = try session.query(statement, deadline: world.short, as: "preparing the quarantine's notes")
      }
    }
  }

  /// Says that all rows are there. What was committed before is on disk when this is, because it stands before it in the
  /// same log; so the streams need not wait for the disk, and this does.
  func seal(_ sealed: Sealed) throws(RefreshFailure) {
    let session = try world.connect(quarantine)
    let deadline = world.short
    try reaching { () throws(DatabaseError) in
      try session.transaction(readOnly: false, deadline: deadline) { session throws(DatabaseError) in
        _ = try session.query("SET LOCAL synchronous_commit TO 'on'", deadline: deadline, as: "settings")
        for table in sealed.tables { try table.write(in: session, deadline) }
        for state in sealed.sequences ?? [] { try state.write(in: session, deadline) }
        _ = try session.query(
          "INSERT INTO \(Self.schema).run VALUES ($1::pg_catalog.bool)", [sealed.isOfScratch ? "t" : "f"],
          deadline: deadline, as: "noting the rows")
      }
    }
  }

  /// Nothing where the rows did not come to their end.
  func read(_ names: [String]) throws(RefreshFailure) -> Sealed? {
    let session = try world.connect(quarantine)
    let deadline = world.short
    let (tables, columns, sequences, run) = try reaching { () throws(DatabaseError) in
      let known = try session.query(
        "SELECT pg_catalog.to_regclass('\(Self.schema).run')", deadline: deadline, as: "looking for notes")
      guard known.single != nil else { return (nil as Rows?, nil as Rows?, nil as Rows?, nil as Rows?) }
      return (
        try session.query(
          "SELECT name, rows FROM \(Self.schema).tables", deadline: deadline, as: "reading the notes"),
        try session.query(
          """
          SELECT name, column_name, nulls, changed, unchanged, unrecognised, distinct_in, distinct_out
          FROM \(Self.schema).columns ORDER BY name, place
          """, deadline: deadline, as: "reading the notes"),
        try session.query(
          "SELECT schema_name, name, last_value, is_called FROM \(Self.schema).sequences", deadline: deadline,
          as: "reading the notes"),
        try session.query(
          "SELECT is_of_scratch FROM \(Self.schema).run", deadline: deadline, as: "reading the notes")
      )
    }
    guard let tables, let columns, let isOfScratch = run?.single else { return nil }
    var counts: [String: Int] = [:]
    for row in tables { counts[row[0] ?? ""] = row[1].flatMap { Int($0) } }
    var tallies: [String: [ColumnTally]] = [:]
    for row in columns { tallies[row[0] ?? "", default: []].append(ColumnTally(row)) }
    guard Set(counts.keys) == Set(names) else { return nil }
    let moved = sequences?.compactMap(SequenceState.init) ?? []
    return Sealed(
      tables: names.map { Table(name: $0, rows: counts[$0] ?? 0, tallies: tallies[$0] ?? []) },
      sequences: moved.isEmpty ? nil : moved, isOfScratch: isOfScratch == "t")
  }

  /// Takes all of it away. No error where nothing is there.
  func remove() throws(RefreshFailure) {
    let session = try world.connect(quarantine)
    _ = try reaching { () throws(DatabaseError) in
      try session.query(
        "DROP SCHEMA IF EXISTS \(Self.schema) CASCADE", deadline: world.short, as: "removing the quarantine's notes")
    }
  }

  /// What is known when all rows are there.
  struct Sealed {
    var tables: [Table]
    /// Where the sequences stood after the SQL; nothing where none ran.
    var sequences: [SequenceState]?
    /// They came by way of a scratch server, whose database alone had what comes after the rows.
    var isOfScratch: Bool
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
        let counts = [
          tally.nulls, tally.changed, tally.unchanged, tally.unrecognised, tally.distinct?.arriving.estimate,
          tally.distinct?.leaving.estimate,
        ].map { $0.map { "\($0)" } }
        _ = try session.query(
          """
          INSERT INTO \(CopyMarks.schema).columns VALUES ($1, $2::pg_catalog.int4, $3, $4::pg_catalog.int8,
            $5::pg_catalog.int8, $6::pg_catalog.int8, $7::pg_catalog.int8, $8::pg_catalog.int8, $9::pg_catalog.int8)
          """, [name, "\(place)", tally.column] + counts, deadline: deadline, as: "noting the rows")
      }
    }
  }
}

extension SequenceState {
  fileprivate func write(in session: Session, _ deadline: Deadline) throws(DatabaseError) {
    _ = try session.query(
      "INSERT INTO \(CopyMarks.schema).sequences VALUES ($1, $2, $3::pg_catalog.int8, $4::pg_catalog.bool)",
      [name.schema, name.name, "\(lastValue)", isCalled ? "t" : "f"], deadline: deadline, as: "noting the sequences")
  }

  fileprivate init?(_ row: Rows.Row) {
    guard let schema = row[0], let name = row[1], let value = row[2].flatMap({ Int64($0) }) else { return nil }
    self.init(name: QualifiedName(schema, name), lastValue: value, isCalled: row[3] == "t")
  }
}

extension ColumnTally {
  fileprivate init(_ row: Rows.Row) {
    self.init(column: row[1] ?? "")
    let counts = (2...7).map { place in row[place].flatMap { Int($0) } }
    (nulls, changed, unchanged, unrecognised) = (counts[0] ?? 0, counts[1] ?? 0, counts[2] ?? 0, counts[3] ?? 0)
    if let arriving = counts[4], let leaving = counts[5] {
      distinct = DistinctCounts(arriving: DistinctCount(told: arriving), leaving: DistinctCount(told: leaving))
    }
  }
}
