import PostgreSQL
import Reconciliation

/// Rows of `records`.
extension PostgreSQLTransaction {
  /// The applied spec is mostly the spec, and then does not travel twice.
  private static let columns = """
    kind, name, spec, revision, updated_by, \(milliseconds("updated_at")),
    applied_spec = spec, CASE WHEN applied_spec <> spec THEN applied_spec END, applied_revision, applied_plan,
    applied_by, \(milliseconds("applied_at")), owner, protected, \(milliseconds("deleted_at"))
    """

  func records(in workspace: String) throws(CallError) -> [Record] {
    try read(
      try query(
        "records", "SELECT \(Self.columns) FROM \(schema.records) WHERE workspace = $1 ORDER BY kind, name", [workspace]
      ))
  }

  /// Those of the addresses that are there, locked until the end: plain SQL waits for us, and we for it.
  private func locked(_ addresses: [Address], in workspace: String) throws(CallError) -> [Record] {
    let sql = """
      SELECT \(Self.columns) FROM \(schema.records)
      WHERE workspace = $1 AND (kind, name) IN (SELECT * FROM unnest($2::text[], $3::text[]))
      ORDER BY kind, name FOR UPDATE
      """
    let parameters = [
      workspace, ArrayLiteral.of(addresses.map(\.kind)), ArrayLiteral.of(addresses.map(\.name)),
    ]
    return try read(try query("lock of the records", sql, parameters))
  }

  private func read(_ rows: Rows) throws(CallError) -> [Record] {
    var (texts, records) = (SharedTexts(), [Record]())
    records.reserveCapacity(rows.count)
    for row in rows { records.append(try record(row, &texts)) }
    return records
  }

  private func record(_ row: Rows.Row, _ texts: inout SharedTexts) throws(CallError) -> Record {
    let spec = row[2] ?? ""
    return Record(
      address: Address(texts.shared(row[0], 0), row[1] ?? ""), spec: spec,
      revision: try integer(row[3], "revision"), updatedBy: texts.shared(row[4], 1),
      updatedAt: try moment(row[5], "updated_at"), applied: try applied(row, spec, &texts),
      owner: row[12].map { texts.shared($0, 4) }, isProtected: row[13] == "t",
      deletedAt: try row[14].map { text throws(CallError) in try moment(text, "deleted_at") })
  }

  private func applied(_ row: Rows.Row, _ spec: String, _ texts: inout SharedTexts) throws(CallError)
    -> Record.Applied?
  {
    guard let isAlike = row[6] else { return nil }
    return Record.Applied(
      spec: isAlike == "t" ? spec : row[7] ?? "", revision: try integer(row[8], "applied_revision"),
      plan: texts.shared(row[9], 2), by: texts.shared(row[10], 3), at: try moment(row[11], "applied_at"))
  }
}

/// What one row has in common with the one before it is the same string in memory: ten thousand records have to fit.
private struct SharedTexts {
  private var last = [String](repeating: "", count: 5)

  mutating func shared(_ text: String?, _ column: Int) -> String {
    let text = text ?? ""
    if !last[column].utf8.elementsEqual(text.utf8) { last[column] = text }
    return last[column]
  }
}

// MARK: Writing

extension PostgreSQLTransaction {
  /// Makes all writes that still fit, in a number of statements that does not depend on theirs.
  func make(_ writes: [RecordWrite], as context: WriteContext, at moment: Timestamp) throws(CallError)
    -> [WriteResult]
  {
    guard !writes.isEmpty else { return [] }
    let present = try present(for: writes, in: context.workspace)
    var (current, changed) = (present, Set<ExactAddress>())
    let results = writes.map { write -> WriteResult in
      let address = ExactAddress(write.address)
      guard let record = write.outcome(on: current[address], as: context, at: moment) else {
        return .conflict(current[address])
      }
      current[address] = record
      changed.insert(address)
      return .written(revision: record.revision)
    }
    let (old, new) = (changed.filter { present[$0] != nil }, changed.filter { present[$0] == nil })
    try insert(new.compactMap { current[$0] }, in: context.workspace)
    try update(old.compactMap { current[$0] }, in: context.workspace)
    return results
  }

