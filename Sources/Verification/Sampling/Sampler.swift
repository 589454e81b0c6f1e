public import Masking
public import PostgreSQL
import Runtime

/// Reads some rows of each table, for looking at and for nothing else: they stay in memory and are written nowhere.
///
/// One question for each table, and two more. It runs inside of a read-only transaction that the caller has begun
/// (`row_security` off, names in `pg_catalog` alone), and leaves it as it was, whatever a table answers.
public struct Sampler: Sendable {
  public struct Limits: Sendable, Hashable {
    public var rows: Int
    /// Of each value; what is behind is not looked at.
    public var characters: Int
    /// For one table, held by the server.
    public var perTable: Duration
    /// For all of them.
    public var total: Duration
    /// From so many bytes on pages are drawn from the whole table, and not from its beginning.
    public var smallBytes: Int

    public init(
      rows: Int = 1_000, characters: Int = 2_000, perTable: Duration = .seconds(3), total: Duration = .seconds(20),
      smallBytes: Int = 4 << 20
    ) {
      self.rows = rows
      self.characters = characters
      self.perTable = perTable
      self.total = total
      self.smallBytes = smallBytes
    }
  }

  /// What was read, and the tables of which nothing could be.
  public struct Answer: Sendable {
    public var samples: [ColumnName: ColumnSample] = [:]
    public var unread: [Unread] = []
  }

  public struct Unread: Sendable, Hashable {
    public var table: QualifiedName
    /// One line, without any value of a row.
    public var reason: String
  }

  public var limits: Limits
  /// The same pages in every run, as long as the table stays as it is.
  static let seed = 20_261_121

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// - Parameter tables: those that rules are written on, with the columns that are asked for. Bytes and rows of a
  ///   partitioned one are those of its partitions together.
  /// - Throws: where the session is lost; a refusal of the server is an unread table.
  public func sample(_ tables: [SampledTable], in session: Session) throws(DatabaseError) -> Answer {
    var answer = Answer()
    let asked = tables.filter { !$0.columns.isEmpty }
    guard !asked.isEmpty else { return answer }
    let end = Deadline.after(limits.total)
    let before = try settle(session)
    _ = try session.query("SAVEPOINT sampling", deadline: patience, as: "sampling")
    for table in asked {
      guard !end.hasPassed else {
        answer.unread.append(Unread(table: table.name, reason: "the time for sampling was over"))
        continue
      }
      do throws(DatabaseError) {
        try read(table, in: session, into: &answer)
      } catch {
        guard session.isOpen, error.kind == .server else { throw error }
        answer.unread.append(Unread(table: table.name, reason: error.message))
        _ = try session.query("ROLLBACK TO SAVEPOINT sampling", deadline: patience, as: "sampling")
      }
    }
    _ = try session.query("RELEASE SAVEPOINT sampling", deadline: patience, as: "sampling")
    _ = try session.query(
      "SELECT pg_catalog.set_config('statement_timeout', $1, true)", [before], deadline: patience, as: "sampling")
    return answer
  }

  /// The server's limit comes first, so that a slow table costs a statement and not the session.
  private var patience: Deadline { .after(limits.perTable + .seconds(5)) }

  private func settle(_ session: Session) throws(DatabaseError) -> String {
    let milliseconds =
      "\(max(1, limits.perTable.components.seconds * 1_000 + limits.perTable.components.attoseconds / 1_000_000_000_000_000))"
    let rows = try session.query(
      "SELECT pg_catalog.current_setting('statement_timeout'), pg_catalog.set_config('statement_timeout', $1, true)",
      [milliseconds], deadline: patience, as: "sampling")
    return rows[0, 0] ?? "0"
  }

  private func read(
    _ table: SampledTable, in session: Session, into answer: inout Answer
  ) throws(DatabaseError) {
    var rows = try session.query(table.sql(limits, drawn: table.isLarge(limits)), deadline: patience, as: "sampling")
    if rows.isEmpty, table.isLarge(limits) {
      // The pages that were drawn had no live row.
      rows = try session.query(table.sql(limits, drawn: false), deadline: patience, as: "sampling")
    }
    for (index, column) in table.columns.enumerated() {
      var sample = ColumnSample()
      for row in 0..<rows.count { rows.withBytes(row, index) { sample.append($0) } }
      answer.samples[ColumnName(table.name, column)] = sample
    }
  }
}

/// A table to be sampled.
public struct SampledTable: Sendable, Hashable {
  public var name: QualifiedName
  public var columns: [String]
  var estimatedRows: Int?
  var bytes: Int
  var isPartitioned: Bool

  /// - Parameter partitions: all tables that hold its rows, where it does not itself.
  public init(_ table: Table, columns: [String], partitions: [Table] = []) {
    name = table.name
    self.columns = columns
    isPartitioned = table.storage == .partitioned
    let holders = isPartitioned ? partitions : [table]
    bytes = holders.reduce(0) { $0 + $1.bytes }
    let counts = holders.compactMap(\.estimatedRows)
    estimatedRows = counts.isEmpty ? nil : counts.reduce(0, +)
  }

  func isLarge(_ limits: Sampler.Limits) -> Bool { bytes > limits.smallBytes }

  /// Values are cut by the server; `TABLESAMPLE SYSTEM` draws whole pages (manual, SELECT), so twice the rows are asked
  /// for, and a hundredth of a percent at least.
  func sql(_ limits: Sampler.Limits, drawn: Bool) -> String {
    let values = columns.map { "pg_catalog.left(t.\(doubleQuoted($0))::pg_catalog.text, \(limits.characters))" }
    let place = "\(doubleQuoted(name.schema)).\(doubleQuoted(name.name))"
    var sql = "SELECT \(values.joined(separator: ", ")) FROM \(isPartitioned ? "" : "ONLY ")\(place) AS t"
    if drawn {
      // Without an estimate, a hundred bytes in a row.
      let rows = max(1, estimatedRows.flatMap { $0 > 0 ? $0 : nil } ?? bytes / 100)
      let percent = min(100, max(0.01, 200 * Double(limits.rows) / Double(rows)))
      sql += " TABLESAMPLE SYSTEM (\(percent)) REPEATABLE (\(Sampler.seed))"
    }
    return sql + " LIMIT \(limits.rows)"
  }
}
