import Reconciliation
import Synchronization

/// Another store, with a place before and after each call where it can fail or somebody else can come between.
final class FaultyStore: RecordStore {
  enum Step: Equatable {
    case acquire, renew, release, records
    case append([AuditDraft])
    case commit([RecordWrite])
  }
  enum Side { case before, after }
  typealias Hook = @Sendable (Side, Step) throws(RecordStoreError) -> Void

  let inner: any RecordStore
  private let hook = Mutex<Hook?>(nil)

  init(_ inner: any RecordStore, _ hook: Hook? = nil) {
    self.inner = inner
    self.hook.withLock { $0 = hook }
  }

  var title: String { inner.title }

  private func reach(_ side: Side, _ step: Step) throws(RecordStoreError) {
    let hook = hook.withLock { $0 }
    if let hook { try hook(side, step) }
  }

  private func around<Result>(
    _ step: Step, _ body: () throws(RecordStoreError) -> Result
  ) throws(RecordStoreError) -> Result {
    try reach(.before, step)
    let result = try body()
    try reach(.after, step)
    return result
  }

  func now() throws(RecordStoreError) -> Timestamp { try inner.now() }
  func auditLog(of workspace: String) throws(RecordStoreError) -> [AuditEntry] { try inner.auditLog(of: workspace) }

  func records(in workspace: String) throws(RecordStoreError) -> [Record] {
    try around(.records) { () throws(RecordStoreError) in try inner.records(in: workspace) }
  }

  func append(_ drafts: [AuditDraft], to workspace: String, under lease: Lease) throws(RecordStoreError) -> AuditHead {
    try around(.append(drafts)) { () throws(RecordStoreError) in try inner.append(drafts, to: workspace, under: lease) }
  }

  func commit(_ writes: [RecordWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [WriteResult]
  {
    try around(.commit(writes)) { () throws(RecordStoreError) in try inner.commit(writes, as: context, under: lease) }
  }

  func acquireLease(_ name: String, holder: String, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    try around(.acquire) { () throws(RecordStoreError) in
      try inner.acquireLease(name, holder: holder, timeToLive: timeToLive)
    }
  }

  func renew(_ lease: Lease, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    try around(.renew) { () throws(RecordStoreError) in try inner.renew(lease, timeToLive: timeToLive) }
  }

  func release(_ lease: Lease) throws(RecordStoreError) {
    try around(.release) { () throws(RecordStoreError) in try inner.release(lease) }
  }
}

extension FaultyStore.Step {
  var isCommit: Bool { if case .commit = self { true } else { false } }

  func appends(_ event: AuditDraft.Event) -> Bool {
    if case .append(let drafts) = self { drafts.contains { $0.event == event } } else { false }
  }
}

extension RecordStoreError {
  static let brokenDisk = RecordStoreError.failed(Failure("write", "the test", cause: "the disk is broken"))
  static let lostAnswer = RecordStoreError.unknown(Failure("write", "the test", cause: "the answer was lost"))
}