  private func present(for writes: [RecordWrite], in workspace: String) throws(CallError) -> [ExactAddress: Record] {
    let addresses = writes.map(\.address)
    var records = try locked(addresses, in: workspace)
    // A record that plain SQL deletes while we wait for its lock is gone from what this statement sees, and its
    // tombstone is a row that only the next one sees.
    if records.count < Set(writes.filter { $0.seen > 0 }.map { ExactAddress($0.address) }).count {
      records = try locked(addresses, in: workspace)
    }
    return Dictionary(records.map { (ExactAddress($0.address), $0) }) { first, _ in first }
  }

  func insert(_ records: [Record], in workspace: String) throws(CallError) {
    guard !records.isEmpty else { return }
    let change = """
      INSERT INTO \(schema.records) (
        workspace, kind, name, spec, revision, updated_by, updated_at, applied_spec, applied_revision, applied_plan,
        applied_by, applied_at, owner, protected, deleted_at)
      SELECT $1, kind, name, spec, revision, updated_by, updated_at, coalesce(applied_spec, alike), applied_revision,
        applied_plan, applied_by, applied_at, owner, protected, deleted_at
      FROM \(Self.new)
      """
    try write("insert", change, cells(records, in: workspace), rows: records.count)
  }

  private func update(_ records: [Record], in workspace: String) throws(CallError) {
    guard !records.isEmpty else { return }
    let change = """
      UPDATE \(schema.records) AS old SET
        spec = new.spec, revision = new.revision, updated_by = new.updated_by, updated_at = new.updated_at,
        applied_spec = coalesce(new.applied_spec, new.alike), applied_revision = new.applied_revision,
        applied_plan = new.applied_plan, applied_by = new.applied_by, applied_at = new.applied_at, owner = new.owner,
        protected = new.protected, deleted_at = new.deleted_at
      FROM \(Self.new) WHERE old.workspace = $1 AND old.kind = new.kind AND old.name = new.name
      """
    try write("update", change, cells(records, in: workspace), rows: records.count)
  }

  /// Parameters as rows; `alike` is the spec where it is also what was applied.
  private static let new = """
    (SELECT *, CASE WHEN is_alike THEN spec END AS alike FROM unnest(
      $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[], $8::boolean[], $9::text[],
      $10::bigint[], $11::text[], $12::text[], $13::timestamptz[], $14::text[], $15::boolean[], $16::timestamptz[]
    ) AS cell (
      kind, name, spec, revision, updated_by, updated_at, is_alike, applied_spec, applied_revision, applied_plan,
      applied_by, applied_at, owner, protected, deleted_at)) AS new
    """

  private func cells(_ records: [Record], in workspace: String) -> [String?] {
    func column(_ cell: (Record) -> String?) -> String { ArrayLiteral.of(records.map(cell)) }
    let isAlike = { (record: Record) in record.applied.map { $0.spec.utf8.elementsEqual(record.spec.utf8) } ?? false }
    return [
      workspace, column { $0.address.kind }, column { $0.address.name }, column { $0.spec },
      column { "\($0.revision)" },
      column { $0.updatedBy }, column { $0.updatedAt.description }, column { isAlike($0) ? "t" : "f" },
      column { isAlike($0) ? nil : $0.applied?.spec }, column { $0.applied.map { "\($0.revision)" } },
      column { $0.applied?.plan }, column { $0.applied?.by }, column { $0.applied?.at.description },
      column { $0.owner }, column { $0.isProtected ? "t" : "f" }, column { $0.deletedAt?.description },
    ]
  }
}

/// An address by its bytes: to Swift "é" in one scalar and in two are one text, to the server they are two.
private struct ExactAddress: Hashable {
  let kind: [UInt8]
  let name: [UInt8]

  init(_ address: Address) { (kind, name) = (Array(address.kind.utf8), Array(address.name.utf8)) }
}
