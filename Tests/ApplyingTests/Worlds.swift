import CSQLite
import ControlPlane
import Foundation
import Reconciliation
import Runtime
import Synchronization
import Testing

final class TestClock: Sendable {
  private let moment = Mutex(Timestamp(milliseconds: 1_795_000_000_000))
  func now() -> Timestamp { moment.withLock { $0 } }
  func advance(by duration: Duration) { moment.withLock { $0 = $0.advanced(by: duration) } }
}

/// One control plane with as many doors as a test wants, in memory or in a file.
final class World: Sendable {
  enum Form: String, CaseIterable, CustomTestStringConvertible {
    case memory, sqlite
    var testDescription: String { rawValue }
  }

  let clock = TestClock()
  private let memory: MemoryStore?
  let folder: String

  init(_ form: Form) throws {
    let clock = clock
    memory = form == .memory ? MemoryStore(clock: { clock.now() }) : nil
    folder = NSTemporaryDirectory() + "applying-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func door() throws -> any RecordStore {
    if let memory { return memory }
    return try SQLiteStore(path: folder + "/control.db", clock: { [clock] in clock.now() })
  }

  /// A process that was killed: its file is closed, and where nothing shows that, its lease's time runs out.
  func killed(_ door: any RecordStore) {
    (door as? SQLiteStore)?.close()
    if memory != nil { clock.advance(by: .seconds(11)) }
  }

  /// Somebody else, past every plan.
  func edit(_ address: Address, spec: String) throws {
    if let memory { return memory.edit(address, in: "shop", spec: spec, by: "mallory") }
    try sql("UPDATE records SET spec = '\(spec)' WHERE kind = '\(address.kind)' AND name = '\(address.name)'")
  }

  func insert(_ address: Address, spec: String) throws {
    if let memory { return memory.insertUnmanaged(address, in: "shop", spec: spec, by: "mallory") }
    try sql(
      "INSERT INTO records (workspace, kind, name, spec) VALUES ('shop', '\(address.kind)', '\(address.name)', '\(spec)')"
    )
  }

  func remove(_ address: Address) throws {
    if let memory { return memory.remove(address, in: "shop", by: "mallory") }
    try sql("DELETE FROM records WHERE kind = '\(address.kind)' AND name = '\(address.name)'")
  }

  private func sql(_ text: String) throws {
    var handle: OpaquePointer?
    defer { sqlite3_close_v2(handle) }
    guard sqlite3_open(folder + "/control.db", &handle) == SQLITE_OK,
      sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK
    else { throw Failure("run", text, cause: String(cString: sqlite3_errmsg(handle))) }
  }
}

extension World {
  func plan(_ text: String) throws -> Plan {
    let store = try door()
    let declaration = try declaration(text)
    let observation = Observation(at: clock.now(), records: try store.records(in: "shop"), conditions: [])
    return compare(declaration, with: observation, in: .toys, allowingDeletes: .max)
  }

  @discardableResult
  func apply(
    _ plan: Plan, through store: (any RecordStore)? = nil, run: String = "run", wait: Duration = .zero,
    interrupt: Interrupt? = nil, progress: @escaping (Outcome) -> Void = { _ in }
  ) throws -> ApplyResult {
    let applying = Applying(
      store: try store ?? door(), actor: "ana", run: run, leaseWait: wait, interrupt: try interrupt ?? Interrupt())
    return applying.apply(plan, progress: progress)
  }

  @discardableResult
  func apply(_ text: String) throws -> ApplyResult { try apply(try plan(text)) }

  func records() throws -> [Record] { try door().records(in: "shop") }
  func record(_ address: Address) throws -> Record? { try records().first { $0.address == address } }
  func log() throws -> [AuditEntry] { try door().auditLog(of: "shop") }

  /// What has to hold after every run, whatever happened in it.
  func expectOrder(after result: ApplyResult, of plan: Plan, _ place: SourceLocation = #_sourceLocation) throws {
    // Each action has exactly one outcome, and the counts say so.
    #expect(result.outcomes.map(\.address).sorted() == plan.actions.map(\.address).sorted(), sourceLocation: place)
    #expect(Outcome.words.reduce(0) { $0 + result.count($1) } == plan.actions.count, sourceLocation: place)
    let log = try log()
    #expect(AuditChain.verify(log) == .whole(log.last?.head ?? .empty), sourceLocation: place)
    // No change without an intent of the same run before it.
    for (index, entry) in log.enumerated() where entry.draft.event == .done {
      let hasIntent = log[..<index].contains {
        $0.draft.event == .intent && $0.draft.address == entry.draft.address && $0.draft.run == entry.draft.run
      }
      #expect(hasIntent, "\(entry.number)", sourceLocation: place)
    }
  }

  func expectFreeLease(_ place: SourceLocation = #_sourceLocation) throws {
    let store = try door()
    let lease = try store.acquireLease("workspace/shop", holder: "test", timeToLive: .seconds(1))
    try store.release(lease)
  }

  /// The specs that live, by address: what a plan is about.
  func state() throws -> [Address: String] {
    Dictionary(uniqueKeysWithValues: try records().filter { !$0.isDeleted }.map { ($0.address, $0.spec) })
  }
}

extension ApplyResult {
  subscript(address: Address) -> Outcome? { outcomes.first { $0.address == address } }
  var words: [String] { Outcome.words.map { "\(count($0)) \($0)" } }
  var isHeld: Bool { if case .leaseHeld? = stop { true } else { false } }
}
