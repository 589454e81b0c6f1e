import ControlPlane
import Documents
import Foundation
import Kinds
import Runtime
import Synchronization
import Testing

@testable import Reconciliation

/// A clock that stands still until it is told to go on.
final class TestClock: Sendable {
  private let moment = Mutex(Timestamp(milliseconds: 1_795_000_000_000))
  func now() -> Timestamp { moment.withLock { $0 } }
  func advance(by duration: Duration) { moment.withLock { $0 = $0.advanced(by: duration) } }
}

/// A control plane that outlives the processes that use it.
final class Site: Sendable {
  enum Form: String, CaseIterable, CustomTestStringConvertible {
    case memory, sqlite
    var testDescription: String { rawValue }
  }

  let form: Form
  let clock = TestClock()
  private let memory: MemoryStore
  let folder: String

  init(_ form: Form) throws {
    self.form = form
    let clock = clock
    memory = MemoryStore(clock: { clock.now() })
    folder = NSTemporaryDirectory() + "planfiles-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func door() throws -> any RecordStore {
    form == .memory ? memory : try SQLiteStore(path: "\(folder)/control.db", clock: { [clock] in clock.now() })
  }

  /// Somebody else changes a record, as an apply of another workspace's user would.
  func change(_ address: Address, to spec: String, seen: Int) throws {
    let store = try door()
    let lease = try store.acquireLease("other", holder: "bob", timeToLive: .seconds(10))
    let context = WriteContext(workspace: "shop", actor: "bob", plan: "sha256:other", run: "run-bob")
    let write = RecordWrite(address, .put(spec: spec, isProtected: false), seen: seen)
    #expect(try store.commit([write], as: context, under: lease) == [.written(revision: seen + 1)])
    try store.release(lease)
  }
}

/// A store whose process is killed at the n-th call, before or after the call did its work; after that nothing answers.
final class DyingStore: RecordStore {
  let base: any RecordStore
  private let left: Mutex<Int>
  private let diesAfterwards: Bool

  init(_ base: any RecordStore, calls: Int, diesAfterwards: Bool) {
    self.base = base
    left = Mutex(calls)
    self.diesAfterwards = diesAfterwards
  }

  var hasDied: Bool { left.withLock { $0 < 0 } }
  var title: String { base.title }

  private func call<Result>(_ body: () throws(RecordStoreError) -> Result) throws(RecordStoreError) -> Result {
    let rest = left.withLock { count in
      count -= 1
      return count
    }
    let dead = Failure("reach", "the control plane", cause: "killed")
    if rest < -1 || (rest == -1 && !diesAfterwards) { throw .failed(dead) }
    let result = try body()
    if rest == -1 { throw .unknown(dead) }
    return result
  }

  func identity() throws(RecordStoreError) -> String? { try base.identity() }
  func now() throws(RecordStoreError) -> Timestamp { try base.now() }
  func records(in workspace: String) throws(RecordStoreError) -> [Record] {
    try call { () throws(RecordStoreError) in try base.records(in: workspace) }
  }
  func append(_ drafts: [AuditDraft], to workspace: String, under lease: Lease) throws(RecordStoreError) -> AuditHead {
    try call { () throws(RecordStoreError) in try base.append(drafts, to: workspace, under: lease) }
  }
  func commit(_ writes: [RecordWrite], as context: WriteContext, under lease: Lease) throws(RecordStoreError)
    -> [WriteResult]
  {
    try call { () throws(RecordStoreError) in try base.commit(writes, as: context, under: lease) }
  }
  func acquireLease(_ name: String, holder: String, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    try call { () throws(RecordStoreError) in
      try base.acquireLease(name, holder: holder, timeToLive: timeToLive)
    }
  }
  func renew(_ lease: Lease, timeToLive: Duration) throws(RecordStoreError) -> Lease {
    try call { () throws(RecordStoreError) in try base.renew(lease, timeToLive: timeToLive) }
  }
  func release(_ lease: Lease) throws(RecordStoreError) {
    try call { () throws(RecordStoreError) in try base.release(lease) }
  }
  func auditLog(of workspace: String) throws(RecordStoreError) -> [AuditEntry] {
    try call { () throws(RecordStoreError) in try base.auditLog(of: workspace) }
  }
}

struct OneFile: Files {
  let text: String
  func names() throws(Failure) -> [String] { ["decant.yaml"] }
  func read(_ path: String) throws(Failure) -> [UInt8] { Array(text.utf8) }
}

/// Plans `yaml` against a store, and saves the plan.
func planned(_ yaml: String, on store: any RecordStore, _ selection: Selection = .everything) throws -> PlanFile {
  var reader = DeclarationReader(catalogue: .decant, files: OneFile(text: yaml), root: ".", folderName: "shop")
  let (declaration, diagnostics) = try reader.read(file: nil)
  try #require(diagnostics.filter { $0.severity == .error }.isEmpty, "\(diagnostics.map(\.message))")
  let observation = Observation(at: try store.now(), records: try store.records(in: "shop"), conditions: [])
  let plan = compare(
    declaration, with: observation, in: .decant, allowingDeletes: .max, selecting: selection)
  let file = PlanFile(
    id: MemoryStore.newIdentity(), plan: plan,
    controlPlane: .init(url: "sqlite:control.db", identity: try store.identity()), plannedBy: "ana", allowedDeletes: 0)
  return try PlanFile.read(try file.written()).file
}

func apply(_ file: PlanFile, to store: any RecordStore, as actor: String = "ana", run: String) throws -> ApplyResult {
  let applying = Applying(store: store, actor: actor, run: run, leaseWait: .zero, interrupt: try Interrupt())
  return applying.apply(file) { _ in }
}
