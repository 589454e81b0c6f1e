public import Reconciliation
import Runtime
private import Synchronization

/// The control plane in a file: nothing to start, nothing to install.
///
/// SQLite in WAL mode with `synchronous = FULL`: what was committed is on disk. Any number of threads may use one store
/// (they take turns on its one connection), and any number of processes of one machine one file. The file is made with
/// mode 0600, and its folder with 0700, where they are missing; the tables are in `SQLiteSchema`.
public final class SQLiteStore: RecordStore {
  public let title: String
  let path: String
  private let patience: Duration
  private let clock: @Sendable () -> Timestamp
  /// Nothing once the store was closed.
  private let connection: Mutex<SQLiteConnection?>
  /// The locked files of the leases that were taken here, and that show as long as they are open that we are alive.
  private let leaseFiles = Mutex<[String: LeaseFile]>([:])

  /// Opens the file, makes it where it is missing, and brings its schema up to date.
  ///
  /// `patience` is for how long a call waits while another process writes. Throws `.failed`, and has changed nothing,
  /// where the file is not a control plane, is damaged, was written by a newer Decant, or cannot be written.
  public init(
    path: String, title: String? = nil, patience: Duration = .seconds(10),
    clock: @escaping @Sendable () -> Timestamp = SystemClock.now
  ) throws(RecordStoreError) {
    self.path = path
    self.title = title ?? "\(path) (embedded)"
    self.patience = patience
    self.clock = clock
    do {
      let opened = try SQLiteConnection.open(controlPlane: path, patience: .after(patience))
      connection = Mutex(opened)
    } catch {
      throw RecordStoreError(error, "open", path)
    }
  }

  /// Closes the file. Every later call fails; a lease that is still held looks like that of a dead process.
  public func close() {
    connection.withLock { $0 = nil }
    leaseFiles.withLock { $0 = [:] }
  }

  public func now() -> Timestamp { clock() }

  public func records(in workspace: String) throws(RecordStoreError) -> [Record] {
    let records = try use("read the records of", workspace) { try $0.records(in: workspace) }
    // SQLite sorts by bytes and Swift by normalised scalars, which differ only outside ASCII.
    let isSorted = zip(records, records.dropFirst()).allSatisfy { $0.address < $1.address }
    return isSorted ? records : records.sorted { $0.address < $1.address }
  }

  @discardableResult
  public func append(_ drafts: [AuditDraft], to workspace: String, under lease: Lease) throws(RecordStoreError)
    -> AuditHead
  {
    let moment = clock()
    return try write("append to the audit log of", workspace) { connection in
      try connection.check(lease)
      return try connection.append(drafts, to: workspace, at: moment)
    }
  }

  public func commit(_ writes: [RecordWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [WriteResult]
  {
    let moment = clock()
    return try write("write the records of", context.workspace) { connection in
      try connection.check(lease)
      let results = try writes.map { try connection.make($0, as: context, at: moment) }
      let drafts = zip(writes, results).map { $0.draft(for: $1, as: context) }
      _ = try connection.append(drafts, to: context.workspace, at: moment)
      return results
    }
  }

  public func auditLog(of workspace: String) throws(RecordStoreError) -> [AuditEntry] {
    try use("read the audit log of", workspace) { try $0.auditLog(of: workspace) }
  }
}

// MARK: Leases

extension SQLiteStore {
  /// A holder that died is known by its file, and its lease is taken over at once; see `LeaseFile`.
  public func acquireLease(_ name: String, holder: String, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    let (moment, path) = (clock(), path)
    let (lease, file) = try write("take the lease", name) { connection in
      let present = try connection.lease(name)
      let presentFile = LeaseFile.path(of: name, token: present.token, beside: path)
      if let lease = present.holder(of: name, at: moment), !LeaseFile.isAbandoned(presentFile) {
        throw RecordStoreError.held(lease)
      }
      let tenure = LeaseState.Tenure(holder: holder, expiresAt: moment.advanced(by: timeToLive))
      let lease = Lease(name, tenure, token: present.token + 1)
      try connection.put(LeaseState(token: lease.token, tenure: tenure), name)
      // Locked before the row can be seen: whoever reads the row finds the lock.
      let file = LeaseFile.create(LeaseFile.path(of: name, token: lease.token, beside: path))
      return (lease, file)
    }
    leaseFiles.withLock { $0[key(lease)] = file }
    LeaseFile.remove(LeaseFile.path(of: name, token: lease.token - 1, beside: path))
    return lease
  }

  public func renew(_ lease: Lease, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    let moment = clock()
    return try write("renew the lease", lease.name) { connection in
      try connection.check(lease)
      let tenure = LeaseState.Tenure(holder: lease.holder, expiresAt: moment.advanced(by: timeToLive))
      try connection.put(LeaseState(token: lease.token, tenure: tenure), lease.name)
      return Lease(lease.name, tenure, token: lease.token)
    }
  }

  public func release(_ lease: Lease) throws(RecordStoreError) {
    // The file is unlocked in any case: if the row cannot be written, the next one finds the holder gone.
    let file = leaseFiles.withLock { $0.removeValue(forKey: key(lease)) }
    try write("release the lease", lease.name) { connection in
      guard try connection.lease(lease.name).confirms(lease) else { return }
      try connection.put(LeaseState(token: lease.token, tenure: nil), lease.name)
    }
    if let file { LeaseFile.remove(file.path) }
  }

  private func key(_ lease: Lease) -> String { "\(lease.token) \(lease.name)" }
}

// MARK: The connection

extension SQLiteStore {
  /// One statement's worth of reading.
  func use<Result: Sendable>(
    _ operation: String, _ subject: String, _ body: @Sendable (SQLiteConnection) throws -> Result
  ) throws(RecordStoreError) -> Result {
    let deadline = Deadline.after(patience)
    return try connection.withLock { present throws(RecordStoreError) in
      guard let present else { throw .failed(Failure(operation, subject, cause: "the control plane was closed")) }
      do {
        present.waits(until: deadline)
        return try body(present)
      } catch {
        throw RecordStoreError(error, operation, subject)
      }
    }
  }

  /// One transaction.
  func write<Result: Sendable>(
    _ operation: String, _ subject: String, _ body: @Sendable (SQLiteConnection) throws -> Result
  ) throws(RecordStoreError) -> Result {
    try use(operation, subject) { try $0.transaction(body) }
  }
}

extension RecordStoreError {
  fileprivate init(_ error: any Error, _ operation: String, _ subject: String) {
    switch error {
    case let error as RecordStoreError: self = error
    case let failure as Failure: self = .failed(failure)
    case let error as SQLiteError:
      let failure = error.failure(operation, subject)
      self = error.isOutcomeUnknown ? .unknown(failure) : .failed(failure)
    default: self = .failed(Failure(operation, subject, cause: "an error of the type \(type(of: error))"))
    }
  }
}
