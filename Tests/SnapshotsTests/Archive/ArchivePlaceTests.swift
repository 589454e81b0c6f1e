import Documents
import Reconciliation
import Runtime
import Synchronization
import Testing

@testable import Snapshots

/// What is removed from a place of archives, and what is said where that cannot be done.
@Suite struct ArchivePlaceTests {
  private func row(_ number: Int, _ state: SnapshotRow.State) -> SnapshotRow {
    let id = SnapshotID(at: Timestamp(milliseconds: number), random: (1, 1))
    return SnapshotRow(
      SnapshotDraft(id: id, target: "users", kind: .sanitized), workspace: "shop", run: "r", actor: "ana",
      startedAt: Timestamp(milliseconds: number), state: state)
  }

  private func place(_ store: HeldObjects) throws -> ArchivePlace {
    let world = CopyWorld(
      parameters: { endpoint, _ throws(DatabaseFailure) in
        throw DatabaseFailure(.notObserved, endpoint.title, "no endpoints here")
      }, interrupt: try Interrupt(), actor: "ana", run: "r", store: { _, _ in store })
    return try ArchivePlace(CopyOrder.Storage(profile: "kept", spec: .null), "users", world)
  }

  /// Of what others may be at work on, nothing is touched.
  @Test func whatFailedRunsHaveLeftGoes() throws {
    let rows = [row(1, .failed), row(2, .pruned), row(3, .building), row(4, .ready), row(5, .published)]
    let ids = rows.map(\.id) + [SnapshotID(at: Timestamp(milliseconds: 6), random: (1, 1))]
    let store = HeldObjects(
      objects: ids.map { "users/\($0)/1.dat" } + ["users/\(ids[1])/manifest.json", "others/\(ids[0])/1.dat"],
      uploads: ids.map { "users/\($0)/2.dat" } + ["others/\(ids[0])/2.dat"])
    #expect(try place(store).sweep(rows) == [])
    #expect(store.names == ids[2...].map { "users/\($0)/1.dat" } + ["others/\(ids[0])/1.dat"])
    #expect(store.uploads == ids[2...].map { "users/\($0)/2.dat" } + ["others/\(ids[0])/2.dat"])
    // Where nothing failed, nothing is asked.
    store.refusal.withLock { $0 = ObjectStoreError(.denied, "list", "s3://kept", "the server says 403") }
    #expect(try place(store).sweep([row(4, .ready)]) == [])
  }

  @Test func whatCannotBeRemovedIsSaid() throws {
    let store = HeldObjects(objects: [], uploads: [])
    store.refusal.withLock { $0 = ObjectStoreError(.denied, "list", "s3://kept", "the server says 403") }
    #expect(
      try place(store).sweep([row(1, .failed)]) == [
        "what earlier runs had left in s3://kept could not be removed: cannot list s3://kept: the server says 403",
        "unfinished uploads of earlier runs in s3://kept could not be removed: cannot list s3://kept: the server says 403",
      ])
  }
}

/// Names alone, in the order in which they were put in.
private final class HeldObjects: ObjectStore {
  let title = "s3://kept"
  let refusal = Mutex<ObjectStoreError?>(nil)
  private let objects: Mutex<[String]>
  private let begun: Mutex<[String]>

  init(objects: [String], uploads: [String]) {
    self.objects = Mutex(objects)
    begun = Mutex(uploads)
  }

  var names: [String] { objects.withLock { $0 } }
  var uploads: [String] { begun.withLock { $0 } }

  private func refuse() throws(ObjectStoreError) { if let error = refusal.withLock({ $0 }) { throw error } }

  func put(_ source: ObjectSource, at key: ObjectKey) throws(ObjectStoreError) -> StoredObject {
    throw ObjectStoreError(.failed, "store", "\(key)", "names alone are held here")
  }

  func get(_ key: ObjectKey, into path: String, expecting sha256: String) throws(ObjectStoreError) {
    throw ObjectStoreError(.missing, "get", "\(key)", "names alone are held here")
  }

  func read(_ key: ObjectKey, mostBytes: Int) throws(ObjectStoreError) -> [UInt8] {
    throw ObjectStoreError(.missing, "read", "\(key)", "names alone are held here")
  }

  func head(_ key: ObjectKey) throws(ObjectStoreError) -> ObjectInfo? { nil }

  func page(under prefix: ObjectKey?, after token: String?) throws(ObjectStoreError) -> ObjectPage {
    try refuse()
    let below = names.filter { name in prefix.map { name.hasPrefix("\($0)/") } ?? true }
    return ObjectPage(objects: below.map { ObjectInfo(name: $0, bytes: 1) }, next: nil)
  }

  func delete(_ key: ObjectKey) throws(ObjectStoreError) { objects.withLock { $0.removeAll { $0 == "\(key)" } } }

  func unfinished(under prefix: ObjectKey?) throws(ObjectStoreError) -> [UnfinishedUpload] {
    try refuse()
    return uploads.map { UnfinishedUpload(name: $0, id: "1") }.filter { upload in prefix.map(upload.isBelow) ?? true }
  }

  func giveUp(_ upload: UnfinishedUpload) throws(ObjectStoreError) {
    begun.withLock { $0.removeAll { $0 == upload.name } }
  }
}
