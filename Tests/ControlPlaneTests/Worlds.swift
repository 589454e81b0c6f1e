import ControlPlane
import Foundation
import Reconciliation
import Synchronization
import TestServers
import Testing

/// A clock that stands still until it is told to go on.
final class TestClock: Sendable {
  private let moment = Mutex(Timestamp(milliseconds: 1_795_000_000_000))

  func now() -> Timestamp { moment.withLock { $0 } }
  func advance(by duration: Duration) { moment.withLock { $0 = $0.advanced(by: duration) } }
}

/// One set of data with as many doors as a test wants, and the means to be another writer.
/// A new store joins the conformance suite by a site of its own and a case in `World`.
protocol Site: Sendable {
  var clock: TestClock { get }
  /// What another writer's changes are signed with.
  var plainWriter: String { get }
  func door() throws -> any RecordStore
  func edit(_ address: Address, in workspace: String, spec: String) throws
  func insertUnmanaged(_ address: Address, in workspace: String, spec: String) throws
  func remove(_ address: Address, in workspace: String) throws
}

extension Site {
  var plainWriter: String { Record.plainSQL }
}

enum World: String, CaseIterable, CustomTestStringConvertible {
  case memory
  case sqlite
  case postgresql

  /// Without PostgreSQL the suites that are its own are skipped, and say so.
  static let allCases: [World] = [.memory, .sqlite] + (PostgreSQLServer.isAvailable ? [.postgresql] : [])

  var testDescription: String { rawValue }

  func site() throws -> any Site {
    switch self {
    case .memory: MemorySite()
    case .sqlite: try SQLiteSite()
    case .postgresql: try PostgreSQLSite()
    }
  }
}

struct MemorySite: Site {
  let clock: TestClock
  private let store: MemoryStore

  init() {
    let clock = TestClock()
    self.clock = clock
    store = MemoryStore(clock: { clock.now() })
  }

  func door() -> any RecordStore { store }
  func edit(_ address: Address, in workspace: String, spec: String) { store.edit(address, in: workspace, spec: spec) }
  func insertUnmanaged(_ address: Address, in workspace: String, spec: String) {
    store.insertUnmanaged(address, in: workspace, spec: spec)
  }
  func remove(_ address: Address, in workspace: String) { store.remove(address, in: workspace) }
}

final class SQLiteSite: Site {
  let clock = TestClock()
  private let place: TemporaryFolder
  var folder: String { place.path }
  var path: String { folder + "/control.db" }

  init() throws { place = try TemporaryFolder("controlplane") }

  func door() throws -> any RecordStore { try store() }
  func store() throws -> SQLiteStore { try SQLiteStore(path: path, clock: { [clock] in clock.now() }) }
  func plain() throws -> PlainSQL { try PlainSQL(path) }

  func edit(_ address: Address, in workspace: String, spec: String) throws {
    try plain().run("UPDATE records SET spec = '\(spec)' WHERE \(row(address, workspace))")
  }
  func insertUnmanaged(_ address: Address, in workspace: String, spec: String) throws {
    try plain().run(
      """
      INSERT INTO records (workspace, kind, name, spec)
      VALUES ('\(workspace)', '\(address.kind)', '\(address.name)', '\(spec)')
      """)
  }
  func remove(_ address: Address, in workspace: String) throws {
    try plain().run("DELETE FROM records WHERE \(row(address, workspace))")
  }
  private func row(_ address: Address, _ workspace: String) -> String {
    "workspace = '\(workspace)' AND kind = '\(address.kind)' AND name = '\(address.name)'"
  }
}

// MARK: What the tests say

let users = Address("target", "users")
let orders = Address("target", "orders")

extension WriteContext {
  static let alice = WriteContext(workspace: "shop", actor: "alice", plan: "sha256:1", run: "run-1")
  static let bob = WriteContext(workspace: "shop", actor: "bob", plan: "sha256:2", run: "run-2")
}

extension RecordWrite {
  static func put(_ address: Address, _ spec: String, seen: Int) -> RecordWrite {
    RecordWrite(address, .put(spec: spec, isProtected: false), seen: seen)
  }
}

extension RecordStore {
  func shopLease(_ holder: String = "alice") throws -> Lease {
    try acquireLease("workspace/shop", holder: holder, timeToLive: .seconds(10))
  }
  func record(_ address: Address) throws -> Record? { try records(in: "shop").first { $0.address == address } }
}

/// What a call threw, if it was one of the stores' errors.
func storeError(_ body: () throws -> Void) -> RecordStoreError? {
  do { try body() } catch { return error as? RecordStoreError }
  return nil
}

extension RecordStoreError {
  var isHeldBy: String? { if case .held(let lease) = self { lease.holder } else { nil } }
  var failure: Failure? { if case .failed(let failure) = self { failure } else { nil } }
  var isUnknown: Bool { if case .unknown = self { true } else { false } }
}
