import PostgreSQL
import Reconciliation
import Runtime

/// One transaction of the store in progress: a session, and the words with which it is spoken to.
struct PostgreSQLTransaction {
  let session: Session
  let schema: PostgreSQLSchema
  let deadline: Deadline
  /// What to make of the server's time.
  let clock: @Sendable (Timestamp) -> Timestamp

  func query(_ operation: String, _ sql: String, _ parameters: [String?] = []) throws(CallError) -> Rows {
    do { return try session.query(sql, parameters, deadline: deadline, as: operation) } catch { throw .database(error) }
  }

  /// One or more changes of rows that has to touch exactly `count` of them. Where it does not, the server divides by
  /// zero and the transaction is over: it is decided where nothing can come between, and costs no round trip.
  func write(_ operation: String, _ change: String, _ parameters: [String?], rows count: Int) throws(CallError) {
    let sql = "WITH made AS (\(change) RETURNING 1) SELECT 1 / (count(*) = \(count))::integer FROM made"
    _ = try query(operation, sql, parameters)
  }

  /// What is read before every write, in one statement.
  struct Standing {
    let now: Timestamp
    let lease: LeaseState
    /// Of the workspace's audit log.
    let head: AuditHead
  }

  /// Milliseconds since 1970, exactly: `extract` gives `numeric` since PostgreSQL 14.
  static func milliseconds(_ moment: String) -> String { "floor(extract(epoch FROM \(moment)) * 1000)::bigint" }

  /// A role or database with `synchronous_commit = off` is overruled: what was committed is on disk. Stricter values stay.
  static let durability =
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END"

  /// Takes the locks that a write needs, always in this order, so that writers wait and never deadlock: the schema's (shared;
  /// a migration takes it alone), then `lock`, then the row of the lease.
  func stand(taking lock: String?, lease: String, workspace: String) throws(CallError) -> Standing {
    _ = try query(
      "locks",
      """
      SELECT pg_advisory_xact_lock_shared($1::bigint), pg_advisory_xact_lock($2::bigint), \(Self.durability)
      """, [schema.lock("migrations"), lock])
    // A statement of its own, so that it sees what was done by those who had the locks before.
    let rows = try query(
      "check of the lease",
      """
      WITH held AS MATERIALIZED (SELECT token, holder, expires_at FROM \(schema.leases) WHERE name = $1 FOR UPDATE)
      SELECT (SELECT max(version) FROM \(schema.migrations)), held.token, held.holder,
        \(Self.milliseconds("held.expires_at")), \(Self.milliseconds("clock_timestamp()")), head.number, head.hash
      FROM (SELECT) AS one LEFT JOIN held ON true
      LEFT JOIN (
        SELECT number, hash FROM \(schema.audit) WHERE workspace = $2 ORDER BY number DESC LIMIT 1
      ) AS head ON true
      """, [lease, workspace])
    guard let row = rows.first else { throw unreadable("the lease", lease) }
    try check(version: row[0])
    return Standing(
      now: clock(try moment(row[4], "clock_timestamp()")), lease: try leaseState(row, lease),
      head: try row[5].map { text throws(CallError) in
        AuditHead(number: try integer(text, "number"), hash: row[6] ?? "")
      } ?? .empty)
  }

  private func leaseState(_ row: Rows.Row, _ name: String) throws(CallError) -> LeaseState {
    guard let token = row[1] else { return .unheld }
    guard let holder = row[2] else { return LeaseState(token: try integer(token, "token"), tenure: nil) }
    let tenure = LeaseState.Tenure(holder: holder, expiresAt: try moment(row[3], "expires_at"))
    return LeaseState(token: try integer(token, "token"), tenure: tenure)
  }
}

extension PostgreSQLTransaction {
  /// Throws `.unprepared` where the tables are older than we, and refuses those that are newer.
  func check(version text: String?) throws(CallError) {
    let version = try text.map { text throws(CallError) in try integer(text, "version") } ?? 0
    guard version <= schema.version else {
      throw .refused(
        .failed(
          Failure(
            "use", "the schema \(schema.name.onOneLine)",
            cause: "a newer Decant has written it (schema \(version), this one knows \(schema.version))",
            hint: "update decant")))
    }
    if version < schema.version { throw .unprepared }
  }

  /// The version on its own, for readers.
  func checkVersion() throws(CallError) {
    try check(version: try query("check of the version", "SELECT max(version) FROM \(schema.migrations)").single)
  }

  func integer(_ text: String?, _ column: String) throws(CallError) -> Int {
    guard let number = text.flatMap({ Int($0) }) else { throw unreadable("a number", column) }
    return number
  }

  func moment(_ text: String?, _ column: String) throws(CallError) -> Timestamp {
    Timestamp(milliseconds: try integer(text, column))
  }

  func unreadable(_ what: String, _ column: String) -> CallError {
    .refused(
      .failed(
        Failure("read", "the schema \(schema.name.onOneLine)", cause: "\(column) does not hold \(what)")))
  }
}
