public import Reconciliation
private import Synchronization

/// The control plane in memory: a store like the others, that ends with the process.
///
/// It is what stories and tests run on, so it can also be "another writer" (`MemoryStore+OtherWriters.swift`) and can
/// be made to fail (`intercept`).
public final class MemoryStore: RecordStore {
  public let title: String
  private let id: String?
  private let clock: @Sendable () -> Timestamp
  private let state = Mutex(State())

  struct State {
    var workspaces: [String: Workspace] = [:]
    var leases: [String: LeaseState] = [:]
    var interceptor: Interceptor?
  }

  struct Workspace {
    var records: [Address: Record] = [:]
    var audit: [AuditEntry] = []
    var snapshots: [SnapshotID: SnapshotRow] = [:]
    var checkpoints: [String: RefreshCheckpoint] = [:]
    var isEmpty: Bool { records.isEmpty && audit.isEmpty && snapshots.isEmpty && checkpoints.isEmpty }

    mutating func append(_ drafts: [AuditDraft], at moment: Timestamp) -> AuditHead {
      for draft in drafts { audit.append(AuditEntry(after: audit.last?.head ?? .empty, at: moment, draft)) }
      return audit.last?.head ?? .empty
    }
  }

  /// Without an identity it stands for a control plane that is not made yet.
  public init(
    title: String = "memory", identity: String? = MemoryStore.newIdentity(),
    clock: @escaping @Sendable () -> Timestamp = SystemClock.now
  ) {
    self.title = title
    id = identity
    self.clock = clock
  }

  /// Where a call can be made to fail, or somebody else to come between.
  public enum Moment: Sendable, Hashable {
    case readingRecords(workspace: String)
    /// Nothing was changed so far: throw `.failed`.
    case beforeAppend([AuditDraft])
    case beforeCommit([RecordWrite])
    /// All was changed: to throw `.unknown` is to lose the answer.
    case afterCommit([WriteResult])
    case beforeEntering([SnapshotWrite])
    case afterEntering([SnapshotResult])
  }
  public typealias Interceptor = @Sendable (Moment) throws(RecordStoreError) -> Void

  /// Calls `body` at each moment from now on, outside the store's lock, so that it may use the store itself.
  public func intercept(_ body: @escaping Interceptor) { state.withLock { $0.interceptor = body } }

  func reach(_ moment: Moment) throws(RecordStoreError) {
    let body = state.withLock { $0.interceptor }
    if let body { try body(moment) }
  }

  /// 32 hexadecimal digits that nobody has had before.
  public static func newIdentity() -> String {
    (0..<4).map { _ in
      let digits = String(UInt32.random(in: .min ... .max), radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  public func identity() -> String? { id }

  public func now() -> Timestamp { clock() }

  public func records(in workspace: String) throws(RecordStoreError) -> [Record] {
    try reach(.readingRecords(workspace: workspace))
    let records = state.withLock { Array($0.workspaces[workspace, default: Workspace()].records.values) }
    return records.sorted { $0.address < $1.address }
  }

  @discardableResult
  public func append(_ drafts: [AuditDraft], to workspace: String, under lease: Lease) throws(RecordStoreError)
    -> AuditHead
  {
    try reach(.beforeAppend(drafts))
    let moment = clock()
    return try state.withLock { state throws(RecordStoreError) in
      try state.check(lease)
      return state.workspaces[workspace, default: Workspace()].append(drafts, at: moment)
    }
  }

  public func commit(_ writes: [RecordWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [WriteResult]
  {
    try reach(.beforeCommit(writes))
    let moment = clock()
    let results = try state.withLock { state throws(RecordStoreError) in
      try state.check(lease)
      return state.workspaces[context.workspace, default: Workspace()].make(writes, as: context, at: moment)
    }
    try reach(.afterCommit(results))
    return results
  }

  public func auditLog(of workspace: String) -> [AuditEntry] {
    state.withLock { $0.workspaces[workspace]?.audit ?? [] }
  }

  /// One change of a workspace by us, fenced.
  func change<Result: Sendable>(
    _ workspace: String, under lease: Lease, _ body: @Sendable (inout Workspace, Timestamp) -> Result
  ) throws(RecordStoreError) -> Result {
    let moment = clock()
    return try state.withLock { state throws(RecordStoreError) in
      try state.check(lease)
      return body(&state.workspaces[workspace, default: Workspace()], moment)
    }
  }

  /// All workspaces of one instant.
  var present: [String: Workspace] { state.withLock { $0.workspaces } }

  /// False, and nothing is changed, where there is anything already.
  func fill(_ workspaces: [String: Workspace]) -> Bool {
    state.withLock { state in
      guard state.workspaces.values.allSatisfy(\.isEmpty) else { return false }
      state.workspaces = workspaces
      return true
    }
  }

  /// One change by somebody who is not us: no lease, no audit, but the revision goes up as with the other stores.
  func change(_ address: Address, in workspace: String, _ body: @Sendable (Record?, Timestamp) -> Record?) {
    let moment = clock()
    state.withLock { state in
      let current = state.workspaces[workspace]?.records[address]
      guard let changed = body(current, moment) else { return }
      state.workspaces[workspace, default: Workspace()].records[address] = changed
    }
  }
}

extension MemoryStore.Workspace {
  fileprivate mutating func make(_ writes: [RecordWrite], as context: WriteContext, at moment: Timestamp)
    -> [WriteResult]
  {
    let results = writes.map { write in
      let current = records[write.address]
      guard let record = write.outcome(on: current, as: context, at: moment) else {
        return WriteResult.conflict(current)
      }
      records[write.address] = record
      return .written(revision: record.revision)
    }
    _ = append(zip(writes, results).map { $0.draft(for: $1, as: context) }, at: moment)
    return results
  }
}

extension MemoryStore.State {
  fileprivate func check(_ lease: Lease) throws(RecordStoreError) {
    guard leases[lease.name, default: .unheld].confirms(lease) else { throw .fenced(name: lease.name) }
  }
}

extension MemoryStore {
  public func acquireLease(_ name: String, holder: String, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    let moment = clock()
    return try state.withLock { state throws(RecordStoreError) in
      let present = state.leases[name, default: .unheld]
      if let lease = present.holder(of: name, at: moment) { throw .held(lease) }
      let tenure = LeaseState.Tenure(holder: holder, expiresAt: moment.advanced(by: timeToLive))
      state.leases[name] = LeaseState(token: present.token + 1, tenure: tenure)
      return Lease(name, tenure, token: present.token + 1)
    }
  }

  public func renew(_ lease: Lease, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    let moment = clock()
    return try state.withLock { state throws(RecordStoreError) in
      try state.check(lease)
      let tenure = LeaseState.Tenure(holder: lease.holder, expiresAt: moment.advanced(by: timeToLive))
      state.leases[lease.name] = LeaseState(token: lease.token, tenure: tenure)
      return Lease(lease.name, tenure, token: lease.token)
    }
  }

  public func release(_ lease: Lease) {
    state.withLock { state in
      guard state.leases[lease.name, default: .unheld].confirms(lease) else { return }
      state.leases[lease.name] = LeaseState(token: lease.token, tenure: nil)
    }
  }
}
