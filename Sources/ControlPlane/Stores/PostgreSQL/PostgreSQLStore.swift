public import PostgreSQL
public import Reconciliation
public import Runtime
private import Synchronization

/// The control plane in a PostgreSQL database: CI runners and a team share it without any server of ours.
///
/// Each call is one transaction with a deadline, and works behind a pooler in transaction mode: nothing is prepared,
/// set or locked beyond it. Times are the server's. The tables are in `PostgreSQLSchema`; a call that writes makes them
/// where they are missing, and a call that reads takes missing ones for an empty control plane, so that a role that may
/// only read can plan.
///
/// An answer that is lost before COMMIT was sent is `.failed` (the server rolls back), one that is lost after it is
/// `.unknown`. Nothing is ever sent a second time after COMMIT.
public final class PostgreSQLStore: RecordStore {
  /// `postgresql://db.example:5432/shop (schema decant)`
  public let title: String
  let schema: PostgreSQLSchema
  let role: String
  let deadline: Duration
  let clock: @Sendable (Timestamp) -> Timestamp
  let sessions: SessionPool
  /// The leases that were taken here and not given back.
  private let held = Mutex<Set<String>>([])

  /// Connects to nothing yet.
  ///
  /// - Parameters:
  ///   - connectTimeout: for connecting, within the deadline.
  ///   - deadline: for each call as a whole. A cancel and a rollback after it take at most three seconds more.
  ///   - interrupt: ends reading and the taking of a lease. Not what happens while a lease is held: an interrupted run
  ///     has to write down how it ended.
  ///   - clock: what to make of the server's time; a test hands in another.
  ///
  /// Throws `.failed` for a name that no schema of PostgreSQL can have.
  public init(
    parameters: ConnectionParameters, schema: String = "decant", connectTimeout: Duration = .seconds(10),
    deadline: Duration = .seconds(30), interrupt: Interrupt? = nil,
    clock: @escaping @Sendable (Timestamp) -> Timestamp = { $0 }
  ) throws(RecordStoreError) {
    do { self.schema = try PostgreSQLSchema(schema) } catch { throw .failed(error) }
    title = "postgresql://\(parameters.subject) (schema \(schema))".onOneLine
    role = parameters["user"] ?? "the role"
    self.deadline = deadline
    self.clock = clock
    sessions = SessionPool(parameters, connectTimeout: connectTimeout, interrupt: interrupt)
  }

  /// Whether a control plane was made there already.
  public func exists() throws(RecordStoreError) -> Bool {
    try read("look into", title, absent: false) { transaction throws(CallError) in
      try transaction.checkVersion()
      return true
    }
  }

  public func now() throws(RecordStoreError) -> Timestamp {
    try read("read the clock of", title, absent: Timestamp(milliseconds: 0)) { transaction throws(CallError) in
      let now = "SELECT \(PostgreSQLTransaction.milliseconds("clock_timestamp()"))"
      return transaction.clock(try transaction.moment(try transaction.query("clock", now).single, "clock_timestamp()"))
    }
  }

  public func records(in workspace: String) throws(RecordStoreError) -> [Record] {
    let records = try read("read the records of", workspace, absent: [Record]()) { transaction throws(CallError) in
      try transaction.checkVersion()
      return try transaction.records(in: workspace)
    }
    // The server sorts by bytes and Swift by normalised scalars, which differ only outside ASCII.
    let isSorted = zip(records, records.dropFirst()).allSatisfy { $0.address < $1.address }
    return isSorted ? records : records.sorted { $0.address < $1.address }
  }

  public func auditLog(of workspace: String) throws(RecordStoreError) -> [AuditEntry] {
    try read("read the audit log of", workspace, absent: [AuditEntry]()) { transaction throws(CallError) in
      try transaction.checkVersion()
      return try transaction.auditLog(of: workspace)
    }
  }

  var holdsLease: Bool { held.withLock { !$0.isEmpty } }
  func note(_ lease: Lease, isHeld: Bool) {
    let key = "\(lease.token) \(lease.name)"
    held.withLock { if isHeld { $0.insert(key) } else { $0.remove(key) } }
  }
}
