public import Masking
public import PostgreSQL
public import Runtime

/// What a database holds of rows beside the rows: statistics for its planner, and dead rows in its pages.
public enum Residue {
  /// What statistics keep of columns' values: the most common ones, the bounds of histograms, and the same of extended
  /// statistics and of the elements of arrays.
  ///
  /// A role sees those of the tables that it may read.
  public static func statistics(
    in session: Session, declaration: (ColumnName) -> LeakDeclaration, deadline: Deadline
  ) throws(DatabaseError) -> [ProbedText] {
    var texts: [ProbedText] = []
    for row in try session.query(Self.columns, deadline: deadline, as: "reading the statistics") {
      let name = ColumnName(QualifiedName(row[0] ?? "", row[1] ?? ""), row[2] ?? "")
      let declared = declaration(name)
      guard declared != .keepsOriginals, let values = row[3] else { continue }
      texts.append(.values(values, of: .statistics(name), declared))
    }
    for row in try session.query(Self.extended, deadline: deadline, as: "reading the statistics") {
      let name = ColumnName(QualifiedName(row[0] ?? "", row[1] ?? ""), row[2] ?? "")
      if let values = row[3] { texts.append(.values(values, of: .statistics(name), .none)) }
    }
    return texts
  }

  private static let ours = "schemaname !~ '^pg_' AND schemaname <> 'information_schema'"

  private static let columns =
    ["most_common_vals", "histogram_bounds", "most_common_elems"].map { list in
      """
      SELECT schemaname, tablename, attname, \(list)::pg_catalog.text FROM pg_catalog.pg_stats
      WHERE \(ours) AND \(list) IS NOT NULL
      """
    }.joined(separator: " UNION ALL ")

  private static let extended = """
    SELECT schemaname, tablename, statistics_name, most_common_vals::pg_catalog.text FROM pg_catalog.pg_stats_ext
    WHERE \(ours) AND most_common_vals IS NOT NULL
    """
}

/// Whether clear values lie in rows that nobody sees any more and that no VACUUM has taken away yet.
public enum DeadRows: Sendable, Hashable {
  /// There are none, because of how the tables were filled; a sentence says how.
  case noneByConstruction(String)
  /// Pages were looked through: so many row versions that are deleted, replaced or locked.
  case looked(versions: Int)
  /// And why.
  case notChecked(String)

  public var sentence: String {
    switch self {
    case .noneByConstruction(let how): "no dead rows: \(how)"
    case .looked(let versions): "\(spoken(versions)) dead rows were looked through"
    case .notChecked(let why): "dead rows: not checked (\(why))"
    }
  }

  /// Holds what is claimed of a fresh copy against the server's own counters: nothing was updated and nothing deleted.
  ///
  /// - Parameter rewritten: names of tables that were written anew since (`SET LOGGED`).
  public static func ofFreshCopy(
    in session: Session, rewritten: Bool, deadline: Deadline
  ) throws(DatabaseError) -> DeadRows {
    if rewritten { return .noneByConstruction("every table was written anew after the SQL that ran on it") }
    let changed = try session.query(Self.changed, deadline: deadline, as: "reading the counters")
    guard changed.isEmpty else {
      let names = changed.compactMap { $0[0] }.joined(separator: ", ")
      return .notChecked("rows of \(names) were updated or deleted after they were copied")
    }
    return .noneByConstruction("rows were written by COPY alone; nothing was updated or deleted since")
  }

  private static let changed = """
    SELECT s.schemaname || '.' || s.relname FROM pg_catalog.pg_stat_all_tables s
    WHERE s.schemaname !~ '^pg_' AND s.schemaname NOT IN ('information_schema', 'decant_copy')
      AND s.n_tup_upd + s.n_tup_del > 0 ORDER BY 1 LIMIT 5
    """
}

/// Looks through the pages themselves. Only a superuser can, in a database that has the extension `pageinspect`.
public struct DeadRowsProbe {
  private let filter: LeakFilter
  private let session: Session
  private let stall: Duration

