/// Where records, leases and the audit log live. Memory, SQLite and PostgreSQL pass the same conformance suite.
///
/// Every call is one transaction. A call that throws has changed nothing, or says `.unknown`: then the caller re-reads
/// before it says anything.
public protocol RecordStore: Sendable {
  /// For headings: `.decant/control.db (embedded)`.
  var title: String { get }

  /// A word that this control plane has and no other: given once when it is made, the same through every door.
  /// Nothing where it is not made yet.
  func identity() throws(RecordStoreError) -> String?

  /// The clock by which leases expire and records are dated.
  func now() throws(RecordStoreError) -> Timestamp

  /// All records of the workspace, tombstones included, sorted by address.
  func records(in workspace: String) throws(RecordStoreError) -> [Record]

  /// Appends to the workspace's audit log and gives its new head.
  ///
  /// Throws `.fenced` where `lease` is not held any more.
  @discardableResult
  func append(_ drafts: [AuditDraft], to workspace: String, under lease: Lease) throws(RecordStoreError) -> AuditHead

  /// Makes all writes that still fit, one by one refusing those whose record has moved, and appends an audit entry for
  /// each (`.done` or `.refused`), all in the one transaction in which the lease's fencing token was checked.
  ///
  /// The results are in the order of the writes; a later write of the same address sees what the earlier one did.
  /// Throws `.fenced` where `lease` is not held any more. An expired lease that nobody has taken over still is: nobody
  /// can have written in between.
  func commit(_ writes: [RecordWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [WriteResult]

  /// Takes the lease, or throws `.held` with the present holder, also where that has the same name. An expired lease,
  /// or one whose holder is known to be dead, is taken over. The token is greater than every earlier token of that name.
  func acquireLease(_ name: String, holder: String, timeToLive: Duration) throws(RecordStoreError) -> Lease

  /// Puts the expiry off; throws `.fenced` where somebody else holds the lease now.
  func renew(_ lease: Lease, timeToLive: Duration) throws(RecordStoreError) -> Lease

  /// Gives the lease back; a lease that was lost meanwhile is left to its new holder, without an error.
  func release(_ lease: Lease) throws(RecordStoreError)

  /// The workspace's whole audit log in order.
  func auditLog(of workspace: String) throws(RecordStoreError) -> [AuditEntry]
}

extension RecordStore {
  /// For stores that keep no id of their own: what they are called.
  public func identity() throws(RecordStoreError) -> String? { title }
}

/// One change of one record, with the revision that was seen when it was planned.
public struct RecordWrite: Sendable, Hashable {
  public enum Change: Sendable, Hashable {
    /// Creates, replaces the spec, revives a tombstone, or takes an unmanaged record into management: after it the
    /// workspace is the owner. `spec` is canonical JSON, and stored as given.
    case put(spec: String, isProtected: Bool)
    /// Leaves a tombstone without an owner and without anything applied. The tombstone of another writer keeps both,
    /// which is how a plan sees that it was not us. Where there is nothing to delete, it is a conflict.
    case delete
  }

  public let address: Address
  public let change: Change
  /// The revision of the record (or tombstone) that was seen; 0 where there was none.
  public let seen: Int

  public init(_ address: Address, _ change: Change, seen: Int) {
    self.address = address
    self.change = change
    self.seen = seen
  }
}

/// On whose behalf, and by which plan, writes are made.
public struct WriteContext: Sendable, Hashable {
  public let workspace: String
  public let actor: String
  /// `sha256:…`, kept with each record as what was applied.
  public let plan: String
  /// The run's id, the same in all its audit entries.
  public let run: String

  public init(workspace: String, actor: String, plan: String, run: String) {
    self.workspace = workspace
    self.actor = actor
    self.plan = plan
    self.run = run
  }
}

public enum WriteResult: Sendable, Hashable {
  case written(revision: Int)
  /// Somebody else was here: the record as it is now, or nothing where there is none.
  case conflict(Record?)
}

/// The right to change a workspace for a while.
public struct Lease: Sendable, Hashable {
  /// `workspace/shop`, `refresh/prod_users_api`.
  public let name: String
  public let holder: String
  /// The fencing token: every write under the lease is refused once a greater one was given out.
  public let token: Int
  public let expiresAt: Timestamp

  public init(name: String, holder: String, token: Int, expiresAt: Timestamp) {
    self.name = name
    self.holder = holder
    self.token = token
    self.expiresAt = expiresAt
  }
}

public enum RecordStoreError: Error, Sendable, Hashable {
  /// Somebody else holds the lease.
  case held(Lease)
  /// Our lease was taken over; nothing was written.
  case fenced(name: String)
  /// Nothing was changed.
  case failed(Failure)
  /// The answer to a commit was lost: it may or may not have happened.
  case unknown(Failure)
}

extension RecordStoreError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .held(let lease): "the lease \(lease.name) is held by \(lease.holder) until \(lease.expiresAt)"
    case .fenced(let name): "the lease \(name) was taken over by somebody else; nothing was written under it"
    case .failed(let failure), .unknown(let failure): failure.description
    }
  }
}