  /// - Parameter session: settled for copying.
  public init(_ filter: LeakFilter, in session: Session, stall: Duration) {
    (self.filter, self.session, self.stall) = (filter, session, stall)
  }

  /// - Returns: what was looked at, and what was found in it.
  public func run(
    _ tables: [QualifiedName], confirm: LeakProbe.Confirm = { _ in nil }
  ) throws(LeakProbeFailure) -> (DeadRows, [LeakReport.Finding]) {
    guard let schema = try place() else { return (.notChecked("only a superuser with pageinspect can"), []) }
    var versions = 0
    var findings: [LeakReport.Finding] = []
    for table in tables {
      var (tally, chance) = (SuspectTally(), 0.0)
      for pass in 0..<filter.passes {
        let part: LeakFilterPart
        do { part = try filter.part(pass) } catch { throw .filter(error) }
        chance += part.chance
        let seen = try look(table, schema, part)
        if pass == 0 { versions += seen.values }
        tally += seen
      }
      let known = tally.suspects.isEmpty ? [] : try confirm(Set(tally.suspects.keys))
      if let found = tally.finding(.deadRows(table), .none, chance: chance, known: known) { findings.append(found) }
    }
    return (.looked(versions: versions), findings)
  }

  /// The schema of the extension, where the role may use it.
  private func place() throws(LeakProbeFailure) -> String? {
    do throws(DatabaseError) {
      return try session.query(Self.extensionPlace, deadline: .after(stall), as: "looking for pageinspect").single
    } catch { throw .database(error) }
  }

  private static let extensionPlace = """
    SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace JOIN pg_catalog.pg_roles r ON r.rolname = current_user
    WHERE e.extname = 'pageinspect' AND r.rolsuper
    """

  private func look(
    _ table: QualifiedName, _ schema: String, _ part: LeakFilterPart
  ) throws(LeakProbeFailure) -> SuspectTally {
    let name: String
    do { name = try "\(quoteIdentifier(table.schema)).\(quoteIdentifier(table.name))" } catch {
      throw .refused("\(table): \(error)")
    }
    let observer = AttributeObserver(part)
    let column = RowPlan.Column(name: "attribute", type: ColumnType(name: "text", family: .text))
    try observe(
      RowPlan(table: table, format: .binary, columns: [column]),
      Self.attributes("'\(name.replacing("'", with: "''"))'", schema), in: session, stall, observer,
      as: "looking at the pages of \(table)")
    return observer.tally
  }

  /// The attributes of all row versions that somebody has deleted, replaced or locked.
  private static func attributes(_ table: String, _ schema: String) -> String {
    """
    COPY (SELECT v.a FROM pg_catalog.generate_series(0, pg_catalog.pg_relation_size(\(table)) /
      pg_catalog.current_setting('block_size')::pg_catalog.int4 - 1) p,
      \(schema).heap_page_items(\(schema).get_raw_page(\(table), p::pg_catalog.int4)) i,
      pg_catalog.unnest(\(schema).tuple_data_split(\(table)::pg_catalog.regclass, i.t_data, i.t_infomask,
      i.t_infomask2, i.t_bits)) v(a)
      WHERE i.t_data IS NOT NULL AND i.t_xmax::pg_catalog.text <> '0' AND v.a IS NOT NULL) TO STDOUT (FORMAT binary)
    """
  }
}

/// Takes attributes as they lie in a page: a value of variable length behind its header (`varattrib`, in the source's
/// `postgres.h`), one of fixed length as it is. What is compressed or stored elsewhere is not looked into.
private final class AttributeObserver: RowObserver {
  let watched = [0]
  var tally = SuspectTally()
  private var prober: Prober

  init(_ part: LeakFilterPart) { prober = Prober(part) }

  func saw(column: Int, original: UnsafeRawBufferPointer?, copied: UnsafeRawBufferPointer?) {
    guard let bytes = original, let first = bytes.first else { return }
    let skipped = first & 1 == 1 ? 1 : 4
    guard bytes.count > skipped else { return }
    if let found = prober.probe(bytes.slice(skipped, bytes.count), as: .text, &tally) { tally.hit(found, key: nil) }
  }

  func finishedRow() {}
}
